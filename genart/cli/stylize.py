"""``genart stylize``: pictures and films painted in a style."""

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from genart.cli import pictures
from genart.cli.output import common, emit, note, settings
from genart.errors import InputError
from genart.families import own_styles
from genart.families.again import arguments, recipe_to_follow, work_input
from genart.families.bundle import read_facts
from genart.families.mixture import BRUSHES, STRENGTHS, check_range, files_in, mixture_parts
from genart.families.registry import find
from genart.families.sizes import parsed
from genart.families.stylize import stylize
from genart.image.picture import Picture

DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(stylize).parameters.items()}


def _default(name: str) -> str:
    return f"  [default: {DEFAULTS[name]}]"


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "--style",
    "styles",
    multiple=True,
    help="A name, a blend such as great_wave:0.6,udnie:0.4, or a picture to learn the style from; may be given "
    "several times, each with its --mask.",
)
@click.option("--strength", type=float, help=f"0 gives the picture back, up to 1.5.{_default('strength')}")
@click.option("--brush", type=float, help=f"Size of the strokes, 0.5 to 2.{_default('brush')}")
@click.option("--keep-colors", is_flag=True, default=None, help="Paint in the picture's own colors.")
@click.option("--mask", "masks", multiple=True, metavar="FILE", help="White where the style is painted.")
@click.option("--size", help="Of the result: pixels of the shorter side, or 1280x720, which it fills.")
@click.option("--refine", type=int, metavar="N", help="Steps of optimizing the pixels, each a second or more.")
@click.option("--painting", metavar="FILE", help="The painting to refine with, where --style is a name.")
@click.option("--grid", is_flag=True, help="A contact sheet of all styles, without --style.")
@click.option("--save-style", metavar="NAME", help="Keep the style of --style PICTURE under a name.")
@click.option("--model", help=f"Name, folder or URL of a model.{_default('model')}")
@click.option("--seed", type=int, help="Of a style that is learned; drawn where none is given.")
@click.option("-o", "--out", metavar="PATH", help="A file for one input, a folder for several.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--no-recipe", "recipe", flag_value=False, default=True, help="Leave out how the files were made.")
@common
def command(
    inputs: tuple[str, ...],
    styles: tuple[str, ...],
    masks: tuple[str, ...],
    grid: bool,
    save_style: str | None,
    out: str | None,
    force: bool,
    recipe: bool,
    **options: Any,
) -> None:
    """Paint IN in a style: pictures, folders, patterns such as 'photos/*.jpg', or films, whose sound is kept.

    Without -o one picture is saved in the current folder as IN.STYLE.png (or .jpg, as IN is), then as IN.STYLE-2.png
    ...; several are saved in a folder IN.STYLE. A folder of frames becomes a film with -o FILM.mp4.
    """
    given = {name: value for name, value in options.items() if value is not None}
    _check(given, styles=styles, grid=grid, model=options["model"])
    learned = _files(styles)
    if save_style is not None:
        _check_save(save_style, styles, learned, model=options["model"], force=force)
    planned = pictures.jobs(inputs, label="styles" if grid else _label(styles), out=out, force=force)
    if grid and any(job.moving for job in planned):
        raise InputError("--grid shows the styles on pictures, not on films")
    if options["refine"] and any(job.moving for job in planned):
        raise InputError("films are not refined, since each frame would flicker: leave out --refine")
    first = pictures.first_seen(planned)
    from genart.families.easel import Easel  # brings JAX, which takes a second: not before the input is read
    from genart.families.style_sheet import Sheet

    if grid:
        painter: pictures.Painter = Sheet(**given)
        record: dict[str, Any] = {}
    else:
        with _previews(planned[0].target, wanted=bool(learned)) as on_preview, _learning(learned) as step:
            painter = Easel(
                style=styles,
                content=lambda: first,
                mask=masks or None,
                on_step=step,
                on_preview=on_preview,
                **given,
            )
        for remark in painter.remarks:
            note(remark)
        for name in learned:
            note(f"{name}: seed {painter.own[name].seed}")
        record = {"style": list(styles), "seed": painter.seed, "remarks": painter.remarks}
        if save_style is not None:
            own_styles.keep(save_style, next(iter(painter.own.values())), force=force)
            note(f"kept: genart stylize IN --style {save_style}")
    done, skipped = pictures.painted(planned, painter, force=force, recipe=recipe)
    if skipped:
        note(f"{len(skipped)} of {len(planned)} files could not be painted")
    if not done:
        raise InputError(f"none of the {len(planned)} files could be painted")
    record |= {"paths": [str(path) for path in done]}
    record |= {"skipped": [{"path": str(path), "reason": reason} for path, reason in skipped]}
    emit(record, lines=[str(path) for path in done])


