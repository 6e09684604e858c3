"""Scores made audible: with a SoundFont where one can be played, else by the built-in synth."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genart.audio import additive, audio
from genart.audio import soundfont as fonts
from genart.audio.audio import Audio
from genart.audio.performance import perform
from genart.errors import InputError
from genart.music.score import Score

BUILT_IN = "built-in"
PEAK = 10 ** (-1 / 20)  # -1 dBFS
LONG = 600  # seconds; what is longer is played twice rather than held in memory
RATES = range(8_000, 48_001)


def choose(soundfont: str | os.PathLike[str] | None = None) -> Path | None:
    """The SoundFont that would play, None for the built-in synth.

    Parameters
    ----------
    soundfont
        A .sf2 or .sf3 file, "built-in" for the synth that needs nothing, or None for what is there:
        GENART_SOUNDFONT, a system folder's SoundFont, the small one inside pretty_midi, else the built-in synth.

    Raises
    ------
    InputError
        The file is not there or not a SoundFont.
    MissingExtra
        A SoundFont was asked for and FluidSynth is not installed.
    """
    if soundfont is None:
        return fonts.find()
    return None if soundfont == BUILT_IN else fonts.check(soundfont)


def describe(soundfont: str | os.PathLike[str] | None = None) -> str:
    """What would play, in a line to print: "sound: TimGM6mb.sf2" or "sound: built-in synth". See :func:`choose`."""
    font = choose(soundfont)
    return f"sound: {font.name if font else 'built-in synth'}"


def render(
    score: Score,
    *,
    rate: int = 44100,
    soundfont: str | os.PathLike[str] | None = None,
    seconds: float | None = None,
) -> Audio:
    """Play a score.

    Parameters
    ----------
    score
        Its tempos, programs, velocities, volume, expression, pan and sustain pedal are honored. Tracks without
        a pan of their own stand from left (the highest) to right (the lowest).
    rate
        Frames a second, 8,000 to 48,000.
    soundfont
        What plays, see :func:`choose`.
    seconds
        Play only so much from the beginning.

    Returns
    -------
    Audio
        In stereo, its peak at -1 dBFS; a second of silence for a score without notes. Same score and SoundFont,
        same samples.

    Raises
    ------
    InputError
        The rate is out of range, the score lasts more than four hours, or `soundfont` is not a SoundFont.
    MissingExtra
        A SoundFont was asked for and FluidSynth is not installed.
    """
    played = list(_blocks(score, rate=rate, soundfont=soundfont, seconds=seconds))
    gain = _gain(max(_peak(block) for block in played))
    samples = np.empty((sum(map(len, played)), 2), np.float32)
    stop = len(samples)
    while played:  # from the last, so that block by block is freed
        block = played.pop()
        np.multiply(block, gain, out=samples[stop - len(block) : stop])
        stop -= len(block)
    return Audio(samples=samples, rate=rate, recipe=score.recipe)


def save(
    score: Score,
    path: str | os.PathLike[str],
    *,
    rate: int = 44100,
    soundfont: str | os.PathLike[str] | None = None,
    recipe: bool = True,
    force: bool = False,
) -> None:
    """Play a score of any length into a .wav, .flac or .mp3 file; memory stays small.

    See :func:`render` and :meth:`genart.audio.audio.Audio.save`.
    """
    audio.check_target(path, rate=rate, channels=2, force=force)
    if score.seconds(score.end) <= LONG:
        render(score, rate=rate, soundfont=soundfont).save(path, recipe=recipe, force=force)
        return
    gain = _gain(max(_peak(block) for block in _blocks(score, rate=rate, soundfont=soundfont)))
    louder = (block * gain for block in _blocks(score, rate=rate, soundfont=soundfont))
    audio.write(path, louder, rate=rate, channels=2, recipe=score.recipe if recipe else None, force=force)


def _blocks(
    score: Score, *, rate: int, soundfont: str | os.PathLike[str] | None, seconds: float | None = None
) -> Iterator[np.ndarray]:
    if rate not in RATES:
        raise InputError(f"rate {rate}: scores are played at {RATES[0]} to {RATES[-1]} frames a second")
    font = choose(soundfont)
    tones = perform(score, seconds=seconds)
    if not tones:
        return iter([np.zeros((rate, 2), np.float32)])
    if font is None:
        return additive.blocks(tones, rate=rate)
    return fonts.blocks(score, tones, soundfont=font, rate=rate)


def _peak(block: np.ndarray) -> float:
    return max(float(block.max()), -float(block.min()))


def _gain(peak: float) -> np.float32:
    return np.float32(PEAK / peak if peak > 1e-6 else 1.0)
