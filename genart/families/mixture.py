"""Styles as artists write them: a name, a blend of names, and how strong."""

import difflib
from collections.abc import Mapping, Sequence

from genart.errors import InputError

STRENGTHS = (0.0, 1.5)
BRUSHES = (0.5, 2.0)


def parse_mixture(style: str | Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """Weights of a blend, which sum to one.

    Parameters
    ----------
    style : a name ("great_wave"), a blend ("great_wave:0.6,udnie:0.4"; without weights all count the same), or
        {"great_wave": 0.6, "udnie": 0.4}
    names : the styles there are

    Raises
    ------
    InputError
        A name is unknown, a weight is not a number of at least 0, or all weights are 0.
    """
    weights: dict[str, float] = {}
    for name, weight in _parts(style):
        if name not in names:
            raise InputError(_unknown(name, names))
        weights[name] = weights.get(name, 0.0) + weight
    total = sum(weights.values())
    if not 0 < total < float("inf") or min(weights.values()) < 0:
        raise InputError(f"the weights of the blend {style!r} must be numbers of at least 0, and not all 0")
    return {name: weight / total for name, weight in weights.items()}


def is_normalized(style: str | Mapping[str, float]) -> bool:
    """Whether the weights given sum to one already, or none are given."""
    if isinstance(style, str) and ":" not in style:
        return True
    return abs(sum(weight for _, weight in _parts(style)) - 1) < 1e-3


def _parts(style: str | Mapping[str, float]) -> list[tuple[str, float]]:
    if isinstance(style, Mapping):
        return [(name, float(weight)) for name, weight in style.items()]
    parts = []
    for part in style.split(","):
        name, _, weight = part.strip().rpartition(":") if ":" in part else (part.strip(), "", "1")
        try:
            parts.append((name.strip(), float(weight)))
        except ValueError:
            raise InputError(
                f"{part.strip()!r} in the blend {style!r}: write NAME:WEIGHT, as in great_wave:0.6,udnie:0.4"
            ) from None
    return parts


def _unknown(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"there is no style {name!r}: {hint}there are {', '.join(names)}; or give a picture, as in mine.jpg"


def check_range(name: str, value: float, limits: tuple[float, float]) -> float:
    """The value itself. Raises InputError where it lies outside the limits."""
    if not limits[0] <= value <= limits[1]:
        raise InputError(f"{name} {value:g}: it goes from {limits[0]:g} to {limits[1]:g}")
    return float(value)
