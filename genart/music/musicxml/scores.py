"""From what a MusicXML document says to a score: tracks of ticks, tied notes joined, bars where they were."""

import dataclasses
import itertools
import math
import operator
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from mido import MetaMessage

from genart.errors import InputError
from genart.music import spelling
from genart.music.messages import file_text
from genart.music.musicxml.reading import Instrument, ReadNote, ReadPart
from genart.music.score import DRUM_CHANNEL, Event, Note, Score, Track
from genart.music.timing import DENOMINATORS, Key, Meter, Tempo

USUAL_RESOLUTION = 480
FINEST_RESOLUTION = 32767
RUNNING = 0.75  # of the bars in which a part plays are filled by a voice that is one of its own
BETWEEN_NAMES = r"\s*(?:\n|/|,|;|&|\+| and )\s*"


def assemble(parts: Sequence[ReadPart], *, title: str = "") -> Score:
    """The score of a document's parts.

    A part becomes a track. It becomes several if its notes name several instruments, or if it has several voices of
    one note at a time that go on through most of its bars, as in hymnals.

    Raises
    ------
    InputError
        There are no parts, or a meter or key is none that a score can have.
    """
    if not parts:
        raise InputError("the score has no parts")
    clock = _Clock(parts)
    used = [instrument.channel for part in parts for instrument in part.instruments.values()]
    free = itertools.chain((c for c in range(16) if c != DRUM_CHANNEL and c not in used), itertools.repeat(0))
    voices = []
    for part in parts:
        notes = _joined(part.notes, clock)
        for name, instrument, own in _tracks(part, notes):
            channel = _channel(instrument, own, free)
            voices.append(_track(name, own, instrument, channel, clock))
    pitched = [part for part in parts if any(not note.drum for note in part.notes)] or parts
    keys = {clock.tick(bar, offset): key for bar, offset, key in pitched[0].keys}
    tempos = {clock.tick(bar, offset): bpm for part in parts for bar, offset, bpm in part.tempos}
    score = Score.make(
        voices=voices,
        resolution=clock.resolution,
        tempos=[Tempo(tick=tick, bpm=bpm) for tick, bpm in sorted(tempos.items())],
        meters=clock.meters,
        keys=[Key(tick=t, name=spelling.of_signature(f, mode=mode).midi) for t, (f, mode) in sorted(keys.items())],
    )
    if not title:
        return score
    named = Event(tick=0, message=MetaMessage("track_name", name=file_text(title)))
    conductor = dataclasses.replace(score.tracks[0], events=(named, *score.tracks[0].events))
    return dataclasses.replace(score, tracks=(conductor, *score.tracks[1:]))


class _Clock:
    """Where bars begin, in quarters and in ticks.

    A bar lasts as long as its fullest part; where nothing is in it, as long as its meter says.
    """

    def __init__(self, parts: Sequence[ReadPart]) -> None:
        self.starts = [Fraction(0)]
        count = max(len(part.lengths) for part in parts)
        changes = {bar: meter for part in reversed(parts) for bar, meter in part.meters}
        self._bars: list[tuple[Fraction, Fraction, Meter]] = []
        meter = Meter(numerator=4, denominator=4)
        for bar in range(count):
            if bar in changes:
                meter = Meter(numerator=changes[bar][0], denominator=changes[bar][1])
            filled = max(part.lengths[bar] for part in parts if bar < len(part.lengths))
            length = filled or meter.ticks(1)
            self._bars.append((self.starts[-1], length, meter))
            self.starts.append(self.starts[-1] + length)
        self.resolution = _resolution(parts, self.starts)
        self.meters = list(_meters(self._bars, self.resolution))

    def quarters(self, bar: int, offset: Fraction) -> Fraction:
        return self.starts[bar] + offset

    def tick(self, bar: int, offset: Fraction) -> int:
        return self.ticks(self.quarters(bar, offset))

    def ticks(self, quarters: Fraction) -> int:
        return round(quarters * self.resolution)


def _resolution(parts: Sequence[ReadPart], starts: Sequence[Fraction]) -> int:
    """Ticks a quarter so that every note starts on one, as far as MIDI goes."""
    times = {time.denominator for part in parts for note in part.notes for time in (note.start, note.end)}
    times |= {start.denominator for start in starts}
    finest = 1
    for denominator in sorted(times):
        common = math.lcm(finest, denominator)
        if common > FINEST_RESOLUTION:
            break
        finest = common
    usual = math.lcm(finest, USUAL_RESOLUTION)
    return usual if usual <= FINEST_RESOLUTION else finest


