"""The grid on which a model sees a melody: steps, their place in the beat, and their time in the piece.

A model of chorales thinks in beats of four steps. Which note value a step is decides the harmonic rhythm; the
way back from steps to ticks bends to the melody, so that what starts with one of its notes starts exactly with it.
"""

import bisect
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from genart.errors import InputError
from genart.music.counterpoint import REST
from genart.music.score import Note
from genart.music.timing import Bar, Meter

BEAT = 4  # steps
VALUES = ("1/4", "1/8", "1/16", "1/32")  # of a step, longest first
# A compound beat (three eighths) as eight or four steps, so that it starts on a model's beat and its eighths last
# 4 2 2 (or 2 1 1) steps: the places of the steps in the beat.
LILT = tuple(Fraction(i, 12) for i in (0, 1, 2, 3, 4, 6, 8, 10))
SLOW_LILT = LILT[0::2]


@dataclasses.dataclass(frozen=True)
class Grid:
    """Steps of a piece.

    Attributes
    ----------
    edges : int [T + 1], the tick at which each step begins, and where the last one ends; rising
    phase : steps from the last beat to step 0, 0..3
    value : what a step is, in words: "1/16", or "1/16 in lilted beats" in compound meters
    """

    edges: np.ndarray
    phase: int
    value: str

    def __len__(self) -> int:
        return len(self.edges) - 1

    def nearest(self, tick: int) -> int:
        """The step whose beginning is nearest to a tick, 0..T."""
        after = int(np.searchsorted(self.edges, tick))
        if after == 0 or after == len(self.edges):
            return min(after, len(self.edges) - 1)
        return after if self.edges[after] - tick <= tick - self.edges[after - 1] else after - 1


def make_grid(bars: Sequence[Bar], *, resolution: int, notes: Sequence[Note], value: str = "auto") -> Grid:
    """Lay steps over bars.

    Parameters
    ----------
    bars : as `score.bars` gives them; bar 1 begins a beat
    resolution : ticks a quarter
    notes : the melody, for "auto"
    value : "1/4", "1/8", "1/16", "1/32", or "auto": the value at which the median distance of onsets is two to four
        steps; compound meters (6/8, 9/8, 12/8, 3/8) get eight steps a dotted beat, or four when most notes last one

    Raises
    ------
    InputError
        `value` is none of these.
    """
    if value != "auto" and value not in VALUES:
        raise InputError(f"grid {value!r}: it is auto, {', '.join(VALUES[:-1])} or {VALUES[-1]}")
    median = _median_distance(notes, resolution)
    edges: list[Fraction] = []
    names: dict[str, int] = {}
    before_first_beat = 0
    for bar in bars:
        places, name = _bar_steps(bar, resolution, median, value)
        names[name] = names.get(name, 0) + 1
        if bar.number == 0:
            before_first_beat = len(places)
        edges += places
    edges.append(Fraction(bars[-1].end))
    ticks = np.array([round(edge) for edge in edges])
    index = np.arange(len(ticks))
    rising = np.maximum.accumulate(ticks - index) + index  # files of a few ticks a quarter have less than one a step
    return Grid(rising, -before_first_beat % BEAT, max(names, key=lambda name: names[name]))


