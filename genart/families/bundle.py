"""Model bundles: a folder with ``weights.safetensors``, ``model.json`` and a card, ``README.md``.

Weights are float16 on disk, or 8 bits and a scale (:mod:`genart.families.packing`), and float32 in memory, under dotted
names ("blocks.0.first.conv.kernel"); tables of whole numbers, which may lie among them, are kept as they are and count
as no parameters. ``model.json`` holds every fact; the card is made from it, so that no fact is typed twice. Nothing is
ever unpickled.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

import genart
from genart.errors import InputError, ModelError
from genart.families.card import card
from genart.families.packing import is_table, packed, unpacked
from genart.files import atomic

FORMAT = 2  # since then there are kernels in 8 bits
WEIGHTS, FACTS, CARD = "weights.safetensors", "model.json", "README.md"


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """What a model was trained on.

    Attributes
    ----------
    name, license : "JSB Chorales", "public domain"
    source : where it is from, in words
    note : which part was used, what was left out
    """

    name: str
    license: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured quality of a model.

    Attributes
    ----------
    name : "chronological NLL, valid"
    value, error : the mean and its standard error, None where there is none
    unit : "nats per note"
    command : what gives the value again
    """

    name: str
    value: float
    error: float | None = None
    unit: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A model as it lies on disk, read and checked.

    Attributes
    ----------
    folder : where it was read from
    family : "bach"; decides which class makes a model of it
    about : Markdown; the first line says in one line what the model does, then known failings and the like
    network, codec : configurations, JSON values
    weights : name -> float32 array, or a table of whole numbers
    data, figures : what the card tells
    license : of the weights
    sha256 : of the weights file
    version : of the genart that wrote it
    """

    folder: Path
    family: str
    about: str
    network: dict[str, Any]
    codec: dict[str, Any]
    weights: dict[str, np.ndarray]
    data: tuple[TrainingData, ...]
    figures: tuple[Figure, ...]
    license: str
    sha256: str
    version: str

    @property
    def name(self) -> str:
        """That of the folder."""
        return self.folder.name

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return _parameters(self.weights)


def write_bundle(
    folder: str | Path,
    *,
    family: str,
    about: str,
    network: Mapping[str, Any],
    codec: Mapping[str, Any],
    weights: Mapping[str, Any],
    data: Sequence[TrainingData] = (),
    figures: Sequence[Figure] = (),
    license: str = "Apache-2.0",
    kernels_in_8_bits: bool = False,
    force: bool = False,
) -> Bundle:
    """Write a bundle, the whole folder or nothing, and read it back.

    Parameters
    ----------
    folder : the new folder; its name is the model's name
    weights : name -> array of any float type, every value within ±65504 (float16), or of whole numbers
    kernels_in_8_bits : store those of convolutions in half the bytes
    force : replace a bundle that is there

    Raises
    ------
    InputError
        `folder` exists and is not to be replaced, or is no bundle, or cannot be written.
    ModelError
        A weight is not a finite float16.
    """
    folder = Path(folder)
    if folder.exists() and not (force and (folder / FACTS).is_file()):
        what = "exists; pass --force to replace it" if (folder / FACTS).is_file() else "exists and is not a model"
        raise InputError(f"{folder} {what}")
    stored = safetensors.numpy.save(packed(weights, kernels_in_8_bits=kernels_in_8_bits))
    facts = {
        "format": FORMAT,
        "family": family,
        "about": about,
        "network": dict(network),
        "codec": dict(codec),
        "parameters": _parameters(weights),
        "data": [asdict(item) for item in data],
        "figures": [asdict(figure) for figure in figures],
        "license": license,
        "sha256": hashlib.sha256(stored).hexdigest(),
        "genart": genart.__version__,
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".genart-", dir=folder.parent) as temporary:
            new = Path(temporary) / "new"
            new.mkdir()
            (new / WEIGHTS).write_bytes(stored)
            _write_facts(new, folder.name, facts)
            install(new, folder)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror or error}") from error
    return read_bundle(folder)


def write_figures(folder: str | Path, figures: Sequence[Figure]) -> Bundle:
    """Put `figures` into a bundle, over those of the same name, and make its card anew.

    Raises
    ------
    ModelError, InputError
        The bundle cannot be read or written.
    """
    bundle = read_bundle(folder)
    merged = {figure.name: figure for figure in (*bundle.figures, *figures)}
    facts = read_facts(Path(folder)) | {"figures": [asdict(figure) for figure in merged.values()]}
    _write_facts(Path(folder), bundle.name, facts)
    return read_bundle(folder)


def read_bundle(folder: str | Path, *, family: str | None = None) -> Bundle:
    """Read and check a bundle.

    Parameters
    ----------
    folder : of the bundle
    family : refuse another than this one

    Raises
    ------
    ModelError
        A file is missing or damaged, the weights are not those the bundle was written with, the bundle is
        another family's or was made by a newer genart.
    """
    folder = Path(folder).absolute()
    facts = read_facts(folder)
    if family is not None and facts["family"] != family:
        raise ModelError(f"{folder.name} is a model of the family {facts['family']}, and one of {family} is needed")
    stored = _bytes(folder, WEIGHTS)
    if hashlib.sha256(stored).hexdigest() != facts["sha256"]:
        raise ModelError(
            f"the weights of {folder.name} are damaged: their sha256 is not the one in {FACTS}; copy it anew"
        )
    try:
        return Bundle(
            folder=folder,
            family=facts["family"],
            about=facts["about"],
            network=facts["network"],
            codec=facts["codec"],
            weights=unpacked(safetensors.numpy.load(stored)),
            data=tuple(_value(TrainingData, item) for item in facts["data"]),
            figures=tuple(_value(Figure, item) for item in facts["figures"]),
            license=facts["license"],
            sha256=facts["sha256"],
            version=facts["genart"],
        )
    except (safetensors.SafetensorError, TypeError, ValueError) as error:
        raise ModelError(f"the model {folder.name} is damaged: {error}") from error


def install(new: Path, folder: Path) -> None:
    """Rename the folder `new` to `folder`, replacing one that is there; both on the same disk."""
    old = new.with_name("old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


_KINDS = {
    "family": str,
    "about": str,
    "network": dict,
    "codec": dict,
    "parameters": int,
    "data": list,
    "figures": list,
    "license": str,
    "sha256": str,
    "genart": str,
}


def read_facts(folder: Path) -> dict[str, Any]:
    """What ``model.json`` says, without reading the weights. Raises ModelError as :func:`read_bundle` does."""
    try:
        facts = json.loads(_bytes(folder, FACTS))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{FACTS} of the model {folder.name} is damaged: {error}") from None
    version = facts.get("format") if isinstance(facts, dict) else None
    if not isinstance(version, int):
        raise ModelError(f"{FACTS} of {folder.name} is not a genart model's: it gives no format number")
    if version > FORMAT:
        raise ModelError(
            f"{folder.name} was made by a newer genart ({facts.get('genart', '?')}; this is {genart.__version__}): "
            "upgrade with pip install --upgrade genart"
        )
    for name, kind in _KINDS.items():
        if not isinstance(facts.get(name), kind):
            raise ModelError(
                f"{FACTS} of the model {folder.name} is damaged: it needs {name!r}, a JSON {kind.__name__}"
            )
    return facts


def _write_facts(folder: Path, name: str, facts: Mapping[str, Any]) -> None:
    with atomic(folder / FACTS) as path:
        path.write_text(json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    with atomic(folder / CARD) as path:
        path.write_text(card(name, facts), encoding="utf-8")


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(f"{folder} is not a genart model: it has no {name}") from None
    except OSError as error:
        raise ModelError(f"the model {folder.name} cannot be read: {name}: {error.strerror}") from error


def _parameters(weights: Mapping[str, Any]) -> int:
    return sum(np.size(array) for array in weights.values() if not is_table(np.asarray(array)))


def _value(kind: type[Any], item: Any) -> Any:
    if not isinstance(item, dict):
        raise TypeError(f"{item!r:.40} where a JSON object belongs")
    known = {field.name for field in fields(kind)}  # later versions may tell more
    return kind(**{name: value for name, value in item.items() if name in known})
