"""What makes a picture look like a photograph's content in a painting's style.

As in Gatys et al. 2016 ("Image Style Transfer Using Convolutional Neural Networks"), style is the correlation of the
channels of a loss network, whatever the place. Their Gram matrices mix a channel's mean with its variation, so that
brightness and color outweigh strokes; here means and covariances are matched apart, each measured against the size of
its target, so that one pair of weights serves every painting, and every layer counts the same.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from genart.nets.convolution import correlated

STYLE_LAYERS = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire8")
CONTENT_LAYER = "fire5"
LAST_LAYER = "fire8"
STYLE_WEIGHT, CONTENT_WEIGHT = 1.0, 0.03

# A loss sees a window whose place is drawn anew at every step, this many pixels from each border in the mean. At a
# fixed place the net learns where the window's borders are and hides there what the statistics lack.
MARGIN = 16
STRIP = 32  # pixels along a border where strokes are compared with those of a picture that goes on

Features = Mapping[str, jax.Array]
Statistics = dict[str, tuple[jax.Array, jax.Array]]  # layer -> means [N, C] and covariances [N, C, C]


def statistics(features: Features) -> Statistics:
    """Means and covariances of the channels of each style layer, over its places: [N, H, W, C] -> [N, C], [N, C, C]."""
    return {name: _moments(features[name]) for name in STYLE_LAYERS}


def _moments(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    mean = x.mean((1, 2))
    x = x - mean[:, None, None]
    return mean, correlated(x, x) / (x.shape[1] * x.shape[2])


def between(first: Statistics, second: Statistics, share: jax.Array) -> Statistics:
    """Statistics part of the way from the first to the second; share [N] in 0..1."""
    return jax.tree.map(lambda a, b: a + share.reshape(-1, *(1,) * (a.ndim - 1)) * (b - a), first, second)


def style_loss(found: Statistics, wanted: Statistics) -> jax.Array:
    """Squared distances of means and of covariances, each over that of the wanted ones from zero; their mean. [N]"""
    terms = [_relative(f, w) for name in STYLE_LAYERS for f, w in zip(found[name], wanted[name], strict=True)]
    return sum(terms) / len(terms)  # type: ignore[return-value]


def content_loss(found: Features, wanted: Features) -> jax.Array:
    """Squared distance of the content layer's maps over that of the wanted ones from zero. [N]"""
    return _relative(found[CONTENT_LAYER], wanted[CONTENT_LAYER])


def window(pictures: jax.Array, corners: jax.Array) -> jax.Array:
    """What a loss sees of pictures [N, H, W, 3]: [N, H - 32, W - 32, 3] from corners int [N, 2] of 0..32 on."""
    size = (pictures.shape[1] - 2 * MARGIN, pictures.shape[2] - 2 * MARGIN, pictures.shape[3])
    cut = jax.vmap(lambda picture, corner: jax.lax.dynamic_slice(picture, (corner[0], corner[1], 0), size))
    return cut(pictures, corners)


def border_strips(pictures: jax.Array) -> jax.Array:
    """The outer 32 pixels along each border of square pictures, across first: [N, L, L, 3] -> [4 N, 32, L, 3]."""
    turned = pictures.swapaxes(1, 2)
    return jnp.concatenate([part for of in (pictures, turned) for part in (of[:, :STRIP], of[:, -STRIP:])])


def _relative(found: jax.Array, wanted: jax.Array) -> jax.Array:
    axes = tuple(range(1, found.ndim))
    return jnp.square(found - wanted).sum(axes) / jnp.square(wanted).sum(axes)
