"""Models by name: which families there are, where bundles are looked for, and how a URL becomes a folder."""

import difflib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from genart.device import configure
from genart.errors import ModelError
from genart.families.bundle import FACTS, WEIGHTS, read_bundle, read_facts
from genart.families.download import fetch, is_url
from genart.folders import models_folders

if TYPE_CHECKING:
    from genart.families.bach import Bach
    from genart.families.melody import Melody
    from genart.families.style import Style

# family -> "module:Class"; Class(bundle) is the model
FAMILIES = {
    "bach": "genart.families.bach:Bach",
    "style": "genart.families.style:Style",
    "features": "genart.families.features:Features",
    "melody": "genart.families.melody:Melody",
    "gan": "genart.families.gan:Gan",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model that can be loaded by its name.

    Attributes
    ----------
    name, family : "bach", "bach"; the family of a damaged model is ""
    about : what it does, one line; of a damaged model what is wrong with it
    parameters : how many numbers its weights are
    size : bytes of the weights file
    folder : where it lies
    """

    name: str
    family: str
    about: str
    parameters: int
    size: int
    folder: Path


@overload
def load(source: Literal["bach"]) -> "Bach": ...
@overload
def load(source: Literal["melody"]) -> "Melody": ...
@overload
def load(source: Literal["style"]) -> "Style": ...
@overload
def load(source: str | os.PathLike[str]) -> Any: ...
def load(source: str | os.PathLike[str]) -> Any:
    """The model that `source` names, ready to use.

    Parameters
    ----------
    source : a name that :func:`models` lists ("bach"), the folder of a bundle ("./mine"), or the URL of a zipped
        bundle with its hash ("https://host/mine.zip#sha256=..."), which is kept in the cache

    Raises
    ------
    ModelError
        There is no such model, or its bundle is damaged or from a newer genart.
    """
    bundle = read_bundle(find(source))
    if bundle.family not in FAMILIES:
        raise ModelError(
            f"{bundle.name} is a model of the family {bundle.family!r}, which this genart does not know: "
            f"it knows {', '.join(FAMILIES)}; pip install --upgrade genart may bring it"
        )
    configure()
    module, _, name = FAMILIES[bundle.family].partition(":")
    return getattr(importlib.import_module(module), name)(bundle)


def models() -> list[Entry]:
    """Every model that can be loaded by name, in the order they are looked for; only their facts are read."""
    return [_entry(folder) for folder in _named().values()]


def find(source: str | os.PathLike[str]) -> Path:
    """The folder of the bundle that `source` names; parameters and errors as for :func:`load`."""
    text = os.fspath(source)
    if is_url(text):
        return fetch(text)
    if isinstance(source, os.PathLike) or any(mark in text for mark in ("/", os.sep, "~")) or text.startswith("."):
        folder = Path(text).expanduser()
        if not folder.is_dir():
            raise ModelError(f"there is no folder {text} to load a model from")
        return folder.absolute()
    named = _named()
    if text not in named:
        raise ModelError(_unknown(text, list(named)))
    return named[text]


def _named() -> dict[str, Path]:
    named: dict[str, Path] = {}
    for folder in models_folders():
        for bundle in _bundles(folder):
            named.setdefault(bundle.name, bundle)
    return named


def _bundles(folder: Path) -> Iterator[Path]:
    try:
        children = sorted(folder.iterdir())
    except OSError:  # not there, or not ours to read
        return
    for child in children:
        if os.path.isfile(child / FACTS) and not child.name.startswith("."):
            yield child.absolute()


def _entry(folder: Path) -> Entry:
    try:
        facts = read_facts(folder)
        size = (folder / WEIGHTS).stat().st_size
    except (ModelError, OSError) as error:
        return Entry(name=folder.name, family="", about=str(error), parameters=0, size=0, folder=folder)
    return Entry(
        name=folder.name,
        family=facts["family"],
        about=facts["about"].strip().partition("\n")[0],
        parameters=facts["parameters"],
        size=size,
        folder=folder,
    )


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    there = f"there are {', '.join(known)}" if known else "none is installed"
    return f"there is no model {name!r}: {hint}{there}; a folder is given as ./{Path(name).name or 'folder'}"
