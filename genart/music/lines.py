"""Melodies on a model's grid, and the time of its steps in a melody that is played, swung or detached."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from genart.music.counterpoint import REST
from genart.music.grid import BEAT, Grid
from genart.music.score import Note


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A voice as a model sees it.

    Attributes
    ----------
    pitches : int [T], MIDI pitch or -1
    onsets : step -> note that starts there
    ends : step -> tick at which the note that lasts until there really ends
    """

    pitches: np.ndarray
    onsets: Mapping[int, Note]
    ends: Mapping[int, int]


def lay(notes: Sequence[Note], grid: Grid) -> Line:
    """Put a melody on a grid.

    Each note takes the steps of which it sounds over a half, or the one that it sounds longest in, unless another
    sounds longer there. Short silences before the next note (half a beat, or the rest of a beat) are articulation, and
    the note is held through them. Notes of zero length, and such as are shorter than a step and lose to a neighbor,
    are left out.

    Parameters
    ----------
    notes : one at a time but for legato, in order of their starts, within the grid
    grid : to put them on
    """
    played = [note for note in notes if note.end > note.start]
    owner = _owners(played, grid.edges)
    spans = [(begin, stop) for begin, stop in runs(owner) if owner[begin] >= 0]
    pitches, onsets, ends = np.full(len(grid), REST), {}, {}
    for (begin, stop), (following, _) in zip(spans, [*spans[1:], (len(grid) + BEAT, 0)], strict=True):
        note = played[owner[begin]]
        if following - stop <= BEAT // 2 or following - begin <= BEAT:
            stop = following
        pitches[begin:stop] = note.pitch
        onsets[begin], ends[stop] = note, note.end
    return Line(pitches=pitches, onsets=onsets, ends=ends)


def runs(values: np.ndarray) -> list[tuple[int, int]]:
    """Where stretches of equal values begin and end; values are of any type [T], T > 0."""
    changes = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    return list(zip([0, *changes], [*changes, len(values)], strict=True))


def _owners(notes: Sequence[Note], edges: np.ndarray) -> np.ndarray:
    """int [T]: the note that each step takes, -1 for none."""
    share = np.zeros(len(edges) - 1, np.int64)  # ticks of the step that its note sounds
    owner = np.full(len(edges) - 1, -1)
    firsts = np.searchsorted(edges, [note.start for note in notes], side="right") - 1
    lasts = np.searchsorted(edges, [note.end for note in notes])
    for index, (note, first, last) in enumerate(zip(notes, firsts, lasts, strict=True)):
        begins, stops = edges[first:last], edges[first + 1 : last + 1]
        sounds = np.minimum(note.end, stops) - np.maximum(note.start, begins)
        fills = 2 * sounds > stops - begins
        fills[sounds.argmax()] = True
        better = np.flatnonzero(fills & (sounds > share[first:last]))
        owner[first + better], share[first + better] = index, sounds[better]
    return owner


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clock:
    """Ticks of steps, bent to the notes that are kept.

    Attributes
    ----------
    starts : int [T + 1], the tick at which a new note on each step starts; never falling
    ends : step -> tick at which kept notes that last until there end
    """

    starts: np.ndarray
    ends: Mapping[int, int]

    @classmethod
    def of(cls, grid: Grid, lines: Sequence[Line]) -> "Clock":
        """The clock of kept lines; where two differ, the first counts."""
        onsets = {step: note.start for line in reversed(lines) for step, note in line.onsets.items()}
        ends = {step: tick for line in reversed(lines) for step, tick in line.ends.items()}
        return cls(starts=_bent(grid.edges, onsets), ends=ends)

    def end(self, begin: int, step: int) -> int:
        """The tick at which a new note that starts at tick `begin` and lasts until `step` ends.

        That is with the kept note that ends there, unless so little would be left of a note that started later.
        """
        edge = int(self.starts[step])
        end = self.ends.get(step, edge)
        return end if 4 * (end - begin) > edge - begin else edge


def _bent(edges: np.ndarray, onsets: Mapping[int, int]) -> np.ndarray:
    """The edges, some moved to where notes really start (step -> tick) and those between them shifted along."""
    anchors: list[int] = []
    for step in sorted(onsets):
        if not anchors or onsets[step] > onsets[anchors[-1]]:
            anchors.append(step)
    if not anchors:
        return edges
    shift = [onsets[step] - edges[step] for step in anchors]
    moved = np.rint(edges + np.interp(np.arange(len(edges)), anchors, shift)).astype(np.int64)
    return np.maximum.accumulate(np.maximum(moved, 0))
