"""Tunes as events for networks: a pitch and a duration each, with the place in the bar known at every event.

An event has a pitch symbol and a duration symbol. Of pitch symbols the first five are no pitches:

=====  =======  ==============================================================================================
0      END      the tune is over
1      SECTION  a section begins (the first one too); the duration is that of its pickup, 0 if it has none
2      BAR      a bar line where the meter has none: bars are counted anew from here
3      REST     silence
4      HOLD     the note before sounds on: over a bar line, or for a duration that is no symbol of its own
5 ...           semitones above the anchor, from `lowest` to `highest`
=====  =======  ==============================================================================================

Nothing lasts over a bar line: what does so in the tune is a note and a HOLD, as ties are written. The anchor is the
tonic that is 1-12 semitones below the tune's median pitch. So pitches do not depend on the key, transposing a tune
changes no symbol, and where a tune lies is told by its tonic and anchor alone. Every tune can be written so, and is
read back exactly, unless one of its pitches is beyond `lowest` or `highest`.
"""

import bisect
import dataclasses
import functools
import itertools
import json
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genart.errors import InputError
from genart.music.tunes.tune import KINDS, LETTERS, MODES, Section, Tune, bar_lines, bar_of

END, SECTION, BAR, REST, HOLD = range(5)
FIRST = 5  # the symbol of the lowest pitch
REACH = (43, 98)  # pitches that a tune may be moved to, G2 to D7
_TABLE = (1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 36, 42, 48, 60, 64, 72, 84, 96, 108, 120, 132, 144, 168, 192)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What is known of a tune besides its events: the conditions of its music, and where it lies."""

    meter: tuple[int, int]
    mode: str = "major"  # of genart.music.tunes.tune.MODES
    kind: str = "unknown"  # of genart.music.tunes.tune.KINDS
    anchor: int = 62  # MIDI pitch of the tonic from which pitches are counted

    @property
    def bar(self) -> int:
        """The length of a bar in 48ths of a quarter."""
        return bar_of(self.meter)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tokens:
    """The events of a tune, arrays int32[T], and what was reached before each.

    `position` is the time since the last bar line, in 48ths of a quarter, 0 up to the bar's length; `measure` the bar
    of the section, 0 in its pickup, 1 from its first bar line on; `section` how many sections have begun. All three are
    those after the events before: at t = 0, where a tune always has a SECTION, they are 0.
    """

    head: Head
    pitch: np.ndarray
    duration: np.ndarray
    position: np.ndarray
    measure: np.ndarray
    section: np.ndarray

    def __len__(self) -> int:
        return len(self.pitch)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Codec:
    """Which events there are. As a dict of plain values it is part of a model's file.

    Meters that are not among `meters` have a class in common, the last; their bars are told by the positions alone.
    """

    lowest: int = -24  # semitones from the anchor; of 4,238 tunes the notes lie from -19 to 31
    highest: int = 36
    durations: tuple[int, ...] = (0, *_TABLE)  # 48ths of a quarter, ascending, 0 and 1 among them
    meters: tuple[tuple[int, int], ...] = (
        (2, 2),
        (4, 4),
        (2, 4),
        (3, 4),
        (6, 8),
        (9, 8),
        (12, 8),
        (3, 8),
        (3, 2),
        (6, 4),
    )
    modes: tuple[str, ...] = MODES
    kinds: tuple[str, ...] = KINDS

    @property
    def pitches(self) -> int:
        """How many pitch symbols there are."""
        return FIRST + self.highest - self.lowest + 1

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        """48ths of a quarter of each duration symbol, int32[D]."""
        return np.array(self.durations, np.int32)

    @functools.cached_property
    def allowed(self) -> np.ndarray:
        """Which duration symbols a pitch symbol can have, bool[P, D]: END and BAR 0, sections any, others all but 0."""
        table = np.zeros((self.pitches, len(self.durations)), bool)
        table[REST:, 1:] = table[(END, BAR), 0] = table[SECTION] = True
        return table

    @property
    def classes(self) -> tuple[int, int, int]:
        """How many classes of meters, modes and kinds there are."""
        return len(self.meters) + 1, len(self.modes), len(self.kinds)

    def conditions(self, head: Head) -> np.ndarray:
        """The classes of meter, mode and kind, int32[3]. Raises InputError for a mode or kind that has none."""
        for name, value, known in (("mode", head.mode, self.modes), ("kind", head.kind, self.kinds)):
            if value not in known:
                raise InputError(f"{name} {value!r}: this model knows {', '.join(known)}")
        meter = self.meters.index(head.meter) if head.meter in self.meters else len(self.meters)
        return np.array((meter, self.modes.index(head.mode), self.kinds.index(head.kind)), np.int32)

    def encode(self, tune: Tune, *, anchor: int | None = None, end: bool = True) -> Tokens:
        """The events of a tune.

        Parameters
        ----------
        anchor
            The pitch that others are counted from, by default the tonic below the median, see :func:`anchor_of`.
        end
            Whether an END follows; without it the tune can be continued.

        Raises
        ------
        InputError
            A pitch is more than `highest` above or `-lowest` below the anchor.
        """
        anchor = anchor_of(tune) if anchor is None else anchor
        low, high = min(tune.pitches) - anchor, max(tune.pitches) - anchor
        if low < self.lowest or high > self.highest:
            raise InputError(
                f"the tune goes from {low} to {high} semitones above its tonic, MIDI pitch {anchor}: this model knows "
                f"{self.lowest} to {self.highest}; leave out what lies beyond"
            )
        zero = FIRST - self.lowest - anchor  # the symbol of MIDI pitch 0
        events = [event for section in tune.sections for event in self._events(section, tune.bar, zero)]
        if end:
            events.append((END, 0))
        states = np.array(list(_states(events, tune.bar)), np.int32)  # [T, 3]
        symbols = {length: symbol for symbol, length in enumerate(self.durations)}
        return Tokens(
            head=Head(meter=tune.meter, mode=tune.mode, kind=tune.kind, anchor=anchor),
            pitch=np.array([pitch for pitch, _ in events], np.int32),
            duration=np.array([symbols[length] for _, length in events], np.int32),
            position=states[:, 0],
            measure=states[:, 1],
            section=states[:, 2],
        )

    def decode(self, head: Head, pitch: ArrayLike, duration: ArrayLike, *, form: str = "", title: str = "") -> Tune:
        """The tune of any events, up to the first END if there is one.

        What makes no sense is passed over: sections without notes, notes without length, and a form that does not fit.

        Parameters
        ----------
        pitch, duration : int[T]
            Symbols.

        Raises
        ------
        InputError
            There is no note, or one is beyond MIDI's range.
        """
        parts: list[_Part] = []
        lengths = self.lengths[np.asarray(duration, np.int64)].tolist()
        for symbol, length in zip(np.asarray(pitch, np.int64).tolist(), lengths, strict=True):
            if symbol == END:
                break
            if symbol == SECTION or not parts:
                parts.append(_Part(pickup=length if symbol == SECTION else 0))
            if symbol != SECTION:
                parts[-1].add(symbol, length, symbol - FIRST + self.lowest + head.anchor)
        sections = tuple(part.section(head.bar) for part in parts if part.notes)
        if not sections:
            raise InputError("these events have no note, and so make no tune")
        return Tune(
            sections=sections,
            meter=head.meter,
            tonic=head.anchor % 12,
            mode=head.mode,
            kind=head.kind,
            form=form if set(form) <= set(LETTERS[: len(sections)]) else "",
            title=title,
        )

    def to_dict(self) -> dict[str, Any]:
        """The codec as plain values, as JSON can hold them."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Codec":
        """The codec of what :meth:`to_dict` gave."""
        tuples = {name: tuple(values[name]) for name in ("durations", "modes", "kinds")}
        meters = tuple((top, bottom) for top, bottom in values["meters"])
        return cls(lowest=values["lowest"], highest=values["highest"], meters=meters, **tuples)

    def _events(self, section: Section, bar: int, zero: int) -> Iterator[tuple[int, int]]:
        """Pitch symbols and durations of a section; `zero` is the symbol that MIDI pitch 0 would have."""
        told = next((length for length in self.durations if length >= section.pickup), 0)
        yield SECTION, told
        yield from ((HOLD, length) for length in self._summed((told - section.pickup) % bar))
        lines, breaks = list(bar_lines(section, bar)), set(section.breaks)
        for start, end, symbol in _spans(section, zero):
            inner = lines[bisect.bisect_right(lines, start) : bisect.bisect_left(lines, end)]
            for first, last in itertools.pairwise((start, *inner, end)):
                if first in breaks:
                    yield BAR, 0
                for number, length in enumerate(self._summed(last - first)):
                    begun = first > start or number > 0
                    yield (HOLD if begun and symbol != REST else symbol), length

    def _summed(self, length: int) -> Iterator[int]:
        """Durations there are symbols of, longest first, that a length is the sum of."""
        while length:
            longest = self.durations[bisect.bisect_right(self.durations, length) - 1]
            yield longest
            length -= longest


