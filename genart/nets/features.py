"""Networks trained to classify photographs, whose feature maps measure content and style (Gatys et al. 2016).

Pictures go in as they are shown, sRGB from 0 to 1; what a set of weights expects instead (BGR, 0 to 255, a mean
subtracted) is folded into the first convolution when the weights are read. Weights are not shipped.
"""

import dataclasses
import itertools
import os
from collections.abc import Mapping
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
from flax import nnx

from genart.errors import InputError
from genart.files import read_bytes
from genart.nets.convolution import Conv
from genart.nets.flat import flat_params, with_flat

LIMIT = 2**30  # bytes of a file of weights


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs:
    """What weights expect: (sRGB 0..1 - means) / deviations, three numbers each, red first."""

    means: tuple[float, float, float]
    deviations: tuple[float, float, float]


CAFFE = Inputs(means=(123 / 255, 117 / 255, 104 / 255), deviations=(1 / 255, 1 / 255, 1 / 255))
IMAGENET = Inputs(means=(0.485, 0.456, 0.406), deviations=(0.229, 0.224, 0.225))  # torchvision's

# Channels of each fire module of SqueezeNet 1.0: squeezed, and of each of the two expanding convolutions.
FIRES = {
    "fire2": (16, 64), "fire3": (16, 64), "fire4": (32, 128), "fire5": (32, 128),
    "fire6": (48, 192), "fire7": (48, 192), "fire8": (64, 256), "fire9": (64, 256),
}  # fmt: skip
POOLED = ("conv1", "fire4", "fire8")  # layers that a max pooling follows
SQUEEZENET_LAYERS = ("conv1", *FIRES, "conv10")

Network = TypeVar("Network", bound=nnx.Module)


def _conv(inputs: int, outputs: int, size: int, *, rngs: nnx.Rngs) -> Conv:
    return Conv(inputs, outputs, size=size, kernel_init=nnx.initializers.lecun_normal(), rngs=rngs)


