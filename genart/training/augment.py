"""Differentiable augmentation: what the critic sees is moved and covered in part, training pictures and others alike.

Zhao et al. 2020 (arXiv 2006.10738), without their changes of color, which a painter would see in what is made.
"""

import dataclasses

import jax
import jax.numpy as jnp


@dataclasses.dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How pictures are changed before the critic sees them."""

    likely: float = 0.7  # share of pictures that are moved, and of those that are covered; below 1 it does not leak
    move: float = 0.125  # farthest, of the side
    cover: float = 0.5  # side of the square that is covered, of the picture's


def augmented(key: jax.Array, pictures: jax.Array, augmentation: Augmentation) -> jax.Array:
    """Moved by whole pixels, borders held, and a square of them made 0, each picture by draws of its own.

    Parameters
    ----------
    pictures : float [N, H, W, C]; differentiated through

    Returns
    -------
    float [N, H, W, C]
    """
    n, h, w, _ = pictures.shape
    keys = jax.random.split(key, 6)
    moved = jax.random.bernoulli(keys[0], augmentation.likely, (n,))
    down = _shifts(keys[1], n, round(augmentation.move * h)) * moved
    across = _shifts(keys[2], n, round(augmentation.move * w)) * moved
    # Moving by matrices, since XLA's gathers are slow to differentiate.
    pictures = jnp.einsum("nhk,nkwc->nhwc", _shifting(down, h), pictures)
    pictures = jnp.einsum("nwk,nhkc->nhwc", _shifting(across, w), pictures)
    covered = jax.random.bernoulli(keys[3], augmentation.likely, (n,))
    rows = _inside(keys[4], n, h, augmentation.cover)
    columns = _inside(keys[5], n, w, augmentation.cover)
    hidden = rows[:, :, None] & columns[:, None, :] & covered[:, None, None]
    return jnp.where(hidden[..., None], 0.0, pictures)


def _shifts(key: jax.Array, n: int, most: int) -> jax.Array:
    return jax.random.randint(key, (n,), -most, most + 1)


def _shifting(by: jax.Array, length: int) -> jax.Array:
    """Matrices [N, length, length] that move a line by whole places and hold its ends."""
    source = jnp.clip(jnp.arange(length)[None] - by[:, None], 0, length - 1)  # [N, length]
    return jax.nn.one_hot(source, length)


def _inside(key: jax.Array, n: int, length: int, share: float) -> jax.Array:
    """Which places of a line lie in a stretch drawn anywhere, also over its ends; bool [N, length]."""
    side = round(share * length)
    start = jax.random.randint(key, (n, 1), -(side // 2), length - side // 2)
    places = jnp.arange(length)[None]
    return (places >= start) & (places < start + side)