def _meters(bars: Sequence[tuple[Fraction, Fraction, Meter]], resolution: int) -> Iterator[Meter]:
    """Meters that give the bars again: a short first bar is a pickup, and where bars are off, the meter begins anew."""
    anchor, current = Fraction(0), None
    for i, (start, length, meter) in enumerate(bars):
        whole = meter.ticks(1)
        if i == 0 and length < whole and len(bars) > 1:
            yield _short(meter, length)
            anchor, current = length, None
            continue
        off = (start - anchor) % whole
        halves = off and (start + length - anchor) % whole == 0  # a bar printed as two, as before a repeat
        if str(meter) != str(current) or (off and not halves):
            yield dataclasses.replace(meter, tick=round(start * resolution))
            anchor, current = start, meter


def _short(meter: Meter, length: Fraction) -> Meter:
    """A pickup as a meter of its own, or, if there is none of its length, the meter that it is a part of."""
    for denominator in DENOMINATORS:
        if denominator >= meter.denominator and (length * denominator / 4).denominator == 1:
            return Meter(numerator=int(length * denominator / 4), denominator=denominator)
    return meter


def _joined(notes: Sequence[ReadNote], clock: _Clock) -> list[ReadNote]:
    """The notes at their times in the piece, tied ones as one."""
    joined: list[ReadNote] = []
    waiting: dict[int, list[int]] = {}  # by pitch: places in `joined` of notes tied to one that is to come
    placed = [
        dataclasses.replace(note, start=clock.quarters(note.bar, note.start), end=clock.quarters(note.bar, note.end))
        for note in notes
    ]
    for note in sorted(placed, key=operator.attrgetter("start")):
        found = [i for i in waiting.get(note.pitch, ()) if note.ties[0] and joined[i].end == note.start]
        place = next((i for i in found if joined[i].line == note.line), found[0] if found else len(joined))
        if found:
            joined[place] = dataclasses.replace(joined[place], end=note.end)
            waiting[note.pitch].remove(place)
        else:
            joined.append(note)
        if note.ties[1]:
            waiting.setdefault(note.pitch, []).append(place)
    return joined


def _tracks(part: ReadPart, notes: Sequence[ReadNote]) -> list[tuple[str, Instrument, list[ReadNote]]]:
    """Name, instrument and notes of the tracks of a part."""
    first = next(iter(part.instruments.values()), Instrument())
    named = list(dict.fromkeys(note.instrument for note in notes if note.instrument in part.instruments))
    if len(named) > 1 and not any(note.drum for note in notes):
        order = [identity for identity in part.instruments if identity in named]
        by_name = {identity: [note for note in notes if note.instrument == identity] for identity in order}
        by_name[order[0]] += [note for note in notes if note.instrument not in part.instruments]
        return [(part.instruments[identity].name, part.instruments[identity], by_name[identity]) for identity in order]
    lines = sorted({note.line for note in notes})
    split = [[note for note in notes if note.line == line] for line in lines]
    if named or len(lines) < 2 or not all(_is_voice(line, notes) for line in split):
        instrument = part.instruments[named[0]] if named else first
        return [(part.name, instrument, list(notes))] if notes else []
    names = re.split(BETWEEN_NAMES, part.name)
    names = names if len(names) == len(lines) else [f"{part.name} {i}".strip() for i in range(1, len(lines) + 1)]
    return [(name, first, line) for name, line in zip(names, split, strict=True)]


def _is_voice(line: Sequence[ReadNote], notes: Sequence[ReadNote]) -> bool:
    """Whether a line of a part is one note at a time and goes on through most of the part's bars."""
    ordered = sorted(line, key=operator.attrgetter("start"))
    alone = all(before.end <= after.start for before, after in itertools.pairwise(ordered))
    return alone and len({note.bar for note in line}) >= RUNNING * len({note.bar for note in notes})


def _channel(instrument: Instrument, notes: Sequence[ReadNote], free: Iterator[int]) -> int:
    if all(note.drum for note in notes):
        return DRUM_CHANNEL
    given = instrument.channel
    return next(free) if given is None or given == DRUM_CHANNEL else given


def _track(name: str, notes: Sequence[ReadNote], instrument: Instrument, channel: int, clock: _Clock) -> Track:
    made = [
        Note(
            start=clock.ticks(note.start),
            end=max(clock.ticks(note.end), clock.ticks(note.start) + 1),
            pitch=note.pitch,
            velocity=note.velocity,
        )
        for note in notes
    ]
    words = {clock.ticks(note.start): note.words for note in reversed(notes) if note.words}
    events = [
        Event(tick=tick, message=MetaMessage("lyrics", text=file_text(text))) for tick, text in sorted(words.items())
    ]
    name = " ".join(name.split())
    track = Track.make(name=name, notes=made, program=instrument.program, channel=channel, events=events)
    return track if name else dataclasses.replace(track, events=track.events[1:])
