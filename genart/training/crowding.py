"""Samples that lie nearer to each other than training pictures do, so that they can be pushed apart.

A critic looks at one picture at a time: that too many samples are alike is nothing it can see. Here the distances of
all pairs of a batch, in their order, are held against those of the training pictures: where the n-th smallest is
smaller than theirs, it counts. How far such ordered distances differ is a lower bound of how unlike two sets are as
wholes (Memoli 2011, "Gromov-Wasserstein distances and the metric approach to object matching").
"""

import jax
import jax.numpy as jnp
import numpy as np

LEAST = 1e-8  # added to squares, so that two of the same have a slope


def distances(features: jax.Array) -> jax.Array:
    """Root mean square differences of all pairs: [n, d] -> [n (n - 1) / 2]."""
    first, second = np.triu_indices(len(features), 1)
    return jnp.sqrt(jnp.square(features[first] - features[second]).mean(1) + LEAST)


def expected(known: np.ndarray, n: int) -> np.ndarray:
    """What the ordered distances of n pictures would be, were they as the training pictures [m, d] are."""
    pairs = n * (n - 1) // 2
    of_all = np.asarray(distances(jnp.asarray(known)))
    return np.quantile(of_all, (np.arange(pairs) + 0.5) / pairs, method="hazen").astype(np.float32)


def crowding(features: jax.Array, wanted: np.ndarray) -> jax.Array:
    """Mean of how much is wanting, relatively, of the distances that are expected. [n, d] -> scalar.

    Parameters
    ----------
    features : of the pictures of a batch
    wanted : see :func:`expected`
    """
    return jax.nn.relu(wanted / jnp.sort(distances(features)) - 1).mean()
