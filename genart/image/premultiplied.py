"""Pictures as networks take and give them: floats -1..1, colors multiplied by opacity where there is any."""

import numpy as np

from genart.image.picture import Picture


def as_floats(pixels: np.ndarray, *, channels: int) -> np.ndarray:
    """Pixels for a network.

    Parameters
    ----------
    pixels : uint8 [..., 4], the last opacity
    channels : 4 keeps it, with colors multiplied by it; 3 lays the pictures over white

    Returns
    -------
    float32 [..., channels], -1..1
    """
    values = pixels.astype(np.float32) / 255
    colors, opacity = values[..., :3] * values[..., 3:], values[..., 3:]
    if channels == 3:
        return 2 * (colors + 1 - opacity) - 1
    return 2 * np.concatenate([colors, opacity], axis=-1) - 1


def as_picture(values: np.ndarray) -> Picture:
    """Undo :func:`as_floats` for one picture, float [h, w, 3] or [h, w, 4]; what overshoots is clipped."""
    values = np.clip((np.asarray(values, np.float32) + 1) / 2, 0, 1)
    if values.shape[-1] == 4:
        opacity = values[..., 3:]
        colors = np.where(opacity > 0.5 / 255, values[..., :3] / np.maximum(opacity, 1e-6), 0)
        values = np.concatenate([np.minimum(colors, 1), opacity], axis=-1)
    return Picture.of(values)


def on_white(values: np.ndarray) -> np.ndarray:
    """float [..., 3] in 0..1 of what a network takes or gives, [..., 3] or [..., 4] in -1..1."""
    values = np.clip((np.asarray(values, np.float32) + 1) / 2, 0, 1)
    return values if values.shape[-1] == 3 else np.clip(values[..., :3] + 1 - values[..., 3:], 0, 1)
