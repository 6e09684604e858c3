"""Variants of tunes: which share their melody, and how they are kept on one side of a split."""

import collections
import hashlib
import itertools
from collections.abc import Sequence

import numpy as np

from genart.music.tunes.tune import Tune

SIZE = 8  # intervals in a window
SHARED = 0.3  # of the windows of the tune that has fewer: so many in common make two tunes variants
SPLITS = {"train": 80, "valid": 10, "test": 10}  # hundredths


def windows(tune: Tune) -> np.ndarray:
    """Every 8 successive intervals of a tune's sections, int64[N], one number for each, in order.

    Intervals are semitones from note to note, whatever the rests and durations, so that they do not depend on the key.
    They do not go over the end of a section. Two windows have the same number only if they are the same.
    """
    return np.concatenate([pitch_windows([pitch for _, _, pitch in section.notes]) for section in tune.sections])


def pitch_windows(pitches: Sequence[int]) -> np.ndarray:
    """The windows of one line of MIDI pitches, int64[max(len(pitches) - 8, 0)]."""
    steps = np.diff(np.asarray(pitches, np.int16)).astype(np.int8)
    if len(steps) < SIZE:
        return np.zeros(0, np.int64)
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(steps, SIZE)).view(np.int64)[:, 0]


def groups(tunes: Sequence[Tune]) -> np.ndarray:
    """The group of variants that each tune belongs to, int64[N], numbered in the order of their first tunes.

    Two tunes are variants if at least 30 % of the different windows of the one that has fewer are in the other, and
    variants of variants are in one group (union-find).
    """
    sets = [np.unique(windows(tune)).tolist() for tune in tunes]
    parent = list(range(len(tunes)))
    for (a, b), shared in _overlaps(sets).items():
        if shared >= SHARED * min(len(sets[a]), len(sets[b])):
            low, high = sorted((_root(parent, a), _root(parent, b)))
            parent[high] = low
    roots = [_root(parent, tune) for tune in range(len(tunes))]
    return np.unique(np.array(roots, np.int64), return_inverse=True)[1].astype(np.int64)


def splits(tunes: Sequence[Tune], *, members: np.ndarray | None = None) -> list[str]:
    """Where each tune belongs: "train", "valid" or "test", of which groups get 80, 10 and 10 %.

    A group's place follows from the smallest SHA-256 of its tunes' sources, numbers and titles, and so neither from
    their order nor from what other groups there are.

    Parameters
    ----------
    members
        What :func:`groups` gives, if it is known.
    """
    members = groups(tunes) if members is None else members
    marks: dict[int, str] = {}
    for tune, group in zip(tunes, members.tolist(), strict=True):
        digest = hashlib.sha256(f"{tune.source}/{tune.number}/{tune.title}".encode()).hexdigest()
        marks[group] = min(digest, marks.get(group, digest))
    return [_split(marks[group]) for group in members.tolist()]


def _split(digest: str) -> str:
    place = int(digest[-8:], 16) % 100
    limits = itertools.accumulate(SPLITS.values())
    return next(name for name, limit in zip(SPLITS, limits, strict=True) if place < limit)


def _overlaps(sets: Sequence[Sequence[int]]) -> collections.Counter[tuple[int, int]]:
    """How many windows any two tunes have in common, by way of the tunes that have each window."""
    owners: dict[int, list[int]] = {}
    for tune, held in enumerate(sets):
        for window in held:
            owners.setdefault(window, []).append(tune)
    counts: collections.Counter[tuple[int, int]] = collections.Counter()
    for sharing in owners.values():
        if len(sharing) > 1:
            counts.update(itertools.combinations(sharing, 2))
    return counts


def _root(parent: list[int], tune: int) -> int:
    while parent[tune] != tune:
        parent[tune] = parent[parent[tune]]
        tune = parent[tune]
    return tune
