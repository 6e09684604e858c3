"""Likelihoods of four-part pieces under an orderless model, by the protocols in use for the JSB chorales.

All figures are negative log-likelihoods in nats; rests count as a class. A figure is computed for each piece
and its mean over pieces is given with its standard error.

- ``note_random``: nats a note. A number of hidden cells is drawn uniformly (stratified over `MASKS` draws), that
  many cells are hidden at random, and the mean over hidden cells is taken: the note-by-note likelihood
  averaged over all orders (Uria et al. 2014, arXiv 1310.1757).
- ``note_chronological``: nats a note, soprano, alto, tenor, bass within a step; every earlier cell is known as it
  truly is (teacher-forced), every later cell is hidden.
- ``frame_random_m1``, ``frame_random_m5``, ``frame_chronological_m1``, ``frame_chronological_m5``: nats a frame
  (four notes) by the protocol of Huang et al. 2017 (arXiv 1903.07227). Frames come in random (or chronological)
  order, earlier ones known as they truly are. Within a frame the voices come in random order, and each is filled with
  the model's *argmax* before the next one is asked for, so that the model is judged on its own predictions.
  M orders are combined for each frame by the logarithm of the mean likelihood. That is generous
  to larger M, so neither is to be quoted without the other.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from genart.music.chorales import to_classes, to_pitches

CROP = 128  # steps
ORDERS = 5  # M
MASKS = 16  # draws a piece for note_random
BATCH = 32  # rows a call of the model


class Model(Protocol):
    """Anything with :meth:`genart.families.bach.Bach.logits`."""

    def logits(self, pitches: np.ndarray, known: np.ndarray, phase: int = 0) -> np.ndarray: ...


def evaluate(
    model: Model,
    pieces: Sequence[np.ndarray],
    *,
    whole: bool = False,
    notes: bool = False,
    spread: int | None = None,
    seed: int = 0,
    on_piece: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, tuple[float, float]]:
    """All figures of the module's text.

    Parameters
    ----------
    model : what gives the logits
    pieces : int [T, 4] each, MIDI pitches or -1
    whole : use whole pieces; by default one crop of at most 128 steps a piece, drawn from the seed
    notes : the two note figures alone, which take a tenth of the time
    spread : ask for so many steps of each piece, spread over it at random, instead of for all; the figures
        by frame and in chronological order are then estimates without bias, what is known stays as it is
    seed : of crops, masks and orders; piece i uses (seed, i) alone
    on_piece : called with the number of pieces done and their total

    Returns
    -------
    {figure: (mean over pieces, its standard error)}
    """
    rows = []
    for number, piece in enumerate(pieces):
        rng = np.random.default_rng([seed, number])
        part = piece if whole else crop(piece, rng=rng)
        rows.append(_figures(model, part, asked_steps(len(part), spread, rng=rng), rng, notes=notes))
        on_piece(number + 1, len(pieces))
    return {
        name: (float(np.mean([row[name] for row in rows])), standard_error([row[name] for row in rows]))
        for name in rows[0]
    }


def crop(piece: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """At most 128 steps of int [T, 4], starting on a beat."""
    start = 4 * int(rng.integers((len(piece) - CROP) // 4 + 1)) if len(piece) > CROP else 0
    return piece[start : start + CROP]


def asked_steps(length: int, spread: int | None, *, rng: np.random.Generator) -> np.ndarray:
    """All steps, ascending, or `spread` of them: one drawn from each of as many equal parts, so that all are as likely
    (an even distance would often ask for the same place in every beat)."""
    if spread is None or spread >= length:
        return np.arange(length)
    return ((np.arange(spread) + rng.random(spread)) * length / spread).astype(int)


def standard_error(values: Sequence[float]) -> float:
    """Of the mean of independent values; 0 for a single one."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def _figures(
    model: Model, piece: np.ndarray, steps: np.ndarray, rng: np.random.Generator, *, notes: bool
) -> dict[str, float]:
    figures = {
        "note_random": note_random(model, piece, rng=rng),
        "note_chronological": note_chronological(model, piece, steps),
    }
    for order, shuffled in () if notes else (("random", True), ("chronological", False)):
        nll = np.stack([frames(model, piece, steps, rng=rng, shuffled=shuffled) for _ in range(ORDERS)])  # [M, n]
        figures[f"frame_{order}_m1"] = float(nll.mean())
        figures[f"frame_{order}_m{ORDERS}"] = float((np.log(ORDERS) - np.logaddexp.reduce(-nll, axis=0)).mean())
    return figures


def note_random(model: Model, piece: np.ndarray, *, rng: np.random.Generator) -> float:
    """Nats a note over uniformly drawn numbers of hidden cells of int [T, 4]."""
    cells = piece.size
    hidden = np.zeros((MASKS, cells), bool)
    for row, share in zip(hidden, (np.arange(MASKS) + rng.random(MASKS)) / MASKS, strict=True):
        row[rng.permutation(cells)[: 1 + int(share * cells)]] = True
    hidden = hidden.reshape(MASKS, *piece.shape)
    nll = -_log_p(model, np.broadcast_to(piece, hidden.shape), ~hidden, piece)
    return float(np.mean((nll * hidden).sum(axis=(1, 2)) / hidden.sum(axis=(1, 2))))


def note_chronological(model: Model, piece: np.ndarray, steps: np.ndarray) -> float:
    """Nats a note at some steps, int [n], of int [T, 4] in chronological order, earlier cells known."""
    voices = piece.shape[1]
    cells = (voices * steps[:, None] + np.arange(voices)).ravel()
    total = 0.0
    for first in range(0, len(cells), BATCH):
        asked = cells[first : first + BATCH]
        known = (np.arange(piece.size) < asked[:, None]).reshape(-1, *piece.shape)
        log_p = _log_p(model, np.broadcast_to(piece, known.shape), known, piece)
        total -= log_p.reshape(len(asked), -1)[np.arange(len(asked)), asked].sum()
    return total / len(cells)


def frames(
    model: Model, piece: np.ndarray, steps: np.ndarray, *, rng: np.random.Generator, shuffled: bool
) -> np.ndarray:
    """Nats of the frames at some steps, int [n], of int [T, 4], in one drawn order of frames and voices: float [n]."""
    length, voices = piece.shape
    order = rng.permutation(length) if shuffled else np.arange(length)
    rank = np.argsort(order)  # rank[t]: how many frames are known when t is asked for
    voice_orders = rng.permuted(np.tile(np.arange(voices), (length, 1)), axis=1)  # [T, 4]
    nll = np.zeros(len(steps))
    for first in range(0, len(steps), BATCH):
        asked = steps[first : first + BATCH]
        row = np.arange(len(asked))
        known = np.repeat((rank < rank[asked][:, None])[..., None], voices, axis=2)  # [rows, T, 4]
        filled = np.broadcast_to(piece, known.shape).copy()
        for turn in range(voices):
            voice = voice_orders[asked, turn]
            logits = model.logits(filled, known)[row, asked, voice]  # [rows, 47]
            log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
            nll[first + row] -= log_p[row, to_classes(piece[asked, voice])]
            filled[row, asked, voice] = to_pitches(logits.argmax(axis=-1))
            known[row, asked, voice] = True
    return nll


def _log_p(model: Model, pitches: np.ndarray, known: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Log-probability of the true pitch of every cell: [B, T, 4]."""
    logits = model.logits(pitches, known)
    picked = np.take_along_axis(logits, np.broadcast_to(to_classes(truth), known.shape)[..., None], axis=-1)[..., 0]
    return picked - np.logaddexp.reduce(logits, axis=-1)
