"""Styles of one's own: rows fitted to a picture, remembered in the cache, and kept under names."""

import base64
import binascii
import contextlib
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from genart.errors import InputError
from genart.files import atomic, read_bytes, refuse_existing
from genart.folders import cache_folder, styles_folder
from genart.image.picture import Picture
from genart.recipe import Source

ENDING = ".safetensors"
LARGEST = 2**24  # bytes of a file with a row
LONGEST = 6  # times its height is a picture wide, or the reverse, that a style is learned from or on


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class OwnStyle:
    """A style that was fitted to a picture, for one style net.

    Attributes
    ----------
    row : float32 [R], of values that float16 can hold, see :mod:`genart.nets.stylizer`
    picture : whose style it is
    seed : that it was fitted with
    weights : sha256 of the style net's weights, which alone can paint with it
    """

    row: np.ndarray
    picture: Source
    seed: int
    weights: str

    def to_json(self) -> dict[str, Any]:
        """What recipes hold, so that a work can be made again without fitting anew."""
        row = base64.b64encode(self.row.astype("<f2").tobytes()).decode("ascii")
        return {"row": row, "picture": dataclasses.asdict(self.picture), "seed": self.seed, "weights": self.weights}

    @classmethod
    def from_json(cls, value: Any) -> "OwnStyle":
        """Read what :meth:`to_json` wrote. Raises InputError where it is damaged."""
        try:
            row = np.frombuffer(base64.b64decode(value["row"], validate=True), "<f2").astype(np.float32)
            source = Source(name=str(value["picture"]["name"]), sha256=str(value["picture"]["sha256"]))
            return cls(row=_finite(row), picture=source, seed=int(value["seed"]), weights=str(value["weights"]))
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise InputError("the style that the recipe holds is damaged") from None


def check_name(name: str, *, taken: Sequence[str]) -> str:
    """A name to keep a style under, itself.

    Raises
    ------
    InputError
        It is not of letters, digits, - and _, or one of those taken.
    """
    if not re.fullmatch(r"[\w-]{1,64}", name):
        raise InputError(f"{name!r} cannot be a style's name: up to 64 letters, digits, - and _ can")
    if name in taken:
        raise InputError(f"{name} is a style of the model; keep yours under another name")
    return name


def keep(name: str, style: OwnStyle, *, force: bool = False) -> Path:
    """Keep a style under a name, which ``genart stylize --style NAME`` then knows.

    Returns
    -------
    pathlib.Path
        Of its file, in the user's data folder.

    Raises
    ------
    InputError
        The name cannot be one (:func:`check_name`), is taken and `force` is not set, or the file cannot be written.
    """
    path = styles_folder() / f"{check_name(name, taken=())}{ENDING}"
    refuse_kept(name, force=force)
    _write(path, style)
    return path


def refuse_kept(name: str, *, force: bool = False) -> None:
    """Raise InputError where a style is kept under this name already and `force` is not set."""
    try:
        refuse_existing(styles_folder() / f"{name}{ENDING}", force=force)
    except InputError:
        raise InputError(f"a style named {name} is kept already; pass --force to replace it") from None


def kept() -> dict[str, Path]:
    """The names and files of the styles that are kept, in the order of the names."""
    return {path.stem: path for path in sorted(styles_folder().glob(f"*{ENDING}")) if not path.name.startswith(".")}


def read_kept(name: str, *, weights: str) -> OwnStyle:
    """A style that is kept under a name, for the style net with these weights.

    Raises
    ------
    InputError
        Its file is damaged, or it was fitted for another net.
    """
    style = _read(kept()[name])
    if style.weights != weights:
        raise InputError(
            f"the style {name} was fitted for other weights of the style model than these; fit it anew from "
            f"{style.picture.name}, with --save-style {name} --force"
        )
    return style


def remembered(picture: Source, *, settings: Mapping[str, Any], seed: int | None, content: str) -> OwnStyle | None:
    """A style fitted before, from the cache; with a seed only the very one that it gives with this content.

    Parameters
    ----------
    picture : whose style it is
    settings : all else that it depends on: weights, features, steps
    content : sha256 of the picture that it is to be fitted on
    """
    folder = _place(picture, settings)
    pattern = f"*{ENDING}" if seed is None else f"{seed}-{content[:16]}{ENDING}"
    for path in sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime):
        with contextlib.suppress(InputError):
            return _read(path)
    return None


def remember(style: OwnStyle, *, settings: Mapping[str, Any], content: str) -> None:
    """Put a style into the cache; where that cannot be written, nothing happens."""
    with contextlib.suppress(InputError, OSError):
        _write(_place(style.picture, settings) / f"{style.seed}-{content[:16]}{ENDING}", style)


def compact(picture: Picture) -> Picture:
    """The middle of a picture, at most six times as long as it is wide."""
    short = min(picture.size) * LONGEST
    return picture.cropped(min(picture.width, short), min(picture.height, short))


def _place(picture: Source, settings: Mapping[str, Any]) -> Path:
    about = json.dumps([picture.sha256, dict(settings)], sort_keys=True)
    return cache_folder() / "styles" / hashlib.sha256(about.encode()).hexdigest()[:32]


def _write(path: Path, style: OwnStyle) -> None:
    facts = {name: value for name, value in style.to_json().items() if name != "row"}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
    with atomic(path) as temporary:
        data = safetensors.numpy.save({"row": style.row.astype(np.float16)}, {"style": json.dumps(facts)})
        temporary.write_bytes(data)


def _read(path: str | os.PathLike[str]) -> OwnStyle:
    data = read_bytes(path, limit=LARGEST)
    try:
        row = safetensors.numpy.load(data)["row"].astype(np.float32)
        length = int.from_bytes(data[:8], "little")
        facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["style"])
        return OwnStyle(
            row=_finite(row), picture=Source(**facts["picture"]), seed=int(facts["seed"]), weights=facts["weights"]
        )
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, InputError):
        raise InputError(f"{os.fspath(path)} is damaged: it holds no style; delete it and fit the style anew") from None


def _finite(row: np.ndarray) -> np.ndarray:
    if row.ndim != 1 or not np.isfinite(row).all():
        raise ValueError("no row")
    return row
