"""Figures of a model of tunes, beside those of n-grams and of the tunes themselves.

Likelihoods are of whole tunes: what all events cost, sections, rests and the end included, over the number of notes.
The peers are modified Kneser-Ney 5-grams on the same events, in three forms of which the best counts
(:mod:`genart.evaluation.melody_ngrams`). Samples are drawn without any mask, by the policies that `genart melody`
has by default, with the heads (meter, mode, kind and register) of the tunes that are measured, in a drawn order.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.evaluation.figures import Measured
from genart.evaluation.melody_ngrams import FactoredGrams, JointGrams, per_note
from genart.evaluation.tune_bars import filled
from genart.evaluation.tune_histograms import overlaps
from genart.families.melody import Bounds, Melody
from genart.families.tunes import NUCLEUS
from genart.music.tokens import FIRST, Codec, Tokens
from genart.music.tunes.novelty import Known
from genart.music.tunes.tune import Tune
from genart.music.tunes.variants import SPLITS, splits
from genart.sampling.policy import Nucleus, Temperature

LIMIT = 512  # events of a sample
EACH = 2  # samples with the head of one tune
POLICIES = (Temperature(), Nucleus(p=NUCLEUS))

OnStep = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sides:
    """The tunes that a model was trained on, and those that it is measured on."""

    train: tuple[Tune, ...]
    held_out: tuple[Tune, ...]
    name: str  # of the side that is measured


def sides(tunes: Sequence[Tune], *, split: str) -> Sides:
    """Tunes parted as for training. Raises InputError where there is no such split to measure, or nothing in it."""
    if split not in SPLITS or split == "train":
        raise InputError(f"split {split!r}: tunes to measure on are in valid and test")
    parts: dict[str, list[Tune]] = {name: [] for name in SPLITS}
    for tune, side in zip(tunes, splits(tunes), strict=True):
        parts[side].append(tune)
    if not parts[split]:
        raise InputError(f"{len(tunes)} tunes are too few: none is in {split}")
    return Sides(train=tuple(parts["train"]), held_out=tuple(parts[split]), name=split)


def measure(model: Melody, parted: Sides, *, samples: int, seed: int = 0, on_step: OnStep) -> Measured:
    """All figures, with so many samples, none for likelihoods alone.

    Parameters
    ----------
    parted : as of :func:`sides`
    samples : rounded up to an even number
    on_step : called with (steps done, all)
    """
    codec = model.codec
    held_out = _encoded(parted.held_out, codec)
    rounds = -(-samples // EACH)
    total = len(held_out) + rounds

    def step(done: int) -> None:
        on_step(done, total)

    record: dict[str, Any] = {"nats a note": likelihood(model, held_out, step)}
    record["nats a note"] |= peers(_encoded(parted.train, codec), held_out, codec)
    if samples:
        made = drawn(model, held_out, rounds=rounds, seed=seed, on_step=lambda done: step(len(held_out) + done))
        record |= _likeness(made, parted, codec, seed=seed)
    return _told(record, parted, samples=rounds * EACH)


def likelihood(model: Melody, tunes: Sequence[Tokens], on_step: Callable[[int], None]) -> dict[str, float]:
    """Nats a note of all tunes together: in all, and those for pitches and for durations."""
    sums = np.zeros(2)
    for number, tune in enumerate(tunes):
        sums += [part.sum() for part in model.parts(tune)]
        on_step(number + 1)
    notes = sum(int((tune.pitch >= FIRST).sum()) for tune in tunes)
    return {"model": float(sums.sum() / notes), "pitch": float(sums[0] / notes), "duration": float(sums[1] / notes)}


def peers(train: Sequence[Tokens], tunes: Sequence[Tokens], codec: Codec) -> dict[str, float]:
    """Nats a note of three kinds of 5-grams."""
    return {
        "5-grams of events": per_note(JointGrams(train, codec=codec), tunes),
        "5-grams, factored": per_note(FactoredGrams(train, codec=codec), tunes),
        "5-grams, factored, told the place": per_note(FactoredGrams(train, codec=codec, placed=True), tunes),
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """What was drawn: the symbols of its events, and the tune that they make, None if they make none."""

    pitch: np.ndarray
    duration: np.ndarray
    bar: int
    tune: Tune | None


def drawn(
    model: Melody, tunes: Sequence[Tokens], *, rounds: int, seed: int, on_step: Callable[[int], None]
) -> list[Sample]:
    """Two samples a round, with the head of a tune; nothing is masked."""
    chosen = np.resize(np.random.default_rng(seed).permutation(len(tunes)), rounds)
    free = Bounds(grammar=False)
    samples = []
    for number, index in enumerate(chosen.tolist()):
        head = tunes[index].head
        seeds = [(seed, number, row) for row in range(EACH)]
        found = model.draw(head, seeds=seeds, bounds=free, policies=POLICIES, limit=LIMIT, rows=EACH)
        for tokens, length in zip(found.tokens, found.length, strict=True):
            pitch, duration = tokens[:length].T
            samples.append(
                Sample(pitch=pitch, duration=duration, bar=head.bar, tune=_decoded(model.codec, head, pitch, duration))
            )
        on_step(number + 1)
    return samples


def _decoded(codec: Codec, head: Any, pitch: np.ndarray, duration: np.ndarray) -> Tune | None:
    try:
        return codec.decode(head, pitch, duration)
    except InputError:
        return None


def _likeness(made: Sequence[Sample], parted: Sides, codec: Codec, *, seed: int) -> dict[str, Any]:
    """How the samples compare with the tunes: full bars, copies and histograms."""
    tunes = [sample.tune for sample in made if sample.tune is not None]
    bars = np.sum([filled(s.pitch, s.duration, bar=s.bar, codec=codec) for s in made], axis=0)
    real = [filled(t.pitch, t.duration, bar=t.head.bar, codec=codec) for t in _encoded(parted.held_out, codec)]
    known = Known.of(parted.train)
    order = np.random.default_rng(seed).permutation(len(parted.train))[: len(tunes)]
    others = [parted.train[index] for index in order]
    ours, theirs = overlaps(tunes, parted.held_out), overlaps(others, parted.held_out)
    return {
        "full bars": {"samples": float(bars[0] / bars[1]), "tunes": float(np.divide(*np.sum(real, axis=0)))},
        "known figures": {"samples": known.shares(tunes), "tunes": known.shares(parted.held_out)},
        "overlap": {
            name: {"samples": ours[name], "training tunes": theirs[name], "ratio": ours[name] / theirs[name]}
            for name in ours
        },
    }


def _encoded(tunes: Sequence[Tune], codec: Codec) -> list[Tokens]:
    found = []
    for tune in tunes:
        try:
            found.append(codec.encode(tune))
        except InputError:
            continue
    return found


def _told(record: dict[str, Any], parted: Sides, *, samples: int) -> Measured:
    nats = record["nats a note"]
    best = min(value for name, value in nats.items() if name.startswith("5-grams"))
    record["below 5-grams"] = 1 - nats["model"] / best
    table = [(name, f"{value:.3f} nats a note") for name, value in nats.items()]
    table.append(("below the best 5-grams", f"{record['below 5-grams']:.1%}"))
    where = f"{len(parted.held_out)} tunes of {parted.name}"
    values: list[tuple[str, float, float | None, str]] = [
        (f"{name}, {where}", value, None, "nats a note") for name, value in nats.items()
    ]
    for name in ("full bars", "known figures") if samples else ():
        ours, theirs = record[name]["samples"], record[name]["tunes"]
        table.append((name, f"{ours:.1%}, of the tunes {theirs:.1%}"))
        values.append((f"{name}, {samples} samples; of {where}: {theirs:.3f}", ours, None, ""))
    for name, found in record.get("overlap", {}).items():
        table.append((f"{name}, overlap", f"{found['samples']:.3f}, of training tunes {found['training tunes']:.3f}"))
        values.append(
            (f"overlap of {name}; of training tunes: {found['training tunes']:.3f}", found["samples"], None, "")
        )
    note = f"{samples} samples without any mask, with heads of {parted.name}" if samples else "likelihoods alone"
    return Measured(note=note, table=table, record=record, values=values)
