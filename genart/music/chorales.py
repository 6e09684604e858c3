"""Corpora of four-part pieces on the 16th grid, as JSON."""

import json
from pathlib import Path

import numpy as np

from genart.errors import InputError
from genart.music.counterpoint import REST, VOICES

LOWEST, HIGHEST = 36, 81  # pitches that a cell can hold, C2 to A5


def read_chorales(path: str | Path, *, split: str) -> list[np.ndarray]:
    """Pieces of one split of a JSON file such as `Jsb16thSeparated.json` (Boulanger-Lewandowski et al. 2012).

    The file holds `{"train": [piece, ...], "valid": [...], ...}`, a piece a list of steps, a step four MIDI
    pitches (soprano, alto, tenor, bass); -1 is a rest. Steps are 16th notes and pieces start on a beat.

    Returns
    -------
    list of int16 arrays [T, 4], pitches 36..81 or -1

    Raises
    ------
    InputError
        If the file cannot be read, is no such JSON, or lacks the split.
    """
    path = Path(path)
    try:
        splits = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path.name}: {error.strerror or error}.") from error
    except ValueError as error:
        raise InputError(f"{path.name} is not JSON; a file such as Jsb16thSeparated.json is expected.") from error
    if not isinstance(splits, dict) or not splits.get(split) or not isinstance(splits[split], list):
        names = ", ".join(map(str, splits)) if isinstance(splits, dict) else "none"
        raise InputError(f"{path.name} has no split {split!r}; it has: {names}.")
    return [_piece(piece, f"{path.name}, {split} piece {i}") for i, piece in enumerate(splits[split])]


def _piece(steps: list, where: str) -> np.ndarray:
    try:
        piece: np.ndarray = np.asarray(steps, dtype=np.float64)
    except (TypeError, ValueError):
        piece = np.zeros(0)
    if piece.ndim != 2 or piece.shape[1] != len(VOICES) or not len(piece):
        raise InputError(f"{where}: each step must be four pitches (soprano, alto, tenor, bass).")
    piece = np.where(np.isnan(piece), REST, piece).astype(np.int16)
    outside = (piece != REST) & ((piece < LOWEST) | (piece > HIGHEST))
    if outside.any():
        raise InputError(f"{where}: pitch {piece[outside][0]} is outside {LOWEST}..{HIGHEST} (-1 is a rest).")
    return piece


def to_classes(pitches: np.ndarray) -> np.ndarray:
    """MIDI pitches 36..81 or -1, any shape -> classes 0..45 or 46 for a rest, int32."""
    return np.where(pitches == REST, HIGHEST - LOWEST + 1, pitches - LOWEST).astype(np.int32)


def to_pitches(classes: np.ndarray) -> np.ndarray:
    """Classes 0..46, any shape -> MIDI pitches 36..81 or -1, int16."""
    return np.where(classes > HIGHEST - LOWEST, REST, classes + LOWEST).astype(np.int16)
