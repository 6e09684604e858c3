"""Recordings in which several pitches sound at once: whether they do, and which is the top line.

The spectrum of every frame is explained as a sum of notes with harmonics that fall off alike, by nonnegative least
squares with the multiplicative rule of Lee and Seung, "Algorithms for non-negative matrix factorization" (NIPS 2000).
"""

import functools

import numpy as np

from genart.audio.pitch import RATE

WINDOW = 2048  # frames of sound that are looked at, 93 ms
LOWEST, HIGHEST = 40, 96  # MIDI pitches of the notes
CEILING = 112  # MIDI pitch up to which their harmonics are looked at
PARTS = 3  # of a semitone that are told apart
HARMONICS, DECAY = 12, 0.7  # how many a note has, and how much softer each is than the one before
ITERATIONS = 30
TOGETHER = 8  # frames in one product: small enough that no BLAS starts threads, which stall where the cores are taken
CANDIDATES = 10
HEARD = 0.2  # of the loudest note of a frame: what is softer may be a harmonic or an echo
SILENT = 0.03  # of the loud frames' strength
RISING = 0.1  # how much each semitone below the top counts against a note, nats
LASTING = 6  # frames 1,024 frames of sound apart, 0.28 s: what sounds together for so long is no echo
APART = 0.3  # of the loudest, what a second voice has
BLENDING = (0, 1, 12, 19, 24, 28, 31, 34, 36)  # semitones apart, what may be harmonics of one note or its vibrato


def candidates(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The notes that sound together, from the highest down.

    Parameters
    ----------
    frames : float32 [N, WINDOW]

    Returns
    -------
    pitch : float32 [N, CANDIDATES], MIDI pitch in thirds of a semitone
    strength : float32 [N, CANDIDATES], 0 where there are fewer
    """
    notes, products = _notes()
    pitch = np.zeros((len(frames), CANDIDATES), np.float32)
    strength = np.zeros_like(pitch)
    for first in range(0, len(frames), TOGETHER):
        seen = _spectrum(frames[first : first + TOGETHER])  # [B, bins]
        goal = seen @ notes  # [B, notes]
        share = np.full_like(goal, seen.mean() + 1e-12)
        for _ in range(ITERATIONS):
            share *= goal / (share @ products + 1e-12)
        for i, row in enumerate(share, start=first):
            around = np.convolve(row, np.ones(PARTS), "same")  # a note between two thirds is in both
            peak = np.flatnonzero((around[1:-1] >= around[:-2]) & (around[1:-1] > around[2:])) + 1
            peak = peak[around[peak] > HEARD * around.max()][::-1][:CANDIDATES]
            pitch[i, : len(peak)] = LOWEST + peak / PARTS
            strength[i, : len(peak)] = around[peak]
    return pitch, strength


def together(pitch: np.ndarray, strength: np.ndarray) -> float:
    """The share of the sounding time, 0-1, in which several voices are heard; about 0 for one that sings alone."""
    loud, sounding = _sounding(strength)
    there = np.zeros((len(pitch), HIGHEST - LOWEST + 1), bool)
    times, ranks = np.nonzero(strength > APART * loud[:, None])
    there[times, np.round(pitch[times, ranks]).astype(int) - LOWEST] = True
    lasting = np.zeros_like(there)
    for first in range(len(there) - LASTING + 1):
        lasting[first : first + LASTING] |= there[first : first + LASTING].all(axis=0)
    several = sum(_apart(np.flatnonzero(row)) for row in lasting[sounding])
    return several / max(int(sounding.sum()), 1)


def _apart(notes: np.ndarray) -> bool:
    """Whether some of the notes cannot be harmonics of others."""
    return not np.isin(np.abs(np.subtract.outer(notes, notes)), BLENDING).all()


def top(pitch: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """How likely each candidate is the top line, as :func:`genart.audio.pitch.path` takes it: float [T, CANDIDATES]."""
    loud, sounding = _sounding(strength)
    below = np.where(strength > 0, pitch[:, :1] - pitch, 0)
    weights = np.sqrt(strength / np.maximum(loud, 1e-12)[:, None]) * np.exp(-RISING * below) * sounding[:, None]
    return 0.99 * weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)


def _sounding(strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The strength of the loudest note of each frame, and whether it is none of a silence: [T], bool [T]."""
    loud = strength.max(axis=1, initial=0)
    return loud, loud > SILENT * np.average(loud, weights=loud + 1e-12)  # long silences do not count


def _spectrum(frames: np.ndarray) -> np.ndarray:
    """The mean magnitude in each third of a semitone: float32 [N, WINDOW] to [N, bins]."""
    lower, upper, widths = _bands()
    magnitudes = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]).astype(np.float32)))
    sums = np.cumsum(magnitudes, axis=1)
    return ((_between(sums, upper) - _between(sums, lower)) / widths).astype(np.float32)


def _between(sums: np.ndarray, places: np.ndarray) -> np.ndarray:
    whole = places.astype(int)
    part = places - whole
    return sums[:, whole] * (1 - part) + sums[:, whole + 1] * part


@functools.cache
def _bands() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the bands begin and end among the sums of the spectrum's lines, and how many lines wide they are."""
    centers = LOWEST + np.arange((CEILING - LOWEST) * PARTS) / PARTS
    edges = [440 * 2 ** ((centers + side / PARTS - 69) / 12) * WINDOW / RATE for side in (-1, 1)]
    lower, upper = edges[0] - 0.5, edges[1] - 0.5  # a line's sum is complete half a line above it
    return lower, upper, upper - lower


@functools.cache
def _notes() -> tuple[np.ndarray, np.ndarray]:
    """The spectra of the notes, float32 [bins, notes], and their products with each other [notes, notes]."""
    time = np.arange(WINDOW) / RATE
    spectra = []
    for pitch in LOWEST + np.arange((HIGHEST - LOWEST) * PARTS) / PARTS:
        hertz = 440 * 2 ** ((pitch - 69) / 12) * np.arange(1, HARMONICS + 1)
        hertz = hertz[hertz < RATE / 4]
        sines = np.sin(2 * np.pi * np.outer(hertz, time)).astype(np.float32)  # each by itself, as their phases differ
        spectrum = DECAY ** np.arange(len(hertz)) @ _spectrum(sines)
        spectra.append(spectrum / np.linalg.norm(spectrum))
    notes = np.array(spectra, np.float32).T
    return notes, notes.T @ notes
