"""From a model's cells to a score that a DAW or MuseScore opens: kept tracks untouched, new ones named."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from genart.music import counterpoint, parts
from genart.music.counterpoint import VOICES
from genart.music.plan import Plan
from genart.music.reading import Kept, Reading
from genart.music.score import Score, Track
from genart.music.timing import Key, Tempo

CONDUCTOR = ("set_tempo", "time_signature", "key_signature", "smpte_offset", "end_of_track")
FAULTS = ("fifths", "octaves")  # named after a harmonization


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """A harmonized score and its faults in words ("2 parallel fifths: bars 3, 7" or "no faults")."""

    score: Score
    faults: str


def assemble(
    song: Reading,
    plan: Plan,
    cells: np.ndarray,
    *,
    articulation: str = "harmony",
    programs: Sequence[int],
    with_song: bool = False,
) -> Written:
    """Write new voices beside those kept.

    Parameters
    ----------
    song, plan : what was asked for
    cells : int [T, 4], the model's copy with every cell of the plan's phrases filled, -1 elsewhere
    articulation : see :func:`genart.music.parts.strikes`
    programs : General MIDI programs of the four voices, used for new ones
    with_song : put the new tracks after the melody's among all of the song's, instead of S, A, T, B alone
    """
    used = {note.channel for kept in song.kept.values() for note in kept.notes}
    if with_song:
        used = {channel for track in song.score.tracks for channel in track.channels}
    channels = dict(zip(plan.new, parts.free_channels(sorted(used), len(plan.new)), strict=True))
    sounding = plan.sounding(cells)
    tracks = {voice: _kept_track(song.score, kept, VOICES[voice]) for voice, kept in song.kept.items()}
    for voice in plan.new:
        notes = parts.new_notes(sounding, voice, plan=plan, articulation=articulation, channel=channels[voice])
        name = VOICES[voice].capitalize()
        tracks[voice] = Track.make(name=name, notes=notes, program=programs[voice], channel=channels[voice])
    satb = [tracks[voice] for voice in range(len(VOICES))]
    keys = song.score.keys or (Key(name=song.key.midi),)
    meters, tempos = song.meters, [Tempo(tick=tempo.tick, bpm=tempo.bpm) for tempo in song.score.tempos]
    alone = Score.make(voices=satb, resolution=song.score.resolution, tempos=tempos, meters=meters, keys=keys)
    score = alone
    if with_song:
        place = song.melody.part.track + 1
        new = [tracks[voice] for voice in plan.new]
        score = dataclasses.replace(
            song.score, tracks=(*song.score.tracks[:place], *new, *song.score.tracks[place:]), recipe=None
        )
    return Written(score=score, faults=_faults(alone, song))


def _kept_track(score: Score, kept: Kept, voice: str) -> Track:
    """The kept notes with all that sounds and is sung with them: programs, controllers, lyrics, texts."""
    track = score.tracks[kept.part.track]
    own = kept.part.channel
    events = [
        event
        for event in track.events
        if event.message.type not in CONDUCTOR and getattr(event.message, "channel", own) == own
    ]
    if track.name:
        return Track(notes=kept.notes, events=tuple(events))
    named = Track.make(name=voice.capitalize(), notes=(), events=events)
    return dataclasses.replace(named, notes=kept.notes)


def _faults(score: Score, song: Reading) -> str:
    if len(score.voices) < len(VOICES):
        return "no faults"
    ticks, pitches = counterpoint.columns(score)
    found = [fault for fault in counterpoint.faults(pitches) if fault.kind in FAULTS]
    starts = [bar.start for bar in song.bars]
    numbers = np.array([bar.number for bar in song.bars])
    return counterpoint.summary(found, numbers[np.clip(np.searchsorted(starts, ticks, side="right") - 1, 0, None)])
