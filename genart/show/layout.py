"""Where everything of a piano roll goes: a score becomes boxes, lines and labels that any painter can draw.

Lengths are in pixels of the SVG; the PNG is twice as fine. Long scores wrap into systems stacked under each other.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

from genart.errors import InputError
from genart.music.score import Score, Track
from genart.music.timing import Meter
from genart.show.notes import Sounding, boxes, tinted
from genart.show.plan import GAP, HEAD, LEFT, RIGHT, WIDTH, Plan, System
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

MARK_HEAD = 9  # height above a system, where there are marks
MOST_NAMES = 12
BLACK_KEYS = (1, 3, 6, 8, 10)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """Something to point at: a small red sign above `tick`, rings around the notes of `pitches` that sound there."""

    tick: int
    label: str
    pitches: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tints:
    """Notes filled with colors of their own, inside the outlines of their voices' colors.

    Attributes
    ----------
    notes : place of a voice among those that are no drums -> (start in ticks, pitch) of a note -> its fill; white for
        notes that are not named
    legend : (fill, what it means)
    """

    notes: Mapping[int, Mapping[tuple[int, int], str]]
    legend: Sequence[tuple[str, str]]


def lay_out(
    score: Score,
    *,
    kept: Sequence[int | str] = (),
    marks: Sequence[Mark | tuple[int, str]] = (),
    tints: Tints | None = None,
    title: str = "",
    pickup: int | None = None,
) -> Drawing:
    """Lay out a piano roll. See :func:`genart.show.piano_roll_svg`."""
    voices = [track for track in score.voices if not track.is_drums]
    keeps = _kept(voices, kept)
    heading = list(_heading(voices, keeps, title, faults=bool(marks)))
    heading += _legend(tints.legend, y=max(shape.y for shape in heading if isinstance(shape, Label))) if tints else []
    top = max((shape.y for shape in heading if isinstance(shape, Label)), default=0) + 8
    plan = Plan.of(score, voices, top=top, head=HEAD + MARK_HEAD * bool(marks), pickup=pickup)
    shapes: list[Shape] = []
    for system in plan.systems:
        shapes += _grid(plan, system, previous=_meter_before(plan, system))
    order = sorted(range(len(voices)), key=lambda i: (i in keeps, -i))  # what was kept lies on top
    below = Sounding()
    for i in order:
        color = COLORS[i % len(COLORS)]
        if tints is not None:
            shapes += tinted(plan, voices[i], color, tints.notes.get(i, {}))
            continue
        shapes += boxes(plan, voices[i], color, kept=i in keeps, below=below)
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
    entries = [(_short(voice.name) or f"Voice {i + 1}", i) for i, voice in enumerate(voices[:MOST_NAMES])]
    entries += [(f"and {len(voices) - MOST_NAMES} more", -1)] if len(voices) > MOST_NAMES else []
    x, y = float(LEFT), y + 14
    for text, i in entries:
        kept = i in keeps
        text += " (kept)" if kept else ""
        width = 38 + 6.2 * len(text)
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = float(LEFT), y + 16
        if i >= 0:
            yield Box(x=x, y=y - 8, width=14, height=8, fill=COLORS[i % len(COLORS)], edge=INK if kept else None)
        yield Label(x=x + 19 * (i >= 0), y=y, text=text, color=INK if kept else SOFT, size=11)
        x += width
    if faults:
        yield Sign(x=x + 4, y=y, color=FAULT)
        yield Label(x=x + 12, y=y, text="fault", color=FAULT, size=11)


def _legend(legend: Sequence[tuple[str, str]], *, y: float) -> Iterator[Shape]:
    x = float(LEFT)
    for fill, text in legend:
        yield Box(x=x, y=y + 8, width=14, height=8, fill=fill, edge=SOFT)
        yield Label(x=x + 19, y=y + 16, text=text, size=11)
        x += 34 + 6.2 * len(text)


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
