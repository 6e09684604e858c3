"""What of a sound moves pictures: loudness, onsets, beats and harmony, frame by frame."""

import dataclasses

import numpy as np

from genart.audio.audio import Audio
from genart.errors import InputError

RATE = 22050  # frames a second of what is listened to
FADE = 0.15  # seconds in which an onset's push falls to a third
SLOW = 0.4  # seconds over which harmony changes
RANGE = 40.0  # decibels below the loudest that count as silence


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """A sound as it moves pictures.

    Attributes
    ----------
    loudness : float [frames], 0 silent .. 1 at the loudest
    onsets : float [frames], 1 at the strongest onset, fading after each
    chroma : float [frames, 12], how much of each note of the scale from C on sounds; no more than 1 long in all
    beats : int [beats], frames on which one falls
    """

    loudness: np.ndarray
    onsets: np.ndarray
    chroma: np.ndarray
    beats: np.ndarray


def motion_of(sound: Audio, *, fps: float) -> Motion:
    """Listen to a sound; `fps` frames of pictures a second, of which it has as many as it lasts.

    Raises
    ------
    InputError
        The sound is shorter than half a second.
    """
    import librosa

    if sound.seconds < 0.5:
        raise InputError(f"a sound of {sound.seconds:.2f} seconds is too short to be followed: half a second is needed")
    mono = librosa.resample(sound.samples.mean(1), orig_sr=sound.rate, target_sr=RATE)
    frames = max(2, round(sound.seconds * fps))
    hop = 512
    power = librosa.feature.rms(y=mono, hop_length=hop)[0]
    strength = librosa.onset.onset_strength(y=mono, sr=RATE, hop_length=hop)
    _, beats = librosa.beat.beat_track(onset_envelope=strength, sr=RATE, hop_length=hop)
    chroma = librosa.feature.chroma_stft(y=mono, sr=RATE, hop_length=hop, tuning=0.0)
    times = np.arange(frames) / fps * RATE / hop  # places in what was measured
    decibels = 20 * np.log10(np.maximum(power, 1e-6) / max(float(power.max()), 1e-6))
    loudness = _at(times, np.clip(1 + decibels / RANGE, 0, 1)) * float(power.max() > 1e-4)
    notes = np.stack([_smoothed(_at(times, row * np.minimum(power / 1e-4, 1)), SLOW * fps) for row in chroma], axis=1)
    notes /= np.maximum(np.linalg.norm(notes, axis=1, keepdims=True), 1)
    return Motion(
        loudness=loudness,
        onsets=_fading(_at(times, strength / max(float(strength.max()), 1e-6)), np.exp(-1 / (FADE * fps))),
        chroma=notes,
        beats=np.unique(np.round(np.asarray(beats) * hop / RATE * fps).astype(int)),
    )


def _at(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.interp(times, np.arange(len(values)), values)


def _fading(values: np.ndarray, keep: float) -> np.ndarray:
    """The largest of each value and what is left of those before it."""
    found = np.empty_like(values)
    held = 0.0
    for i, value in enumerate(values):
        held = max(value, held * keep)
        found[i] = held
    return found


def _smoothed(values: np.ndarray, width: float) -> np.ndarray:
    window = np.hanning(2 * max(1, round(width)) + 1)[1:-1]  # of odd length
    return np.convolve(np.pad(values, len(window) // 2, mode="edge"), window / window.sum(), mode="valid")
