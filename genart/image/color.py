"""Colors of pictures: uint8, or floats 0..1, in sRGB."""

import functools

import numpy as np

from genart.errors import InputError

WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in brightness (ITU-R BT.709)


def floats(values: np.ndarray) -> np.ndarray:
    """float32 0..1 of uint8 or of floats 0..1, of any shape."""
    values = np.asarray(values)
    return values.astype(np.float32) / np.float32(255) if values.dtype == np.uint8 else values.astype(np.float32)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Values proportional to light, float32 0..1, of values in sRGB (IEC 61966-2-1), of any shape."""
    values = floats(srgb)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Values in sRGB (IEC 61966-2-1), float32 0..1, of values proportional to light, 0..1, of any shape."""
    values = np.clip(floats(linear), 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055).astype(np.float32)


def luma(srgb: np.ndarray) -> np.ndarray:
    """Brightness as the eye takes it, the Y' of BT.709: float32 [..., h, w] in 0..1 of [..., h, w, 3] in sRGB."""
    red, green, blue = (floats(srgb[..., channel]) * weight for channel, weight in enumerate(WEIGHTS))
    return red + green + blue


def with_colors_of(pixels: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """The light and dark of one picture in the colors of another.

    The luma is that of `pixels` and the chroma that of `colors`, in BT.709's Y'CbCr, as Gatys et al. (2016,
    "Preserving Color in Neural Artistic Style Transfer") do in the like space YIQ. Where the two together lie
    outside sRGB, the chroma is drawn toward grey until they fit, so that light and hue stay: clipping would change
    both. (In Lab, the hue of blues drifts to violet as they are lit, and it costs tens of times as much.)

    Parameters
    ----------
    pixels, colors : [..., h, w, 3], uint8 or floats 0..1

    Returns
    -------
    numpy.ndarray
        [..., h, w, 3], uint8 where `pixels` is, else float32.

    Raises
    ------
    InputError
        The shapes differ.
    """
    _check_same(pixels, colors)
    light, grey = np.clip(luma(pixels), 0, 1), luma(colors)
    chroma = [floats(colors[..., channel]) - grey for channel in range(3)]  # of equal chroma, equally far from grey
    above, below = functools.reduce(np.maximum, chroma), -functools.reduce(np.minimum, chroma)
    fits = np.minimum((1 - light) / np.maximum(above, 1e-6), light / np.maximum(below, 1e-6))
    fits = np.minimum(fits, 1)
    mixed = np.empty(pixels.shape, pixels.dtype if pixels.dtype == np.uint8 else np.float32)
    for channel in range(3):
        mixed[..., channel] = _as(mixed.dtype, light + fits * chroma[channel])
    return mixed


def composited(styled: np.ndarray, original: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`styled` where `mask` is 1, `original` where it is 0, mixed between.

    Parameters
    ----------
    styled, original : [..., h, w, 3], uint8 or floats 0..1
    mask : floats [..., h, w] in 0..1

    Returns
    -------
    numpy.ndarray
        [..., h, w, 3], uint8 where `styled` is, else float32.

    Raises
    ------
    InputError
        The shapes differ.
    """
    _check_same(styled, original)
    if mask.shape != styled.shape[:-1]:
        raise InputError(f"a mask of shape {mask.shape} for a picture of shape {styled.shape}: both need one size")
    base = floats(original)
    return _as(styled.dtype, base + floats(mask)[..., None] * (floats(styled) - base))


def _as(dtype: np.dtype, values: np.ndarray) -> np.ndarray:
    if dtype != np.uint8:
        return np.clip(values, 0, 1)
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _check_same(first: np.ndarray, second: np.ndarray) -> None:
    if first.shape != second.shape or first.shape[-1:] != (3,):
        raise InputError(f"pictures of shapes {first.shape} and {second.shape}: both need one shape that ends in 3")
