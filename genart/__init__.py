"""Generative music and art.

>>> import genart
>>> takes = genart.harmonize("song.mid", n=4, seed=7)
>>> takes[0].save("song.harmonized.mid")

Names are loaded when they are first used, so that ``import genart`` costs milliseconds.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from genart.audio.audio import Audio
    from genart.errors import GenartError, InputError, MissingExtra, ModelError
    from genart.families.again import again
    from genart.families.compose import compose
    from genart.families.harmonize import harmonize
    from genart.families.inpaint import inpaint
    from genart.families.registry import load, models
    from genart.families.stylize import stylize
    from genart.families.takes import Takes
    from genart.families.tunes import melody
    from genart.image.picture import Picture
    from genart.music.practice import render
    from genart.music.score import Key, Meter, Note, Score, Tempo, Track
    from genart.music.transcribe import transcribe
    from genart.recipe import Recipe

_HOMES = {
    "genart.audio.audio": ("Audio",),
    "genart.errors": ("GenartError", "InputError", "MissingExtra", "ModelError"),
    "genart.families.again": ("again",),
    "genart.families.compose": ("compose",),
    "genart.families.harmonize": ("harmonize",),
    "genart.families.inpaint": ("inpaint",),
    "genart.families.registry": ("load", "models"),
    "genart.families.stylize": ("stylize",),
    "genart.families.takes": ("Takes",),
    "genart.families.tunes": ("melody",),
    "genart.image.picture": ("Picture",),
    "genart.music.practice": ("render",),
    "genart.music.score": ("Key", "Meter", "Note", "Score", "Tempo", "Track"),
    "genart.music.transcribe": ("transcribe",),
    "genart.recipe": ("Recipe",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # spelled out for type checkers; a test holds it against _HOMES
    "Audio",
    "GenartError",
    "InputError",
    "Key",
    "Meter",
    "MissingExtra",
    "ModelError",
    "Note",
    "Picture",
    "Recipe",
    "Score",
    "Takes",
    "Tempo",
    "Track",
    "again",
    "compose",
    "harmonize",
    "inpaint",
    "load",
    "melody",
    "models",
    "render",
    "stylize",
    "transcribe",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'genart' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
