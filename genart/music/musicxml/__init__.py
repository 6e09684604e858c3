"""MusicXML files, which MuseScore, Sibelius, Finale and Dorico open: read, and written as a musician would.

Nothing needs to be installed for it.
"""

import dataclasses
import logging
import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import BinaryIO

from genart.errors import InputError
from genart.files import atomic, read_bytes, refuse_existing
from genart.music import formats
from genart.music.musicxml import archive, reading, scores, writing
from genart.music.notation import notate
from genart.music.score import Score
from genart.recipe import Recipe

MOST_BYTES = archive.MOST_BYTES
log = logging.getLogger("genart")


def read(file: str | os.PathLike[str] | BinaryIO) -> Score:
    """Read a MusicXML file, zipped or not.

    Tied notes are joined, transposing instruments sound as they do, lyrics are those of the first verse. A part
    becomes a track, or a track for each voice where the voices go on side by side, as in hymnals. What a score cannot
    hold (slurs, dynamics, grace notes, repeats, which are not played) is left out; the last two are logged.

    Parameters
    ----------
    file
        A path, "-" for standard input, or a file opened for reading bytes.

    Raises
    ------
    InputError
        It cannot be read, is no MusicXML, damaged, larger than 128 MB, or declares entities.
    """
    name, data = formats.content(file, limit=MOST_BYTES)
    name = name or "MusicXML data"
    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is too large: at most {MOST_BYTES // 2**20} MB can be read")
    try:
        root = archive.document(data)
        parts = reading.parts(root)
        title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
        score = scores.assemble(parts, title=" ".join(title.split()))
        recipe = _recipe_text(root)
        recipe = Recipe.from_json(recipe) if recipe else None
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    for remark in sorted({remark for part in parts for remark in part.remarks}):
        log.warning("%s: %s", name, remark)
    return dataclasses.replace(score, recipe=recipe)


def write(
    score: Score,
    file: str | os.PathLike[str] | BinaryIO,
    *,
    staves: int | None = None,
    recipe: bool = True,
    force: bool = False,
) -> None:
    """Write a score as MusicXML 4.0, zipped if the file is called .mxl.

    Parameters
    ----------
    file
        A path, "-" for standard output, or a file opened for writing bytes.
    staves
        See :func:`genart.music.notation.notate`.
    recipe
        Whether the file says how the score was made, where that is known.
    force
        Whether a file that exists is overwritten.

    Raises
    ------
    InputError
        The file exists or cannot be written, or the score has no notes or does not fit on so many staves.
    """
    data = to_bytes(score, staves=staves, recipe=recipe)
    if file == "-":
        sys.stdout.buffer.write(data)
    elif isinstance(file, (str, os.PathLike)):
        refuse_existing(file, force=force)
        with atomic(file) as temporary:
            temporary.write_bytes(archive.pack(data) if Path(file).suffix.lower() == ".mxl" else data)
    else:
        file.write(data)


def to_bytes(score: Score, *, staves: int | None = None, recipe: bool = True) -> bytes:
    """The MusicXML document of a score, see :func:`write`."""
    return writing.to_bytes(notate(score, staves=staves), recipe=score.recipe if recipe else None)


def recipe_in(path: str | os.PathLike[str]) -> str | None:
    """The JSON of the recipe in a MusicXML file, None if there is none. Raises InputError if it cannot be read."""
    return _recipe_text(archive.document(read_bytes(path, limit=MOST_BYTES)))


def _recipe_text(root: ET.Element) -> str | None:
    for field in root.iterfind("identification/miscellaneous/miscellaneous-field"):
        if field.get("name") == writing.RECIPE_FIELD:
            return field.text
    return None
