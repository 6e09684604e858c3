"""Where tunes come from: three collections that the package music21 has, and the artist's own files.

The collections are James Aird's "A Selection of Scotch, English, Irish and Foreign Airs" (Glasgow 1782-1801,
transcribed by Jack Campin), Francis O'Neill's "Music of Ireland" (Chicago 1903, 1,850 melodies, transcribed by many)
and "Ryan's Mammoth Collection" (Boston 1883, transcribed by many); the files say who transcribed which tune.
"""

import dataclasses
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from genart.errors import InputError, MissingExtra
from genart.files import read_bytes
from genart.music.tunes import abc, stored
from genart.music.tunes.tune import LeftOut, Tune

COLLECTIONS = ("airdsAirs", "oneills1850", "ryansMammoth")  # folders of music21's corpus
ONEILL = (  # the parts of his book by the numbers of their tunes; those that hold several kinds are left out
    (range(1, 626), "air"),
    (range(701, 1116), "jig"),
    (range(1116, 1176), "slip jig"),
    (range(1176, 1556), "reel"),
    (range(1556, 1781), "hornpipe"),
    (range(1781, 1801), "set dance"),
)
ABC, SCORES = (".abc",), (".mid", ".midi", ".musicxml", ".mxl", ".xml")
MOST_BYTES = 64 * 2**20

Read = tuple[list[Tune], list[LeftOut]]


def read_collections() -> Read:
    """The tunes of the three collections, and those left out; read once and then kept in the cache folder.

    Reading takes about ten seconds, later calls about one.

    Raises
    ------
    MissingExtra
        music21, which has the files, is not installed.
    """
    folder = _corpus()
    name = f"tunes-{stored.VERSION}-{_fingerprint(folder)}.json"
    return stored.kept(name, lambda: _read_collections(folder))


def read_tunes(paths: Sequence[str | os.PathLike[str]]) -> Read:
    """The tunes in ABC, MIDI and MusicXML files, and those left out.

    Parameters
    ----------
    paths
        Files, or folders, in which such files are looked for at any depth. A MIDI or MusicXML file is one tune, its
        melody; see :func:`genart.music.tunes.scores.from_score`.

    Raises
    ------
    InputError
        A path does not exist, a given file is no such file, or there is no tune in any.
    """
    tunes: list[Tune] = []
    left_out: list[LeftOut] = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.suffix.lower() in (*ABC, *SCORES))
        else:
            found = [path]
        for file in found:
            try:
                more, less = _read_file(file)
            except InputError as error:
                if file == path:
                    raise
                more, less = [], [LeftOut(source=file.name, number=0, title=file.stem, reason=str(error))]
            tunes += more
            left_out += less
    if not tunes:
        names = ", ".join(os.fspath(path) for path in paths)
        why = f"; the first left out, {left_out[0].title!r}: {left_out[0].reason}" if left_out else ""
        raise InputError(f"no tunes in {names or 'nothing'}: give ABC, MIDI or MusicXML files or folders of them{why}")
    return tunes, left_out


def _read_file(path: Path) -> Read:
    suffix = path.suffix.lower()
    if suffix not in (*ABC, *SCORES):
        raise InputError(f"{path} is no tune: give {', '.join((*ABC, *SCORES))} files")
    if suffix in ABC:
        return abc.parse(_text(read_bytes(path, limit=MOST_BYTES)), source=path.name)
    from genart.music.score import Score
    from genart.music.tunes.scores import from_score

    tune = from_score(Score.read(path))
    return [dataclasses.replace(tune, source=path.name, title=path.stem)], []


def _text(data: bytes) -> str:
    """ABC files are UTF-8, or as old as Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _corpus() -> Path:
    """The folder of music21's corpus; music21 itself, which takes seconds to import, stays out."""
    found = importlib.util.find_spec("music21")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra('the collections of tunes come with music21; install it: pip install "genart[tunes]"')
    return Path(found.submodule_search_locations[0]) / "corpus"


def _files(folder: Path) -> list[Path]:
    return [file for name in COLLECTIONS for file in sorted((folder / name).glob("*.abc"))]


def _fingerprint(folder: Path) -> str:
    """What tells the files of one version of music21 from those of another."""
    import hashlib

    listed = [(file.name, file.stat().st_size) for file in _files(folder)]
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:12]


def _read_collections(folder: Path) -> Read:
    tunes: list[Tune] = []
    left_out: list[LeftOut] = []
    for file in _files(folder):
        more, less = abc.parse(_text(read_bytes(file, limit=MOST_BYTES)), source=file.parent.name)
        tunes += map(_as_printed, more)
        left_out += less
    if not tunes:
        raise MissingExtra('this music21 has no collections of tunes; install it anew: pip install "genart[tunes]"')
    return tunes, left_out


def _as_printed(tune: Tune) -> Tune:
    """O'Neill's tunes that name no kind, with that of the part of the book they are in."""
    if tune.source != "oneills1850" or tune.kind != "unknown":
        return tune
    kind = next((kind for numbers, kind in ONEILL if tune.number in numbers), "unknown")
    return dataclasses.replace(tune, kind=kind)
