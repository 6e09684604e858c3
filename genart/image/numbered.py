"""Films as folders of numbered pictures."""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from genart.audio.audio import Audio
from genart.errors import InputError
from genart.image.clip import Clip
from genart.image.metadata import recipe_options
from genart.image.reel import check_frame, silence
from genart.recipe import Recipe

NAME = re.compile(r"[0-9]{6,}\.png")
COMPRESSION = 1  # of zlib's nine; 6 is a tenth smaller and takes several times as long


class Numbered:
    """A film as pictures named ``000001.png`` and so on; see :func:`genart.image.film.film`."""

    def __init__(
        self, path: Path, *, given: str, size: tuple[int, int], sound: Clip | Audio | None, recipe: Recipe | None
    ) -> None:
        self.notes = silence(sound, "a folder of pictures")
        self._path, self._given, self._size = path, given, size
        self._options = recipe_options(recipe, format="PNG")
        self._frames = 0

    def add(self, frame: np.ndarray) -> None:
        """Add a frame, uint8 [h, w, 3], sRGB. Raises InputError when it has another shape."""
        check_frame(frame, self._size, self._given)
        self._frames += 1
        picture = Image.fromarray(np.ascontiguousarray(frame))
        picture.save(self._path / f"{self._frames:06}.png", compress_level=COMPRESSION, **self._options)

    def finish(self) -> None:
        """Raise InputError if there was no frame."""
        if not self._frames:
            raise InputError(f"{self._given} would be a film without a frame, so it is not written")


@contextlib.contextmanager
def folder(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """A temporary folder that becomes `path` when the block ends without an exception, and else is removed.

    Raises
    ------
    InputError
        See :func:`refuse_folder`; or it cannot be written, or the disk is full.
    """
    refuse_folder(path, force=force)
    given, target = os.fspath(path), Path(os.path.realpath(path))
    temporary = target.with_name(f".genart-{secrets.token_hex(6)}")
    former = temporary.with_suffix(".former")
    try:
        temporary.mkdir()
        yield temporary
        if target.is_dir():
            target.rename(former)
        temporary.rename(target)
    except OSError as error:
        raise InputError(f"cannot write {given}: {error.strerror or error}") from error
    finally:
        if former.is_dir() and not target.exists():
            former.rename(target)
        for remains in (temporary, former):
            shutil.rmtree(remains, ignore_errors=True)


def refuse_folder(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Raise InputError if there is something at `path` but an empty folder or, with `force`, numbered frames."""
    given = os.fspath(path)
    if not os.path.isdir(path):
        if os.path.lexists(given.rstrip("/" + os.sep)):
            raise InputError(f"{given} exists and is no folder; name another")
        return
    inside = os.listdir(path)
    if not all(NAME.fullmatch(name) for name in inside):
        raise InputError(f"{given} holds other files than numbered frames; name another folder")
    if inside and not force:
        raise InputError(f"{given} exists; pass --force to overwrite it")
