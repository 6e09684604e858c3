"""Pieces made ready to be heard: other sounds, another tempo, tracks to practice one voice with."""

import dataclasses
import os
import re
from collections.abc import Callable, Sequence
from typing import BinaryIO

from mido import Message, MetaMessage

import genart
from genart.errors import InputError
from genart.music import four_voices, lyrics, parts
from genart.music.counterpoint import VOICES
from genart.music.score import DRUM_CHANNEL, Event, Score, Track
from genart.music.timing import Tempo
from genart.recipe import Recipe, Source

VOLUME, PAN = 7, 10  # MIDI controllers
CENTER, SIDES = 64, (20, 108)  # of 0 left to 127 right
LOUD, SOFT = 120, 56  # of 127
SLOWEST, FASTEST = 0.05, 20.0  # times the tempo


def render(
    piece: str | os.PathLike[str] | BinaryIO | Score,
    *,
    programs: str | None = None,
    tempo: str | float | None = None,
    voices: str | Sequence[str | int] | None = None,
    text: str | None = None,
) -> Score:
    """A piece as it is to be heard and seen; save the result as sound, picture or score.

    Parameters
    ----------
    piece
        A MIDI or MusicXML file (path or open), or a Score.
    programs
        Sounds, a name in :data:`genart.music.parts.PROGRAMS`, for the voices from the highest to the lowest; by
        default the piece's own.
    tempo
        Quarters a minute with which the piece begins, later tempos in proportion; or a share of its own, "80%".
    voices
        A practice track for these voices: they are loud and in the middle, the others soft and to the sides. Names of
        tracks, numbers of tracks (from 1, as `genart info` counts), or "soprano", "alto", "tenor", "bass", told as
        :func:`genart.music.four_voices.assign` tells them; several in a list or with commas between, "alto,tenor".
    text
        Whose lyrics there are, "melody", "all" or "none", see :func:`genart.music.lyrics.add_text`.

    Returns
    -------
    Score
        With the recipe of the piece where nothing is changed and it has one, else one of its own.

    Raises
    ------
    InputError
        The piece cannot be read, or there is no such sound, tempo or voice.
    """
    given = piece if isinstance(piece, Score) else Score.read(piece)
    score = given
    if programs is not None:
        score = _with_programs(score, parts.programs(programs))
    if tempo is not None:
        score = _at_tempo(score, tempo)
    if voices is not None:
        score = _practiced(score, [voices] if isinstance(voices, int) else voices)
    if text is not None:
        score = lyrics.add_text(score, text=text)
    if score is given and score.recipe is not None:
        return score
    parameters = {"programs": programs, "tempo": tempo, "voices": voices, "text": text}
    return dataclasses.replace(score, recipe=_recipe(piece, parameters))


def _recipe(piece: str | os.PathLike[str] | BinaryIO | Score, parameters: dict[str, object]) -> Recipe:
    sources = (Source.of(piece),) if isinstance(piece, (str, os.PathLike)) and piece != "-" else ()
    return Recipe(
        verb="render",
        seed=0,
        parameters={name: value for name, value in parameters.items() if value is not None},
        sources=sources,
        versions={"genart": genart.__version__},
        device="cpu",
    )


def _with_programs(score: Score, sounds: tuple[int, int, int, int]) -> Score:
    """Every pitched voice with one of four sounds, the first for the highest."""
    order = _by_height(score)
    chosen = {index: sounds[round(rank * 3 / max(len(order) - 1, 1))] for rank, index in enumerate(order)}

    def with_program(index: int, track: Track) -> Track:
        if index not in chosen:
            return track
        changes = [
            Event(tick=0, message=Message("program_change", program=chosen[index], channel=channel))
            for channel in track.channels
            if channel != DRUM_CHANNEL
        ]
        kept = [event for event in track.events if event.message.type != "program_change"]
        return dataclasses.replace(track, events=(*changes, *kept))

    return _each(_on_own_channels(score), with_program)


