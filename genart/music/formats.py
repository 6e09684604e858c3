"""Files of every kind that a score is read from and saved as."""

import dataclasses
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from genart.errors import InputError
from genart.files import read_bytes, refuse_existing

if TYPE_CHECKING:
    from genart.music.score import Score

MIDI = (".mid", ".midi")
SCORES = (".musicxml", ".mxl", ".xml")
SOUNDS = (".wav", ".flac", ".mp3")
PICTURES = (".png", ".svg")
PAGES = (".pdf",)
SAVED = (*MIDI[:1], *SCORES[:2], *SOUNDS, *PICTURES, *PAGES)
LOOKS = ("roll", "score")
DRAWN = ("look", "staves")  # options of `save` that a recipe tells beside the parameters of its verb
XML_STARTS = (b"<", b"PK\x03\x04", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")  # the last: with byte order marks


def read(file: str | os.PathLike[str] | BinaryIO) -> "Score":
    """Read a MIDI or MusicXML file, whatever it is called.

    See :func:`genart.music.midi.read` and :func:`genart.music.musicxml.read`, also for what `file` may be and for
    what is refused.
    """
    from genart.music import midi, musicxml

    name, data = content(file, limit=musicxml.MOST_BYTES)
    kind = musicxml if data.lstrip().startswith(XML_STARTS) else midi
    return kind.read(_Named(data, name=name))


def save(
    score: "Score",
    path: str | os.PathLike[str],
    *,
    look: str = "roll",
    staves: int | None = None,
    soundfont: str | os.PathLike[str] | None = None,
    recipe: bool = True,
    force: bool = False,
) -> None:
    """Write a score as its extension says. See :meth:`genart.music.score.Score.save`."""
    check(path, look=look, force=force)
    if look not in LOOKS:
        raise InputError(f"look {look!r}: a picture is a {' or a '.join(LOOKS)}")
    if score.recipe is not None:  # how a score was made says also how it was drawn
        asked = {"look": None if look == LOOKS[0] else look, "staves": staves}
        asked = {name: value for name, value in asked.items() if value is not None}
        score = dataclasses.replace(
            score, recipe=dataclasses.replace(score.recipe, parameters=score.recipe.parameters | asked)
        )
    extension = Path(path).suffix.lower()
    if extension in MIDI:
        from genart.music import midi

        midi.write(score, path, recipe=recipe, force=force)
    elif extension in SCORES:
        from genart.music import musicxml

        musicxml.write(score, path, staves=staves, recipe=recipe, force=force)
    elif extension in SOUNDS:
        from genart.audio import synth

        synth.save(score, path, soundfont=soundfont, recipe=recipe, force=force)
    elif extension in PAGES or (extension in PICTURES and look == "score"):
        from genart.music import engrave

        engrave.save(score, path, staves=staves, recipe=recipe, force=force)
    else:
        from genart import show

        show.save(score, path, recipe=recipe, force=force)


def check(path: str | os.PathLike[str], *, look: str = "roll", force: bool = False) -> None:
    """Refuse a file that a score could not be saved as, before it is made.

    Raises
    ------
    InputError
        The name has no known extension, or the file exists and `force` is not set.
    MissingExtra
        Engraving it, which is asked for by `look` or the extension, needs what is not installed.
    """
    extension = Path(path).suffix.lower()
    if extension not in (*MIDI, *SCORES, *SOUNDS, *PICTURES, *PAGES):
        raise InputError(f"{os.fspath(path)}: a score is saved as {', '.join(SAVED[:-1])} or {SAVED[-1]}")
    if extension in PAGES or (extension in PICTURES and look == "score"):
        from genart.music import engrave

        engrave.check_installed(extension)
    refuse_existing(path, force=force)


class _Named(io.BytesIO):
    """Bytes that errors can name."""

    def __init__(self, data: bytes, *, name: str | None) -> None:
        super().__init__(data)
        self.name = name


def content(file: str | os.PathLike[str] | BinaryIO, *, limit: int) -> tuple[str | None, bytes]:
    """Base name, if it has one, and bytes of a file, read once, for a pipe cannot be read again.

    At most one byte more than `limit` comes from an open file or standard input ("-"); a path must not have more.
    Raises InputError if it cannot be read.
    """
    if isinstance(file, (str, os.PathLike)) and file != "-":
        return os.path.basename(file), read_bytes(file, limit=limit)
    stream = sys.stdin.buffer if isinstance(file, (str, os.PathLike)) else file
    path = getattr(stream, "name", None)
    name = os.path.basename(path) if isinstance(path, str) else None
    data = stream.read(limit + 1)
    if not isinstance(data, bytes):
        raise InputError(f"{name or 'the music'}: open the file for reading bytes, not text")
    return name, data
