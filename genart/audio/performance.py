"""What a score asks a player to do: when each note sounds, how loud, where on the stage, with which program."""

import bisect
import dataclasses
import operator
from collections.abc import Sequence

from genart.errors import InputError
from genart.music.score import DRUM_CHANNEL, Note, Score, Track

VOLUME, PAN, EXPRESSION, SUSTAIN = 7, 10, 11, 64  # MIDI controllers
STAGE = 0.45  # how far from the center the outer voices stand, 1 is all to one side
LONGEST = 4 * 3600  # seconds


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tone:
    """A note as it is heard."""

    start: float  # seconds
    stop: float  # seconds, when it is let go, by the key or the sustain pedal
    pitch: int  # 0-127
    gain: float  # 0-1, velocity, volume and expression together
    pan: float  # -1 left to 1 right
    program: int  # General MIDI, 0-127
    drum: bool


def perform(score: Score, *, seconds: float | None = None) -> list[Tone]:
    """The notes of a score as they are heard, by start; only what starts in the first `seconds` if given.

    Volume, expression and program are taken as they stand where a note starts.

    Raises
    ------
    InputError
        The score is longer than four hours and `seconds` is not given.
    """
    tones = []
    for track, pan in zip(score.tracks, stage(score), strict=True):
        for channel in track.channels:
            tones += _tones(score, track, channel, pan)
    tones.sort(key=operator.attrgetter("start"))
    if seconds is not None:
        tones = [dataclasses.replace(tone, stop=min(tone.stop, seconds)) for tone in tones if tone.start < seconds]
    longest = max((tone.stop for tone in tones), default=0)
    if longest > LONGEST:
        raise InputError(f"the score lasts {longest / 3600:.0f} hours and at most {LONGEST // 3600} can be played")
    return tones


def stage(score: Score) -> list[float]:
    """Where each track stands, -1 left to 1 right: the highest left, the lowest right, as choirs do; drums amid."""
    heights = {
        i: sum(note.pitch for note in track.notes) / len(track.notes)
        for i, track in enumerate(score.tracks)
        if track.notes and not track.is_drums
    }
    places = [0.0] * len(score.tracks)
    for rank, i in enumerate(sorted(heights, key=lambda i: -heights[i])):
        places[i] = STAGE * (2 * rank / (len(heights) - 1) - 1) if len(heights) > 1 else 0.0
    return places


class Setting:
    """A controller's or the program's value over time, as set in a track for a channel."""

    def __init__(self, changes: Sequence[tuple[int, int]], default: float) -> None:
        self.changes = changes  # (tick, value), sorted
        self.default = default

    def at(self, tick: int) -> float:
        """The value in force at a tick."""
        i = bisect.bisect_right(self.changes, tick, key=operator.itemgetter(0))
        return self.changes[i - 1][1] if i else self.default


def controller(track: Track, channel: int, number: int) -> list[tuple[int, int]]:
    """(tick, value) of the changes of a controller."""
    messages = track.messages("control_change")
    return [(tick, m.value) for tick, m in messages if m.channel == channel and m.control == number]


def pedal_spans(changes: Sequence[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """(tick down, tick up) of the sustain pedal, whose value is 64 or more while it is down."""
    spans, down = [], None
    for tick, value in changes:
        if value >= 64 and down is None:
            down = tick
        elif value < 64 and down is not None:
            spans.append((down, tick))
            down = None
    return [*spans, (down, max(end, down))] if down is not None else spans


def _tones(score: Score, track: Track, channel: int, place: float) -> list[Tone]:
    programs = [(tick, m.program) for tick, m in track.messages("program_change") if m.channel == channel]
    program = Setting(programs, 0)
    volume = Setting(controller(track, channel, VOLUME), 100)
    expression = Setting(controller(track, channel, EXPRESSION), 127)
    pan = Setting(controller(track, channel, PAN), 64 + 63 * place)
    notes = [note for note in track.notes if note.channel == channel and note.end > note.start]
    ends = _let_go(notes, pedal_spans(controller(track, channel, SUSTAIN), score.end))
    return [
        Tone(
            start=score.seconds(note.start),
            stop=score.seconds(end),
            pitch=note.pitch,
            gain=(note.velocity / 127) ** 1.5 * volume.at(note.start) / 127 * expression.at(note.start) / 127,
            pan=max(-1.0, min(1.0, (pan.at(note.start) - 64) / 63)),
            program=int(program.at(note.start)),
            drum=channel == DRUM_CHANNEL,
        )
        for note, end in zip(notes, ends, strict=True)
    ]


def _let_go(notes: Sequence[Note], spans: Sequence[tuple[int, int]]) -> list[int]:
    """The tick at which each note stops: with the key, or with the pedal unless its pitch is struck again before."""
    if not spans:
        return [note.end for note in notes]
    again: dict[int, list[int]] = {}
    for note in notes:
        again.setdefault(note.pitch, []).append(note.start)
    downs = [down for down, _ in spans]
    ends = []
    for note in notes:
        i = bisect.bisect_right(downs, note.end) - 1
        up = spans[i][1] if i >= 0 else 0
        strikes = again[note.pitch]
        j = bisect.bisect_left(strikes, max(note.end, note.start + 1))
        struck = strikes[j] if j < len(strikes) else up
        ends.append(max(note.end, min(up, struck)))
    return ends
