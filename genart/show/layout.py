"""Where everything of a piano roll goes: a score becomes boxes, lines and labels that any painter can draw.

Lengths are in pixels of the SVG; the PNG is twice as fine. Long scores wrap into systems stacked under each other.
"""

import bisect
import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from genart.errors import InputError
from genart.music import timing
from genart.music.score import Note, Score, Track
from genart.music.timing import Bar, Meter
from genart.show.shapes import (
    BAR_LINE,
    COLORS,
    FAINT,
    FAULT,
    INK,
    OCTAVE_LINE,
    SHADE,
    SOFT,
    Box,
    Drawing,
    Label,
    Line,
    Shape,
    Sign,
)

WIDTH = 1000
LEFT, RIGHT = 34, 12
HEAD, GAP = 18, 12  # above a system, for bar numbers, and below it
MARK_HEAD = 9  # more above a system, where there are marks
QUARTERS = 32  # that a system holds at best
BARS = (4, 6, 8, 12, 16)  # a system
MOST_SYSTEMS = 24
ROLL_HEIGHT = 270  # of a system at best
MANY_SYSTEMS, LOW_HEIGHT = 9, 170  # from so many on they are only so high
MOST_NAMES = 12
BLACK_KEYS = (1, 3, 6, 8, 10)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """Something to point at: a small red sign above `tick`, rings around the notes of `pitches` that sound there."""

    tick: int
    label: str
    pitches: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """A line of bars at height `top` (of its topmost pitch row)."""

    bars: tuple[Bar, ...]
    top: float

    @property
    def start(self) -> int:
        return self.bars[0].start

    @property
    def end(self) -> int:
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

    @property
    def height(self) -> float:
        return (self.high - self.low + 1) * self.row

    def x(self, system: System, tick: float) -> float:
        return LEFT + (tick - system.start) * self.tick

    def y(self, system: System, pitch: int) -> float:
        return system.top + (self.high - pitch) * self.row


def lay_out(
    score: Score,
    *,
    kept: Sequence[int | str] = (),
    marks: Sequence[Mark | tuple[int, str]] = (),
    title: str = "",
    pickup: int | None = None,
) -> Drawing:
    """Lay out a piano roll. See :func:`genart.show.piano_roll_svg`."""
    voices = [track for track in score.voices if not track.is_drums]
    keeps = _kept(voices, kept)
    heading = list(_heading(voices, keeps, title, faults=bool(marks)))
    top = max((shape.y for shape in heading if isinstance(shape, Label)), default=0) + 8
    plan = _plan(score, voices, top=top, head=HEAD + MARK_HEAD * bool(marks), pickup=pickup)
    shapes: list[Shape] = []
    for system in plan.systems:
        shapes += _grid(plan, system, previous=_meter_before(plan, system))
    order = sorted(range(len(voices)), key=lambda i: (i in keeps, -i))  # what was kept lies on top
    below = Sounding()
    for i in order:
        color = COLORS[i % len(COLORS)]
        shapes += _notes(plan, voices[i], color, kept=i in keeps, below=below)
        below.add(voices[i], color)
    if not voices:
        system = plan.systems[0]
        middle = system.top + plan.height / 2 + 4
        shapes.append(Label(x=WIDTH / 2, y=middle, text="no notes", size=12, anchor="middle"))
    shapes += _marks(plan, [mark if isinstance(mark, Mark) else Mark(tick=mark[0], label=mark[1]) for mark in marks])
    return Drawing(width=WIDTH, height=plan.systems[-1].top + plan.height + GAP, shapes=(*heading, *shapes))


def _kept(voices: Sequence[Track], kept: Sequence[int | str]) -> set[int]:
    names = [voice.name for voice in voices]
    found = set()
    for voice in kept:
        if isinstance(voice, str) and voice in names:
            found.add(names.index(voice))
        elif isinstance(voice, int) and 0 <= voice < len(voices):
            found.add(voice)
        else:
            raise InputError(f"no voice {voice!r} to mark as kept: there are {', '.join(names) or 'none'}")
    return found


