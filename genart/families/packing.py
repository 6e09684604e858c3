"""Weights as they lie in a bundle's safetensors: float16, or 8 bits and a scale, and float32 in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from genart.errors import ModelError

SCALE = ".scale"  # ends the name of an array's scales
_LARGEST = 127


def packed(weights: Mapping[str, Any], *, kernels_in_8_bits: bool = False) -> dict[str, np.ndarray]:
    """Arrays as files hold them.

    Parameters
    ----------
    weights : name -> array of any float type, every value within ±65504 (float16), or of whole numbers
    kernels_in_8_bits : keep kernels of convolutions [H, W, C, D] as int8, and a scale of each output channel, float32
        [D], beside them under the kernel's name and ".scale"; a value is off by 1/254 of its channel's largest at most

    Raises
    ------
    ModelError
        A weight is not a finite float16.
    """
    stored = {}
    for name, value in weights.items():
        full = np.ascontiguousarray(value)
        if is_table(full):
            stored[name] = full
            continue
        with np.errstate(over="ignore"):
            half = full.astype(np.float16)
        if not np.isfinite(half).all():
            raise ModelError(f"the weight {name} cannot be stored: it has values that are not finite or beyond ±65504")
        if kernels_in_8_bits and full.ndim == 4:
            stored[name], stored[name + SCALE] = _in_8_bits(full.astype(np.float32))
        else:
            stored[name] = half
    return stored


def unpacked(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights in what :func:`packed` gave, by name: float32, or tables of whole numbers."""
    scaled = {name for name in stored if name + SCALE in stored}
    weights = {}
    for name in sorted(stored.keys() - {name + SCALE for name in scaled}):
        value = stored[name]
        if name in scaled:
            weights[name] = value * stored[name + SCALE]
        else:
            weights[name] = value if is_table(value) else value.astype(np.float32)
    return weights


def is_table(array: np.ndarray) -> bool:
    """Whether an array is of whole numbers, which are kept as they are and count as no parameters."""
    return array.dtype.kind in "iu"


def _in_8_bits(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = np.abs(kernel).max((0, 1, 2)) / np.float32(_LARGEST)
    whole = np.rint(kernel / np.where(scale > 0, scale, 1))
    return whole.astype(np.int8), scale