def anchor_of(tune: Tune) -> int:
    """The MIDI pitch of the tonic 1-12 semitones below the tune's median pitch (of two in the middle, the lower)."""
    return tune.tonic + 12 * ((statistics.median_low(tune.pitches) - 1 - tune.tonic) // 12)


def transpositions(tune: Tune) -> range:
    """The semitones by which a tune may be moved, at most half an octave, so that it stays within `REACH`.

    A tune that does not lie within it stays where it is. No symbol of a tune changes, only its anchor does.
    """
    low, high = REACH[0] - min(tune.pitches), REACH[1] - max(tune.pitches)
    return range(max(low, -6), min(high, 5) + 1) if low <= 0 <= high else range(1)


def advance(position: Any, measure: Any, section: Any, pitch: Any, length: Any, bar: Any) -> tuple[Any, Any, Any]:
    """Position, measure and section after an event, by integer arithmetic alone.

    Parameters
    ----------
    position, measure, section
        Those before the event, see :class:`Tokens`; 0 before the first.
    pitch, length
        The event's pitch symbol, and its length in 48ths of a quarter (`Codec.lengths` of its duration symbol).
    bar
        The length of a bar in 48ths of a quarter, at least 1.

    All six are integers, or integer arrays of any kind (NumPy, JAX) of shapes that go together.
    """
    begins, cuts = (pitch == SECTION) * 1, (pitch == BAR) * 1
    reached = position + length
    counted = measure + reached // bar + cuts * (position > 0)
    return (
        (1 - begins) * (1 - cuts) * (reached % bar) + begins * (-length % bar),
        (1 - begins) * counted + begins * (length == 0),
        section + begins,
    )


def _states(events: Sequence[tuple[int, int]], bar: int) -> Iterator[tuple[int, int, int]]:
    """Position, measure and section before each event."""
    state = (0, 0, 0)
    for pitch, length in events:
        yield state
        state = advance(*state, pitch, length, bar)


def _spans(section: Section, zero: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and symbol of the notes and rests that fill a section."""
    now = 0
    for onset, duration, pitch in section.notes:
        if onset > now:
            yield now, onset, REST
        yield onset, onset + duration, pitch + zero
        now = onset + duration
    if section.length > now:
        yield now, section.length, REST


@dataclasses.dataclass(slots=True)
class _Part:
    """A section while its events are read."""

    pickup: int
    now: int = 0
    notes: list[tuple[int, int, int]] = dataclasses.field(default_factory=list)
    breaks: list[int] = dataclasses.field(default_factory=list)
    begun: bool = False  # whether anything but HOLD came, which right after SECTION makes the pickup shorter
    sounding: bool = False

    def add(self, symbol: int, length: int, pitch: int) -> None:
        if symbol == HOLD and not self.begun:
            self.pickup -= length
            return
        self.begun = True
        if symbol == BAR:
            if self.now > (self.breaks[-1] if self.breaks else 0):
                self.breaks.append(self.now)
            return
        if symbol == HOLD and self.sounding:
            onset, duration, pitch = self.notes[-1]
            self.notes[-1] = (onset, duration + length, pitch)
        elif symbol >= FIRST and length:
            self.notes.append((self.now, length, pitch))
        self.sounding = (symbol >= FIRST and length > 0) or (symbol == HOLD and self.sounding)
        self.now += length

    def section(self, bar: int) -> Section:
        pickup = self.pickup % bar
        length = max(self.now, pickup)
        breaks = tuple(at for at in self.breaks if at < length)
        return Section(notes=tuple(self.notes), length=length, pickup=pickup, breaks=breaks)
