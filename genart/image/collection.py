"""An artist's folder as training pictures: all in one size, in one file that is read piece by piece."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from genart.errors import InputError
from genart.files import atomic
from genart.image.folder import pictures_in, read_all
from genart.image.picture import Picture

FITS = ("crop", "letterbox", "pad")
PIXELS, LIST = "pictures.npy", "pictures.json"
ASIDE = 10  # one picture in so many is kept aside


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Collection:
    """Pictures of one size, as they were fitted into it.

    Attributes
    ----------
    pixels : uint8 [n, h, w, 4], read from disk as it is used; the last channel is opacity
    names : of the files, in the order of the pixels
    aside : indices of the pictures kept aside, about one in ten; the same whatever the order and names of files
    broken : files that could not be read, and why
    plain : how many pictures are of one color
    copies : how many pictures show what another one shows
    """

    pixels: np.ndarray
    names: tuple[str, ...]
    aside: tuple[int, ...]
    broken: tuple[tuple[str, str], ...] = ()
    plain: int = 0
    copies: int = 0

    @property
    def training(self) -> tuple[int, ...]:
        """Indices of the pictures to train on."""
        left_out = set(self.aside)
        return tuple(index for index in range(len(self.names)) if index not in left_out)

    @property
    def transparent(self) -> bool:
        """Whether any picture is transparent in part."""
        return any(bool((self.pixels[i : i + 64, ..., 3] < 255).any()) for i in range(0, len(self.pixels), 64))

    def picture(self, index: int) -> Picture:
        """One of them."""
        return Picture.of(np.asarray(self.pixels[index]))


def collect(
    paths: Iterable[str | os.PathLike[str]],
    into: Path,
    *,
    size: tuple[int, int],
    fit: str = "crop",
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> Collection:
    """Read every picture of a folder once, fit it, and keep it in a file of `into`; a second call reads that file.

    Parameters
    ----------
    paths : folders, files or patterns; folders within folders are looked into
    into : folder of the file, made when missing
    size : width and height in pixels
    fit : see :func:`fitted`
    on_step : called with (pictures read, their number)

    Raises
    ------
    InputError
        No picture can be read, or the file cannot be written.
    """
    if (into / LIST).exists() and (into / PIXELS).exists():
        return _stored(into)
    files = pictures_in(*paths, recursive=True)
    broken: list[tuple[str, str]] = []
    names, hashes, plain = [], [], 0
    into.mkdir(parents=True, exist_ok=True)
    width, height = size
    with atomic(into / PIXELS) as temporary:
        room = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=(len(files), height, width, 4))
        read = read_all(files, on_broken=lambda path, error: broken.append((path.name, str(error))))
        for path, picture in read:
            pixels = rgba(fitted(picture, size=size, fit=fit))
            room[len(names)] = pixels
            hashes.append(hashlib.sha256(pixels.tobytes()).hexdigest())
            names.append(path.name)
            plain += bool((pixels == pixels[0, 0]).all())
            on_step(len(names) + len(broken), len(files))
        room.flush()
        del room
    if not names:
        (into / PIXELS).unlink()
        raise InputError(f"none of the {len(files)} pictures can be read; the first: {broken[0][1]}")
    copies = len(hashes) - len(set(hashes))
    record = {"names": names, "aside": _aside(hashes), "broken": broken, "plain": plain, "copies": copies}
    with atomic(into / LIST) as temporary:
        temporary.write_text(json.dumps(record), encoding="utf-8")
    return _stored(into)


def fitted(picture: Picture, *, size: tuple[int, int], fit: str = "crop") -> Picture:
    """A picture brought to a size, width and height.

    Parameters
    ----------
    fit : "crop" cuts off what does not fit in; "letterbox" shows all of it between black bars; "pad" shows all of it
        with its own border drawn on, or nothing around it where it is transparent

    Raises
    ------
    InputError
        There is no such way to fit.
    """
    if fit not in FITS:
        raise InputError(f"fit {fit!r}: it is one of {', '.join(FITS)}")
    width, height = size
    scales = width / picture.width, height / picture.height
    scale = max(scales) if fit == "crop" else min(scales)
    inner = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if fit == "crop":
        inner = max(width, inner[0]), max(height, inner[1])
        return picture.resized(size=inner).cropped(width, height)
    pixels = rgba(picture.resized(size=(min(inner[0], width), min(inner[1], height))))
    down, across = height - pixels.shape[0], width - pixels.shape[1]
    margins = ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0))
    if fit == "pad" and picture.alpha is None:
        return Picture.of(np.pad(pixels, margins, mode="edge"))
    around = np.pad(pixels, margins)
    if picture.alpha is None:
        around[..., 3] = 255
    return Picture.of(around)


def rgba(picture: Picture) -> np.ndarray:
    """uint8 [h, w, 4]."""
    alpha = np.full(picture.pixels.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha
    return np.dstack([picture.pixels, alpha])


def _aside(hashes: list[str]) -> list[int]:
    """By the pixels, so that copies of a picture are kept aside together; of two one at least, and at most half."""
    different = sorted(set(hashes))
    drawn = [digest for digest in different if int(digest, 16) % ASIDE == 0] or different[:1]
    chosen = set(drawn[: len(different) // 2])
    return [index for index, digest in enumerate(hashes) if digest in chosen]


def _stored(folder: Path) -> Collection:
    record = json.loads((folder / LIST).read_text(encoding="utf-8"))
    names = tuple(record["names"])
    pixels = np.load(folder / PIXELS, mmap_mode="r")[: len(names)]
    broken = tuple((name, reason) for name, reason in record["broken"])
    return Collection(
        pixels=pixels,
        names=names,
        aside=tuple(record["aside"]),
        broken=broken,
        plain=record["plain"],
        copies=record["copies"],
    )
