"""What makes a picture look like a photograph's content in a painting's style.

The loss of Gatys et al. 2016 ("Image Style Transfer Using Convolutional Neural Networks") on the feature maps of
a loss network. Every term is measured against the size of its target, so that one pair of weights serves every
painting, and every layer counts the same.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

STYLE_LAYERS = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire8")
CONTENT_LAYER = "fire5"
LAST_LAYER = "fire8"
STYLE_WEIGHT, CONTENT_WEIGHT = 1.0, 0.3

Features = Mapping[str, jax.Array]
Grams = dict[str, jax.Array]


def grams(features: Features) -> Grams:
    """Correlations of the channels of each style layer: [N, H, W, C] -> [N, C, C]."""
    return {name: _gram(features[name]) for name in STYLE_LAYERS}


def _gram(x: jax.Array) -> jax.Array:
    x = x.reshape(x.shape[0], -1, x.shape[-1])  # [N, HW, C]
    return jnp.einsum("npc,npd->ncd", x, x) / x.shape[1]


def style_loss(found: Grams, wanted: Grams) -> jax.Array:
    """Mean over the layers of the squared distance of Gram matrices over that of the wanted one from zero. [N]."""
    return sum(_relative(found[name], wanted[name]) for name in STYLE_LAYERS) / len(STYLE_LAYERS)  # type: ignore[return-value]


def content_loss(found: Features, wanted: Features) -> jax.Array:
    """Squared distance of the content layer's maps over that of the wanted ones from zero. [N]."""
    return _relative(found[CONTENT_LAYER], wanted[CONTENT_LAYER])


def _relative(found: jax.Array, wanted: jax.Array) -> jax.Array:
    axes = tuple(range(1, found.ndim))
    return jnp.square(found - wanted).sum(axes) / jnp.square(wanted).sum(axes)
