"""What is in a score, told in words and numbers that musicians use: everything is counted from 1."""

import bisect
import dataclasses
from collections.abc import Iterable, Sequence
from typing import TypeVar

from genart.errors import InputError
from genart.music import melody, reading
from genart.music.key import SPELLINGS
from genart.music.programs import name_of
from genart.music.score import DRUM_CHANNEL, Score, Track
from genart.music.timing import Bar

T = TypeVar("T")

EVIDENCE = {  # the kinds of `melody.points`, as what sets a part off from another
    "name": "its name",
    "program": "its sound",
    "lyrics": "its lyrics",
    "one at a time": "fewer notes at once",
    "register": "its register",
    "presence": "a larger share of the piece",
    "pace": "its pace",
}
TELLING = 0.4  # points of evidence that are worth a mention


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrackContents:
    """A track of a file.

    Attributes
    ----------
    number : from 1, as `--track` takes it
    name : "" without one
    channels : of its notes, 1-16
    programs : the first General MIDI sound of each channel, "drums" for channel 10, none where none is set
    notes : how many
    lowest, highest : such as "G3", "" without notes
    drums : whether it has notes and all are drums'
    """

    number: int
    name: str
    channels: tuple[int, ...]
    programs: tuple[str, ...]
    notes: int
    lowest: str
    highest: str
    drums: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Melody:
    """The likeliest melody: number (from 1) and name of its track, channel (1-16), and why it is the likeliest."""

    track: int
    name: str
    channel: int
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a score.

    Attributes
    ----------
    melody : None if there are no notes but drums'
    key, key_estimated : such as "F minor", None without a melody; whether it is heard rather than written
    tempos, meters : (number of the bar in which it begins, quarters a minute or "3/4"), at least one
    pickup : beats before bar 1, in the unit of the meter
    bars : number of the last one, 0 without notes
    seconds : until the last note has ended
    """

    tracks: tuple[TrackContents, ...]
    melody: Melody | None
    key: str | None
    key_estimated: bool
    tempos: tuple[tuple[int, float], ...]
    meters: tuple[tuple[int, str], ...]
    pickup: float
    bars: int
    seconds: float


def contents(score: Score) -> Contents:
    """List what is in a score, read as :func:`genart.harmonize` would read it.

    Raises
    ------
    InputError
        It has more than 100,000 bars.
    """
    try:
        read = reading.read(score)
    except InputError:  # no melody
        read = None
    bars = read.bars if read else score.bars()
    starts = [bar.start for bar in bars]
    tempos = ((_number(bars, starts, tempo.tick), round(tempo.bpm, 2)) for tempo in score.tempos)
    return Contents(
        tracks=tuple(_track(track, number) for number, track in enumerate(score.tracks, 1)),
        melody=_melody(score) if read else None,
        key=str(read.key) if read else None,
        key_estimated=read is not None and read.key_estimated,
        tempos=_changes(tempos),
        meters=_changes((bar.number, str(bar.meter)) for bar in bars) or ((1, str(score.meters[0])),),
        pickup=read.pickup / score.resolution * bars[0].meter.denominator / 4 if read else 0.0,
        bars=bars[-1].number if bars else 0,
        seconds=round(score.seconds(score.end), 3),
    )


def _track(track: Track, number: int) -> TrackContents:
    pitches = [note.pitch for note in track.notes]
    return TrackContents(
        number=number,
        name=track.name,
        channels=tuple(channel + 1 for channel in track.channels),
        programs=tuple(dict.fromkeys(filter(None, (_sound(track, channel) for channel in track.channels)))),
        notes=len(pitches),
        lowest=note_name(min(pitches)) if pitches else "",
        highest=note_name(max(pitches)) if pitches else "",
        drums=track.is_drums,
    )


def _sound(track: Track, channel: int) -> str:
    if channel == DRUM_CHANNEL:
        return "drums"
    program = track.program_of(channel)
    return "" if program is None else name_of(program)


def note_name(pitch: int) -> str:
    """The name of a MIDI pitch, 0-127: 60 is "C4", 61 is "Db4"."""
    return f"{SPELLINGS['major'][pitch % 12]}{pitch // 12 - 1}"


def _melody(score: Score) -> Melody:
    likeliest = melody.likeliest(score)
    others = [part for part in melody.parts(score) if part != likeliest and melody.sounding(part.notes)]
    return Melody(
        track=likeliest.track + 1,
        name=likeliest.name,
        channel=likeliest.channel + 1,
        reason=_reason(likeliest, others, score),
    )


def _reason(likeliest: melody.Part, others: Sequence[melody.Part], score: Score) -> str:
    """What most sets the likeliest part off from the second likeliest."""
    if not others:
        return "the only part with pitched notes"
    own = melody.points(likeliest, score)
    second = max((melody.points(part, score) for part in others), key=lambda points: sum(points.values()))
    ahead = {kind: own[kind] - second[kind] for kind in own if own[kind] - second[kind] >= TELLING}
    for kind in {"name", "program"} & set(ahead):
        if own[kind] <= 0:  # it is the other's that speaks, against the other
            del ahead[kind]
    told = [EVIDENCE[kind] for kind in sorted(ahead, key=lambda kind: -ahead[kind])]
    return ", ".join(told) or "the first of parts that are alike"


def _number(bars: Sequence[Bar], starts: Sequence[int], tick: int) -> int:
    return bars[max(bisect.bisect_right(starts, tick) - 1, 0)].number if bars else 1


def _changes(values: Iterable[tuple[int, T]]) -> tuple[tuple[int, T], ...]:
    """Of (bar, value) those whose value is another than the one before."""
    changes: list[tuple[int, T]] = []
    for bar, value in values:
        if not changes or changes[-1][1] != value:
            changes.append((bar, value))
    return tuple(changes)
