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
    palette = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    palette = np.pad(palette, ((0, COLORS - len(palette)), (0, 0)), mode="edge")
    levels = np.clip(pixels + _pattern(height, width), 0, 255).astype(np.int32) >> 8 - BITS
    cells = levels[:, :, 0] << 2 * BITS | levels[:, :, 1] << BITS | levels[:, :, 2]
    return _nearest(cells, palette)[cells], palette


def _nearest(cells: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """uint8 [2 ** (3 * BITS)]: the color of the palette nearest to each cell of color space that occurs."""
    used = np.flatnonzero(np.bincount(cells.reshape(-1), minlength=1 << 3 * BITS))
    levels = np.stack([used >> 2 * BITS, used >> BITS, used], axis=1) & (1 << BITS) - 1
    middles = (levels + np.float32(0.5)) * np.float32(1 << 8 - BITS)  # [n, 3]
    colors = palette.astype(np.float32)
    distances = (colors**2).sum(axis=1) - 2 * middles.astype(np.float32) @ colors.T  # [n, 256], less what all share
    nearest = np.zeros(1 << 3 * BITS, np.uint8)
    nearest[used] = distances.argmin(axis=1)
    return nearest


@functools.lru_cache(maxsize=1)
def _pattern(height: int, width: int) -> np.ndarray:
    """Bayer's 8 x 8 pattern as int16 [h, w, 1] around zero."""
    bayer = np.zeros((1, 1), int)
    for _ in range(3):
        bayer = np.block([[4 * bayer, 4 * bayer + 2], [4 * bayer + 3, 4 * bayer + 1]])
    offsets = np.rint(((bayer + 0.5) / 64 - 0.5) * STRENGTH).astype(np.int16)
    return np.tile(offsets, (-(-height // 8), -(-width // 8)))[:height, :width, None]
