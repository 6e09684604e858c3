"""genart's melody network in PyTorch, stepping event by event in Python, as one would write it: the peer in speed.

It reads the weights of a bundle, and gives the same logits; what it looks back on is only as long as the tune so far.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from genart.nets.melody import AGO, HARMONICS, MEASURES, RUNS, SECTIONS, SLOT, SLOTS, TICKS, MelodyConfig

EPSILON = {"cell": 1e-5, "layer": 1e-6}


class TorchMelody:
    """The network with its state, for takes side by side.

    Parameters
    ----------
    weights : of a bundle, float arrays by name
    config : the network's
    conditions : int[5], as :func:`genart.families.melody.conditions_of` gives them, the same for all takes
    rows, room : takes, and events at most
    """

    def __init__(
        self, weights: Mapping[str, Any], *, config: MelodyConfig, conditions: np.ndarray, rows: int, room: int
    ):
        self.w = {name: torch.from_numpy(np.asarray(array)) for name, array in weights.items()}
        self.config, self.conditions, self.rows = config, [int(value) for value in conditions], rows
        c = config
        self.held = {
            name: torch.zeros(rows, room, dtype=torch.long)
            for name in ("pitch", "duration", "position", "measure", "section")
        }
        self.keys = torch.zeros(rows, room, c.heads, c.key)
        self.runs = torch.zeros(rows, room, dtype=torch.long)
        self.carry = [(torch.zeros(rows, c.hidden), torch.zeros(rows, c.hidden)) for _ in range(2)]
        self.note = torch.full((rows,), c.pitches)
        self.count = 0

    def step(self, events: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Take in the event before and the place reached, long[B] each; returns logits of pitches, float[B, P]."""
        c, w, t = self.config, self.w, self.count
        for name, held in self.held.items():
            held[:, t] = events[name]
        before = {name: held[:, :t] for name, held in self.held.items()}
        self.played = self.held["pitch"][:, 1 : t + 1], self.held["duration"][:, 1 : t + 1]
        shifted = functional.pad(self.runs[:, :t], (1, 0))[:, :t]
        same = (before["pitch"] == events["pitch"][:, None]) & (before["duration"] == events["duration"][:, None])
        runs = torch.where(same, shifted + 1, 0)
        self.runs[:, :t] = runs
        here = before["position"] == events["position"][:, None]
        bars = events["measure"][:, None] - before["measure"]
        sections = events["section"][:, None] - before["section"]
        self._point(runs, here, bars, sections)
        x = functional.silu(self._linear("inward", self._told(events)))
        x = self._norm("inward_norm", x)
        below = self._lstm("first", 0, x)
        keys = self._linear("key", below).view(self.rows, c.heads, c.key)
        found = self._attend(below, runs, here, bars, sections)
        self.keys[:, t] = keys
        above = self._lstm("second", 1, torch.cat([below, found], dim=-1))
        self.top = self._norm(
            "top_norm", functional.silu(self._linear("top", torch.cat([above, below, found, x], dim=-1)))
        )
        self.count += 1
        table = w["pitch.embedding"]
        logits = self._linear("pitch_out", self.top) @ table[: c.pitches].T + w["pitch_bias"]
        places, heads = self._linear("pitch_gates", self.top).split([c.pointers, c.heads], dim=-1)
        places = places + w["pitch_trust"][torch.arange(c.pointers), self.run]
        wide = functional.pad(logits, (0, 1)).scatter_add(1, self.pointed[0], places)  # the last is for none
        pointing = torch.einsum("bhs,bh->bs", self.weights, heads)
        return wide.scatter_add(1, self.played[0], pointing)[:, : c.pitches]

    def duration_logits(self, pitch: torch.Tensor) -> torch.Tensor:
        """Logits of the durations of events with pitches long[B], float[B, D]."""
        c, w = self.config, self.w
        inner = functional.silu(self._linear("duration_in", self.top) + w["duration_of.embedding"][pitch])
        logits = self._linear("duration_out", inner)
        gates = self._linear("duration_gates", self.top).view(self.rows, 2, -1)
        same = (self.pointed[0] == pitch[:, None]).long()
        trust = w["duration_trust"][same, torch.arange(c.pointers), self.run]
        places = torch.where(same == 1, gates[:, 1, : c.pointers], gates[:, 0, : c.pointers]) + trust
        wide = functional.pad(logits, (0, 1)).scatter_add(1, self.pointed[1], places)
        pointing = torch.einsum("bhs,bgh->bgs", self.weights, gates[..., c.pointers :])
        equal = self.played[0] == pitch[:, None]
        return wide.scatter_add(1, self.played[1], torch.where(equal, pointing[:, 1], pointing[:, 0]))[:, : c.durations]

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return x @ self.w[f"{name}.kernel"] + self.w[f"{name}.bias"]

    def _norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(
            x, x.shape[-1:], self.w[f"{name}.scale"], self.w[f"{name}.bias"], eps=EPSILON["layer"]
        )

    def _lstm(self, name: str, number: int, x: torch.Tensor) -> torch.Tensor:
        w, (hidden, cell) = self.w, self.carry[number]

        def normed(values: torch.Tensor) -> torch.Tensor:
            return functional.layer_norm(values, values.shape[-1:], eps=EPSILON["cell"])

        gates = normed(x @ w[f"{name}.inward.kernel"]) * w[f"{name}.inward_gain"] + w[f"{name}.bias"]
        gates = gates + normed(hidden @ w[f"{name}.recurrent"]) * w[f"{name}.recurrent_gain"]
        i, f, o, g = gates.chunk(4, dim=-1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * (normed(cell) * w[f"{name}.cell_gain"] + w[f"{name}.cell_bias"]).tanh()
        self.carry[number] = hidden, cell
        return hidden

    def _point(self, runs: torch.Tensor, here: torch.Tensor, bars: torch.Tensor, sections: torch.Tensor) -> None:
        """What was played at the places that the configuration names, and after the longest run."""
        c, t = self.config, self.count
        if not t:
            none = torch.zeros(self.rows, c.pointers, dtype=torch.long)
            self.pointed, self.run = (none + c.pitches, none + c.durations), none
            return
        steps = torch.arange(t)
        found = [torch.where(here & (sections == s) & (bars == m), steps, -1).amax(dim=-1) for s, m in c.places]
        score = (2 * runs.clamp(max=31) + here.long()) * t + steps
        best = torch.where(runs > 0, score, -1).amax(dim=-1)
        index = torch.stack([*found, torch.where(best < 0, -1, best % t)], dim=-1)
        none, index = index < 0, index.clamp(min=0)
        length = runs.gather(1, index)
        run = 1 + (length[..., None] >= torch.tensor(RUNS)).sum(dim=-1)
        pitch, duration = (each.gather(1, index) for each in self.played)
        self.pointed = torch.where(none, c.pitches, pitch), torch.where(none, c.durations, duration)
        self.run = torch.where(none, 0, run)

    def _told(self, events: Mapping[str, torch.Tensor]) -> torch.Tensor:
        c, w, b = self.config, self.w, self.rows
        meter, mode, kind, anchor, bar = self.conditions
        is_note = (events["pitch"] >= c.first_note) & (events["pitch"] < c.pitches)
        self.note = torch.where(is_note, events["pitch"], self.note)
        measure, position = events["measure"], events["position"]
        turns = (2 * math.pi * position / bar)[:, None] * torch.arange(1, HARMONICS + 1)
        k = torch.arange(c.pointers)

        def looked_up(name: str, index: torch.Tensor) -> torch.Tensor:
            return w[f"{name}.embedding"][index]

        parts = [
            looked_up("pitch", events["pitch"]),
            looked_up("duration", events["duration"]),
            looked_up("note", self.note),
            looked_up("slot", meter * SLOTS + (position // SLOT).clamp(max=SLOTS - 1)),
            looked_up("tick", position % TICKS),
            looked_up("measure", torch.where(measure < MEASURES, measure, 17 + (measure - 17) % 16)),
            looked_up("phase", torch.where(measure > 0, 1 + (measure - 1) % 8, 0)),
            looked_up("section", events["section"].clamp(max=SECTIONS - 1)),
            *(
                looked_up(name, torch.full((b,), value))
                for name, value in (("mode", mode), ("kind", kind), ("anchor", anchor))
            ),
            turns.sin(),
            turns.cos(),
            looked_up("pointed_pitch", self.pointed[0] * c.pointers + k).reshape(b, -1),
            looked_up("pointed_duration", self.pointed[1] * c.pointers + k).reshape(b, -1),
            looked_up("pointed_run", self.run * c.pointers + k).reshape(b, -1),
        ]
        return torch.cat(parts, dim=-1)

    def _attend(
        self,
        below: torch.Tensor,
        runs: torch.Tensor,
        here: torch.Tensor,
        bars: torch.Tensor,
        sections: torch.Tensor,
    ) -> torch.Tensor:
        c, w, t = self.config, self.w, self.count
        query = self._linear("query", below).view(self.rows, c.heads, c.key)
        facts = [
            *(here & (sections == 0) & (bars == ago) for ago in AGO),
            *(here & (sections == ago) & (bars == 0) for ago in (1, 2)),
            here,
            here & (bars % 4 == 0),
            sections == 0,
            runs > 0,
            torch.log1p(runs.float()),
            torch.log(t - torch.arange(t).float()).expand(self.rows, t),
        ]
        near = torch.stack([fact.float() for fact in facts], dim=-1) @ w["nearness"]  # [B, t, heads]
        scores = torch.einsum("bhk,bshk->bhs", query, self.keys[:, :t]) / c.key**0.5 + near.transpose(1, 2)
        nothing = w["nothing"][None, :, None].expand(self.rows, c.heads, 1)
        self.weights = torch.cat([nothing, scores], dim=-1).softmax(dim=-1)[..., 1:]
        values = torch.cat([w["pitch.embedding"][self.played[0]], w["duration.embedding"][self.played[1]]], dim=-1)
        return self._linear("found", torch.einsum("bhs,bsv->bhv", self.weights, values).reshape(self.rows, -1))
