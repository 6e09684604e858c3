"""PyAV, which reads and writes video files; the one place that knows how its versions differ."""

import importlib
import importlib.util
import os
from fractions import Fraction
from typing import Any

from genart.errors import MissingExtra

LOCAL = {"protocol_whitelist": "file"}  # playlists and the like may not reach for the network


def pyav() -> Any:
    """The module ``av``. Raises MissingExtra when it is not installed."""
    if importlib.util.find_spec("av") is None:
        raise MissingExtra('video files are read and written by PyAV: pip install "genart[video]"')
    return importlib.import_module("av")


def opened(path: str | os.PathLike[str]) -> Any:
    """An input container of a file on this machine; what lies behind an address is never opened."""
    return pyav().open(f"file:{os.fspath(path)}", options=LOCAL)


def fraction(value: Any) -> Fraction | None:
    """A rational number of PyAV's, None where it is not known: up to PyAV 18 that is None, later 0."""
    return Fraction(value.numerator, value.denominator) if value else None
