"""Moving pictures stored as pictures: animations in one file, and folders."""

import math
import os
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.image.clip import USUAL, Clip, Shot
from genart.image.folder import pictures_in
from genart.image.picture import MOST_PIXELS, Picture

FASTEST = Fraction(50)  # frames a second of animations: browsers slow down what is faster
SHORTEST, INSTEAD = 10, 100  # milliseconds: browsers show frames of up to 0.01 s for 0.1 s
JITTER = 10  # milliseconds by which frames of a constant rate differ, GIF counting in hundredths
WHITE = (255, 255, 255)


def animation(path: str, *, rate: Fraction | None = None) -> Clip:
    """An animated GIF, WebP or PNG, laid over white where it is transparent; see :meth:`Clip.open`."""
    with _opened(path) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise InputError(f"{path} is {width} x {height} pixels: at most {MOST_PIXELS // 10**6} million can be read")
        if getattr(image, "n_frames", 1) < 2:
            raise InputError(f"{path} is a still picture: a video, an animation or a folder of pictures is needed")
        lengths = []
        try:
            for index in range(image.n_frames):
                image.seek(index)
                lengths.append(_milliseconds(image))
        except Exception as error:  # the plugins raise whatever their parsers stumble over
            if not lengths:
                raise InputError(f"{path} is damaged; copy or export it anew") from error
    rate = rate or _rate(lengths)
    return Clip(
        path=path,
        width=width,
        height=height,
        rate=rate,
        frames=max(1, math.floor(Fraction(sum(lengths), 1000) * rate + Fraction(1, 2))),
        shots=lambda: _animated(path, lengths),
    )


def folder(path: str, *, rate: Fraction) -> Clip:
    """A folder of pictures of one size, in the order of their names; see :meth:`Clip.open`."""
    files = pictures_in(path)
    first = Picture.read(files[0])
    return Clip(
        path=path,
        width=first.width,
        height=first.height,
        rate=rate,
        frames=len(files),
        shots=lambda: _leafed(files, size=first.size, rate=rate),
    )


def count(path: str | os.PathLike[str]) -> int:
    """How many frames a picture file holds; 0 where it is not a picture."""
    try:
        with _opened(os.fspath(path)) as image:
            return getattr(image, "n_frames", 1)
    except InputError:
        return 0


def _opened(path: str) -> Any:
    from PIL import Image

    try:
        return Image.open(path, formats=["GIF", "WEBP", "PNG"])
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or 'it is cut short or damaged'}") from None
    except Exception as error:  # the plugins raise whatever their parsers stumble over
        raise InputError(f"{path} is damaged; copy or export it anew") from error


def _milliseconds(image: Any) -> int:
    image.load()  # before which WebP files do not tell
    length = round(image.info.get("duration", 0))
    return length if length > SHORTEST else INSTEAD


def _rate(lengths: list[int]) -> Fraction:
    if max(lengths) - min(lengths) > JITTER:
        return min(FASTEST, Fraction(1000, math.gcd(*lengths)))
    mean = Fraction(1000 * len(lengths), sum(lengths))
    usual = min(USUAL, key=lambda rate: abs(rate - mean))
    return usual if abs(len(lengths) / usual * 1000 - sum(lengths)) <= JITTER else mean


def _animated(path: str, lengths: list[int]) -> Generator[Shot, None, None]:
    elapsed = 0
    with _opened(path) as image:
        for index, length in enumerate(lengths):
            try:
                image.seek(index)
                pixels = np.asarray(image.convert("RGBA"))
            except Exception:  # damaged from here on: what came before can be had
                return
            shown = Picture.of(pixels).over(WHITE).pixels.copy()
            yield Shot(time=Fraction(elapsed, 1000), length=Fraction(length, 1000), render=lambda shown=shown: shown)
            elapsed += length


def _leafed(files: list[Path], *, size: tuple[int, int], rate: Fraction) -> Generator[Shot, None, None]:
    for index, file in enumerate(files):
        yield Shot(time=index / rate, length=1 / rate, render=lambda file=file: _leaf(file, size))


def _leaf(file: Path, size: tuple[int, int]) -> np.ndarray:
    picture = Picture.read(file)
    if picture.size != size:
        raise InputError(
            f"{file} is {picture.width} x {picture.height} pixels and the first of its folder {size[0]} x {size[1]}: "
            "the frames of a film need one size"
        )
    return picture.over(WHITE).pixels.copy()
