"""Kernel distance of two sets of pictures, on features of a network that judges pictures.

KID of Binkowski et al. 2018 (arXiv 1801.01401): the squared maximum mean discrepancy under a polynomial kernel, without
bias, so that it is about 0, and as often below, for two sets of the same kind. The features are not Inception's, so
values compare with each other and not with published ones.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

SIDE = 96  # pixels of the shorter side at which pictures are judged
AT_ONCE = 16  # pictures judged together
BOOTSTRAPS = 1000
LAYERS = ("fire5", "fire8")  # whose means over places are the features
Maps = Callable[..., Mapping[str, jax.Array]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distance:
    """A distance of two sets.

    Attributes
    ----------
    value : about 0 where they are of the same kind
    low, high : ends of the 95 % confidence interval
    """

    value: float
    low: float
    high: float


def kid(first: np.ndarray, second: np.ndarray, *, seed: int = 0) -> Distance:
    """Distance of two sets of features.

    Parameters
    ----------
    first, second : [n, d] and [m, d], n and m at least 2; measured in units of :func:`spread` of `first`
    seed : of the bootstrap, over the pictures of both sets
    """
    center, scale = first.mean(0), spread(first)
    a, b = ((np.asarray(x, np.float64) - center) / scale for x in (first, second))
    within_a, within_b, across = _kernel(a, a), _kernel(b, b), _kernel(a, b)
    one = _discrepancy(within_a, within_b, across, np.ones((1, len(a))), np.ones((1, len(b))))[0]
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(len(x), np.full(len(x), 1 / len(x)), BOOTSTRAPS).astype(np.float64) for x in (a, b)]
    off = 1.96 * float(np.std(_discrepancy(within_a, within_b, across, *drawn)))
    return Distance(value=float(one), low=float(one) - off, high=float(one) + off)


def spread(features: np.ndarray) -> float:
    """Root mean square standard deviation of features [n, d]; 1 where they are all the same.

    One number for all of them: some are 0 on all pictures of a kind, and would outweigh the rest by themselves.
    """
    return float(np.sqrt(features.var(0, dtype=np.float64).mean())) or 1.0


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _discrepancy(
    within_a: np.ndarray, within_b: np.ndarray, across: np.ndarray, u: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """One value for each row of the counts u [B, n] and v [B, m]; a picture is never compared with itself."""

    def mean_of_pairs(kernel: np.ndarray, counts: np.ndarray) -> np.ndarray:
        total = np.einsum("bi,ij,bj->b", counts, kernel, counts, optimize=True) - counts**2 @ np.diag(kernel)
        pairs = counts.sum(1) ** 2 - (counts**2).sum(1)
        return total / np.maximum(pairs, 1)  # none where one picture was drawn every time

    mixed = np.einsum("bi,ij,bj->b", u, across, v, optimize=True) / (u.sum(1) * v.sum(1))
    return mean_of_pairs(within_a, u) + mean_of_pairs(within_b, v) - 2 * mixed


class Judge:
    """Features of pictures.

    Attributes
    ----------
    name : of the network, "features" or the name of a file
    """

    def __init__(self, network: Maps, *, name: str):
        self.name = name
        self._features = jax.jit(lambda pictures: _pooled(network, pictures))

    @classmethod
    def open(cls, path: str | Path | None) -> "Judge":
        """By SqueezeNet 1.0 in a safetensors file, or for None by the loss network that genart ships."""
        if path is not None:
            from genart.nets.features import read_squeezenet

            return cls(read_squeezenet(path), name=Path(path).name)
        from genart.families.registry import load

        return cls(load("features").network, name="features")

    def features(
        self, pictures: np.ndarray, *, on_step: Callable[[int, int], None] = lambda done, total: None
    ) -> np.ndarray:
        """float32 [n, d] of pictures float [n, H, W, 3], sRGB 0..1, scaled to 96 pixels; `on_step` gets (done, n)."""
        found = []
        for start in range(0, len(pictures), AT_ONCE):
            some = pictures[start : start + AT_ONCE]
            filled = np.concatenate([some, np.repeat(some[-1:], AT_ONCE - len(some), axis=0)])  # one shape to compile
            found.append(np.asarray(self._features(jnp.asarray(filled, jnp.float32)))[: len(some)])
            on_step(min(start + AT_ONCE, len(pictures)), len(pictures))
        return np.concatenate(found)


def _pooled(network: Maps, pictures: jax.Array) -> jax.Array:
    n, h, w, c = pictures.shape
    scale = SIDE / min(h, w)
    shape = (n, round(h * scale), round(w * scale), c)
    maps = network(jax.image.resize(pictures, shape, "linear"), upto=LAYERS[-1])
    return jnp.concatenate([maps[layer].mean((1, 2)) for layer in LAYERS], axis=1)
