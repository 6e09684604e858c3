"""Scores as objects of other libraries, which hold less than a score does."""

import dataclasses
import io
from typing import TYPE_CHECKING

from genart.errors import InputError
from genart.music import midi
from genart.music.score import Event, Note, Score, Track

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

MOST_TICKS = 10_000_000  # pretty_midi keeps a list of all ticks and refuses more
CONDUCTOR = ("set_tempo", "time_signature", "key_signature")
KEPT = ("track_name", "program_change", "control_change", "pitchwheel", "lyrics", "text")


def to_pretty_midi(score: Score) -> "PrettyMIDI":
    """A pretty_midi object: notes in seconds, an instrument for each program, channel and track.

    Overlapping notes of one pitch end together there, and channels, sysex, markers and unknown events are left out.

    Raises
    ------
    InputError
        The score has 10,000,000 ticks or more.
    """
    from pretty_midi import PrettyMIDI

    if score.end >= MOST_TICKS:
        raise InputError(f"the score is {score.end:,} ticks long, and pretty_midi takes at most {MOST_TICKS:,}")
    conductor = [event for track in score.tracks for event in _events(track, CONDUCTOR)]
    tracks = [Track(notes=_ended(track.notes), events=_events(track, KEPT)) for track in score.tracks]
    plain = Score(tracks=(Track(events=tuple(conductor)), *tracks), resolution=score.resolution)
    file = io.BytesIO()
    midi.write(plain, file)
    file.seek(0)
    return PrettyMIDI(file)


def _ended(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The notes as new ones, so that those which their file never ended are ended too."""
    return tuple(dataclasses.replace(note, order=None) for note in notes)


def _events(track: Track, kinds: tuple[str, ...]) -> tuple[Event, ...]:
    return tuple(event for event in track.events if event.message.type in kinds and event.tick < MOST_TICKS)
