"""Written rhythm: the notes and rests of a bar as signs that a reader can count, with ties, triplets and beams.

Time is in 48ths of a quarter, as in :mod:`genart.music.quantize`.
"""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence

from genart.music.quantize import QUARTER, Chord, Measure
from genart.music.timing import Meter

NAMES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
VALUES = (
    {768 >> i: (name, 0) for i, name in enumerate(NAMES)}
    | {  # 96ths of a quarter -> name and dots
        (768 >> i) * 3 // 2: (name, 1) for i, name in enumerate(NAMES[:-1])
    }
)
FLAGS = {name: i + 1 for i, name in enumerate(NAMES[4:])}
PLAIN_EIGHTH = ("eighth", 0, False)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """A note or chord or, without a chord, a rest, as written.

    Attributes
    ----------
    start, length : 48ths of a quarter, from the beginning of the piece
    value, dots : such as "quarter", 1; "" for the rest of a whole bar
    triplet : whether three of its kind take the time of two
    bracket : "start" or "stop" at the ends of a triplet, else ""
    ties : whether it is tied to the sign before, and to the one after
    beams : for each beam, the outermost first: "begin", "continue", "end", "forward hook" or "backward hook"
    """

    start: int
    length: int
    chord: Chord | None
    value: str
    dots: int = 0
    triplet: bool = False
    bracket: str = ""
    ties: tuple[bool, bool] = (False, False)
    beams: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stretch of a bar that is one triplet or has none; places count from where the whole bar begins.

    `periods` are the lengths it is made of, each a part of the one before; in compound meters `beat` is the
    place of the beat among them, -1 elsewhere.
    """

    start: int
    end: int
    triplet: bool
    periods: tuple[int, ...]
    beat: int = -1

    def level(self, place: int) -> int:
        """How weak a place is: 0 for the strongest."""
        origin = self.start if self.triplet else 0
        return next(i for i, period in enumerate(self.periods) if (place - origin) % period == 0)

    def strongest(self, start: int, end: int) -> list[int]:
        """The strongest places between two, in order, all of one level; [] when there are none."""
        origin = self.start if self.triplet else 0
        for period in self.periods:
            first = origin + ((start - origin) // period + 1) * period
            if first < end:
                return list(range(first, end, period))
        return []

    def value(self, length: int) -> tuple[str, int] | None:
        """Name and dots of a length, None if one sign cannot have it."""
        return VALUES.get(length * (3 if self.triplet else 2))


@functools.cache
def periods(meter: Meter) -> tuple[int, ...]:
    """What a bar is made of, from the bar down: 4/4 is (192, 96, 48, 24, 12, 6, 3, 1), 6/8 is (144, 72, 24, ...)."""
    unit, beat = unit_of(meter), beat_of(meter)
    found = [meter.numerator * unit]
    count = found[0] // beat
    while count % 2 == 0:
        count //= 2
        found.append(count * beat)
    found += [length for length in (beat, unit) if length < found[-1]]
    while found[-1] % 2 == 0:
        found.append(found[-1] // 2)
    return tuple(dict.fromkeys([*found, 1]))


def unit_of(meter: Meter) -> int:
    """The length of the note that the meter counts."""
    return 4 * QUARTER // meter.denominator


def beat_of(meter: Meter) -> int:
    """The length of a beat: three units in compound meters such as 3/8, 6/8 and 6/4, else one."""
    compound = meter.numerator % 3 == 0 and (meter.numerator > 3 or meter.denominator >= 8)
    return unit_of(meter) * (3 if compound else 1)


def write(chords: Sequence[Chord], measure: Measure) -> list[Sign]:
    """The signs of a bar of one line, which fill it, rests included.

    `chords` are those of the line that sound in the bar, in order, not overlapping; what lies outside is left out.
    """
    if not chords:
        return [Sign(start=measure.start, length=measure.length, chord=None, value="")]
    whole = periods(measure.meter)[0]
    shift = measure.start - (whole - measure.length if measure.number == 0 else 0)  # a pickup ends its bar
    pieces = [(start - shift, end - shift, chord) for start, end, chord in _filled(chords, measure)]
    edges = {edge for start, end, _ in pieces for edge in (start, end)}
    signs = []
    for span in _spans(edges, measure.meter):
        found = list(_signs(pieces, span, shift))
        if span.triplet:
            found[0] = dataclasses.replace(found[0], bracket="start")
            found[-1] = dataclasses.replace(found[-1], bracket="stop")
        signs += found
    return _beamed(signs, measure.meter, shift)


def _filled(chords: Sequence[Chord], measure: Measure) -> Iterator[tuple[int, int, Chord | None]]:
    """The chords and the silences between them, within the bar."""
    now, end = measure.start, measure.start + measure.length
    for chord in chords:
        if chord.start > now:
            yield now, chord.start, None
        yield max(chord.start, now), min(chord.end, end), chord
        now = min(chord.end, end)
    if now < end:
        yield now, end, None


def _spans(edges: Iterable[int], meter: Meter) -> Iterator[Span]:
    inside = sorted(edges)
    made_of, beat = periods(meter), beat_of(meter)
    level = made_of.index(beat) if beat > unit_of(meter) else -1
    now = inside[0]
    for start, end in _triplets(inside, meter):
        if start > now:
            yield Span(start=now, end=start, triplet=False, periods=made_of, beat=level)
        third = (end - start) // 3
        halves = [third >> i for i in range(8) if third >> i and third % (1 << i) == 0]
        yield Span(start=start, end=end, triplet=True, periods=tuple(dict.fromkeys([end - start, *halves, 1])))
        now = end
    if now < inside[-1]:
        yield Span(start=now, end=inside[-1], triplet=False, periods=made_of, beat=level)


def _triplets(edges: Sequence[int], meter: Meter) -> Iterator[tuple[int, int]]:
    """Where triplets begin and end: of quarters in a half note, else within a quarter (or what the meter counts)."""
    cell = min(QUARTER, unit_of(meter))
    pair = 2 * QUARTER if 2 * QUARTER in periods(meter) else 0
    now, end = edges[0] // cell * cell, edges[-1]
    while now < end:
        inside = {edge - now for edge in edges if now < edge < now + pair}
        if pair and now % pair == 0 and now >= edges[0] and now + pair <= end and inside and inside <= {32, 64}:
            yield now, now + pair
            now += pair
        else:
            yield from _thirds(edges, max(now, edges[0]), min(now + cell, end))
            now += cell


def _thirds(edges: Sequence[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The triplets in a stretch: two if either half of it is one or plain, else one with notes of half its thirds."""
    length = end - start
    inside = {edge - start for edge in edges if start < edge < end}
    if length % 3 or not any(edge % 3 for edge in inside):
        return
    halves = length % 2 == 0 and length // 2 in inside
    simple = all(_is_simple(inside, half, half + length // 2) for half in (0, length // 2)) if halves else False
    sixths = length % 6 == 0 and all(edge % (length // 6) == 0 for edge in inside)
    if halves and (simple or not sixths):
        yield from _thirds(edges, start, start + length // 2)
        yield from _thirds(edges, start + length // 2, end)
    else:
        yield start, end


def _is_simple(edges: Iterable[int], start: int, end: int) -> bool:
    """Whether a stretch is divided into exactly three, or without threes."""
    inside = {edge - start for edge in edges if start < edge < end}
    return inside == {(end - start) // 3, 2 * (end - start) // 3} or not any(edge % 3 for edge in inside)


def _signs(pieces: Iterable[tuple[int, int, Chord | None]], span: Span, shift: int) -> Iterator[Sign]:
    for begin, stop, chord in pieces:
        if begin >= span.end or stop <= span.start:
            continue
        for start, end in _cut(max(begin, span.start), min(stop, span.end), span, rest=chord is None):
            value, dots = span.value(end - start) or ("64th", 0)  # only in bars that no meter could have
            ties = chord is not None and (start + shift > chord.start, end + shift < chord.end)
            yield Sign(
                start=start + shift,
                length=end - start,
                chord=chord,
                value=value,
                dots=dots,
                triplet=span.triplet,
                ties=ties or (False, False),
            )


def _cut(start: int, end: int, span: Span, *, rest: bool) -> Iterator[tuple[int, int]]:
    """A note or rest as signs that each have a value and let the beats be seen."""
    strongest = span.strongest(start, end)
    if not strongest or (_rest_fits if rest else _note_fits)(start, end, span, strongest[0]):
        yield start, end
        return
    last = not rest and span.level(start) <= span.level(strongest[0])
    place = strongest[-1 if last else 0]
    yield from _cut(start, place, span, rest=rest)
    yield from _cut(place, end, span, rest=rest)


def _rest_fits(start: int, end: int, span: Span, _: int) -> bool:
    """Whether it is one of the parts that the bar is made of."""
    length = end - start
    return span.value(length) is not None and length in span.periods and span.level(start) <= span.periods.index(length)


def _note_fits(start: int, end: int, span: Span, crossed: int) -> bool:
    """Whether a note crosses nothing stronger than its beginning or end, or lies around it as syncopations do."""
    begins, ends, strong = span.level(start), span.level(end), span.level(crossed)
    value = span.value(end - start)
    if value is None or (strong <= span.beat and max(begins, ends) > span.beat):
        return False
    syncopated = crossed - start == end - crossed and strong >= begins - 1
    return begins <= strong or ends <= strong or syncopated


def _beamed(signs: Sequence[Sign], meter: Meter, shift: int) -> list[Sign]:
    beamed: list[Sign] = []
    group: list[Sign] = []
    windows = [_window(sign.start - shift, signs, meter, shift) for sign in signs]
    for i, sign in enumerate(signs):
        if group and (windows[i] != windows[i - 1] or not _has_flags(sign)):
            beamed += _joined(group)
            group = []
        (group if _has_flags(sign) else beamed).append(sign)
    return beamed + _joined(group)


def _has_flags(sign: Sign) -> bool:
    return sign.chord is not None and sign.value in FLAGS


def _window(place: int, signs: Sequence[Sign], meter: Meter, shift: int) -> int:
    """Which group of beamed notes a place in the bar is in: by beats, four plain eighths of two quarters together."""
    unit, beat = unit_of(meter), beat_of(meter)
    if beat > unit:
        return place // beat
    if unit < QUARTER:
        pairs = meter.numerator // 2
        if meter.numerator == 5:
            return int(place >= 3 * unit)
        return min(place // (2 * unit), max(pairs - 1, 0))
    half = place // (2 * QUARTER)
    if 2 * QUARTER in periods(meter):
        inside = [sign for sign in signs if (sign.start - shift) // (2 * QUARTER) == half]
        if all((sign.value, sign.dots, sign.triplet) == PLAIN_EIGHTH and sign.chord for sign in inside):
            return 2 * half
    return place // QUARTER


def _joined(group: Sequence[Sign]) -> list[Sign]:
    if len(group) < 2:
        return list(group)
    flags = [0, *(FLAGS[sign.value] for sign in group), 0]
    return [
        dataclasses.replace(sign, beams=tuple(_beam(flags, i, level, sign) for level in range(1, flags[i] + 1)))
        for i, sign in enumerate(group, 1)
    ]


def _beam(flags: Sequence[int], i: int, level: int, sign: Sign) -> str:
    before, after = flags[i - 1] >= level, flags[i + 1] >= level
    if before or after:
        return "continue" if before and after else "end" if before else "begin"
    opens = i == 1 or (flags[i + 1] and sign.start % (2 * sign.length) == 0)
    return "forward hook" if opens else "backward hook"
