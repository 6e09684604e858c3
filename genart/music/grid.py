"""The grid on which a model sees a melody: where its steps are in the beat and in the piece.

A model of chorales thinks in beats of four steps, and its harmonies change with its beats. Which note value a step
is thus decides the harmonic rhythm.
"""

import dataclasses
import functools
import math
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from genart.errors import InputError
from genart.music.score import Note
from genart.music.timing import Bar, Meter

BEAT = 4  # steps
VALUES = ("1/4", "1/8", "1/16", "1/32")  # of a step, longest first
# Notes shorter than so many beats are usual -> steps a beat: two to four steps a note.
USUAL = ((Fraction(22, 100), 16), (Fraction(45, 100), 8), (Fraction(11, 10), 4), (Fraction(22, 10), 2))
TOO_SLOW = 6  # steps a usual note, from which on bars of three are taken for one beat


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid:
    """Steps of a piece.

    Attributes
    ----------
    edges : int [T + 1], the tick at which each step begins, and where the last one ends; rising, from 0
    phase : steps from the last beat to step 0, 0..3
    """

    edges: np.ndarray
    phase: int

    def __len__(self) -> int:
        return len(self.edges) - 1

    def nearest(self, tick: int) -> int:
        """The step whose beginning is nearest to a tick, 0..T; of two, the later."""
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        return int(np.searchsorted(middles, tick, side="right"))


def make_grid(bars: Sequence[Bar], *, resolution: int, notes: Sequence[Note], value: str = "auto") -> Grid:
    """Lay steps over bars.

    A beat of three notes lilts: one half of its steps takes two thirds of it, the other the last third, so that a
    quarter and an eighth of 6/8 are as long to the model. So do the quarters of a melody in triplets or swing.

    Parameters
    ----------
    bars : as `score.bars` gives them; bar 1 begins a beat, bar 0 ends one
    resolution : ticks a quarter
    notes : the melody
    value : of a step; in beats of three that of the first, longer ones. By default, "auto", the one by which a
        usual note of the melody (the median distance of onsets) is two to four steps; or a shorter one, where bars
        would not be whole beats

    Raises
    ------
    InputError
        `value` is neither "auto" nor in `VALUES`.
    """
    if value != "auto" and value not in VALUES:
        raise InputError(f"grid {value!r}: it is auto, {', '.join(VALUES[:-1])} or {VALUES[-1]}")
    starts = np.unique([note.start for note in notes if note.end > note.start])
    pace = Fraction(int(np.median(np.diff(starts))) if len(starts) > 1 else resolution, resolution)
    triplets = _in_triplets(starts, bars, resolution)
    pulses = {meter: _pulse(meter, value, pace, triplets) for meter in {bar.meter for bar in bars}}
    edges = np.concatenate([_edges(bar, pulses[bar.meter], resolution) for bar in bars] + [[bars[-1].end]])
    ticks = np.rint(edges).astype(np.int64)
    ticks = ticks[np.diff(ticks, prepend=-1) > 0]  # bars cut to a few ticks have fewer steps
    first = next((bar.start for bar in bars if bar.number > 0), bars[-1].end)
    return Grid(edges=ticks, phase=-int(np.searchsorted(ticks, first)) % BEAT)


def span(grid: Grid, bars: Sequence[Bar], text: str) -> tuple[int, int]:
    """The steps of bars that a text such as "5-8" or "5" names, numbered as in print: the first, and where they end.

    Raises
    ------
    InputError
        The text names none of `bars`, or none that there is.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    named = [bar for bar in bars if first <= bar.number <= last]
    if first > last or last > bars[-1].number or not named:
        known = f"{bars[0].number}-{bars[-1].number}"
        raise InputError(f"bars {text!r}: write one bar or the first and last, such as 5-8; the piece has bars {known}")
    return grid.nearest(named[0].start), grid.nearest(named[-1].end)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Pulse:
    """How beats of so many quarters fall into steps, evenly or lilting."""

    beat: Fraction
    steps: int
    lilting: bool

    @functools.cached_property
    def places(self) -> np.ndarray:
        """float [steps], 0..1: where in the beat each step begins."""
        even = np.arange(self.steps) / self.steps
        return np.interp(even, (0, 1 / 2, 1), (0, 2 / 3, 1)) if self.lilting else even


def _pulse(meter: Meter, value: str, pace: Fraction, triplets: bool) -> _Pulse:
    """The pulse of a meter for a melody whose usual notes are `pace` quarters."""
    three = Fraction(12, meter.denominator)  # quarters: a beat of three of the meter's notes
    bar = Fraction(4 * meter.numerator, meter.denominator)
    compound = meter.numerator % 3 == 0 and meter.denominator >= 8
    if value == "auto":
        steps = _filling(_usual(pace), bar)
        if compound or (meter.numerator == 3 and steps * pace > TOO_SLOW):
            return _Pulse(beat=three, steps=_filling(_usual(pace / three), bar / three), lilting=True)
        return _simple(steps, bar, triplets)
    steps = int(1 / (4 * Fraction(value)))
    if compound and steps * three <= 2 * 3:  # two a note or fewer; with four, each note is a beat of its own
        return _Pulse(beat=three, steps=max(1, int(steps * three * 4 / 3)), lilting=True)
    return _simple(steps, bar, triplets and not compound)


def _simple(steps: int, bar: Fraction, triplets: bool) -> _Pulse:
    """So many steps a quarter in bars of so many quarters."""
    if bar % 1:
        return _Pulse(beat=Fraction(1, steps), steps=1, lilting=False)
    return _Pulse(beat=Fraction(1), steps=steps, lilting=triplets)


def _usual(pace: Fraction) -> int:
    """Steps a beat where usual notes are `pace` beats."""
    return next((steps for longest, steps in USUAL if pace < longest), 1)


def _filling(steps: int, beats: Fraction) -> int:
    """`steps` a beat, or more, by which a bar of so many beats is whole beats of the model."""
    return next((finer for finer in (steps, 2 * steps, 4 * steps, 8 * steps) if finer * beats % BEAT == 0), steps)


def _in_triplets(starts: np.ndarray, bars: Sequence[Bar], resolution: int) -> bool:
    """Whether most onsets (ticks) off the beat are nearer to its thirds than to its quarters."""
    index = np.searchsorted([bar.start for bar in bars], starts, side="right") - 1
    origins = np.array([bar.end if bar.number == 0 else bar.start for bar in bars])[index]
    places = (starts - origins) / resolution % 1
    thirds, quarters = (abs(places[:, None] - np.arange(n + 1) / n).min(axis=1) for n in (3, 4))
    off = abs(places - np.rint(places)) > 1 / 8
    return bool(2 * (off & (thirds < quarters)).sum() > off.sum())


def _edges(bar: Bar, pulse: _Pulse, resolution: int) -> np.ndarray:
    """float [steps in the bar]: ticks at which they begin. Bars are whole beats, a pickup as much of them as it has."""
    beat, length = float(pulse.beat * resolution), bar.end - bar.start
    count = math.ceil(length / beat) if bar.number == 0 else max(1, round(length / beat))
    width = beat if bar.number == 0 else length / count
    edges = bar.end - width * (count - np.add.outer(np.arange(count), pulse.places).ravel())
    return np.maximum(edges, bar.start)