class Fire(nnx.Module):
    """A fire module: squeeze to few channels, expand by 1x1 and by 3x3. [n, h, w, c] -> [n, h, w, 2 * expanded]."""

    def __init__(self, inputs: int, squeezed: int, expanded: int, *, rngs: nnx.Rngs):
        self.squeeze1x1 = _conv(inputs, squeezed, 1, rngs=rngs)
        self.expand1x1 = _conv(squeezed, expanded, 1, rngs=rngs)
        self.expand3x3 = _conv(squeezed, expanded, 3, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = nnx.relu(self.squeeze1x1(x))
        return nnx.relu(jnp.concatenate([self.expand1x1(x), self.expand3x3(x)], axis=-1))


class SqueezeNet(nnx.Module):
    """SqueezeNet 1.0 (Iandola et al. 2016, arXiv 1602.07360), 1.2 M parameters."""

    def __init__(self, *, rngs: nnx.Rngs):
        self.conv1 = nnx.Conv(3, 96, (7, 7), strides=2, padding="VALID", rngs=rngs)
        channels = 96
        for name, (squeezed, expanded) in FIRES.items():
            setattr(self, name, Fire(channels, squeezed, expanded, rngs=rngs))
            channels = 2 * expanded
        self.conv10 = _conv(channels, 1000, 1, rngs=rngs)

    def __call__(self, pictures: jax.Array, *, upto: str = "fire9") -> dict[str, jax.Array]:
        """Feature maps of pictures.

        Parameters
        ----------
        pictures : float32 [n, h, w, 3], sRGB 0..1; h and w at least 21
        upto : the last map wanted, one of SQUEEZENET_LAYERS; nothing is computed beyond it

        Returns
        -------
        dict of float32 [n, about h/s, about w/s, c], after their ReLU and before a pooling: conv1 (s = 2, c = 96),
        fire2 and fire3 (4, 128), fire4 (4, 256), fire5 (8, 256), fire6 and fire7 (8, 384), fire8 (8, 512), fire9
        (16, 512), conv10 (16, 1000; its mean over places are the logits of ImageNet's classes)
        """
        check_layer(upto, SQUEEZENET_LAYERS)
        maps, x = {}, pictures
        for name in SQUEEZENET_LAYERS:
            layer = getattr(self, name)
            # Where several gradients meet they are summed once, which XLA would do after each has gone on by itself.
            x = jax.lax.optimization_barrier(layer(x) if name in FIRES else nnx.relu(layer(x)))
            maps[name] = x
            if name == upto:
                return maps
            if name in POOLED:
                x = max_pool(x)
        return maps


@jax.custom_vjp
def max_pool(x: jax.Array) -> jax.Array:
    """Largest of 3x3 at every second place; windows may hang over the far ends ("ceil mode").

    ReLU's outputs are expected: what lies beyond an end counts as zero. [n, h, w, c] -> [n, h // 2, w // 2, c].
    Written as maxima of slices, and its gradient as comparisons: XLA takes several times as long for a window's. Where
    several places are the largest, as zeros are, each gets the gradient, which a ReLU before them stops.
    """
    n, h, w, c = x.shape
    rows, columns = h // 2, w // 2
    x = jnp.pad(x, ((0, 0), (0, 2 * rows + 2 - h), (0, 2 * columns + 2 - w), (0, 0)))
    pairs = x.reshape(n, rows + 1, 2, 2 * columns + 2, c)
    x = jnp.maximum(pairs[:, :-1].max(axis=2), pairs[:, 1:, 0])  # [n, rows, 2 columns + 2, c]
    pairs = x.reshape(n, rows, columns + 1, 2, c)
    return jnp.maximum(pairs[:, :, :-1].max(axis=3), pairs[:, :, 1:, 0])


def _pooled(x: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    largest = max_pool(x)
    return largest, (x, largest)


def _unpooled(known: tuple[jax.Array, jax.Array], slope: jax.Array) -> tuple[jax.Array]:
    """Each place looks at the window that begins at its pair of lines and at the one before, which ends there."""
    x, largest = known
    (n, h, w, c), (_, rows, columns, _) = x.shape, largest.shape
    wide = jnp.pad(x, ((0, 0), (0, 2 * rows + 2 - h), (0, 2 * columns + 2 - w), (0, 0)))
    pairs = wide.reshape(n, rows + 1, 2, columns + 1, 2, c)
    first = jnp.arange(2) == 0
    found = jnp.zeros_like(pairs)
    for up, left in itertools.product((0, 1), (0, 1)):
        window = ((0, 0), (up, 1 - up), (left, 1 - left), (0, 0))
        top, back = (
            jnp.pad(values, window, constant_values=fill)[:, :, None, :, None]
            for values, fill in ((largest, jnp.inf), (slope, 0))
        )
        seen = (pairs == top) & (first | (up == 0))[:, None, None, None] & (first | (left == 0))[:, None]
        found = found + jnp.where(seen, back, 0)
    return (found.reshape(wide.shape)[:, :h, :w],)


max_pool.defvjp(_pooled, _unpooled)


def check_layer(layer: str, layers: tuple[str, ...]) -> None:
    """Raise InputError unless `layer` is one of `layers`."""
    if layer not in layers:
        raise InputError(f"there is no layer {layer!r}; the layers are {', '.join(layers)}")


def read_squeezenet(path: str | os.PathLike[str]) -> SqueezeNet:
    """SqueezeNet 1.0 with the weights of a safetensors file.

    Parameters
    ----------
    path : a file with torchvision's names ("features.3.squeeze.weight"; for RGB less ImageNet's mean over its
        standard deviation) or with Caffe's ("fire2.squeeze1x1.weight"; for BGR 0 to 255 less its mean)

    Raises
    ------
    InputError
        The file cannot be read or holds something else.
    """
    found = read_weights(path)
    caffe = "conv1.weight" in found
    tensors = found if caffe else {_caffe_name(name): value for name, value in found.items()}
    network = with_tensors(nnx.eval_shape(lambda: SqueezeNet(rngs=nnx.Rngs(0))), tensors, where=os.fspath(path))
    if caffe:
        network.conv1.kernel[...] = network.conv1.kernel[:, :, ::-1]  # blue first -> red first
    take_plain(network.conv1, CAFFE if caffe else IMAGENET)
    return network


# Places of torchvision's layers in its list "features", where the poolings have numbers too.
_PLACES = dict(zip(("0", "3", "4", "5", "7", "8", "9", "10", "12"), SQUEEZENET_LAYERS, strict=False))


def _caffe_name(name: str) -> str:
    """ "features.3.squeeze.weight" -> "fire2.squeeze1x1.weight"; other names stay."""
    part, _, rest = name.partition(".")
    place, _, rest = rest.partition(".")
    if part == "classifier" and place == "1":
        return f"conv10.{rest}"
    if part != "features" or place not in _PLACES:
        return name
    return f"{_PLACES[place]}.{rest.replace('squeeze.', 'squeeze1x1.')}"


def read_weights(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file as float32. Raises InputError if it cannot be read or is none."""
    try:
        tensors = safetensors.numpy.load(read_bytes(path, limit=LIMIT))
    except (safetensors.SafetensorError, KeyError) as error:
        raise InputError(f"{os.fspath(path)} is not a safetensors file of float weights: {error}") from None
    return {name: np.asarray(value, np.float32) for name, value in tensors.items()}


def take_plain(conv: nnx.Conv, inputs: Inputs) -> None:
    """Let a convolution that does not pad take sRGB 0..1 where it was trained on (sRGB - means) / deviations."""
    kernel = np.asarray(conv.kernel[...], np.float64) / np.reshape(inputs.deviations, (3, 1))  # [h, w, 3, outputs]
    assert conv.bias is not None
    conv.bias[...] -= jnp.asarray(np.einsum("hwio,i->o", kernel, inputs.means), jnp.float32)
    conv.kernel[...] = jnp.asarray(kernel, jnp.float32)


def with_tensors(abstract: Network, tensors: Mapping[str, np.ndarray], *, where: str) -> Network:
    """The network that `abstract` outlines, with PyTorch's tensors: "fire2.squeeze1x1.weight" [o, i, h, w], ".bias".

    Raises
    ------
    InputError
        A tensor is missing or has another shape; tensors that the network does not have are left out.
    """
    graph, shapes = nnx.split(abstract, nnx.Param)
    flat = {}
    for name, slot in flat_params(shapes).items():
        part, _, kind = name.rpartition(".")
        theirs = f"{part}.weight" if kind == "kernel" else name
        if theirs not in tensors:
            raise InputError(f"{where} does not hold the weights of {type(abstract).__name__}: it has no {theirs}")
        value = tensors[theirs]
        if kind == "kernel" and value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)  # [o, i, h, w] -> [h, w, i, o]
        if value.shape != slot.shape:
            raise InputError(
                f"{where} does not hold the weights of {type(abstract).__name__}: {theirs} is {tensors[theirs].shape}"
            )
        flat[name] = jnp.asarray(value)
    return nnx.merge(graph, with_flat(shapes, flat))
