"""Grids of places: folded into channels and back, doubled, halved and smoothed."""

import jax
import jax.numpy as jnp
import numpy as np


def fold(x: jax.Array, size: int) -> jax.Array:
    """[N, H, W, C] -> [N, H / size, W / size, size * size * C]."""
    n, h, w, c = x.shape
    x = x.reshape(n, h // size, size, w // size, size, c).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h // size, w // size, size * size * c)


def unfold(x: jax.Array, size: int) -> jax.Array:
    """[N, H, W, size * size * C] -> [N, H * size, W * size, C]; undoes :func:`fold`."""
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, size, size, c // size**2).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h * size, w * size, c // size**2)


def taper(patch: int) -> np.ndarray:
    """Weights [3, 3, 1, patch * patch, 1] with which a place's drawing fades out over its neighbors.

    Tap (-1, 0, 1) and pixel of a place make the 3 * patch pixels that are drawn on along an axis; the squared sines
    there add up to 3 / 2 at every pixel.
    """
    window = np.sin(np.pi * (np.arange(3 * patch) + 0.5) / (3 * patch)) ** 2
    taps = window.reshape(3, patch)[::-1]  # a place's pixels see what the place before them draws at its end
    return np.einsum("ap,bq->abpq", taps, taps).reshape(3, 3, 1, patch**2, 1)


def doubled(x: jax.Array, *, around: bool = False) -> jax.Array:
    """[N, H, W, C] -> [N, 2H, 2W, C], bilinear between the centers of places; borders are held, or meet."""
    for axis in (1, 2):
        before, after = _neighbors(x, axis, around=around)
        pair = jnp.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis + 1)
        x = pair.reshape(*x.shape[:axis], -1, *x.shape[axis + 1 :])
    return x


def smoothed(x: jax.Array, *, around: bool = False) -> jax.Array:
    """[N, H, W, C] -> the same, weighted 1 2 1 down and across; borders are held, or meet.

    Nothing is left of what changes from pixel to pixel, which pictures have little of and which a critic whose slopes
    are kept small lets pass: without this, samples have a weave.
    """
    for axis in (1, 2):
        before, after = _neighbors(x, axis, around=around)
        x = 0.5 * x + 0.25 * (before + after)
    return x


def halved(x: jax.Array) -> jax.Array:
    """[N, H, W, C] -> [N, H / 2, W / 2, C], means of four."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))


def _neighbors(x: jax.Array, axis: int, *, around: bool) -> tuple[jax.Array, jax.Array]:
    """At each place what lies before it on an axis, and after it; borders are held, or meet."""
    length = x.shape[axis]
    pad = [(0, 0)] * x.ndim
    pad[axis] = (1, 1)
    wide = jnp.pad(x, pad, mode="wrap" if around else "edge")
    return jax.lax.slice_in_dim(wide, 0, length, axis=axis), jax.lax.slice_in_dim(wide, 2, length + 2, axis=axis)
