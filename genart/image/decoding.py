"""Picture files into arrays: turned upright, in sRGB, eight bits a channel, whatever was stored."""

import contextlib
import io
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageCms

from genart.errors import InputError
from genart.image.metadata import recipe_text
from genart.image.picture import MOST_PIXELS

FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "TIFF": "TIFF", "GIF": "GIF", "BMP": "BMP"}  # Pillow's: ours
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"RIFF": "WebP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
}
# Most are TIFF inside, with a thumbnail where the picture is expected.
RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".sr2", ".srw")
ORIENTATION = 0x0112
UPRIGHT = {  # the tag's value: what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0

_one_thread = threading.Lock()


def decode(data: bytes, *, name: str) -> tuple[np.ndarray, np.ndarray | None, str | None]:
    """The picture in the bytes of a file; of an animation, its first frame.

    Parameters
    ----------
    data : all of a PNG, JPEG, WebP, TIFF, GIF or BMP file
    name : what errors call it

    Returns
    -------
    pixels : uint8 [h, w, 3], sRGB
    alpha : uint8 [h, w], None where nothing is transparent
    recipe : JSON of the recipe that the file carries, None without one

    Raises
    ------
    InputError
        The bytes are no picture of these formats, cut short or damaged, or the picture has more than 200 million
        pixels, which its header tells before any is decoded.
    """
    if not data:
        raise InputError(f"{name} is empty: a picture is expected")
    with _open(io.BytesIO(data), name) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise InputError(
                f"{name} is {width} x {height} pixels: at most {MOST_PIXELS // 10**6} million can be read; "
                "make it smaller"
            )
        try:
            with _pillow_hushed() if width * height > _pillows_limit() else contextlib.nullcontext():
                image.load()
            with _pillow_hushed():
                turn, recipe = _turn(image), recipe_text(image)
            return *_arrays(image if turn is None else image.transpose(turn), name), recipe
        except (InputError, MemoryError):
            raise
        except Exception as error:  # the plugins raise whatever their parsers stumble over
            raise InputError(_damaged(name, FORMATS[_format(image)])) from error


def recipe_in(path: str | os.PathLike[str]) -> str | None:
    """JSON of the recipe in the metadata of a picture file, None without one; OSError when it cannot be read."""
    with open(path, "rb") as file:
        try:
            with _open(file, os.fspath(path)) as image, _pillow_hushed():
                return recipe_text(image)
        except InputError:  # no picture
            return None


def _open(file: BinaryIO, name: str) -> Image.Image:
    """The header alone is read."""
    head = file.read(12)
    file.seek(0)
    known = next((format for magic, format in MAGIC.items() if head.startswith(magic)), None)
    if known == "WebP" and not b"WEBP".startswith(head[8:]):
        known = None
    if known is None or PurePath(name).suffix.lower() in RAW:
        *most, last = FORMATS.values()
        raise InputError(f"{name} is not a picture that can be read: {', '.join(most)} and {last} files are")
    try:
        with _pillow_hushed():
            return Image.open(file, formats=list(FORMATS))
    except Exception as error:
        raise InputError(_damaged(name, known)) from error


def _damaged(name: str, format: str) -> str:
    return f"{name} is a {format} picture that is cut short or damaged; copy or export it anew"


def _format(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a JPEG with a second view or a preview


@contextlib.contextmanager
def _pillow_hushed() -> Iterator[None]:
    """Without Pillow's own limit, which warns before a size can be looked at, and its warnings about metadata.

    Both are settings of the whole process, so that only one thread at a time is let in: for headers, not for pixels.
    """
    with _one_thread, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _pillows_limit() -> float:
    return Image.MAX_IMAGE_PIXELS or float("inf")


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What turns the picture upright."""
    try:
        return UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged metadata: the picture is none the worse
        return None


def _arrays(image: Image.Image, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    profile, transparent = image.info.get("icc_profile"), image.has_transparency_data
    if image.mode == "F" or image.mode.startswith("I"):
        image, transparent = Image.fromarray(_eight_bits(image, name)), False
    if transparent and image.mode in ("P", "1", "L", "RGB"):
        image = image.convert("RGBA")
    alpha = np.asarray(image.getchannel("A")) if transparent else None
    if image.mode not in ("L", "CMYK"):
        image = image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")
    converted = _in_srgb(image, profile) if profile else None
    return np.asarray(converted or image.convert("RGB")), alpha


def _eight_bits(image: Image.Image, name: str) -> np.ndarray:
    """Grey of 16 or 32 bits or of floats as uint8 [h, w]; Pillow's own conversion clips it at 255."""
    values = np.asarray(image).astype(np.float32)
    most = 1.0 if image.mode == "F" else 65535.0
    if not (values.min() >= 0 and values.max() <= most):  # also where there is a NaN
        raise InputError(f"{name} holds values outside 0 to {most:g}; export it with 8 or 16 bits a channel")
    tags: Any = getattr(image, "tag_v2", {})
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:  # which Pillow heeds up to 8 bits
        values = most - values
    return np.rint(values * (255 / most)).astype(np.uint8)


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture converted from its color profile; None where that is damaged, of another kind, or sRGB."""
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(given).startswith("sRGB"):
            return None
        return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
