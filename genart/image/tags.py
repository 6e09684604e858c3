"""Recipes in the metadata of films: comments of MP4, QuickTime, Matroska and GIF, the Exif tag of WebP.

They are found without PyAV, and whatever is wrong with the rest of the file.
"""

import json
import mmap
import os
import re
import struct
from pathlib import Path

from genart.errors import InputError
from genart.recipe import PREFIX, Recipe

MATROSKA = b"\x1aE\xdf\xa3"
CLUSTER = b"\x1fC\xb6u"  # the first of which ends what Matroska says about the film
HEAD = 1 << 20  # bytes that are looked through for it
BLOCK = 255  # bytes that a block of a GIF comment holds at most
COMMENT = re.compile(rb"!\xfe(?=[\x08-\xff]@genart )")
ANIMATED_HAS_EXIF = 0x08  # the flag in the VP8X chunk of a WebP file


def recipe_in(path: str | os.PathLike[str]) -> str | None:
    """JSON of the recipe in an .mp4, .mov, .webm, .mkv or .gif file, None without one; OSError if unreadable."""
    with open(path, "rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"GIF8"):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _json_in(_gif_comment(data))
        if head.startswith(MATROSKA):
            return _json_in(head[: head.find(CLUSTER)])
        return _json_in(_movie_box(path))


def append_to_gif(path: Path, recipe: Recipe) -> None:
    """Add the recipe as a comment at the end of a GIF file."""
    text = (PREFIX + recipe.to_json()).encode("ascii")
    blocks = [text[start : start + BLOCK] for start in range(0, len(text), BLOCK)]
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)  # over the byte that ends the file
        file.write(b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0;")


def append_to_webp(path: Path, recipe: Recipe, *, size: tuple[int, int]) -> None:
    """Add the recipe as an Exif chunk at the end of a WebP file of `size`, width and height in pixels."""
    from genart.image.metadata import recipe_options

    try:
        exif = recipe_options(recipe, format="WEBP")["exif"].tobytes().removeprefix(b"Exif\0\0")
    except ValueError as error:
        raise InputError(f"{error} is too long for .webp; save as .mp4 or .webm, or leave it out") from None
    data = path.read_bytes()[12:]
    if not data.startswith(b"VP8X"):  # of a single frame
        sides = b"".join(struct.pack("<I", side - 1)[:3] for side in size)
        data = b"VP8X" + struct.pack("<II", 10, 0) + sides + data
    data = data[:8] + bytes([data[8] | ANIMATED_HAS_EXIF]) + data[9:]
    data += b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data)


def _json_in(data: bytes) -> str | None:
    start = data.find(PREFIX.encode("ascii"))
    if start < 0:
        return None
    text = data[start + len(PREFIX) :].decode("latin-1")
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]]
    except (ValueError, RecursionError):
        return text  # damaged, as its reader will say


def _gif_comment(data: mmap.mmap) -> bytes:
    found = COMMENT.search(data)
    if found is None:
        return b""
    comment, place = b"", found.end()
    while length := data[place]:
        comment += data[place + 1 : place + 1 + length]
        place += 1 + length
        if place >= len(data):
            break
    return comment


def _movie_box(path: str | os.PathLike[str]) -> bytes:
    """The content of the box that describes the film in an ISO media file (ISO/IEC 14496-12), b"" without one."""
    with open(path, "rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            length = size - 8
            if size == 1:
                length = int.from_bytes(file.read(8), "big") - 16
            if kind == b"moov":
                return file.read(length if length > 0 else -1)
            if length < 0:
                break
            file.seek(length, os.SEEK_CUR)
    return b""