def _at_tempo(score: Score, tempo: str | float) -> Score:
    factor = _factor(tempo, score.tempos[0].bpm)
    found = [Tempo(tick=old.tick, bpm=old.bpm * factor) for old in score.tempos]
    events = [Event(tick=new.tick, message=MetaMessage("set_tempo", tempo=new.microseconds)) for new in found]

    def at_tempo(index: int, track: Track) -> Track:
        kept = tuple(event for event in track.events if event.message.type != "set_tempo")
        return dataclasses.replace(track, events=(*kept, *events) if index == 0 else kept)

    return _each(score, at_tempo)


def _factor(tempo: str | float, first: float) -> float:
    text = str(tempo).strip()
    number = text.removesuffix("%").strip()
    value = float(number) if re.fullmatch(r"\d{1,4}(\.\d{0,6})?", number) else 0.0
    factor = value / 100 if text.endswith("%") else value / first
    if not SLOWEST <= factor <= FASTEST:
        raise InputError(
            f"tempo {text!r}: give quarters a minute, such as 90, or a share of the piece's own {first:.4g}, such as "
            f"80%, from {SLOWEST:.0%} to {FASTEST:.0%}"
        )
    return factor


def _practiced(score: Score, voices: str | Sequence[str | int]) -> Score:
    names = voices.split(",") if isinstance(voices, str) else voices
    chosen = {_place(score, str(name).strip()) for name in names}
    others = [index for index in _by_height(score) if index not in chosen]
    sides = {index: SIDES[rank % 2] for rank, index in enumerate(others)}

    def practiced(index: int, track: Track) -> Track:
        if not track.notes:
            return track
        volume, pan = (LOUD, CENTER) if index in chosen else (SOFT, sides.get(index, CENTER))
        settings = [
            Event(tick=0, message=Message("control_change", control=control, value=value, channel=channel))
            for channel in track.channels
            for control, value in ((VOLUME, volume), (PAN, pan))
        ]
        kept = [event for event in track.events if getattr(event.message, "control", None) not in (VOLUME, PAN)]
        return dataclasses.replace(track, events=(*settings, *kept))

    return _each(_on_own_channels(score), practiced)


def _place(score: Score, name: str) -> int:
    """The place of a voice among the tracks."""
    singers = [index for index, track in enumerate(score.tracks) if track.notes]
    called = [index for index in singers if score.tracks[index].name.strip().casefold() == name.casefold()]
    if called:
        return called[0]
    if name.isdigit() and int(name) - 1 in singers:
        return int(name) - 1
    if name.casefold() in VOICES:
        found = four_voices.assign(score)
        return found.parts[four_voices.chosen(name, among=found.names)[0]].track
    listed = ", ".join(f"{index + 1} {score.tracks[index].name}".strip() for index in singers) or "none"
    raise InputError(f"there is no voice {name!r} to practice; the tracks with notes are: {listed}")


def _by_height(score: Score) -> list[int]:
    """The places of the pitched voices among the tracks, the highest first."""
    heights = {
        index: sum(note.pitch for note in track.notes) / len(track.notes)
        for index, track in enumerate(score.tracks)
        if track.notes and not track.is_drums
    }
    return sorted(heights, key=lambda index: -heights[index])


def _on_own_channels(score: Score) -> Score:
    """The score with no channel on two tracks, as far as there are channels, so that sounds can be set for each."""
    used: set[int] = set()
    every = {channel for track in score.tracks for channel in track.channels}

    def moved(_: int, track: Track) -> Track:
        changes = {}
        for channel in track.channels:
            if channel in used and channel != DRUM_CHANNEL:
                changes[channel] = parts.free_channels(sorted(every), 1)[0]
            used.add(changes.get(channel, channel))
            every.add(changes.get(channel, channel))
        if not changes:
            return track
        notes = (dataclasses.replace(n, channel=changes.get(n.channel, n.channel)) for n in track.notes)
        return Track(notes=tuple(notes), events=tuple(_on_channel(event, changes) for event in track.events))

    return _each(score, moved)


def _on_channel(event: Event, changes: dict[int, int]) -> Event:
    channel = getattr(event.message, "channel", None)
    if channel not in changes:
        return event
    return dataclasses.replace(event, message=event.message.copy(channel=changes[channel]))


def _each(score: Score, change: Callable[[int, Track], Track]) -> Score:
    tracks = tuple(change(index, track) for index, track in enumerate(score.tracks))
    return dataclasses.replace(score, tracks=tracks or (change(0, Track()),))
