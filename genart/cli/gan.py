"""``genart gan``: pictures and walks of a GAN."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genart.cli import pictures
from genart.cli.output import common, emit, note
from genart.errors import InputError
from genart.families.again import again as remade
from genart.families.again import recipe_to_follow
from genart.families.sizes import parsed
from genart.files import refuse_existing
from genart.image import film
from genart.image.picture import SAVED
from genart.show.sheet import contact_sheet

if TYPE_CHECKING:
    from genart.families.gan import Gan, Point

NEIGHBORS = 15  # on a sheet of `explore`, beside the picture itself
SHEET, CELL = "sheet.png", 160  # pixels of a picture's square on it
SMALL = (".gif", ".webp")  # whose films are for pages and chats
SHORT, SHORT_SMALL = 1080, 480  # pixels of a film's shorter side


@click.group()
def command() -> None:
    """Pictures and walks of a model that `genart train gan` made: sample, explore, walk."""


def _saved(default: str) -> Callable[[Any], Any]:
    def put(function: Any) -> Any:
        function = click.option("--force", is_flag=True, help="Overwrite files that exist.")(function)
        plain = click.option(
            "--no-recipe", "recipe", flag_value=False, default=True, help="Leave out how the files were made."
        )(function)
        return click.option("-o", "--out", metavar="PATH", help=default)(plain)

    return put


@command.command()
@click.argument("model", metavar="NAME")
@click.option("-n", "n", type=click.IntRange(min=1), default=1, show_default=True, help="How many pictures.")
@click.option("--seed", type=int, help="Of the first, whose successors the others have; drawn where none is given.")
@click.option("--truncation", type=float, help="Towards 0 pictures are surer and more alike, up to 2.  [default: 1]")
@click.option("--size", metavar="2048x1024", help="Of textures, in pixels.")
@click.option("--look", help="Of models that know several: a name, or a blend such as a:0.6,b:0.4.")
@click.option("--near", type=int, metavar="SEED", help="Neighbors of this seed's picture.")
@click.option("--spread", type=float, help="How far from it they are, 0 to 1.  [default: 0.4]")
@_saved("A .png, .jpg or .webp for one picture, a folder for several; by default NAME-samples here.")
@common
def sample(
    model: str, n: int, seed: int | None, size: str | None, out: str | None, force: bool, recipe: bool, **given: Any
) -> None:
    """Make pictures with the model NAME, each named by its seed, and a sheet of them all."""
    options = {name: value for name, value in given.items() if value is not None}
    canvas = _canvas(size)
    gan = loaded(model)
    points = _points(n, seed, **options)
    _pictures(gan, points, size=canvas, out=out, default=f"{gan.name}-samples", force=force, recipe=recipe)


@command.command()
@click.argument("model", metavar="NAME")
@click.option("--seed", "near", type=int, required=True, help="Of the picture whose neighbors are shown.")
@click.option("-n", "n", type=click.IntRange(min=1), default=NEIGHBORS, show_default=True, help="How many.")
@click.option("--spread", type=float, help="How far from it they are, 0 to 1.  [default: 0.4]")
@click.option("--truncation", type=float, help="Towards 0 pictures are surer and more alike, up to 2.  [default: 1]")
@click.option("--size", metavar="2048x1024", help="Of textures, in pixels.")
@_saved("A folder; by default NAME-near-SEED here.")
@common
def explore(
    model: str, near: int, n: int, size: str | None, out: str | None, force: bool, recipe: bool, **given: Any
) -> None:
    """Make the picture of a seed and neighbors of it, on a sheet to pick from.

    Copy the files that you like into a folder: genart gan walk NAME picked/*.png goes from one to the next.
    """
    options = {name: value for name, value in given.items() if value is not None}
    canvas = _canvas(size)
    gan = loaded(model)
    plain = {name: value for name, value in options.items() if name != "spread"}
    points = [*_points(1, near, **plain), *_points(n, near + 1, near=near, **options)]
    _pictures(gan, points, size=canvas, out=out, default=f"{gan.name}-near-{near}", force=force, recipe=recipe)


@command.command()
@click.argument("model", metavar="NAME")
@click.argument("picked", nargs=-1, metavar="[PICTURE]...")
@click.option("--seeds", metavar="3,14,15", help="Of the pictures to go between.")
@click.option("--seconds", type=float, help="How long; with --audio as long as the sound.  [default: 20]")
@click.option("--fps", type=float, default=30.0, show_default=True, help="Frames a second.")
@click.option("--loop", is_flag=True, help="Go back to the first picture, so that the film can be repeated.")
@click.option("--motion", type=click.Choice(("smooth", "eased")), default="smooth", show_default=True)
@click.option("--truncation", type=float, help="Towards 0 pictures are surer and more alike, up to 2.  [default: 1]")
@click.option("--audio", metavar="SONG", help="Follow a sound, or a piece of music in a .mid or .musicxml file.")
@click.option("--seed", type=int, help="Of a walk without pictures, and of where music leads.")
@click.option("--size", metavar="2048x1024", help="Of textures, in pixels.")
@click.option("--out-size", type=click.IntRange(min=16), help="Shorter side of the film.  [default: 1080; small 480]")
@click.option("--pixels", is_flag=True, help="Enlarge every pixel to a square, instead of smoothly.")
@click.option("--style", metavar="NAME|FILE", help="Paint the film in a style of genart stylize, or a picture's.")
@_saved("A .mp4, .webm, .gif or .webp, or a folder of frames; by default NAME-walk.mp4.")
@common
def walk(
    model: str,
    picked: tuple[str, ...],
    seeds: str | None,
    size: str | None,
    out: str | None,
    force: bool,
    recipe: bool,
    **options: Any,
) -> None:
    """Make a film that goes through pictures of the model NAME without a cut.

    The pictures are those of --seeds, or PICTURE files that genart gan sample or explore made. Without either the
    walk wanders, and ends where it began.
    """
    if seeds is not None and picked:
        raise click.UsageError("a walk goes between --seeds or between pictures, not both")
    canvas, numbers = _canvas(size), _numbers(seeds)
    target = out or str(pictures.free(Path(f"{Path(model).name}-walk.mp4")))
    film.check_target(target, force=force)
    gan = loaded(model)
    from genart.families.gan import Point
    from genart.families.walk_film import film_of, picked_points

    options = {name: value for name, value in options.items() if value is not None}
    short = options.pop("out_size", None) or _short(target, canvas)
    points = picked_points(gan, picked, truncation=options.get("truncation")) if picked else []
    points += [Point(seed=number, truncation=options.get("truncation", 1.0)) for number in numbers]
    with pictures.bar("walking") as step:
        walked = film_of(
            gan, points, target, short=short, size=canvas, force=force, recipe=recipe, on_step=step, **options
        )
    for sentence in walked.notes:
        note(sentence)
    if walked.seed is not None:
        note(f"seed {walked.seed}")
    emit({"path": target, "frames": walked.frames, "seed": walked.seed}, lines=[target])


def again(file: str, *, input: str | None, out: Sequence[str], force: bool, recipe: bool, **changes: Any) -> None:
    """``genart again`` for a picture or a walk."""
    if len(out) > 1:
        raise click.UsageError("a picture or a walk is made again into one file: give -o once")
    made = recipe_to_follow(file)
    changes = {name: value for name, value in changes.items() if name not in ("on_understood", "on_step")}
    target = out[0] if out else str(pictures.free(Path(file).with_stem(f"{Path(file).stem}-again")))
    if made.verb == "gan sample":
        refuse_existing(target, force=force)
        picture = remade(file, input=input, **changes)
        (picture if recipe else dataclasses.replace(picture, recipe=None)).save(target, force=force)
    else:
        if other := set(changes) - {"model", "seed"}:
            raise InputError(f"{file} is a walk, which is made again as it was: leave out {min(other)}")
        film.check_target(target, force=force)
        from genart.families.walk_film import walk_again

        with pictures.bar("walking") as step:
            walked = walk_again(file, target, input=input, force=force, recipe=recipe, on_step=step, **changes)
        for sentence in walked.notes:
            note(sentence)
    emit({"paths": [target]}, lines=[target])


def loaded(model: str) -> "Gan":
    """The GAN of a name, folder or URL. InputError where it is a model of another family."""
    from genart.families.registry import load

    gan = load(model)
    from genart.families.gan import Gan  # brings JAX, which takes a second

    if not isinstance(gan, Gan):
        raise InputError(f"{model} is of the family {gan.bundle.family}; a model that genart train gan made is needed")
    return gan


def _canvas(size: str | None) -> tuple[int, int] | None:
    if size is None:
        return None
    width, height = parsed(size)
    return width, width if height is None else height


def _numbers(seeds: str | None) -> list[int]:
    texts = [] if seeds is None else seeds.split(",")
    if not all(text.strip().isdecimal() for text in texts):
        raise InputError(f"seeds {seeds!r}: write whole numbers with commas between, such as 3,14,15")
    return [int(text) for text in texts]


def _short(target: str, canvas: tuple[int, int] | None) -> int:
    if canvas is not None:
        return min(canvas)
    return SHORT_SMALL if Path(target).suffix.lower() in SMALL else SHORT


def _points(n: int, seed: int | None, **options: Any) -> "list[Point]":
    from genart.families.gan import Point
    from genart.sampling.seeds import fresh_seed

    seed = fresh_seed() if seed is None else seed
    return [Point(seed=seed + i, **options) for i in range(n)]


def _pictures(
    gan: "Gan",
    points: "Sequence[Point]",
    *,
    size: tuple[int, int] | None,
    out: str | None,
    default: str,
    force: bool,
    recipe: bool,
) -> None:
    """Paint, save and tell: one picture into a file, several into a folder with a sheet of them."""
    single = len(points) == 1 and (out is None or Path(out).suffix.lower() in SAVED)
    if not single and out is not None and (Path(out).suffix.lower() in SAVED or os.path.isfile(out)):
        raise InputError(f"{out} is one file, and there are {len(points)} pictures: name a folder with -o")
    names = [str(point.seed) if point.near is None else f"{point.near}-{point.seed}" for point in points]
    if single:
        targets = [Path(out) if out is not None else pictures.free(Path(f"{gan.name}-{names[0]}.png"))]
    else:
        folder = Path(out) if out is not None else pictures.free(Path(default))
        targets = [folder / f"{gan.name}-{name}.png" for name in names]
    sheet = [] if len(points) == 1 else [targets[0].parent / SHEET]
    for target in (*targets, *sheet):
        refuse_existing(target, force=force)
    made = gan.stream(points, size=size)
    targets[0].parent.mkdir(parents=True, exist_ok=True)
    small = []
    with pictures.bar("painting") as step:
        for done, (picture, target) in enumerate(zip(made, targets, strict=True), start=1):
            picture.save(target, recipe=recipe, force=force)
            small.append(picture.resized(long=CELL) if max(picture.size) > CELL else picture)
            step(done, len(targets))
    for target in sheet:
        contact_sheet(small, labels=names, size=CELL).save(target, force=force)
    note(f"seed {points[0].seed}" if len(points) == 1 else f"seeds {points[0].seed} to {points[-1].seed}")
    record = [{"path": str(path), "seed": point.seed} for path, point in zip(targets, points, strict=True)]
    lines = [str(path) for path in (*targets, *sheet)]
    emit({"pictures": record, "sheet": str(sheet[0]) if sheet else None}, lines=lines)
