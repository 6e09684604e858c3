"""How surprising a model finds each note of a piece, given all the others."""

import dataclasses
import os
from typing import TYPE_CHECKING

import numpy as np

from genart.music import rewriting
from genart.music.check import Report, Surprise
from genart.music.chorales import to_classes
from genart.music.counterpoint import REST, VOICES
from genart.music.rewriting import Copy, Piece

if TYPE_CHECKING:
    from genart.families.bach import Bach

GROUPS = 16  # in which notes are hidden together: each waits for 15 others, about four beats of four voices


def surprised(
    report: Report, *, pickup: float | None = None, model: "str | os.PathLike[str] | Bach" = "bach"
) -> Report:
    """A report that also says how surprising a model finds the notes.

    Every 16th note in the order of time, over all voices, is hidden as a whole at the same time as those like it, and
    all others are shown. Notes too short for the grid are left out.

    Parameters
    ----------
    report : as :func:`genart.music.check.check` gives it
    pickup : that it was made with, in beats
    model : a model's name, folder or URL, or the model itself
    """
    from genart.families import drawing

    bach, _ = drawing.prepare(model, seed=0)
    piece = rewriting.lay_out(report.score, pickup=pickup)
    finer = piece.song.score.resolution // report.score.resolution
    found = []
    for voice, first, nats in _nats(bach, piece, Copy.of(piece)):
        note = piece.lines[voice].onsets[first]
        tick = note.start // finer
        bar, beat = report.place(tick)
        found.append(Surprise(voice=VOICES[voice], tick=tick, pitch=note.pitch, bar=bar, beat=beat, nats=nats))
    return dataclasses.replace(report, surprises=tuple(sorted(found, key=lambda s: (s.tick, VOICES.index(s.voice)))))


def _nats(bach: "Bach", piece: Piece, copy: Copy) -> list[tuple[int, int, float]]:
    """(voice, first step, nats a step) of the notes."""
    notes = [(first, voice, end) for voice, spans in piece.spans.items() for first, end in spans.items()]
    notes = sorted((first, voice, end) for first, voice, end in notes if copy.pitches[first, voice] != REST)
    known = np.repeat(~copy.unknown[None], GROUPS, axis=0)  # [GROUPS, T, 4]
    for number, (first, voice, end) in enumerate(notes):
        known[number % GROUPS, first:end, voice] = False
    pitches = np.broadcast_to(copy.pitches, known.shape)
    logits = bach.logits(pitches, known, phase=piece.grid.phase)  # [GROUPS, T, 4, C]
    peak = logits.max(axis=-1, keepdims=True)
    log_p = logits - peak - np.log(np.exp(logits - peak).sum(axis=-1, keepdims=True))
    classes = to_classes(copy.pitches)
    found = []
    for number, (first, voice, end) in enumerate(notes):
        own = log_p[number % GROUPS, np.arange(first, end), voice, classes[first:end, voice]]
        found.append((voice, first, max(0.0, -float(own.mean()))))
    return found
