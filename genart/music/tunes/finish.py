"""A finished tune as a score to be saved, what it begins with as it was played."""

import dataclasses
import math
from collections.abc import Sequence

from genart.music.score import Note, Score, Track
from genart.music.tunes.outline import Outline
from genart.music.tunes.scores import to_score
from genart.music.tunes.tune import Tune

MOST_RESOLUTION = 32767  # ticks a quarter that MIDI files allow


def finish(tune: Tune, outline: Outline) -> Score:
    """The score of a tune that was written to an outline: in its form and tempo.

    The given notes stand at its start just as they were played, at a resolution that holds both them and the new
    ones; where a section that holds them is repeated, they are played as they would be written.
    """
    score = to_score(tune, tempo=outline.tempo, repeats=outline.form or None)
    resolution = math.lcm(score.resolution, outline.resolution)
    if outline.played and resolution <= MOST_RESOLUTION:
        score = _finer(score, resolution // score.resolution)
    if not outline.played:
        return score
    head, voice = score.tracks
    notes = [*_placed(outline, voice.notes, score.resolution), *voice.notes[len(outline.played) :]]
    return dataclasses.replace(score, tracks=(head, Track.make(name=voice.name, notes=notes, program=outline.program)))


def _placed(outline: Outline, written: Sequence[Note], resolution: int) -> list[Note]:
    """The given notes, with their own lengths and velocities, from where the first is written."""
    first = outline.played[0].start

    def tick(at: int) -> int:
        return written[0].start + round((at - first) * resolution / outline.resolution)

    return [dataclasses.replace(note, start=tick(note.start), end=tick(note.end)) for note in outline.played]


def _finer(score: Score, factor: int) -> Score:
    tracks = [
        dataclasses.replace(
            track,
            notes=tuple(dataclasses.replace(n, start=n.start * factor, end=n.end * factor) for n in track.notes),
            events=tuple(dataclasses.replace(event, tick=event.tick * factor) for event in track.events),
        )
        for track in score.tracks
    ]
    return dataclasses.replace(score, tracks=tuple(tracks), resolution=score.resolution * factor)
