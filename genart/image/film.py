"""Moving pictures to write, frame by frame."""

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from genart.audio.audio import Audio
from genart.errors import InputError
from genart.files import atomic, refuse_existing
from genart.image.clip import Clip, checked_rate
from genart.image.numbered import Numbered, folder, refuse_folder
from genart.image.reel import FORMATS, Reel, encoder
from genart.image.tags import append_to_gif, append_to_webp
from genart.recipe import Recipe

LARGEST = 16_384  # pixels of a side, beyond which no encoder goes


class Film(Protocol):
    """A film that is being written.

    Attributes
    ----------
    notes : sentences on what could not be done as asked, such as a sound track that is left out; complete when the
        film is closed
    """

    notes: list[str]

    def add(self, frame: np.ndarray) -> None:
        """Add a frame, uint8 [h, w, 3], sRGB. Raises InputError when it has another shape, or the disk is full."""
        ...


def check_target(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Raise where :func:`film` would, before time is spent on making the frames."""
    given, extension = os.fspath(path), _extension(path)
    if extension and extension not in FORMATS:
        allowed = ", ".join(FORMATS)
        raise InputError(f"{given}: a film is saved as {allowed}, or as a folder of pictures, which ends in /")
    if extension:
        refuse_existing(path, force=force)
        encoder(FORMATS[extension], given)
    else:
        refuse_folder(path, force=force)


@contextlib.contextmanager
def film(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int],
    rate: Fraction | float,
    sound: Clip | Audio | None = None,
    recipe: Recipe | None = None,
    force: bool = False,
    quality: int = 80,
) -> Iterator[Film]:
    """Write a film: ``with film("a.mp4", size=(640, 360), rate=30) as out: out.add(frame)``.

    Memory does not grow with the length. Nothing is at `path` before the block has ended without an exception.

    Parameters
    ----------
    path
        An .mp4, .mov or .mkv (H.264), .webm (VP9), .gif or .webp file; or a folder, without an extension or ending
        in ``/``, for the frames as ``000001.png`` and so on. H.264 and VP9 need even sides: where one is odd, its
        last row or column of pixels is written twice.
    size
        Width and height of the frames in pixels.
    rate
        Frames a second, above 0 and at most 1,000. Of what is faster than 50, GIF leaves frames out.
    sound
        A clip, whose sound tracks are taken as they are where the format allows it, and otherwise encoded as AAC,
        in .webm as Opus; or a sound. It begins with the first frame and is cut where the film ends. A track that
        is damaged is left out, with a note in ``Film.notes``, and so is all sound by .gif, .webp and folders.
    recipe
        How the film was made, for the file's metadata.
    force
        Whether a file that exists is overwritten; of folders, only those that hold nothing but numbered frames.
    quality
        1 (small) to 100; 80 looks like the frames. Not for .gif and folders, which have but one.

    Raises
    ------
    InputError
        The file exists, cannot be written or has an unknown extension, the disk is full, or there was no frame.
    MissingExtra
        PyAV is not installed, or without the encoder of the format.
    """
    given, extension = os.fspath(path), _extension(path)
    width, height = size
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise InputError(f"a film of {width} x {height} pixels: sides of 1 to {LARGEST} are needed")
    if not 1 <= quality <= 100:
        raise InputError(f"quality {quality}: 1 to 100 is needed")
    rate = checked_rate(rate)
    check_target(path, force=force)
    if extension:
        with atomic(path) as temporary:
            with Reel(
                temporary, given=given, size=size, rate=rate, sound=sound, recipe=recipe, quality=quality
            ) as reel:
                yield reel
            if recipe is not None and extension == ".gif":
                append_to_gif(temporary, recipe)
            if recipe is not None and extension == ".webp":
                append_to_webp(temporary, recipe, size=size)
    else:
        with folder(path, force=force) as temporary:
            numbered = Numbered(temporary, given=given, size=size, sound=sound, recipe=recipe)
            yield numbered
            numbered.finish()


def _extension(path: str | os.PathLike[str]) -> str:
    return "" if os.fspath(path).endswith(("/", os.sep)) or os.path.isdir(path) else Path(path).suffix.lower()
