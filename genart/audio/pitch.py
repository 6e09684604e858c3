"""The pitch of one voice over time: pYIN's candidates and the smoothest path through them.

De Cheveigné and Kawahara, "YIN, a fundamental frequency estimator" (JASA 111, 2002); Mauch and Dixon, "pYIN" (ICASSP
2014); the path over candidates rather than pitch bins is Boersma's (1993). Only NumPy takes part: nothing is compiled.
"""

import numpy as np

RATE = 22050  # frames a second of the sound that is followed
HOP = 256  # frames from one point of the contour to the next, 11.6 ms
LOWEST, HIGHEST = 60.0, 3200.0  # Hz: from a low bass to a high whistle
WINDOW = 1024  # frames compared with those one period later
SHORTEST, LONGEST = int(RATE / HIGHEST), int(np.ceil(RATE / LOWEST))  # periods in frames
SPAN = WINDOW + LONGEST + 1  # frames that one point needs
CANDIDATES = 6  # a point
BETA = 8  # thresholds are distributed as Beta(2, 8), mean 0.2: voices in a room with some noise
UNSURE = 0.01  # of the mass of thresholds below all troughs, what goes to the lowest trough
LEAP, LONGEST_LEAP = 0.4, 4.0  # cost of a semitone between points, and the highest
SWITCH = 3.0  # cost of beginning or ending to sound, nats


def candidates(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Periods that a sound may have, with pYIN's probabilities.

    Parameters
    ----------
    frames : float32 [N, SPAN]

    Returns
    -------
    pitch : float32 [N, CANDIDATES], MIDI pitch with fractions
    probability : float32 [N, CANDIDATES], 0 where there are fewer; what is missing to 1 says that none is there
    """
    differences = _differences(frames)  # [N, LONGEST + 2], by period
    left, middle, right = differences[:, :-2], differences[:, 1:-1], differences[:, 2:]
    trough = (middle < left) & (middle <= right)
    trough[:, : SHORTEST - 1] = False  # column i is the period i + 1
    bend = np.where(trough, left - 2 * middle + right, 1)
    shift = np.where(trough, 0.5 * (left - right) / np.maximum(bend, 1e-9), 0)  # of a parabola through the three
    height = np.where(trough, np.clip(middle - 0.25 * (left - right) * shift, 0, 1), 1)
    lowest = np.minimum.accumulate(height, axis=1)
    before = np.concatenate([np.ones_like(lowest[:, :1]), lowest[:, :-1]], axis=1)
    # A threshold takes the first trough below it: one between this trough and the lowest before.
    mass = np.where(trough, _below(before) - _below(np.minimum(height, before)), 0)
    rows = np.arange(len(frames))
    deepest = height.argmin(axis=1)
    mass[rows, deepest] += np.where(trough[rows, deepest], UNSURE * _below(lowest[:, -1]), 0)
    best = np.argpartition(-mass, CANDIDATES, axis=1)[:, :CANDIDATES]
    period = best + 1 + np.take_along_axis(shift, best, axis=1)
    pitch = 69 + 12 * np.log2(RATE / period / 440)
    return pitch.astype(np.float32), np.take_along_axis(mass, best, axis=1).astype(np.float32)


def path(pitch: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The likeliest smooth way through candidates [T, K]: MIDI pitch float32 [T], NaN where nothing sounds."""
    count, width = pitch.shape
    silent = np.log(np.clip(1 - probability.sum(axis=1, keepdims=True), 1e-4, 1))
    scores = np.concatenate([np.log(np.maximum(probability, 1e-6)), silent], axis=1)  # [T, K + 1], the last silence
    steps = np.full((width + 1, width + 1), -SWITCH)
    steps[width, width] = 0
    best = scores[0]
    back = np.zeros((count, width + 1), np.int8)
    for t in range(1, count):
        steps[:width, :width] = -np.minimum(LEAP * np.abs(pitch[t - 1][:, None] - pitch[t]), LONGEST_LEAP)
        ways = best[:, None] + steps
        back[t] = ways.argmax(axis=0)
        best = ways.max(axis=0) + scores[t]
    state, found = int(best.argmax()), np.full(count, np.nan, np.float32)
    for t in range(count - 1, -1, -1):
        if state < width:
            found[t] = pitch[t, state]
        state = back[t, state]
    return found


def _differences(frames: np.ndarray) -> np.ndarray:
    """YIN's cumulative mean normalized difference: float [N, SPAN] to [N, LONGEST + 2], by period from 0."""
    size = 2048
    spectra = np.fft.rfft(frames, size) * np.conj(np.fft.rfft(frames[:, :WINDOW], size))
    products = np.fft.irfft(spectra, size)[:, : LONGEST + 2]
    energy = np.cumsum(np.square(frames, dtype=np.float64), axis=1)
    energy = np.concatenate([np.zeros((len(frames), 1)), energy], axis=1)
    moved = energy[:, WINDOW : WINDOW + LONGEST + 2] - energy[:, : LONGEST + 2]
    differences = np.maximum(moved[:, :1] + moved - 2 * products, 0)
    differences[:, 0] = 1
    means = np.cumsum(differences[:, 1:], axis=1) / np.arange(1, LONGEST + 2)
    differences[:, 1:] /= np.maximum(means, 1e-12)
    return differences


def _below(height: np.ndarray) -> np.ndarray:
    """How much of the thresholds lies below a height: the distribution function of Beta(2, BETA)."""
    return 1 - (1 - height) ** BETA * (1 + BETA * height)