def _median_distance(notes: Sequence[Note], resolution: int) -> Fraction:
    """Between onsets, in quarters; a long rest counts as a half note."""
    starts = sorted({note.start for note in notes if note.end > note.start})
    gaps = [min(Fraction(b - a, resolution), Fraction(2)) for a, b in itertools.pairwise(starts)]
    return sorted(gaps)[len(gaps) // 2] if gaps else Fraction(1)


def _bar_steps(bar: Bar, resolution: int, median: Fraction, value: str) -> tuple[list[Fraction], str]:
    length = bar.end - bar.start
    if value == "auto" and _compound(bar.meter):
        beat = Fraction(12 * resolution, bar.meter.denominator)  # three of the denominator's notes, in ticks
        lilt = SLOW_LILT if median >= beat / resolution else LILT
        name = f"{len(lilt)} steps a dotted beat"
        first = -length % beat  # a pickup ends with its beat
        beats = range(-1 if first else 0, int(length // beat) + 1)
        places = [bar.start + (length % beat) + (beat * i) + beat * place for i in beats for place in lilt]
        return [place for place in places if bar.start <= place < bar.end] or [Fraction(bar.start)], name
    value = _simple_value(bar.meter, median) if value == "auto" else value
    step = 4 * resolution * Fraction(value)
    count = max(1, round(length / step))
    return [bar.start + Fraction(length * i, count) for i in range(count)], value


def _compound(meter: Meter) -> bool:
    return meter.denominator >= 8 and meter.numerator % 3 == 0


def _simple_value(meter: Meter, median: Fraction) -> str:
    """1/16 if the median note has two to four of them, else the nearest that does and fills the bar with beats."""
    if meter.denominator >= 8:  # 5/8, 7/8: every eighth is a beat of its own
        return "1/32"
    usual = [value for value, longest in (("1/32", 0.45), ("1/16", 1.1), ("1/8", 2.2)) if median < longest]
    for value in VALUES[VALUES.index(usual[0] if usual else "1/4") :]:
        if Fraction(meter.numerator, meter.denominator) / Fraction(value) % BEAT == 0:
            return value
    return VALUES[-1]


@dataclasses.dataclass(frozen=True)
class Line:
    """A voice as a model sees it.

    Attributes
    ----------
    pitches : int [T], MIDI pitch or -1
    onsets : step -> note that starts there
    """

    pitches: np.ndarray
    onsets: Mapping[int, Note]


def lay(notes: Sequence[Note], grid: Grid) -> Line:
    """Put a melody on a grid.

    Each step takes the note that sounds longest in it. Short silences before the next note (half a beat, or the
    rest of a beat) are articulation, and the note is held through them. Notes of zero length, and such as are shorter
    than a step and lose to a neighbor, are left out.

    Parameters
    ----------
    notes : monophonic, in order of their starts
    grid : to put them on
    """
    played = [note for note in notes if note.end > note.start]
    edges = grid.edges
    share = np.zeros(len(grid), np.int64)  # ticks of the step's note in the step
    owner = np.full(len(grid), -1)
    for index, note in enumerate(played):
        first = max(0, bisect.bisect_right(edges, note.start) - 1)
        last = min(len(grid), bisect.bisect_left(edges, note.end))
        for step in range(first, last):
            sounds = int(min(note.end, edges[step + 1]) - max(note.start, edges[step]))
            if sounds > share[step] and (2 * sounds > edges[step + 1] - edges[step] or last - first <= 2):
                share[step], owner[step] = sounds, index
    _hold(owner)
    begins = np.flatnonzero((owner >= 0) & (owner != np.append(-1, owner[:-1])))
    onsets = {int(step): played[owner[step]] for step in begins}
    pitches = np.array([played[i].pitch if i >= 0 else REST for i in owner], np.int64)
    return Line(pitches, onsets)


def _hold(owner: np.ndarray) -> None:
    """Lengthen notes through silences of half a beat, or such as end within a beat of the note's start, in place."""
    sounding = np.flatnonzero(owner >= 0)
    begin = 0
    for before, after in itertools.pairwise(sounding):
        if before == 0 or owner[before - 1] != owner[before]:
            begin = before
        if after - before - 1 <= BEAT // 2 or after - begin <= BEAT:
            owner[before + 1 : after] = owner[before]


@dataclasses.dataclass(frozen=True)
class Clock:
    """Ticks of steps, bent to the notes that are kept.

    Attributes
    ----------
    starts : int [T + 1], the tick at which a new note on each step starts
    ends : step -> tick at which kept notes that end with the step before it end
    """

    starts: np.ndarray
    ends: Mapping[int, int]

    @classmethod
    def of(cls, grid: Grid, lines: Sequence[Line]) -> "Clock":
        """The clock of kept lines; where two differ, the first counts."""
        onsets: dict[int, int] = {}
        ends: dict[int, int] = {}
        for line in lines:
            steps = sorted(line.onsets)
            for step, following in zip(steps, [*steps[1:], len(grid)], strict=True):
                onsets.setdefault(step, line.onsets[step].start)
                length = int(np.argmax(np.append(line.pitches[step:following], REST) == REST))
                ends.setdefault(step + length, line.onsets[step].end)
        return cls(_bent(grid, onsets), ends)

    def end(self, begin: int, step: int) -> int:
        """The tick at which a new note that starts at tick `begin` and lasts until `step` ends.

        That is with the kept note that ends there, unless so little would be left of a note that started later.
        """
        edge = int(self.starts[step])
        end = self.ends.get(step, edge)
        return end if 4 * (end - begin) > edge - begin else max(edge, begin + 1)


def _bent(grid: Grid, onsets: Mapping[int, int]) -> np.ndarray:
    """The grid's edges with some moved to where notes really start and those between them shifted along."""
    anchors: list[int] = []
    for step in sorted(onsets):
        if not anchors or onsets[step] > onsets[anchors[-1]]:
            anchors.append(step)
    if not anchors:
        return grid.edges
    shift = [onsets[step] - grid.edges[step] for step in anchors]
    moved = np.round(grid.edges + np.interp(np.arange(len(grid.edges)), anchors, shift)).astype(np.int64)
    return np.maximum(np.maximum.accumulate(moved), 0)
