"""How a score is broken into systems: lines of bars under each other, all at one scale.

Lengths are in pixels of the SVG; the PNG is twice as fine.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence

from genart.music import timing
from genart.music.score import Score, Track
from genart.music.timing import Bar

WIDTH = 1000
LEFT, RIGHT = 34, 12
HEAD, GAP = 18, 12  # above a system, for bar numbers, and below it
QUARTERS = 32  # that a system holds at best
BARS = (4, 6, 8, 12, 16)  # a system
MOST_SYSTEMS = 24
ROLL_HEIGHT = 270  # of a system at best
MANY_SYSTEMS, LOW_HEIGHT = 9, 170  # from so many on they are only so high


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """A line of bars at height `top` (of its topmost pitch row)."""

    bars: tuple[Bar, ...]
    top: float

    @property
    def start(self) -> int:
        """The first tick."""
        return self.bars[0].start

    @property
    def end(self) -> int:
        """The tick after the last."""
        return self.bars[-1].end


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What all systems of a drawing share."""

    systems: tuple[System, ...]
    low: int  # pitch of the lowest row
    high: int
    row: float  # height of a semitone
    tick: float  # width of a tick
    head: float  # height above a system
    resolution: int

    @classmethod
    def of(cls, score: Score, voices: Sequence[Track], *, top: float, head: float, pickup: int | None) -> "Plan":
        """Break a score into systems that begin at height `top`, each with `head` above it for bar numbers."""
        pitches = [note.pitch for voice in voices for note in voice.notes] or [60, 72]
        low, high = min(pitches), max(pitches)
        spare = max(0, 12 - (high - low))  # at least an octave and two rows are shown
        low, high = max(0, low - 1 - spare // 2), min(127, high + 1 + (spare + 1) // 2)
        bars = score.bars(pickup=pickup) or timing.bars(
            score.meters[:1], resolution=score.resolution, end=max(1, 4 * int(score.meters[0].ticks(score.resolution)))
        )
        lines = _lines(bars)
        height = ROLL_HEIGHT if len(lines) < MANY_SYSTEMS else LOW_HEIGHT
        row = min(8.0, max(2.5, round(2 * height / (high - low + 1)) / 2))
        step = head + (high - low + 1) * row + GAP
        systems = tuple(System(bars=line, top=top + head + i * step) for i, line in enumerate(lines))
        longest = max(system.end - system.start for system in systems)
        tick = (WIDTH - LEFT - RIGHT) / longest
        return cls(systems=systems, low=low, high=high, row=row, tick=tick, head=head, resolution=score.resolution)

    @property
    def height(self) -> float:
        """Of one system's pitches, in pixels."""
        return (self.high - self.low + 1) * self.row

    def x(self, system: System, tick: float) -> float:
        """Where a tick lies from the left, in pixels."""
        return LEFT + (tick - system.start) * self.tick

    def y(self, system: System, pitch: int) -> float:
        """Where the row of a MIDI pitch lies from the top, in pixels."""
        return system.top + (self.high - pitch) * self.row


def _lines(bars: Sequence[Bar]) -> list[tuple[Bar, ...]]:
    """The bars of each system; a pickup goes with the first, so that systems begin at bars 1, 9, 17 ..."""
    quarters = 4 * bars[-1].meter.numerator / bars[-1].meter.denominator
    count = min(BARS, key=lambda count: abs(count - QUARTERS / quarters))
    if len(bars) > 8 * count:
        count = 16
    count = max(count, math.ceil(len(bars) / MOST_SYSTEMS))
    extra = 1 if bars[0].number == 0 else 0
    edges = [0, *range(count + extra, len(bars), count), len(bars)]
    return [tuple(bars[start:stop]) for start, stop in itertools.pairwise(edges)]
