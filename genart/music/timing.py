"""Tempo, meter, key and bars: what a tick means in seconds and on paper."""

import bisect
import dataclasses
import itertools
import math
import re
from collections.abc import Sequence
from fractions import Fraction

from genart.errors import InputError

MICROSECONDS = 60_000_000  # a minute; MIDI tempos are microseconds a quarter, stored in three bytes
DENOMINATORS = (1, 2, 4, 8, 16, 32, 64)
KEYS = "Cb Gb Db Ab Eb Bb F C G D A E B F# C# Abm Ebm Bbm Fm Cm Gm Dm Am Em Bm F#m C#m G#m D#m A#m"
MOST_BARS = 100_000


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """A tempo in quarters a minute from `tick` on, whatever the meter; MIDI can hold 3.58 to 60,000,000."""

    tick: int = 0
    bpm: float

    def __post_init__(self) -> None:
        if not (self.bpm > 0 and math.isfinite(self.bpm) and 1 <= self.microseconds <= 0xFFFFFF):
            raise InputError(f"tempo {self.bpm:g} at tick {self.tick}: a tempo is 3.58 to 60000000 quarters a minute")

    @property
    def microseconds(self) -> int:
        """Microseconds a quarter, as MIDI stores it."""
        return round(MICROSECONDS / self.bpm)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Meter:
    """A time signature from `tick` on: numerator 1-255 over a power of two up to 64."""

    tick: int = 0
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 255 or self.denominator not in DENOMINATORS:
            raise InputError(
                f"meter {self} at tick {self.tick}: a meter is 1-255 beats over 1, 2, 4, 8, 16, 32 or 64, such as 3/4"
            )

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @classmethod
    def parse(cls, text: str, *, tick: int = 0) -> "Meter":
        """The meter written as "3/4". Raises :class:`InputError` if it is not one."""
        match = re.fullmatch(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*", text)
        if not match:
            raise InputError(f"meter {text!r}: write it as two numbers, such as 3/4 or 6/8")
        return cls(tick=tick, numerator=int(match[1]), denominator=int(match[2]))

    def ticks(self, resolution: int) -> Fraction:
        """Length of a bar in ticks, at `resolution` ticks a quarter."""
        return Fraction(4 * self.numerator * resolution, self.denominator)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key signature from `tick` on, named as in MIDI files: "C", "Bb", "F#m" (at most seven accidentals)."""

    tick: int = 0
    name: str

    def __post_init__(self) -> None:
        if self.name not in KEYS.split():
            raise InputError(f"key {self.name!r}: write a tonic with at most seven accidentals, such as C, Bb or F#m")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A bar from tick `start` to `end`, numbered as in print: a pickup, shorter than its meter, is bar 0."""

    number: int
    start: int
    end: int
    meter: Meter


class TempoMap:
    """Seconds of ticks and ticks of seconds, for tempos sorted by tick whose first is at tick 0."""

    def __init__(self, tempos: Sequence[Tempo], resolution: int) -> None:
        self._ticks = [tempo.tick for tempo in tempos]
        self._rates = [tempo.microseconds / 1e6 / resolution for tempo in tempos]  # seconds a tick
        ends = self._ticks[1:]
        spans = (rate * (end - start) for rate, start, end in zip(self._rates, self._ticks, ends, strict=False))
        self._seconds = list(itertools.accumulate(spans, initial=0.0))

    def seconds(self, tick: float) -> float:
        """The time of `tick` in seconds from tick 0."""
        i = max(bisect.bisect_right(self._ticks, tick) - 1, 0)
        return self._seconds[i] + (tick - self._ticks[i]) * self._rates[i]

    def ticks(self, seconds: float) -> int:
        """The tick nearest to `seconds`."""
        i = max(bisect.bisect_right(self._seconds, seconds) - 1, 0)
        return self._ticks[i] + round((seconds - self._seconds[i]) / self._rates[i])


def late(bar: Bar, *, first: int, end: int) -> bool:
    """Whether a first bar is a pickup written with rests.

    Parameters
    ----------
    bar
        From tick 0, as long as its meter.
    first, end
        Ticks at which the first note of all begins and the last one ends.
    """
    return bar.start + bar.end <= 2 * first and first < bar.end < end


def bars(meters: Sequence[Meter], *, resolution: int, end: int, pickup: int | None = None) -> tuple[Bar, ...]:
    """The bars from tick 0 until `end` is covered; the last one is whole.

    Parameters
    ----------
    meters
        Sorted by tick, the first at tick 0. Each begins a bar, also in the middle of one, which is cut short.
    pickup
        Length of the pickup in ticks, 0 for none. By default there is one if the music up to the second meter is
        shorter than a bar of that meter (1/4, then 4/4), which is how scores store it.

    Raises
    ------
    InputError
        `pickup` is not shorter than a bar, or there would be more than 100,000 bars.
    """
    if pickup is None:
        short = len(meters) > 1 and meters[1].tick < meters[1].ticks(resolution)
        pickup = meters[1].tick if short else 0
    first = [meter for meter in meters if meter.tick <= pickup][-1] if pickup >= 0 else meters[0]
    if not 0 <= pickup < first.ticks(resolution):
        raise InputError(f"a pickup of {pickup} ticks: it must be shorter than a bar of {first}")
    regions = [(pickup, first), *((meter.tick, meter) for meter in meters if pickup < meter.tick)]
    made = [Bar(number=0, start=0, end=pickup, meter=first)] if pickup and end > 0 else []
    for i, (start, meter) in enumerate(regions):
        stop = regions[i + 1][0] if i + 1 < len(regions) else None
        length = max(meter.ticks(resolution), Fraction(1))
        count = math.ceil((min(end, stop or end) - start) / length)
        if len(made) + count > MOST_BARS:
            raise InputError(
                f"the score is {len(made) + count:,} bars long and at most {MOST_BARS:,} can be handled; "
                "look for a stray note far from the rest"
            )
        edges = [start + k * length.numerator // length.denominator for k in range(max(count, 0) + 1)]
        if stop is not None:
            edges[-1] = min(edges[-1], stop)
        number = len(made) + (0 if pickup else 1)
        made += [
            Bar(number=number + k, start=begin, end=close, meter=meter)
            for k, (begin, close) in enumerate(itertools.pairwise(edges))
        ]
    return tuple(made)
