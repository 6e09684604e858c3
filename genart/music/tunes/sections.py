"""From bars with repeats to the sections of a tune, each once, and the order in which they are played."""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from genart.music.tunes.abc_music import Measure, Sound
from genart.music.tunes.tune import LETTERS, Section


@dataclasses.dataclass(slots=True)
class _Part:
    """Bars of a section while it is read."""

    bars: list[tuple[Sound, ...]] = dataclasses.field(default_factory=list)
    times: int = 1
    opened: bool = False  # by a sign of repeat, so that double bars do not end it
    ending: int | None = None  # the bar at which its first ending begins


def sections(measures: Sequence[Measure], *, bar: int) -> tuple[tuple[Section, ...], str]:
    """The sections of a tune, and its form, such as "AABB".

    A section goes from one sign of repeat, double bar or end to the next. Of several endings it has the last one,
    which leads on to what follows. A piece shorter than a bar belongs to the section after it, as its pickup, at the
    end to the one before. Sections that are alike to the note are one, named once more in the form.

    Parameters
    ----------
    measures
        The bars, as read.
    bar
        The length of a bar in 48ths of a quarter.

    Returns
    -------
    sections, form
        Both empty if there are no notes.
    """
    made: list[Section] = []
    form = ""
    for part in _joined(_parts(measures), bar):
        section = _section(part.bars, bar)
        if section is None:
            continue
        if section not in made:
            if len(made) == len(LETTERS):
                break
            made.append(section)
        form += LETTERS[made.index(section)] * part.times
    return tuple(made), form


def _parts(measures: Sequence[Measure]) -> list[_Part]:
    parts = [_Part()]
    for measure in measures:
        part = parts[-1]
        if measure.sounds:
            part.bars.append(measure.sounds)
        ends, begins = measure.line.startswith(":"), measure.line.endswith(":")
        another = measure.ending is not None and part.ending is not None
        if ends:
            part.times = 2
        if another and (ends or measure.ending != 1):
            del part.bars[part.ending :]  # the ending before this one
        elif measure.ending is not None and not ends:
            part.ending = len(part.bars)
        elif ends or begins or (_is_double(measure.line) and (part.times > 1 or not part.opened)):
            parts.append(_Part(opened=begins))
    return [part for part in parts if part.bars]


def _is_double(line: str) -> bool:
    return line != "[|]" and ("||" in line or "|]" in line or "[|" in line)


def _joined(parts: Sequence[_Part], bar: int) -> list[_Part]:
    """The parts, those shorter than a bar joined to the next, or, at the end, to the one before."""
    joined: list[_Part] = []
    before: list[tuple[Sound, ...]] = []
    for part in parts:
        bars = [*before, *part.bars]
        if before and part.bars and _length(before) + _sum(part.bars[0]) <= bar:
            bars = [tuple(sound for sounds in (*before, part.bars[0]) for sound in sounds), *part.bars[1:]]
        before = bars if _length(bars) < bar and part.times == 1 else []
        if not before:
            joined.append(dataclasses.replace(part, bars=bars))
    if before and joined:
        joined[-1].bars += before
    return joined or ([_Part(bars=before)] if before else [])


def _sum(sounds: Iterable[Sound]) -> Fraction:
    return sum((sound.length for sound in sounds), Fraction(0))


def _length(bars: Sequence[Sequence[Sound]]) -> Fraction:
    return sum((_sum(bar) for bar in bars), Fraction(0))


def _section(bars: Sequence[tuple[Sound, ...]], bar: int) -> Section | None:
    """The section of these bars; None if nothing sounds."""
    first = _sum(bars[0])
    pickup = first % bar if len(bars) > 1 else Fraction(0)
    lines = list(itertools.accumulate(_sum(each) for each in bars))
    notes = _notes([sound for each in bars for sound in each])
    if not notes:
        return None
    breaks = _breaks(lines, pickup, bar)
    silence = notes[0][0] if notes[0][0] < (pickup or bar) else 0  # a rest at the start is no part of the pickup
    if silence:
        pickup = (pickup or bar) - silence
    return Section(
        notes=tuple((onset - silence, duration, pitch) for onset, duration, pitch in notes),
        length=round(lines[-1]) - silence,
        pickup=round(pickup),
        breaks=tuple(at - silence for at in breaks),
    )


def _breaks(lines: Sequence[Fraction], pickup: Fraction, bar: int) -> list[int]:
    """The bar lines that are not where the meter has them.

    Where one is out of place but the next is not, it was drawn within a bar, and is no break.
    """
    breaks, origin = [], pickup
    for line, following in itertools.pairwise(lines):
        if line > origin and (line - origin) % bar and (following - origin) % bar:
            breaks.append(round(line))
            origin = line
    return breaks


def _notes(sounds: Sequence[Sound]) -> list[tuple[int, int, int]]:
    """Onset, duration and pitch of what sounds, ties joined, on the nearest 48ths."""
    notes: list[tuple[int, int, int]] = []
    now, tied = Fraction(0), False
    for sound in sounds:
        start, end = round(now), round(now + sound.length)
        now += sound.length
        if sound.pitch is not None and end > start:
            if tied and notes and notes[-1][2] == sound.pitch:
                start = notes.pop()[0]
            notes.append((start, end - start, sound.pitch))
        tied = sound.tied
    return notes
