"""Takes into files: where they go, refused before work that could not be saved, and written all or none."""

import contextlib
import dataclasses
import functools
import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from genart.cli.output import emit, note
from genart.errors import InputError
from genart.families.takes import Takes
from genart.files import atomic
from genart.music import formats

F = TypeVar("F", bound=Callable[..., Any])

STDOUT = "-"


def saved(command: F) -> F:
    """Give a command ``-o --force --no-recipe``: parameters `out`, `force` and `recipe`, as :func:`deliver` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def deliver(
    make: Callable[[], Takes],
    *,
    n: int,
    out: Sequence[str],
    default: Path,
    force: bool = False,
    recipe: bool = True,
    **drawn: Any,
) -> None:
    """Check where `n` takes would go, make them, say what they are, save them, and print where they are.

    Parameters
    ----------
    make : gives the takes; called when nothing speaks against saving them
    out : files, each with another format of the same takes; "-" is MIDI to standard output
    default : the file when `out` is empty; the first of default, default-2, default-3 ... that is free
    drawn : how pictures and scores look, see :meth:`genart.music.score.Score.save`
    """
    if STDOUT in out and n > 1:
        raise click.UsageError(f"standard output takes one take, not {n}: name a file, as in -o song.mid")
    targets = functools.partial(_targets, out, default=default, n=n, force=force)
    targets()
    takes = make()
    for fact in takes.facts:  # before saving: what the seed gives is not lost if that fails
        note(f"seed {fact.seed} · {fact.faults}")
    files = targets()  # anew: a while has passed
    if any(path.suffix.lower() in formats.SOUNDS for paths in files for path in paths):
        from genart.audio import synth

        note(synth.describe())
    _save(takes, files, recipe=recipe, **drawn)
    if STDOUT in out:
        _pipe(takes, recipe=recipe)
    # What is on standard output is then the music alone.
    with contextlib.redirect_stdout(sys.stderr) if STDOUT in out else contextlib.nullcontext():
        emit(_record(takes, files), lines=[str(path) for paths in files for path in paths])


def _targets(out: Sequence[str], *, default: Path, n: int, force: bool) -> list[list[Path]]:
    """The files of each take. Raises InputError where one could not be written."""
    if out:
        named = [Path(name) for name in dict.fromkeys(out) if name != STDOUT]
        by_file = [_numbered(path, n) for path in named]
    else:
        by_file, force = [next(paths for paths in _free(default, n) if not any(map(os.path.lexists, paths)))], False
    for path in (path for paths in by_file for path in paths):
        _check(path, force=force)
    return [list(paths) for paths in zip(*by_file, strict=True)] or [[] for _ in range(n)]


def _numbered(path: Path, n: int) -> list[Path]:
    return [path] if n == 1 else [path.with_stem(f"{path.stem}-{take}") for take in range(1, n + 1)]


def _free(path: Path, n: int) -> Iterator[list[Path]]:
    """Names for n takes: path, path-2, path-3 ..."""
    yield _numbered(path, n)
    for number in itertools.count(2):
        yield _numbered(path.with_stem(f"{path.stem}-{number}"), n)


def _check(path: Path, *, force: bool) -> None:
    """Raise a GenartError where saving to `path` would fail, unless the disk runs full."""
    formats.check(path, force=force)
    if path.suffix.lower() in formats.SOUNDS:
        from genart.audio.audio import check_target

        check_target(path, rate=44100, channels=2, force=force)
    with contextlib.suppress(_Fine), atomic(path):
        raise _Fine


class _Fine(Exception):
    """A file could be written; raised so that it is not."""


def _save(takes: Takes, files: Sequence[Sequence[Path]], *, recipe: bool, **drawn: Any) -> None:
    """Write every file of every take, or, where one fails, none."""
    with contextlib.ExitStack() as written:
        for take, paths in zip(takes, files, strict=True):
            for path in paths:
                temporary = written.enter_context(atomic(path))
                try:
                    take.save(temporary, recipe=recipe, force=True, **drawn)
                except InputError as error:
                    raise InputError(str(error).replace(str(temporary), str(path))) from error


def _pipe(takes: Takes, *, recipe: bool) -> None:
    from genart.music import midi

    data = io.BytesIO()
    midi.write(takes[0], data, recipe=recipe)
    sys.stdout.buffer.write(data.getvalue())
    sys.stdout.buffer.flush()


def _record(takes: Takes, files: Sequence[Sequence[Path]]) -> dict[str, Any]:
    facts = [dataclasses.asdict(fact) for fact in takes.facts] or [{}] * len(takes)
    return {
        "understood": takes.understood,
        "remarks": takes.remarks,
        "takes": [{"paths": [str(path) for path in paths], **fact} for fact, paths in zip(facts, files, strict=True)],
    }


_OPTIONS = (
    click.option(
        "-o",
        "--out",
        multiple=True,
        metavar="FILE",
        help=f"Where to save; may be given several times, for {', '.join(formats.SAVED)}; - is MIDI to stdout.",
    ),
    click.option("--force", is_flag=True, help="Overwrite files that exist."),
    click.option("--no-recipe", "recipe", flag_value=False, default=True, help="Leave out how the files were made."),
)
