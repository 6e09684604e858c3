"""Whether what is made is copied: how near samples come to the training pictures, and to each other."""

import numpy as np

BLOCK = 256  # rows compared at a time


def nearest(samples: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of `known` for each sample.

    Parameters
    ----------
    samples, known : [n, d] and [m, d]

    Returns
    -------
    distances : float64 [n], Euclidean
    indices : int [n], of `known`
    """
    found = [_distances(samples[i : i + BLOCK], known) for i in range(0, len(samples), BLOCK)]
    whole = [(block.min(1), block.argmin(1)) for block in found]
    return np.concatenate([d for d, _ in whole]), np.concatenate([i for _, i in whole])


def copying(samples: np.ndarray, training: np.ndarray, aside: np.ndarray) -> float:
    """Median distance of samples to their nearest training picture, over that of pictures kept aside: 1 is no nearer.

    Parameters
    ----------
    samples, training, aside : features [n, d]; those of mirrored training pictures among `training`
    """
    theirs, ours = nearest(samples, training)[0], nearest(aside, training)[0]
    return float(np.median(theirs) / max(np.median(ours), 1e-12))


def repeats(samples: np.ndarray, reals: np.ndarray) -> float:
    """Share of pairs of samples closer than 99 % of the pairs of real pictures: 0.01 where they vary alike."""
    limit = np.quantile(_pairs(reals), 0.01)
    return float((_pairs(samples) < limit).mean())


def _pairs(features: np.ndarray) -> np.ndarray:
    return _distances(features, features)[np.triu_indices(len(features), 1)]


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))
