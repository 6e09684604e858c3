"""Interpolated modified Kneser-Ney n-grams, the peer of networks on tokens.

After Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (TR-10-98, Harvard 1998),
section 3 (interpolated, three discounts an order, estimated from the counts of counts). The lowest order is
interpolated with the uniform distribution, so that every symbol has a probability above zero. As in KenLM (Heafield et
al. 2013), n-grams that reach back to the beginning of a sequence keep their own counts, for nothing precedes them.
"""

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

PAD = -1  # what a context holds before the beginning of a sequence


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """The n-grams with so many symbols of context, told by numbers: of contexts by their places in `contexts`."""

    contexts: np.ndarray  # int64[C], ascending: number of the context one symbol shorter, and the symbol farthest away
    grams: np.ndarray  # int64[G], ascending: number of the context, and the target
    counts: np.ndarray  # int64[G], adjusted
    discounts: np.ndarray  # float64[4], of counts of 0, 1, 2, and 3 or more
    totals: np.ndarray  # float64[C], of the counts after a context
    held: np.ndarray  # float64[C], 0-1, the probability that discounts leave to the level below


class KneserNey:
    """Probabilities of a symbol given those before it, or whatever else the columns of its context hold.

    Parameters
    ----------
    contexts : int[N, n - 1]
        What each symbol is told by, the most telling first, which is left out last: mostly the symbols before it, from
        near to far. `PAD` (-1) is what comes before the beginning. With n - 1 columns the n-grams have n symbols.
    targets : int[N]
        The symbols, 0 up to `size`.
    size : int
        How many symbols there are.
    reach : int, optional
        How many the columns of contexts can hold, `size` by default.
    """

    def __init__(self, contexts: ArrayLike, targets: ArrayLike, *, size: int, reach: int | None = None) -> None:
        columns, symbols = np.asarray(contexts, np.int64), np.asarray(targets, np.int64)
        self.size, self.reach = size, reach or size
        ids, known = np.zeros(len(symbols), np.int64), np.zeros(1, np.int64)
        numbered = [(known, ids)]  # of each level, the contexts and each row's place among them
        for column in columns.T:
            known, ids = np.unique(ids * (self.reach + 1) + column + 1, return_inverse=True)
            numbered.append((known, ids))
        codes = [ids * size + symbols for _, ids in numbered]
        unique = [np.unique(code, return_index=True, return_counts=True) for code in codes]
        self._levels = []
        for level, ((known, _), (grams, rows, counts)) in enumerate(zip(numbered, unique, strict=True)):
            if level < columns.shape[1]:  # how many different symbols come before each
                longer = unique[level + 1][1]
                distinct = np.bincount(np.searchsorted(grams, codes[level][longer]), minlength=len(grams))
                begins = columns[rows, level - 1] == PAD if level else np.zeros(len(rows), bool)
                counts = np.where(begins, counts, distinct)
            self._levels.append(_level(known, grams, counts, size))

    def probabilities(self, contexts: ArrayLike, targets: ArrayLike) -> np.ndarray:
        """The probability of each symbol given its context, float64[N] above 0, from int[N, n - 1] and int[N]."""
        columns, symbols = np.asarray(contexts, np.int64), np.asarray(targets, np.int64)
        ids = np.zeros(len(symbols), np.int64)  # of the context, -1 where it never occurred
        result = np.full(len(symbols), 1 / self.size)
        for number, level in enumerate(self._levels):
            if number:
                codes = ids * (self.reach + 1) + columns[:, number - 1] + 1
                ids = _places(level.contexts, np.where(ids < 0, -1, codes))
            found = _places(level.grams, np.where(ids < 0, -1, ids * self.size + symbols))
            counts = np.where(found < 0, 0, level.counts[found])
            own = (counts - level.discounts[np.minimum(counts, 3)]) / level.totals[ids]
            result = np.where(ids < 0, result, own + level.held[ids] * result)
        return result


def histories(sequences: Iterable[ArrayLike], *, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Contexts int64[N, order - 1] and targets int64[N] of the n-grams of sequences, for :class:`KneserNey`."""
    contexts, targets = [], []
    for sequence in sequences:
        symbols = np.asarray(sequence, np.int64)
        padded = np.concatenate([np.full(order - 1, PAD), symbols])
        places = np.arange(len(symbols))[:, None] + np.arange(order - 2, -1, -1)  # [T, order - 1], in `padded`
        contexts.append(padded[places])
        targets.append(symbols)
    return np.concatenate(contexts), np.concatenate(targets)


def _level(contexts: np.ndarray, grams: np.ndarray, counts: np.ndarray, size: int) -> _Level:
    discounts = _discounts(counts)
    owners = grams // size
    totals = np.bincount(owners, weights=counts, minlength=len(contexts))
    taken = np.bincount(owners, weights=discounts[np.minimum(counts, 3)], minlength=len(contexts))
    return _Level(
        contexts=contexts,
        grams=grams,
        counts=counts,
        discounts=discounts,
        totals=totals,
        held=taken / totals,
    )


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Equation 26 of Chen and Goodman; KenLM's 0.5, 1 and 1.5 where n-grams are too few for it, so that none is 0."""
    rough = np.array([0.0, 0.5, 1.0, 1.5])
    once, twice, thrice, four = (int((counts == k).sum()) for k in (1, 2, 3, 4))
    if not (once and twice and thrice):
        return rough
    y = once / (once + 2 * twice)
    found = np.array([0, 1 - 2 * y * twice / once, 2 - 3 * y * thrice / twice, 3 - 4 * y * four / thrice])
    return found if (found[1:] > 0).all() else rough


def _places(ascending: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where each value is, -1 where it is not."""
    places = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.where(ascending[places] == values, places, -1)
