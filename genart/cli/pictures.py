"""Pictures and films from files into files: which there are, where they go, and how they are painted one by one."""

import contextlib
import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from genart import progress
from genart.cli.output import note, settings
from genart.errors import InputError
from genart.files import refuse_existing
from genart.image import film
from genart.image.clip import Clip, moves
from genart.image.folder import pictures_in
from genart.image.picture import SAVED, Picture
from genart.image.reel import FORMATS
from genart.progress import OnStep
from genart.recipe import Source


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A file and what is made of it; `moving` are films, animations and folders of frames."""

    source: Path
    target: Path
    moving: bool


class Painter(Protocol):
    """What paints pictures and films, such as :class:`genart.families.easel.Easel`."""

    def picture(self, picture: Picture, *, source: Source | None, on_step: OnStep) -> Picture: ...

    def film(self, path: Path, out: Path, *, force: bool, recipe: bool, on_step: OnStep) -> list[str]: ...


def jobs(inputs: Sequence[str], *, label: str, out: str | None, force: bool) -> list[Job]:
    """What is to be done.

    Parameters
    ----------
    inputs : files, folders and patterns, of pictures and films
    label : what names of files are marked with, as in IN.LABEL.png
    out : a file for one input, a folder for several; by default a free name in the current folder

    Raises
    ------
    InputError
        An input does not exist, or a target does and `force` is not set, or could not be written.
    """
    if len(inputs) == 1 and os.path.isdir(inputs[0]) and out is not None and _is_film_name(out):
        film.check_target(out, force=force)
        return [Job(source=Path(inputs[0]), target=Path(out), moving=True)]
    found = [(path, moves(path)) for path in pictures_in(*inputs)]
    if len(found) == 1 and not os.path.isdir(inputs[0]):
        ((path, moving),) = found
        return [_single(path, label=label, out=out, force=force, moving=moving)]
    if out is not None and (os.path.isfile(out) or Path(out).suffix.lower() in (*SAVED, *FORMATS)):
        raise InputError(f"{out} is one file, and there are {len(found)} to paint: name a folder with -o")
    base = Path(inputs[0]).resolve().name if len(inputs) == 1 and os.path.isdir(inputs[0]) else "stylized"
    folder = Path(out) if out is not None else free(Path(f"{base}.{label}"))
    taken: set[Path] = set()
    planned = []
    for path, moving in found:
        wanted = folder / f"{path.stem}{_ending(path, moving=moving)}"
        target = next(name for name in _names(wanted) if name not in taken)
        taken.add(target)
        refuse_existing(target, force=force)
        planned.append(Job(source=path, target=target, moving=moving))
    return planned


def first_seen(planned: Sequence[Job]) -> tuple[Picture, str]:
    """The first picture or first frame that can be read, and the sha256 of its file. InputError where none can."""
    errors = []
    for job in planned:
        try:
            if not job.moving:
                return Picture.read(job.source), Source.of(job.source).sha256
            with Clip.open(job.source) as clip:
                frame = next(iter(clip))
            return Picture.of(frame), Source.of(job.source).sha256 if job.source.is_file() else ""
        except InputError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    raise InputError(f"none of the {len(errors)} files can be read; the first: {errors[0]}")


def painted(
    planned: Sequence[Job], painter: Painter, *, force: bool, recipe: bool
) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Do the jobs, pictures before films.

    Returns
    -------
    done, skipped : the files written; and those left out, with the reason

    Raises
    ------
    InputError
        A file cannot be written, or the only one not be painted.
    """
    done: list[Path] = []
    skipped: list[tuple[Path, str]] = []
    stills = [job for job in planned if not job.moving]

    def attempt(job: Job, work: Callable[[], Picture | Clip]) -> Picture | Clip | None:
        try:
            return work()
        except InputError as error:
            if len(planned) == 1:
                raise
            skipped.append((job.source, str(error)))
            note(f"skipped: {error}")
            return None

    with bar("painting") if stills else contextlib.nullcontext(_nothing) as step:
        for number, job in enumerate(stills):
            picture = attempt(
                job, lambda job=job, number=number: _still(job, painter, _part(step, number, len(stills)))
            )
            if isinstance(picture, Picture):
                job.target.parent.mkdir(parents=True, exist_ok=True)
                picture.save(job.target, recipe=recipe, force=force)
                done.append(job.target)
            step(number + 1, len(stills))
    for job in planned:
        if job.moving and isinstance(attempt(job, lambda job=job: Clip.open(job.source)), Clip):
            job.target.parent.mkdir(parents=True, exist_ok=True)
            with bar(job.source.name) as step:
                remarks = painter.film(job.source, job.target, force=force, recipe=recipe, on_step=step)
            for remark in remarks:
                note(remark)
            done.append(job.target)
    return done, skipped


def bar(label: str) -> contextlib.AbstractContextManager[OnStep]:
    """A progress bar with the time that is left, unless ``--quiet``."""
    return progress.shown(label, on_step=_nothing if settings().quiet else None)


def _nothing(done: int, total: int) -> None:
    pass


def _part(step: OnStep, number: int, count: int) -> OnStep:
    """Progress within one of several pictures."""
    return lambda done, total: step(number * total + done, count * total)


def _still(job: Job, painter: Painter, step: OnStep) -> Picture:
    return painter.picture(Picture.read(job.source), source=Source.of(job.source), on_step=step)


def _single(path: Path, *, label: str, out: str | None, force: bool, moving: bool) -> Job:
    ending = _ending(path, moving=moving)
    if out is None:
        target = free(Path(f"{path.stem}.{label}{ending}"))
    elif not moving and (out.endswith(("/", os.sep)) or os.path.isdir(out)):
        target = Path(out) / f"{path.stem}{ending}"
    else:
        target = Path(out)
    if moving:
        film.check_target(out or target, force=force)
    else:
        if target.suffix.lower() not in SAVED:
            raise InputError(f"{target}: a picture is saved as .png, .jpg, .webp or .tif")
        refuse_existing(target, force=force)
    return Job(source=path, target=target, moving=moving)


def _ending(path: Path, *, moving: bool) -> str:
    extension = path.suffix.lower()
    if moving:
        return extension if extension in FORMATS else ".mp4"
    return extension if extension in SAVED else ".png"


def _is_film_name(out: str) -> bool:
    return Path(out).suffix.lower() in FORMATS and Path(out).suffix.lower() not in SAVED


def free(path: Path) -> Path:
    """`path`, path-2, path-3 ..., the first that is not there."""
    return next(name for name in _names(path) if not os.path.lexists(name))


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in itertools.count(2):
        yield path.with_name(
            f"{path.stem}-{number}{path.suffix}" if path.suffix in (*SAVED, *FORMATS) else f"{path.name}-{number}"
        )