def paint_again(file: str, *, input: str | None, out: Sequence[str], force: bool, recipe: bool, **changes: Any) -> None:
    """``genart again`` for paintings: a picture or film anew, from the recipe in its file."""
    if len(out) > 1:
        raise click.UsageError("a painting is made again into one file: give -o once")
    made = recipe_to_follow(file)
    unheard = {"on_understood", "on_step"}
    parameters = arguments(file, made, **{name: value for name, value in changes.items() if name not in unheard})
    source = work_input(file, made, input)
    target = Path(out[0]) if out else pictures.free(Path(file).with_stem(f"{Path(file).stem}-again"))
    planned = pictures.jobs([source], label="again", out=str(target), force=force)
    first = pictures.first_seen(planned)
    from genart.families.easel import Easel

    painter = Easel(content=lambda: first, **parameters)
    done, _ = pictures.painted(planned, painter, force=force, recipe=recipe)
    emit({"paths": [str(path) for path in done]}, lines=[str(path) for path in done])


def _check(given: dict[str, Any], *, styles: Sequence[str], grid: bool, model: str | None) -> None:
    """What can be refused before anything is read."""
    check_range("strength", given.get("strength", 1), STRENGTHS)
    check_range("brush", given.get("brush", 1), BRUSHES)
    if "size" in given:
        parsed(given["size"])
    if grid and (styles or given.keys() & {"refine", "painting", "seed"}):
        raise click.UsageError("--grid shows all styles as they are: leave out --style, --refine, --painting, --seed")
    if not grid and not styles:
        names = [*_names(model), *own_styles.kept()]
        raise InputError(f"name a style with --style: there are {', '.join(names)}; or give a picture, as in mine.jpg")


def _names(model: str | None) -> list[str]:
    return [str(name) for name in read_facts(find(model or DEFAULTS["model"]))["codec"].get("styles", [])]


def _files(styles: Sequence[str]) -> dict[str, Path]:
    return {name: path for style in styles for name, path in files_in(style)[0].items()}


def _label(styles: Sequence[str]) -> str:
    """Such as great_wave, or great_wave+mine."""
    names = [name for style in styles for name, _ in mixture_parts(files_in(style)[1])]
    return "+".join(dict.fromkeys(Path(name).stem for name in names)) or "stylized"


def _check_save(name: str, styles: Sequence[str], learned: dict[str, Path], *, model: str | None, force: bool) -> None:
    if len(styles) != 1 or len(learned) != 1 or list(files_in(styles[0])[1]) != list(learned):
        raise InputError("--save-style keeps the style of one picture, as in --style mine.jpg --save-style mine")
    own_styles.check_name(name, taken=_names(model))
    own_styles.refuse_kept(name, force=force)


@contextlib.contextmanager
def _learning(learned: dict[str, Path]) -> Iterator[Callable[[int, int], None] | Any]:
    if not learned:
        yield lambda done, total: None
        return
    with pictures.bar(f"learning {', '.join(learned)}") as step:
        yield step


@contextlib.contextmanager
def _previews(target: Path, *, wanted: bool) -> Iterator[Callable[[Picture], None] | None]:
    """Where a person looks on, a file beside the target that shows what is learned so far, gone in the end."""
    if not wanted or settings().quiet or not sys.stderr.isatty():
        yield None
        return
    folder = target.parent if target.parent.is_dir() else Path()
    path = folder / f"{target.stem}.preview.jpg"
    if path.exists():
        yield None
        return

    def show(picture: Picture) -> None:
        if not path.exists():
            note(f"preview: {path}")
        with contextlib.suppress(InputError):
            picture.save(path, recipe=False, force=True)

    try:
        yield show
    finally:
        path.unlink(missing_ok=True)
