"""Many pictures: those that files, folders and patterns name."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from genart.errors import InputError
from genart.image.picture import Picture

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".bmp")  # that are looked for in folders


def pictures_in(*paths: str | os.PathLike[str], recursive: bool = False) -> list[Path]:
    """The picture files that `paths` name, each once, sorted by name as people count: frame9 before frame10.

    Parameters
    ----------
    paths
        Files, which are taken whatever their names; folders, of which the files with a picture's extension are
        taken, hidden ones left out; or patterns like ``photos/*.jpg``, in which ``**`` stands for any folders.
    recursive
        Whether folders within folders are looked into.

    Raises
    ------
    InputError
        A path does not exist, a folder holds no pictures, or a pattern fits no file.
    """
    found = {file for path in paths for file in _named_by(os.fspath(path), recursive=recursive)}
    if not found:
        raise InputError("no pictures are named: give files, folders or patterns like photos/*.jpg")
    return sorted(found, key=_as_counted)


def read_all(
    paths: Iterable[str | os.PathLike[str]], *, on_broken: Callable[[Path, InputError], None]
) -> Iterator[tuple[Path, Picture]]:
    """Read one picture after the other, as they are asked for.

    Parameters
    ----------
    paths : of picture files, see :func:`pictures_in`
    on_broken : called with the path and the error of a file that cannot be read, which is then left out; what it
        raises ends the reading
    """
    for path in map(Path, paths):
        try:
            picture = Picture.read(path)
        except InputError as error:
            on_broken(path, error)
        else:
            yield path, picture


def _named_by(path: str, *, recursive: bool) -> Iterable[Path]:
    if os.path.isdir(path):
        pattern = "**/*" if recursive else "*"
        inside = [
            file for file in Path(path).glob(pattern) if _is_shown_picture(file.relative_to(path)) and file.is_file()
        ]
        if not inside:
            raise InputError(f"{path} holds no pictures ({', '.join(EXTENSIONS)})")
        return inside
    if os.path.lexists(path):
        return [Path(path)]
    if not glob.has_magic(path):
        raise InputError(f"{path} does not exist")
    fitting = [Path(name) for name in glob.glob(path, recursive=True) if os.path.isfile(name)]
    if not fitting:
        raise InputError(f"no file fits {path}")
    return fitting


def _is_shown_picture(file: Path) -> bool:
    return file.suffix.lower() in EXTENSIONS and not any(part.startswith(".") for part in file.parts)


def _as_counted(path: Path) -> tuple[list[str | int], str]:
    """Texts and numbers take turns, so that only like is compared with like."""
    parts = re.split(r"(\d+)", str(path))
    return [int(part) if part.isdigit() else part.lower() for part in parts], str(path)
