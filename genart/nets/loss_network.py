"""A small network whose feature maps stand in for SqueezeNet's when style and content are measured.

It is distilled: each of its maps holds the principal components, about zero, of one of SqueezeNet's maps. Where
components are orthonormal, distances of maps and of their Gram matrices are those of the whole maps but for the
components left out, so a loss of the form of Gatys et al. 2016 keeps its meaning while the Gram matrices shrink.
Pictures are folded two by two pixels and all convolutions are dense, since XLA runs those several times faster than
SqueezeNet's narrow ones and its poolings.
"""

import dataclasses
from collections.abc import Mapping

import jax
import jax.numpy as jnp
from flax import nnx

from genart.nets.convolution import Conv
from genart.nets.features import check_layer
from genart.nets.places import fold

LAYERS = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire8")
FOLDED = ("fire2", "fire5")  # layers before which the resolution is halved
STRIDE = 8  # pixels of a place of the last layer
_SCALED = nnx.initializers.he_normal()


@dataclasses.dataclass(frozen=True, kw_only=True)
class LossNetworkConfig:
    """Size of a :class:`LossNetwork`."""

    half: int = 64  # channels at a half of the resolution
    quarter: int = 64
    eighth: int = 128
    components: Mapping[str, int] = dataclasses.field(  # channels of each map
        default_factory=lambda: {"conv1": 32, "fire2": 48, "fire3": 48, "fire4": 96, "fire5": 96, "fire8": 128}
    )

    @classmethod
    def tiny(cls) -> "LossNetworkConfig":
        """A network of the same class that compiles and trains in seconds, for tests."""
        return cls(half=8, quarter=8, eighth=8, components=dict.fromkeys(LAYERS, 4))


class Stage(nnx.Module):
    """What leads to the next map: 1x1 over folded places where the resolution is halved, then 3x3; and the map."""

    def __init__(self, inputs: int, channels: int, components: int, *, halve: bool, rngs: nnx.Rngs):
        self.halve = halve
        self.enter = Conv(4 * inputs, channels, size=1, kernel_init=_SCALED, rngs=rngs) if halve else None
        self.conv = Conv(channels if halve else inputs, channels, kernel_init=_SCALED, rngs=rngs)
        small = nnx.initializers.variance_scaling(0.01, "fan_in", "normal")  # maps are small, see LossNetwork
        self.tap = Conv(channels, components, size=1, kernel_init=small, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, h, w, inputs] -> [n, h, w, channels], or at half of h and w."""
        if self.enter is not None:
            x = nnx.relu(self.enter(fold(x, 2)))
        return nnx.relu(self.conv(x))


class LossNetwork(nnx.Module):
    """Principal components of SqueezeNet's maps. See the module's text."""

    def __init__(self, config: LossNetworkConfig, *, rngs: nnx.Rngs):
        self.config = config
        channels = [config.half] + 3 * [config.quarter] + 2 * [config.eighth]
        inputs = [12, *channels[:-1]]
        for name, entering, leaving in zip(LAYERS, inputs, channels, strict=True):
            stage = Stage(entering, leaving, config.components[name], halve=name in FOLDED, rngs=rngs)
            setattr(self, name, stage)
        self.deep = Conv(config.eighth, config.eighth, kernel_init=_SCALED, rngs=rngs)

    def __call__(self, pictures: jax.Array, *, upto: str | None = None) -> dict[str, jax.Array]:
        """Feature maps of pictures.

        Parameters
        ----------
        pictures : float32 [n, h, w, 3], sRGB 0..1; h and w at least 16
        upto : the last map wanted, one of LAYERS, by default all; nothing is computed beyond it

        Returns
        -------
        dict of float32 [n, h', w', components], with places where SqueezeNet has its own if h and w are multiples of
        eight: conv1 [h / 2 - 3, w / 2 - 3], fire2, fire3 and fire4 [h / 4 - 2, w / 4 - 2], fire5 and fire8
        [h / 8 - 1, w / 8 - 1]. Other pictures are filled up with their last row and column. The mean square of a
        place, summed over channels, is about 1 in each map.
        """
        if upto is not None:
            check_layer(upto, LAYERS)
        maps = self.everywhere(_filled(pictures), upto=upto)
        return {name: _seen(x, name) for name, x in maps.items()}

    def everywhere(self, pictures: jax.Array, *, upto: str | None = None) -> dict[str, jax.Array]:
        """The same with the places that SqueezeNet has not: [n, h / 2, w / 2, c] and so on; h and w by eights."""
        maps, x = {}, fold(pictures * 2 - 1, 2)
        for name in LAYERS:
            stage = getattr(self, name)
            x = stage(nnx.relu(self.deep(x)) if name == "fire8" else x)
            maps[name] = stage.tap(x)
            if name == upto:
                break
        return maps


def _filled(pictures: jax.Array) -> jax.Array:
    """With h and w multiples of eight."""
    _, h, w, _ = pictures.shape
    if h % STRIDE == w % STRIDE == 0:
        return pictures
    return jnp.pad(pictures, ((0, 0), (0, -h % STRIDE), (0, -w % STRIDE), (0, 0)), mode="edge")


def _seen(x: jax.Array, layer: str) -> jax.Array:
    """The places that SqueezeNet's map has; its first convolution and its poolings do not pad."""
    far = {"conv1": -2, "fire2": -1, "fire3": -1, "fire4": -1}.get(layer)
    return x[:, 1:far, 1:far]
