"""Styles as artists write them: a name, a blend of names, and how strong."""

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from genart.errors import InputError
from genart.image.folder import EXTENSIONS

STRENGTHS = (0.0, 1.5)
BRUSHES = (0.5, 2.0)

StyleGiven = str | os.PathLike[str] | Mapping[str, float]


def mixture_parts(style: str | Mapping[str, float]) -> list[tuple[str, float]]:
    """The names of a blend and their weights as they were given. Raises InputError where a weight is no number."""
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
    for name, weight in mixture_parts(style):
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
    return abs(sum(weight for _, weight in mixture_parts(style)) - 1) < 1e-3


def _is_picture(text: str) -> bool:
    return Path(text).suffix.lower() in EXTENSIONS or "/" in text or os.sep in text


def _is_file(style: str) -> bool:
    """Whether all of it names one picture, even where it holds commas or colons."""
    return _is_picture(style) and (os.path.lexists(style) or not any(mark in style for mark in ",:"))


def files_in(style: StyleGiven) -> tuple[dict[str, Path], str | Mapping[str, float]]:
    """The parts of a style that are pictures, by the names of their files; and the style with these names.

    Raises
    ------
    InputError
        Two pictures have one name, or a weight is not a number.
    """
    if isinstance(style, os.PathLike) or (isinstance(style, str) and _is_file(style)):
        path = Path(style)
        return {path.name: path}, {path.name: 1.0}
    files: dict[str, Path] = {}
    named: dict[str, float] = {}
    parts = mixture_parts(style)
    for text, weight in parts:
        name = Path(text).name if _is_picture(text) else text
        if name != text or _is_picture(text):
            if files.get(name, Path(text)) != Path(text):
                raise InputError(f"two style pictures are named {name}: rename one")
            files[name] = Path(text)
        named[name] = named.get(name, 0.0) + weight
    return files, named if files else style


def _unknown(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"there is no style {name!r}: {hint}there are {', '.join(names)}; or give a picture, as in mine.jpg"


def check_range(name: str, value: float, limits: tuple[float, float]) -> float:
    """The value itself. Raises InputError where it lies outside the limits."""
    if not limits[0] <= value <= limits[1]:
        raise InputError(f"{name} {value:g}: it goes from {limits[0]:g} to {limits[1]:g}")
    return float(value)
