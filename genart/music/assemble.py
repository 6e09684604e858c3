"""From a model's cells to a score that a DAW or MuseScore opens: kept tracks untouched, new ones named."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from genart.music import counterpoint, lyrics, parts
from genart.music.counterpoint import VOICES
from genart.music.plan import Plan
from genart.music.reading import Reading
from genart.music.score import Score, Track

CONDUCTOR = ("set_tempo", "time_signature", "key_signature", "smpte_offset", "end_of_track")
FAULTS = ("fifths", "octaves")  # named after a harmonization


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """A harmonized score and its faults in words ("2 parallel fifths: bars 3, 7" or "no parallels")."""

    score: Score
    faults: str


def assemble(
    song: Reading,
    plan: Plan,
    cells: np.ndarray,
    *,
    articulation: str = "harmony",
    text: str = "all",
    programs: Sequence[int],
    with_song: bool = False,
) -> Written:
    """Write new voices beside those kept.

    Parameters
    ----------
    song, plan : what was asked for
    cells : int [T + FINAL, 4], the plan's copy with every cell of its phrases filled
    articulation : see :func:`genart.music.parts.strikes`
    text : who has words, see :func:`genart.music.lyrics.add_text`
    programs : General MIDI programs of the four voices, used for new ones
    with_song : put the new tracks after the melody's among all of the song's, which stay as they are, words included
        (an overriding meter or key is then not written), instead of S, A, T, B alone
    """
    tracks = {voice: _kept_track(song, voice) for voice in song.kept}
    used = _channels(song.score.tracks if with_song else tuple(tracks.values()))
    sounding = plan.sounding(cells)
    for voice, channel in zip(plan.new, parts.free_channels(used, len(plan.new)), strict=True):
        notes = parts.new_notes(sounding, voice, plan=plan, articulation=articulation, channel=channel)
        program = None if channel in used else programs[voice]  # a song that needs all channels keeps its sounds
        tracks[voice] = Track.make(name=VOICES[voice].capitalize(), notes=notes, program=program, channel=channel)
    satb = Score.make(
        voices=[tracks[voice] for voice in range(len(VOICES))],
        resolution=song.score.resolution,
        tempos=song.score.tempos,
        meters=song.meters,
        keys=song.keys,
    )
    satb = lyrics.add_text(satb, text=text)
    score = _inserted(song, [satb.tracks[1 + voice] for voice in plan.new]) if with_song else satb
    return Written(score=score, faults=_faults(satb, song))


def _channels(tracks: Sequence[Track]) -> set[int]:
    """The channels that any note or event of tracks is on."""
    told = {event.message.channel for track in tracks for event in track.events if hasattr(event.message, "channel")}
    return told.union(*(track.channels for track in tracks))


def _inserted(song: Reading, new: Sequence[Track]) -> Score:
    """The song with new tracks after the melody's."""
    place = song.melody.part.track + 1
    before, after = song.score.tracks[:place], song.score.tracks[place:]
    return dataclasses.replace(song.score, tracks=(*before, *new, *after), recipe=None)


def _kept_track(song: Reading, voice: int) -> Track:
    """The kept notes with all that sounds and is sung with them: programs, controllers, texts, lyrics."""
    kept = song.kept[voice]
    track, own = song.score.tracks[kept.part.track], kept.part.channel
    events = [
        event
        for event in track.events
        if event.message.type not in CONDUCTOR and getattr(event.message, "channel", own) == own
    ]
    if kept is song.melody and not any(track.messages("lyrics")):  # they may have a track of their own
        silent = (other for other in song.score.tracks if not other.notes)
        events += (event for other in silent for event in other.events if event.message.type == "lyrics")
    if not track.name:
        events = [*Track.make(name=VOICES[voice].capitalize(), notes=()).events, *events]
    return Track(notes=kept.notes, events=tuple(events))


def _faults(score: Score, song: Reading) -> str:
    if len(score.voices) < len(VOICES):
        return "no parallels"
    ticks, pitches = counterpoint.columns(score)
    found = [fault for fault in counterpoint.faults(pitches) if fault.kind in FAULTS]
    starts = [bar.start for bar in song.bars]
    numbers = np.array([bar.number for bar in song.bars])
    return counterpoint.summary(found, numbers[np.clip(np.searchsorted(starts, ticks, side="right") - 1, 0, None)])
