"""Recipes: how a work was made, so that it can be made again.

A recipe travels with a work and into its files: a text event in MIDI, a text chunk in PNG, the Exif comment in JPEG
and WebP, the description in TIFF, ``<metadata>`` in SVG, a miscellaneous field in MusicXML, the comment field in WAV,
FLAC, MP3, GIF and films. Everywhere but in PNG and MusicXML, whose places for it have a name of their own, the text
begins with :data:`PREFIX`.
"""

import hashlib
import html
import io
import json
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from genart.errors import InputError

PREFIX = "@genart "  # MuseScore takes MIDI texts for lyrics unless they begin with "@"
PNG_KEYWORD = "genart"
NAMELESS = "stdin"  # a source that is no file


@dataclass(frozen=True, kw_only=True)
class Source:
    """An input of a work.

    Attributes
    ----------
    name : base name of the file, never a path, so that nothing about the artist's folders leaks
    sha256 : 64 hexadecimal digits over the file's bytes
    """

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or self.name in (".", "..") or re.search(r"[/\\\0]", self.name):
            raise InputError(f"a recipe names its inputs by base name only, not {self.name!r}")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise InputError(f"{self.sha256!r} is not a sha256: 64 hexadecimal digits are needed")

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "Source":
        """The file at `path`, read once. Raises InputError when it cannot be read."""
        return cls(name=re.split(r"[/\\]", os.fspath(path))[-1], sha256=sha256_of(path))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a work was made.

    Attributes
    ----------
    verb : what was done: "harmonize", "compose" ...
    model, weights : name of the model and sha256 of its weights, "" where none took part
    seed : the whole number that names the work
    parameters : every parameter of the verb, as JSON values (tuples become lists)
    sources : the inputs
    versions : {"genart": "0.1.0", "jax": "0.10.0"}
    device : "cpu", "gpu" or "tpu"
    """

    verb: str
    model: str = ""
    weights: str = ""
    seed: int
    parameters: dict[str, Any]
    sources: tuple[Source, ...] = ()
    versions: dict[str, str]
    device: str

    def __post_init__(self) -> None:
        # What is equal stays equal after a file, and what JSON cannot hold fails here and not when saving.
        plain = json.loads(json.dumps(self.parameters, allow_nan=False))
        object.__setattr__(self, "parameters", plain)
        object.__setattr__(self, "sources", tuple(self.sources))

    def to_json(self) -> str:
        """One line of ASCII with sorted keys: equal recipes give equal bytes."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Read what :meth:`to_json` wrote; fields of later versions are passed over.

        Raises
        ------
        InputError
            The text is not JSON, or a field is missing or of another kind.
        """
        try:
            fields = json.loads(text)
            return cls(
                verb=_of_kind(str, fields["verb"]),
                model=_of_kind(str, fields["model"]),
                weights=_of_kind(str, fields["weights"]),
                seed=_of_kind(int, fields["seed"]),
                parameters=_of_kind(dict, fields["parameters"]),
                sources=tuple(
                    Source(name=_of_kind(str, source["name"]), sha256=_of_kind(str, source["sha256"]))
                    for source in _of_kind(list, fields["sources"])
                ),
                versions={name: _of_kind(str, v) for name, v in _of_kind(dict, fields["versions"]).items()},
                device=_of_kind(str, fields["device"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"the genart recipe is damaged ({_reason(error)}) and cannot be read") from None


def sha256_of(data: str | os.PathLike[str] | bytes) -> str:
    """sha256 of bytes, or of the file at a path, as 64 hexadecimal digits. InputError when it cannot be read."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    try:
        with open(data, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {data}: {error.strerror}") from None


def read_recipe(path: str | os.PathLike[str]) -> Recipe | None:
    """The recipe in a file of music, sound or a picture of the formats that genart writes, None if there is none.

    Only the metadata is read: the rest of the file may be damaged.

    Raises
    ------
    InputError
        The file cannot be read, has another extension, or its recipe is damaged.
    """
    path = Path(path)
    find = _FINDERS.get(path.suffix.lower())
    if find is None:
        raise InputError(f"{path} cannot carry a recipe: files that can are {', '.join(sorted(_FINDERS))}")
    try:
        text = find(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    return None if text is None else Recipe.from_json(text)


def append_to_wav(path: str | os.PathLike[str], recipe: Recipe) -> None:
    """Add the recipe as a comment (LIST INFO ICMT) at the end of a WAV file.

    libsndfile drops every text of a WAV file, saying nothing, when they pass 2 KB together.
    """
    text = (PREFIX + recipe.to_json()).encode("ascii") + b"\0"
    text += b"\0" * (len(text) % 2)  # chunks begin at even offsets
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    with open(path, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.write(b"\0" * (end % 2) + b"LIST" + struct.pack("<I", len(info)) + info)
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


def svg_metadata(recipe: Recipe | None) -> str:
    """The ``<metadata>`` element that carries the recipe in an SVG picture, "" without one."""
    return "" if recipe is None else f"<metadata>{html.escape(PREFIX + recipe.to_json())}</metadata>"


def _of_kind(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r:.40} where a {kind.__name__} belongs")
    return value


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _after_prefix(text: str) -> str | None:
    return text[len(PREFIX) :] if text.startswith(PREFIX) else None


def _in_midi(path: Path) -> str | None:
    # A text event is FF 01, its length in groups of seven bits, its bytes.
    data = path.read_bytes()
    for match in re.finditer(rb"\xff\x01([\x80-\xff]{0,3}[\x00-\x7f])(?=@genart )", data):
        length = 0
        for byte in match[1]:
            length = length << 7 | byte & 0x7F
        return _after_prefix(data[match.end() : match.end() + length].decode("latin-1"))
    return None


def _in_png(path: Path) -> str | None:
    with open(path, "rb") as file:
        if file.read(8) != b"\x89PNG\r\n\x1a\n":
            return None
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind in (b"tEXt", b"iTXt"):
                keyword, _, rest = file.read(length).partition(b"\0")
                if keyword == PNG_KEYWORD.encode():
                    # iTXt puts two flags, a language and a translated keyword before the text.
                    return (rest if kind == b"tEXt" else rest[2:].split(b"\0", 2)[-1]).decode("utf-8", "replace")
                length = 0
            file.seek(length + 4, os.SEEK_CUR)  # 4: the checksum
    return None


def _in_picture(path: Path) -> str | None:
    from genart.image.decoding import recipe_in

    return recipe_in(path)


def _in_film(path: Path) -> str | None:
    from genart.image.tags import recipe_in

    return recipe_in(path)


def _in_svg(path: Path) -> str | None:
    match = re.search(r"<metadata>(@genart .*?)</metadata>", path.read_text("utf-8", "replace"), re.DOTALL)
    return None if match is None else _after_prefix(html.unescape(match[1]))


def _in_musicxml(path: Path) -> str | None:
    from genart.music import musicxml

    try:
        return musicxml.recipe_in(path)
    except InputError:
        path.read_bytes()  # tells a file that is not there from one that is no score
        return None


def _in_wav(path: Path) -> str | None:
    with open(path, "rb") as file:
        if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WAVE":
            return None
        for kind, length in _riff_chunks(file):
            body = file.read(length) if kind == b"LIST" else b""
            info = io.BytesIO(body.removeprefix(b"INFO"))
            for name, size in _riff_chunks(info):
                text = info.read(size).rstrip(b"\0").decode("latin-1")
                if name == b"ICMT" and text.startswith(PREFIX):
                    return _after_prefix(text)
    return None


def _riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk, `file` standing at its body."""
    while len(head := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        start = file.tell()
        yield kind, length
        file.seek(start + length + length % 2)


def _in_comment(path: Path) -> str | None:
    import soundfile

    try:
        with soundfile.SoundFile(path) as sound:
            return _after_prefix(sound.comment)
    except soundfile.LibsndfileError:
        path.read_bytes()  # tells a file that is not there from one that is not sound
        return None


_FINDERS: dict[str, Callable[[Path], str | None]] = {
    ".mid": _in_midi,
    ".midi": _in_midi,
    ".png": _in_png,
    ".jpg": _in_picture,
    ".jpeg": _in_picture,
    ".webp": _in_picture,
    ".tif": _in_picture,
    ".tiff": _in_picture,
    ".mp4": _in_film,
    ".mov": _in_film,
    ".webm": _in_film,
    ".mkv": _in_film,
    ".gif": _in_film,
    ".svg": _in_svg,
    ".musicxml": _in_musicxml,
    ".mxl": _in_musicxml,
    ".xml": _in_musicxml,
    ".wav": _in_wav,
    ".flac": _in_comment,
    ".mp3": _in_comment,
}
