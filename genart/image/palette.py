"""Pictures of 256 colors, as GIF stores them."""

import functools

import numpy as np
from PIL import Image

COLORS = 256
BITS = 5  # of each channel that choose a color
STRENGTH = 16  # of the dither pattern, in steps of 0..255: about the distance of neighbors among 256 colors
SAMPLE = 100  # pixels of the longer side of the copy that the colors are taken from


def reduced(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture in 256 colors of its own, found by median cut, with ordered dither (Bayer 1973).

    Ordered dither stays where it is from frame to frame; error diffusion swarms.

    Parameters
    ----------
    pixels : uint8 [h, w, 3]

    Returns
    -------
    indices : uint8 [h, w]
    palette : uint8 [256, 3]
    """
    height, width = pixels.shape[:2]
    step = -(-max(height, width) // SAMPLE)
    few = Image.fromarray(np.ascontiguousarray(pixels[::step, ::step])).quantize(COLORS, Image.Quantize.MEDIANCUT)
    nearest = np.asarray(_every_color().quantize(palette=few, dither=Image.Dither.NONE)).reshape(-1)
    dithered = np.clip(pixels + _pattern(height, width), 0, 255).astype(np.int32) >> 8 - BITS
    cells = dithered[:, :, 0] << 2 * BITS | dithered[:, :, 1] << BITS | dithered[:, :, 2]
    palette = np.zeros((COLORS, 3), np.uint8)
    found = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(found)] = found
    return nearest[cells], palette


@functools.cache
def _every_color() -> Image.Image:
    """The middle of every cell that BITS bits a channel tell apart, in the order of their numbers."""
    levels = ((np.arange(1 << BITS) + 0.5) * (1 << 8 - BITS)).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    return Image.fromarray(cube.reshape(1 << BITS, -1, 3))  # [32, 32, 32, 3] -> [32, 1024, 3]


@functools.lru_cache(maxsize=1)
def _pattern(height: int, width: int) -> np.ndarray:
    """Bayer's 8 x 8 pattern as int16 [h, w, 1] around zero."""
    bayer = np.zeros((1, 1), int)
    for _ in range(3):
        bayer = np.block([[4 * bayer, 4 * bayer + 2], [4 * bayer + 3, 4 * bayer + 1]])
    offsets = np.rint(((bayer + 0.5) / 64 - 0.5) * STRENGTH).astype(np.int16)
    return np.tile(offsets, (-(-height // 8), -(-width // 8)))[:height, :width, None]
