"""The melody model beside peers: an LSTM on a grid of 16ths, and the same network in PyTorch.

    python benchmarks/melody.py grid --minutes 60     nats a note of the same tunes, an LSTM of Magenta's size and ours
    python benchmarks/melody.py speed                 events a second, the same network stepping in Python and ours

The peers stand in melody_grid.py and melody_torch.py. `grid` trains the peer, on the tunes that fit its grid, for so
many minutes; what ours costs on those of the split is compared. `genart evaluate melody` has the figures beside n-grams
and the tunes themselves.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import json
import os
import time
from typing import Any

import click
import numpy as np

import genart
from genart.evaluation.tunes import sides
from genart.families.melody import Bounds, conditions_of
from genart.music.tokens import END, SECTION, Head, advance
from genart.music.tunes.corpora import read_collections
from genart.music.tunes.tune import Tune

HEAD = Head(meter=(6, 8), mode="major", kind="jig", anchor=62)
EVENTS = 192  # a take
ENDLESS = Bounds(sections=(256,))  # bars, so that each take has as many events as there may be


@click.group()
def main() -> None:
    """The melody model beside peers."""


@main.command()
@click.option("--minutes", type=float, required=True, help="How long the peer is trained.")
@click.option("--split", default="valid", show_default=True, help="Which tunes are compared on: valid or test.")
@click.option("--model", default="melody", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a record.")
def grid(minutes: float, split: str, model: str, seed: int, as_json: bool) -> None:
    """Nats a note beside those of an LSTM on a grid of 16ths."""
    import melody_grid

    tunes, _ = read_collections()
    parted, chosen = sides(tunes, split=split), sides(tunes, split="valid")
    train, valid = ([code for tune in side if (code := melody_grid.encode(tune)) is not None] for side in (
        parted.train, chosen.held_out
    ))  # fmt: skip
    fitting = [tune for tune in parted.held_out if melody_grid.encode(tune) is not None]

    def said(elapsed: float, nats: float) -> None:
        click.echo(f"{elapsed:.0f} s: {nats / sum(map(_onsets, valid)):.3f} nats a note of valid", err=True)

    peer = melody_grid.train(train, valid, seconds=60 * minutes, seed=seed, on_round=said)
    notes = sum(len(tune.pitches) for tune in fitting)
    codes = [code for tune in fitting if (code := melody_grid.encode(tune)) is not None]
    theirs = peer.nats(codes) / notes
    ours = _nats(model, fitting) / notes
    record = {
        "split": split,
        "tunes": len(fitting),
        "of": len(parted.held_out),
        "trained on": len(train),
        "peer": theirs,
        "genart": ours,
        "lower": 1 - ours / theirs,
    }
    click.echo(json.dumps(record) if as_json else _lines(record))


def _onsets(code: np.ndarray) -> int:
    return int((code > 1).sum())


def _nats(model: str, tunes: list[Tune]) -> float:
    melody = genart.load(model)
    return float(sum(melody.nats(tune).sum() for tune in tunes))


@main.command()
@click.option("--model", default="melody", show_default=True)
@click.option("--repeats", default=3, show_default=True, help="How often each is run; the fastest counts.")
@click.option("--json", "as_json", is_flag=True, help="Print a record.")
def speed(model: str, repeats: int, as_json: bool) -> None:
    """Milliseconds an event with one take, and events a second with 64, of PyTorch and genart on the same threads."""
    import torch

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(threads)
    record: dict[str, Any] = {"threads": threads, "load": os.getloadavg()[0]}
    for rows in (1, 64):
        ours, theirs = _time_genart(model, rows, repeats), _time_torch(model, rows, repeats)
        record |= {f"genart, {rows}": ours, f"torch, {rows}": theirs, f"times, {rows}": theirs / ours}
    click.echo(json.dumps(record) if as_json else _lines(record))


def _time_genart(model: str, rows: int, repeats: int) -> float:
    """Seconds an event, with so many takes side by side."""
    melody = genart.load(model)
    seconds = []
    for number in range(repeats + 1):
        started = time.perf_counter()
        seeds = [(number, row) for row in range(rows)]
        drawn = melody.draw(HEAD, seeds=seeds, bounds=ENDLESS, limit=EVENTS, rows=rows)
        seconds.append((time.perf_counter() - started) / drawn.length.sum())
    return min(seconds[1:])


def _time_torch(model: str, rows: int, repeats: int) -> float:
    """The same of the network in PyTorch, without any mask but that of the tune's end, which is on its side."""
    import torch
    from melody_torch import TorchMelody

    melody = genart.load(model)
    c = melody.config
    lengths = torch.from_numpy(melody.codec.lengths.astype(np.int64))
    weights = {name: array for name, array in melody.bundle.weights.items() if array.dtype == np.float32}
    seconds = []
    for number in range(repeats + 1):
        torch.manual_seed(number)
        conditions = conditions_of(HEAD, melody.codec)
        started = time.perf_counter()
        with torch.inference_mode():
            network = TorchMelody(weights, config=c, conditions=conditions, rows=rows, room=EVENTS)
            pitch, duration = torch.full((rows,), c.pitches), torch.full((rows,), c.durations)
            place = tuple(torch.zeros(rows, dtype=torch.long) for _ in range(3))
            for event in range(EVENTS):
                names = ("pitch", "duration", "position", "measure", "section")
                logits = network.step(dict(zip(names, (pitch, duration, *place), strict=True)))
                logits[:, END] = -torch.inf
                logits[:, SECTION] = torch.inf if not event else -torch.inf
                pitch = torch.full((rows,), SECTION) if not event else torch.multinomial(logits.softmax(-1), 1)[:, 0]
                duration = torch.multinomial(network.duration_logits(pitch).softmax(-1), 1)[:, 0]
                place = advance(*place, pitch, lengths[duration], HEAD.bar)
        seconds.append((time.perf_counter() - started) / (rows * EVENTS))
    return min(seconds[1:])


def _lines(record: dict[str, Any]) -> str:
    shown = ((name, f"{value:.4g}" if isinstance(value, float) else value) for name, value in record.items())
    return "\n".join(f"{name}: {value}" for name, value in shown)


if __name__ == "__main__":
    main()
