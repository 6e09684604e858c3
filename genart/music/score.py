"""Scores: notes in integer ticks, with everything else a MIDI file holds kept in place."""

import dataclasses
import functools
import operator
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Self

from mido import Message, MetaMessage

from genart.errors import InputError
from genart.music import timing
from genart.music.messages import AnyMessage, file_text, plain_text, settle
from genart.music.timing import Bar, Key, Meter, Tempo, TempoMap

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from genart.audio.audio import Audio
    from genart.music.check import Report
    from genart.recipe import Recipe

DRUM_CHANNEL = 9


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A note from tick `start` to `end` (equal for a note of zero length).

    `release` and `order` matter only for writing a file back as it was and are not compared: the release velocity
    (None: the end is a note-on of velocity 0), and the places of the note's two messages in the track it was read
    from (the second is None if it was never ended), which decide among messages of the same tick.
    """

    start: int
    end: int
    pitch: int  # 0-127, 60 is C4
    velocity: int = 80  # 1-127
    channel: int = 0  # 0-15, 9 is for drums
    release: int | None = dataclasses.field(default=64, compare=False, repr=False)
    order: tuple[int, int | None] | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        good = 0 <= self.start <= self.end and 0 <= self.pitch < 128
        if not (good and 0 < self.velocity < 128 and 0 <= self.channel < 16):
            raise InputError(
                f"{self}: a note has 0 <= start <= end, a pitch of 0-127, a velocity of 1-127 and a channel of 0-15"
            )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Everything in a track that is not a note: a mido message (frozen, its own time 0) at a tick."""

    tick: int
    message: AnyMessage = dataclasses.field(hash=False)
    order: int | None = dataclasses.field(default=None, compare=False, repr=False)  # as in Note

    def __post_init__(self) -> None:
        if self.tick < 0:
            raise InputError(f"{self}: a tick is 0 or more")
        object.__setattr__(self, "message", settle(self.message))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Track:
    """One track of a file, which is one voice of a score when it has notes.

    Notes are held in order of their starts, events in order of their ticks. The events are the only truth about
    name, programs and all else: :attr:`name` and the like look there.
    """

    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(sorted(self.notes, key=operator.attrgetter("start"))))
        object.__setattr__(self, "events", tuple(sorted(self.events, key=operator.attrgetter("tick"))))

    @classmethod
    def make(
        cls,
        *,
        name: str,
        notes: Sequence[Note],
        program: int | None = None,
        channel: int = 0,
        events: Sequence[Event] = (),
    ) -> Self:
        """A named track, its notes on `channel`, with a General MIDI program (0-127) at its start if given."""
        if program is not None and not 0 <= program < 128:
            raise InputError(f"program {program}: General MIDI programs are 0-127")
        moved = [note if note.channel == channel else dataclasses.replace(note, channel=channel) for note in notes]
        first = [Event(tick=0, message=MetaMessage("track_name", name=file_text(name)))]
        if program is not None:
            first.append(Event(tick=0, message=Message("program_change", program=program, channel=channel)))
        return cls(notes=tuple(moved), events=(*first, *events))

    def messages(self, kind: str) -> Iterator[tuple[int, AnyMessage]]:
        """The tick and message of every event of a mido type, such as "control_change"."""
        return ((event.tick, event.message) for event in self.events if event.message.type == kind)

    @functools.cached_property
    def name(self) -> str:
        """The track's name, "" if it has none."""
        return next((plain_text(message.name) for _, message in self.messages("track_name")), "")

    @property
    def program(self) -> int | None:
        """The first General MIDI program (0-127) that is set on any channel."""
        return next((message.program for _, message in self.messages("program_change")), None)

    def program_of(self, channel: int) -> int | None:
        """The first General MIDI program (0-127) that is set on a channel (0-15)."""
        changes = self.messages("program_change")
        return next((message.program for _, message in changes if message.channel == channel), None)

    @functools.cached_property
    def channels(self) -> tuple[int, ...]:
        """The channels of its notes, ascending."""
        return tuple(sorted({note.channel for note in self.notes}))

    @property
    def is_drums(self) -> bool:
        """Whether it has notes and all are on channel 9, General MIDI's percussion."""
        return self.channels == (DRUM_CHANNEL,)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """A piece of music: tracks of notes and events in ticks, `resolution` ticks a quarter (1-32767).

    Tempos, meters, keys and lyrics are derived from the events of all tracks; seconds, beats and bars from those.
    """

    tracks: tuple[Track, ...]
    resolution: int = 480
    recipe: "Recipe | None" = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.resolution <= 32767:
            raise InputError(f"resolution {self.resolution}: a quarter has 1-32767 ticks")
        object.__setattr__(self, "tracks", tuple(self.tracks))

    @classmethod
    def make(
        cls,
        *,
        voices: Sequence[Track],
        resolution: int = 480,
        tempos: Sequence[Tempo] = (),
        meters: Sequence[Meter] = (),
        keys: Sequence[Key] = (),
        recipe: "Recipe | None" = None,
    ) -> Self:
        """A score whose first track holds tempos (120 by default), meters (4/4) and keys, followed by the voices."""
        events = [_meter_event(meter) for meter in meters or (Meter(numerator=4, denominator=4),)]
        events += [Event(tick=key.tick, message=MetaMessage("key_signature", key=key.name)) for key in keys]
        for tempo in tempos or (Tempo(bpm=120),):
            events.append(Event(tick=tempo.tick, message=MetaMessage("set_tempo", tempo=tempo.microseconds)))
        return cls(tracks=(Track(events=tuple(events)), *voices), resolution=resolution, recipe=recipe)

    @classmethod
    def read(cls, file: "str | os.PathLike[str] | BinaryIO") -> "Score":
        """Read a MIDI or MusicXML file, see :func:`genart.music.formats.read`."""
        from genart.music import formats

        return formats.read(file)

    @classmethod
    def parse(
        cls, text: str, *, meter: str = "4/4", key: str | None = None, tempo: float = 100, lyrics: str | None = None
    ) -> "Score":
        """Make a score from text such as "C4 C4 G4 G4 | A4 A4 G4:2", see :func:`genart.music.text.parse`."""
        from genart.music import text as form

        return form.parse(text, meter=meter, key=key, tempo=tempo, lyrics=lyrics)

    @property
    def voices(self) -> tuple[Track, ...]:
        """The tracks that have notes."""
        return tuple(track for track in self.tracks if track.notes)

    @functools.cached_property
    def end(self) -> int:
        """The tick at which the last note has ended, 0 without notes."""
        return max((note.end for track in self.tracks for note in track.notes), default=0)

    @functools.cached_property
    def tempos(self) -> tuple[Tempo, ...]:
        """The tempo changes of all tracks, 120 at tick 0 where no other is. Raises InputError for a tempo of 0."""
        changes = self._last_at_tick("set_tempo")
        for tick, message in changes:
            if message.tempo == 0:
                raise InputError(f"tempo 0 at tick {tick}: a tempo is at least 1 microsecond a quarter")
        found = [Tempo(tick=tick, bpm=timing.MICROSECONDS / message.tempo) for tick, message in changes]
        return tuple(found if found and found[0].tick == 0 else [Tempo(bpm=120), *found])

    @functools.cached_property
    def meters(self) -> tuple[Meter, ...]:
        """The meters of all tracks, 4/4 at tick 0 where no other is. Raises InputError for one like 0/4."""
        found = [
            Meter(tick=tick, numerator=message.numerator, denominator=message.denominator)
            for tick, message in self._last_at_tick("time_signature")
        ]
        return tuple(found if found and found[0].tick == 0 else [Meter(numerator=4, denominator=4), *found])

    @functools.cached_property
    def keys(self) -> tuple[Key, ...]:
        """The key signatures of all tracks, often none."""
        return tuple(Key(tick=tick, name=message.key) for tick, message in self._last_at_tick("key_signature"))

    @functools.cached_property
    def lyrics(self) -> tuple[tuple[int, str], ...]:
        """(tick, syllable) of the lyrics of all tracks."""
        found = [pair for track in self.tracks for pair in track.messages("lyrics")]
        return tuple((tick, plain_text(message.text)) for tick, message in sorted(found, key=operator.itemgetter(0)))

    def _last_at_tick(self, kind: str) -> list[tuple[int, AnyMessage]]:
        """Of all tracks' messages of a type, by tick, the one that a player would follow."""
        last = {tick: message for track in self.tracks for tick, message in track.messages(kind)}
        return sorted(last.items(), key=operator.itemgetter(0))

    @functools.cached_property
    def _tempo_map(self) -> TempoMap:
        return TempoMap(self.tempos, self.resolution)

    def seconds(self, tick: float) -> float:
        """The time of `tick` in seconds from tick 0."""
        return self._tempo_map.seconds(tick)

    def ticks(self, seconds: float) -> int:
        """The tick nearest to a time in seconds."""
        return self._tempo_map.ticks(seconds)

    def beats(self, tick: float) -> float:
        """`tick` in quarters from tick 0."""
        return tick / self.resolution

    def bars(self, *, pickup: int | None = None) -> tuple[Bar, ...]:
        """The bars that hold all notes, numbered as in print, see :func:`genart.music.timing.bars`.

        A whole first bar in whose second half all begins is a pickup written with rests, bar 0, unless `pickup` is
        given.
        """
        spans = [(note.start, max(note.end, note.start + 1)) for track in self.tracks for note in track.notes]
        first, last = min(spans, default=(0, 0))[0], max((end for _, end in spans), default=0)
        bars = timing.bars(self.meters, resolution=self.resolution, end=last, pickup=pickup)
        if pickup is None and bars and bars[0].number == 1 and timing.late(bars[0], first=first, end=last):
            return tuple(dataclasses.replace(bar, number=bar.number - 1) for bar in bars)
        return bars

    def save(
        self,
        path: "str | os.PathLike[str]",
        *,
        look: str = "roll",
        staves: int | None = None,
        soundfont: "str | os.PathLike[str] | None" = None,
        recipe: bool = True,
        force: bool = False,
    ) -> None:
        """Write the score as its extension says: .mid; .musicxml .mxl; .wav .flac .mp3; .png .svg; .pdf, engraved.

        Parameters
        ----------
        look
            Of pictures: "roll" for a piano roll, "score" for an engraved score (needs the extra `score`).
        staves
            Of a written score: 2 or 4 for four voices, by default one for each track.
        soundfont
            Of sound: what plays, see :func:`genart.audio.synth.choose`.
        recipe
            Whether the file says how the score was made, where that is known.
        force
            Whether a file that exists is overwritten.

        Raises
        ------
        InputError
            The file exists, cannot be written, or has another extension.
        MissingExtra
            An engraved score or a SoundFont needs something that is not installed.
        """
        from genart.music import formats

        formats.save(self, path, look=look, staves=staves, soundfont=soundfont, recipe=recipe, force=force)

    def render(self, *, rate: int = 44100, soundfont: "str | os.PathLike[str] | None" = None) -> "Audio":
        """The sound of the score, see :func:`genart.audio.synth.render`."""
        from genart.audio import synth

        return synth.render(self, rate=rate, soundfont=soundfont)

    def check(self) -> "Report":
        """The faults of part-writing of a piece of up to four voices, see :func:`genart.music.check.check`."""
        from genart.music import check

        return check.check(self)

    def to_pretty_midi(self) -> "PrettyMIDI":
        """A pretty_midi object, which has no channels, overlaps of one pitch, nor meters before the first."""
        from genart.music import convert

        return convert.to_pretty_midi(self)

    def __repr__(self) -> str:
        notes = sum(len(track.notes) for track in self.tracks)
        return f"Score({len(self.voices)} voices, {notes} notes, {self.beats(self.end):g} quarters)"

    def _repr_html_(self) -> str:
        from genart import show

        return show.card(self)


def _meter_event(meter: Meter) -> Event:
    compound = meter.denominator >= 8 and meter.numerator % 3 == 0 and meter.numerator > 3
    message = MetaMessage(
        "time_signature",
        numerator=meter.numerator,
        denominator=meter.denominator,
        clocks_per_click=max(96 // meter.denominator, 1) * (3 if compound else 1),  # 24 a quarter; 6/8 clicks twice
    )
    return Event(tick=meter.tick, message=message)