def _plan(score: Score, voices: Sequence[Track], *, top: float, head: float, pickup: int | None) -> Plan:
    pitches = [note.pitch for voice in voices for note in voice.notes] or [60, 72]
    low, high = min(pitches), max(pitches)
    spare = max(0, 12 - (high - low))  # at least an octave and two rows are shown
    low, high = max(0, low - 1 - spare // 2), min(127, high + 1 + (spare + 1) // 2)
    bars = score.bars(pickup=pickup) or timing.bars(
        score.meters[:1], resolution=score.resolution, end=4 * int(score.meters[0].ticks(score.resolution))
    )
    lines = _lines(bars)
    height = ROLL_HEIGHT if len(lines) < MANY_SYSTEMS else LOW_HEIGHT
    row = min(8.0, max(2.5, round(2 * height / (high - low + 1)) / 2))
    step = head + (high - low + 1) * row + GAP
    systems = tuple(System(bars=line, top=top + head + i * step) for i, line in enumerate(lines))
    longest = max(system.end - system.start for system in systems)
    tick = (WIDTH - LEFT - RIGHT) / longest
    return Plan(systems=systems, low=low, high=high, row=row, tick=tick, head=head, resolution=score.resolution)


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


def _meter_before(plan: Plan, system: System) -> str:
    i = plan.systems.index(system)
    return str(plan.systems[i - 1].bars[-1].meter) if i else ""


def _beat(meter: Meter) -> float:
    """The length of a felt beat in quarters: three eighths in 6/8, 9/8 and 12/8."""
    felt = 3 if meter.denominator >= 8 and meter.numerator % 3 == 0 and meter.numerator > 3 else 1
    return 4 * felt / meter.denominator


def _heading(voices: Sequence[Track], keeps: set[int], title: str, *, faults: bool) -> Iterator[Shape]:
    y = 8.0
    if title:
        y += 12
        yield Label(x=LEFT, y=y, text=title, color=INK, size=13)
        y += 6
    x, y = float(LEFT), y + 14
    named = [voice.name or f"Voice {i + 1}" for i, voice in enumerate(voices)][:MOST_NAMES]
    texts = [_short(name) + (" (kept)" if i in keeps else "") for i, name in enumerate(named)]
    for i, text in enumerate(texts):
        if x > LEFT and x + 24 + 6.2 * len(text) > WIDTH - RIGHT:
            x, y = float(LEFT), y + 16
        kept = i in keeps
        yield Box(x=x, y=y - 8, width=14, height=8, fill=COLORS[i % len(COLORS)], edge=INK if kept else None)
        yield Label(x=x + 19, y=y, text=text, color=INK if kept else SOFT, size=11)
        x += 38 + 6.2 * len(text)
    if len(voices) > MOST_NAMES:
        yield Label(x=x, y=y, text=f"and {len(voices) - MOST_NAMES} more", size=11)
        x += 90
    if faults:
        yield Sign(x=x + 4, y=y, color=FAULT)
        yield Label(x=x + 12, y=y, text="fault", color=FAULT, size=11)


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def _grid(plan: Plan, system: System, *, previous: str) -> Iterator[Shape]:
    left, right = plan.x(system, system.start), plan.x(system, system.end)
    top, bottom = system.top, system.top + plan.height
    for pitch in range(plan.low, plan.high + 1):
        if pitch % 12 in BLACK_KEYS:
            yield Box(x=left, y=plan.y(system, pitch), width=right - left, height=plan.row, fill=SHADE)
    for pitch in range(plan.low, plan.high + 1):
        if pitch % 12 == 0:
            y = plan.y(system, pitch) + plan.row
            yield Line(x1=left, y1=y, x2=right, y2=y, color=OCTAVE_LINE)
            yield Label(x=left - 5, y=y - plan.row / 2 + 3.5, text=f"C{pitch // 12 - 1}", anchor="end")
    bar_width = (right - left) / len(system.bars)
    every = next(n for n in (1, 2, 4, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000) if n * bar_width >= 26)
    numbered = -math.inf
    for bar in system.bars:
        x = plan.x(system, bar.start)
        beat = _beat(bar.meter) * plan.resolution
        if beat * plan.tick >= 8:
            for k in range(1, math.ceil((bar.end - bar.start) / beat)):
                at = plan.x(system, bar.start + k * beat)
                yield Line(x1=at, y1=top, x2=at, y2=bottom, color=FAINT)
        if bar_width >= 3 or bar.number % every == 0:
            color = BAR_LINE if bar_width >= 26 or bar.number % every == 0 else FAINT
            yield Line(x1=x, y1=top - 3, x2=x, y2=bottom, color=color)
        changed = bar.number > 0 and str(bar.meter) != previous  # said at bar 1, not at the pickup
        first = changed or bar is system.bars[0]
        text = f"{bar.number} · {bar.meter}" if changed else str(bar.number)
        previous = str(bar.meter) if bar.number > 0 else previous
        if (first or bar.number % every == 0) and x >= numbered:
            yield Label(x=x + 2, y=top + HEAD - plan.head - 5, text=text, color=INK if first else SOFT, size=9)
            numbered = x + 8 + 5.5 * len(text)
    yield Line(x1=right, y1=top - 3, x2=right, y2=bottom, color=BAR_LINE)


class Sounding:
    """The notes of the voices drawn so far, to find unisons."""

    def __init__(self) -> None:
        self.voices: list[tuple[str, dict[int, tuple[list[int], list[int]]]]] = []  # color, pitch -> starts, ends

    def add(self, voice: Track, color: str) -> None:
        spans: dict[int, tuple[list[int], list[int]]] = {}
        for note in voice.notes:
            starts, ends = spans.setdefault(note.pitch, ([], []))
            starts.append(note.start)
            ends.append(note.end)
        self.voices.append((color, spans))

    def unison(self, note: Note) -> tuple[Note, str] | None:
        """The stretch of a note at which another voice sounds the same pitch, and that voice's color."""
        for color, spans in self.voices:
            starts, ends = spans.get(note.pitch, ((), ()))
            i = bisect.bisect_left(starts, note.end) - 1
            if i >= 0 and ends[i] > note.start:
                start, end = max(starts[i], note.start), min(ends[i], note.end)
                return dataclasses.replace(note, start=start, end=end), color
        return None


def _notes(plan: Plan, voice: Track, color: str, *, kept: bool, below: Sounding) -> Iterator[Box]:
    """The boxes of a voice's notes, then the lower halves of its unisons in the color of the voice below."""
    drawn: set[Box] = set()  # in dense music thousands of notes fall on the same pixels
    unisons: list[tuple[Note, str]] = []
    systems = iter(plan.systems)
    system = next(systems)
    for note in voice.notes:  # sorted by start
        while note.start >= system.end and (following := next(systems, None)):
            system = following
        boxes = [_box(plan, part, note, color, edge=INK if kept else None) for part in _reached(plan, system, note)]
        yield from (box for box in boxes if box not in drawn)
        drawn.update(boxes)
        if unison := below.unison(note):
            unisons.append(unison)
    for note, other in unisons:
        for part in plan.systems:
            if part.start < note.end and note.start < part.end:
                box = _box(plan, part, note, other)
                half = box.height / 2
                yield dataclasses.replace(box, y=box.y + half, height=half)


def _box(plan: Plan, system: System, note: Note, color: str, edge: str | None = None) -> Box:
    x = plan.x(system, max(note.start, system.start))
    width = plan.x(system, min(note.end, system.end)) - x
    gap = 1 if plan.row >= 4 else 0.5
    return Box(
        x=round(2 * x) / 2 + 0.5,
        y=plan.y(system, note.pitch) + gap / 2,
        width=max(1.0, round(2 * width) / 2 - 1),
        height=plan.row - gap,
        fill=color,
        edge=edge,
    )


def _reached(plan: Plan, system: System, note: Note) -> Sequence[System]:
    """The systems that a note reaches into, `system` being the first."""
    if note.end <= system.end:
        return (system,)
    return [part for part in plan.systems if system.start <= part.start < note.end]


def _marks(plan: Plan, marks: Sequence[Mark]) -> Iterator[Shape]:
    free: dict[int, float] = {}  # where the last label of a system ended
    for mark in sorted(marks, key=lambda mark: mark.tick):
        at = next((i for i, s in enumerate(plan.systems) if s.start <= mark.tick < s.end), None)
        if at is None:
            raise InputError(f"no bar holds the mark {mark.label!r} at tick {mark.tick}")
        system = plan.systems[at]
        x = plan.x(system, mark.tick)
        yield Sign(x=x + 1, y=system.top, color=FAULT, title=mark.label)
        if x >= free.get(at, -math.inf) and x + 8 + 5 * len(mark.label) < WIDTH:
            yield Label(x=x + 7, y=system.top - 1, text=mark.label, color=FAULT, size=8)
            free[at] = x + 14 + 5 * len(mark.label)
        for pitch in mark.pitches:
            y = plan.y(system, pitch)
            yield Box(x=x - 2, y=y - 2, width=9, height=plan.row + 4, edge=FAULT, title=mark.label)
