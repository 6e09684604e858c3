"""The notes of a piano roll."""

import bisect
import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from genart.music.score import Note, Track
from genart.show.plan import Plan, System
from genart.show.shapes import INK, PAPER, Box


class Sounding:
    """The notes of the voices drawn so far, to find unisons."""

    def __init__(self) -> None:
        self.voices: list[tuple[str, dict[int, tuple[list[int], list[int]]]]] = []  # color, pitch -> starts, ends

    def add(self, voice: Track, color: str) -> None:
        """Add a voice's notes, to be drawn in a color."""
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


def boxes(plan: Plan, voice: Track, color: str, *, kept: bool, below: Sounding) -> Iterator[Box]:
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


def tinted(plan: Plan, voice: Track, color: str, fills: Mapping[tuple[int, int], str]) -> Iterator[Box]:
    """The boxes of a voice's notes, outlined in its color; `fills` are by start and pitch, white elsewhere."""
    for note in voice.notes:
        fill = fills.get((note.start, note.pitch), PAPER)
        for system in plan.systems:
            if system.start < max(note.end, note.start + 1) and note.start < system.end:
                yield _box(plan, system, note, fill, edge=color)


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
