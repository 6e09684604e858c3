"""Latents of the GAN by keys: each picture's depend on its own key alone."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from genart.nets.gan import GanConfig, Latent


def draw(keys: jax.Array, config: GanConfig, *, grid: tuple[int, int] | None = None) -> Latent:
    """One latent for each key.

    Parameters
    ----------
    keys : [n]
    grid : rows and columns of places, of textures; by default those of the training pictures

    Returns
    -------
    Latent of n pictures. Classes, where the network has any, are drawn too: one each, all alike likely.
    """
    rows, columns = grid or config.grid

    def one(key: jax.Array) -> Latent:
        whole, places, phases, kind = jax.random.split(key, 4)
        texture, waves, classes = config.texture, config.waves, config.classes
        return Latent(
            whole=jax.random.normal(whole, (config.latent,)),
            places=jax.random.normal(places, (rows, columns, config.local)) if texture else None,
            phases=jax.random.uniform(phases, (waves,)) if texture and waves else None,
            classes=jax.nn.one_hot(jax.random.randint(kind, (), 0, classes), classes) if classes else None,
        )

    return jax.vmap(one)(keys)


def truncated(latent: Latent, truncation: jax.Array | float) -> Latent:
    """Latents nearer to their mean, where pictures are surer and more alike: 1 leaves them, 0 makes all the same.

    Parameters
    ----------
    truncation : one for all n pictures, or [n]
    """
    truncation = jnp.broadcast_to(jnp.asarray(truncation, jnp.float32), (len(latent.whole),))
    places = None if latent.places is None else _beside(truncation, latent.places) * latent.places
    return dataclasses.replace(latent, whole=truncation[:, None] * latent.whole, places=places)


def between(first: Latent, second: Latent, share: jax.Array | float) -> Latent:
    """Latents on the way from one to another, as far from the mean as those are (spherical interpolation).

    Parameters
    ----------
    first, second : of n pictures
    share : 0 is the first, exactly, and 1 the second; one for all or [n]
    """
    share = jnp.broadcast_to(jnp.asarray(share, jnp.float32), (len(first.whole),))

    def turned(a: jax.Array, b: jax.Array) -> jax.Array:
        s, axes = _beside(share, a), tuple(range(1, a.ndim))
        cosine = jnp.sum(a * b, axes, keepdims=True) / jnp.maximum(_length(a) * _length(b), 1e-12)
        angle = jnp.maximum(jnp.arccos(jnp.clip(cosine, -1, 1)), 1e-3)  # nearly the same: a straight line
        way = (jnp.sin((1 - s) * angle) * a + jnp.sin(s * angle) * b) / jnp.maximum(jnp.sin(angle), 1e-6)
        return jnp.where(s == 0, a, jnp.where(s == 1, b, way))

    return _each(first, second, turned, share)


def along(points: Latent, places: np.ndarray, *, closed: bool, eased: bool) -> Latent:
    """Latents on a path through points, which it meets exactly.

    Parameters
    ----------
    points : of k pictures, 2 or more
    places : [n], 0 is the first point and 1 the second; up to k - 1, or on a closed path beyond
    closed : whether the last point is followed by the first
    eased : slow at each point and straight between them; else at an even pace, and round the corners

    Returns
    -------
    Latent of n pictures
    """
    count = len(points.whole)
    before = np.floor(places).astype(int)
    share = jnp.asarray(places - before, jnp.float32)

    def at(offset: int) -> Latent:
        index = (before + offset) % count if closed else np.clip(before + offset, 0, count - 1)
        return jax.tree.map(lambda a: a[index], points)

    start, end = at(0), at(1)
    if eased:
        return between(start, end, share**2 * (3 - 2 * share))
    behind, ahead = at(-1), at(2)
    middle = between(start, end, share)

    def rounded(name: str) -> jax.Array | None:
        a, b, c, d = (getattr(latent, name) for latent in (behind, start, end, ahead))
        return None if b is None else _scaled_to(_spline(a, b, c, d, _beside(share, b)), getattr(middle, name))

    return dataclasses.replace(middle, whole=rounded("whole"), places=rounded("places"))


def circling(key: jax.Array, config: GanConfig, turns: np.ndarray, *, waves: int, grid: tuple[int, int]) -> Latent:
    """Latents on a smooth closed path that a key draws.

    Parameters
    ----------
    turns : [n], 0..1 for one time around
    waves : from slow to fast, of which the path is made; more wander farther
    grid : rows and columns of places, of textures
    """
    ends = draw(jax.random.split(key, 2 * waves), config, grid=grid)
    angles = 2 * np.pi * np.arange(1, waves + 1)[:, None] * turns  # [waves, n]
    weights = jnp.asarray(np.concatenate([np.cos(angles), np.sin(angles)]) / np.sqrt(waves), jnp.float32)

    def mixed(a: jax.Array | None) -> jax.Array | None:
        return None if a is None else jnp.einsum("wn,w...->n...", weights, a)

    def held(a: jax.Array | None) -> jax.Array | None:
        return None if a is None else jnp.repeat(a[:1], len(turns), axis=0)

    whole = jnp.einsum("wn,wd->nd", weights, ends.whole)
    return Latent(whole=whole, places=mixed(ends.places), phases=held(ends.phases), classes=held(ends.classes))


def pushed(latent: Latent, pushes: jax.Array) -> Latent:
    """Latents moved by [n, latent], and as far from the mean as they were."""
    return dataclasses.replace(latent, whole=_scaled_to(latent.whole + pushes, latent.whole))


def _spline(a: jax.Array, b: jax.Array, c: jax.Array, d: jax.Array, s: jax.Array) -> jax.Array:
    """Catmull and Rom's cubic, from b at s = 0 to c at 1."""
    return b + 0.5 * s * (c - a + s * (2 * a - 5 * b + 4 * c - d + s * (3 * (b - c) + d - a)))


def _each(
    first: Latent, second: Latent, turned: Callable[[jax.Array, jax.Array], jax.Array], share: jax.Array
) -> Latent:
    def mixed(a: jax.Array | None, b: jax.Array | None) -> jax.Array | None:
        return None if a is None or b is None else a + _beside(share, a) * (b - a)

    places = None if first.places is None or second.places is None else turned(first.places, second.places)
    return Latent(
        whole=turned(first.whole, second.whole),
        places=places,
        phases=mixed(first.phases, second.phases),
        classes=mixed(first.classes, second.classes),
    )


def _beside(share: jax.Array, a: jax.Array) -> jax.Array:
    """[n] -> [n, 1 ...], as many axes as `a`."""
    return share.reshape(-1, *(1,) * (a.ndim - 1))


def _length(a: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.sum(a**2, tuple(range(1, a.ndim)), keepdims=True))


def _scaled_to(a: jax.Array, like: jax.Array) -> jax.Array:
    """`a` as long as `like`; exactly itself where the two are the same."""
    return jnp.where(a == like, a, a * (_length(like) / jnp.maximum(_length(a), 1e-12)))
