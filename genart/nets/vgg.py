"""VGG-16 (Simonyan and Zisserman 2014, arXiv 1409.1556), whose feature maps are the usual measure of style."""

import os

import jax
import jax.numpy as jnp
from flax import nnx

from genart.nets.features import IMAGENET, check_layer, read_weights, with_tensors

WIDTHS = {"1": (64, 64), "2": (128, 128), "3": (256, 256, 256), "4": (512, 512, 512), "5": (512, 512, 512)}
VGG_LAYERS = tuple(f"relu{block}_{i + 1}" for block, widths in WIDTHS.items() for i in range(len(widths)))
# Places of the convolutions in torchvision's list "features": ReLUs and poolings have numbers too.
PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


class VGG16(nnx.Module):
    """The thirteen convolutions of VGG-16, 14.7 M parameters; what classifies is left out."""

    def __init__(self, *, rngs: nnx.Rngs):
        channels = [3, *(width for widths in WIDTHS.values() for width in widths)]
        self.features = nnx.Dict(
            {
                str(place): nnx.Conv(inputs, outputs, (3, 3), rngs=rngs)
                for place, inputs, outputs in zip(PLACES, channels, channels[1:], strict=False)
            }
        )

    def __call__(self, pictures: jax.Array, *, upto: str = "relu5_3") -> dict[str, jax.Array]:
        """Feature maps of pictures.

        Parameters
        ----------
        pictures : float32 [n, h, w, 3], sRGB 0..1; h and w at least 16
        upto : the last map wanted, "relu1_1" to "relu5_3"; nothing is computed beyond it

        Returns
        -------
        dict of float32 [n, h // s, w // s, c] with s = 1, 2, 4, 8, 16 and c = 64, 128, 256, 512, 512 in the five blocks
        """
        check_layer(upto, VGG_LAYERS)
        # Not folded into the first convolution, whose padding is zero after the mean is subtracted.
        x = (pictures - jnp.array(IMAGENET.means)) / jnp.array(IMAGENET.deviations)
        maps: dict[str, jax.Array] = {}
        for name, place in zip(VGG_LAYERS, PLACES, strict=True):
            if name.endswith("_1") and maps:
                x = _halved(x)
            maps[name] = x = nnx.relu(self.features[str(place)](x))
            if name == upto:
                break
        return maps


def _halved(x: jax.Array) -> jax.Array:
    """Largest of 2x2. [n, h, w, c] -> [n, h // 2, w // 2, c]."""
    n, h, w, c = x.shape
    x = x[:, : h // 2 * 2, : w // 2 * 2]
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))


def read_vgg16(path: str | os.PathLike[str]) -> VGG16:
    """VGG-16 with the weights of a safetensors file of torchvision's, "features.0.weight" to "features.28.bias".

    Raises
    ------
    InputError
        The file cannot be read or holds something else.
    """
    return with_tensors(nnx.eval_shape(lambda: VGG16(rngs=nnx.Rngs(0))), read_weights(path), where=os.fspath(path))
