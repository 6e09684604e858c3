"""Songs as artists give them: a file, its bytes, a text, a score or a recording."""

import io
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeGuard

from genart.audio.recording import is_recording
from genart.files import read_bytes
from genart.music import formats
from genart.music.musicxml import MOST_BYTES
from genart.music.score import Score
from genart.progress import OnStep
from genart.recipe import NAMELESS, Source, sha256_of

Song = str | os.PathLike[str] | BinaryIO | Score


def read_song(
    song: Song,
    *,
    meter: str | None = None,
    key: str | None = None,
    pickup: float | None = None,
    on_understood: Callable[[str, Sequence[str]], None] | None = None,
    on_step: OnStep | None = None,
) -> tuple[Score, tuple[Source, ...], str | None]:
    """The score, the file it came from if it came from one, and its text if it was given as such.

    Parameters
    ----------
    song : a MIDI or MusicXML file, or a recording of a melody (path or open), a Score, or a text
    meter, key : of a text, see :meth:`Score.parse`, or a recording; 4/4 by default
    pickup, on_understood, on_step : of a recording, see :func:`genart.music.transcribe.transcribe`

    Raises
    ------
    InputError
        The file or text cannot be read.
    """
    if isinstance(song, Score):
        return song, (), None
    if is_text(song):
        return Score.parse(song, meter=meter or "4/4", key=key), (), song
    if is_recording(song):
        from genart.music.transcribe import transcribe

        score = transcribe(
            song, meter=meter or "4/4", key=key, pickup=pickup, on_understood=on_understood, on_step=on_step
        )
        return score, score.recipe.sources if score.recipe else (), None
    if isinstance(song, (str, os.PathLike)):
        name, data = os.fspath(song), read_bytes(song, limit=MOST_BYTES)
    else:
        name, data = _name(song), song.read(MOST_BYTES + 1)  # one more than Score.read allows, so that it says so
    base = re.split(r"[/\\]", name)[-1]
    # Read once: a pipe, as shells make for <(command), could not be read again for its hash.
    return Score.read(_Named(data, name=base)), (Source(name=base, sha256=sha256_of(data)),), None


def is_text(song: object) -> TypeGuard[str]:
    """Whether a song is notes to parse rather than a file: words that name none."""
    if not isinstance(song, str) or Path(song).suffix.lower() in (*formats.MIDI, *formats.SCORES) or is_recording(song):
        return False
    return len(song.split()) > 1 and (len(song) > 255 or not Path(song).exists())


class _Named(io.BytesIO):
    """Bytes that errors can name."""

    def __init__(self, data: bytes, *, name: str) -> None:
        super().__init__(data)
        self.name = name


def _name(file: BinaryIO) -> str:
    """The name of an open file, or :data:`genart.recipe.NAMELESS`."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) and not name.startswith("<") else NAMELESS
