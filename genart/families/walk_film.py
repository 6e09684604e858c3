"""Walks as films, through pictures that were picked, and to music."""

import dataclasses
import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from genart.audio.audio import Audio
from genart.audio.motion import motion_of
from genart.errors import InputError
from genart.families.again import model_of, work_input
from genart.families.easel import Easel
from genart.families.gan import Gan, Point
from genart.families.mixture import StyleGiven
from genart.families.own_styles import OwnStyle
from genart.families.walk import enlarged, walk
from genart.image.clip import checked_rate
from genart.image.film import film
from genart.image.picture import Picture
from genart.progress import OnStep
from genart.recipe import Source, read_recipe, sha256_of
from genart.sampling.seeds import fresh_seed

SECONDS = 20.0
SCORES = (".mid", ".midi", ".musicxml", ".mxl", ".xml")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Walked:
    """A film that was written.

    Attributes
    ----------
    frames : how many
    seed : of the walk; None where it goes between points and follows no music, which takes none
    notes : what could not be done as asked
    """

    frames: int
    seed: int | None
    notes: tuple[str, ...]


def film_of(
    gan: Gan,
    points: Sequence[Point],
    path: str | os.PathLike[str],
    *,
    short: int,
    seconds: float | None = None,
    fps: float = 30.0,
    loop: bool = False,
    motion: str = "smooth",
    audio: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    truncation: float = 1.0,
    size: tuple[int, int] | None = None,
    pixels: bool = False,
    style: StyleGiven | None = None,
    own: Mapping[str, OwnStyle] | None = None,
    force: bool = False,
    recipe: bool = True,
    on_step: OnStep = lambda done, total: None,
) -> Walked:
    """Write a walk as a film; memory does not grow with its length.

    Parameters
    ----------
    path : see :func:`genart.image.film.film`
    short, pixels : how frames are enlarged, see :func:`genart.families.walk.enlarged`
    style : paint the enlarged frames so; a name, a blend or a picture, see :func:`genart.families.stylize.stylize`
    own : styles beside the style model's own, as a recipe holds them
    seconds : length, by default 20; with a sound its own, and no more than that
    audio : a sound file, or a score, which is played; the film follows it and carries it
    on_step : called with (frames written, all)

    The others are those of :func:`genart.families.walk.walk`.

    Raises
    ------
    InputError
        An option does not fit, the sound cannot be read, or the film not be written.
    """
    fps = float(checked_rate(fps))
    sound = None if audio is None else _heard(audio, seconds)
    if seed is None and (sound is not None or not points):
        seed = fresh_seed()
    options = {"fps": fps, "loop": loop, "motion": motion, "truncation": truncation, "size": size}
    seconds = SECONDS if seconds is None else seconds
    steps = walk(
        gan,
        points,
        seconds=seconds,
        heard=None if sound is None else motion_of(sound, fps=fps),
        seed=seed,
        **options,
    )
    parameters = {**options, "seconds": seconds, "short": short, "pixels": pixels, "audio": audio is not None}
    parameters["points"] = [dataclasses.asdict(point) for point in points]
    made = gan.recipe("gan walk", seed=points[0].seed if seed is None else seed, parameters=parameters)
    if audio is not None:
        made = dataclasses.replace(made, sources=(Source.of(audio),))
    total = round((seconds if sound is None else sound.seconds) * fps)
    frames = (enlarged(picture, short=short, pixels=pixels).pixels for picture in steps)
    first = next(frames)
    frames = itertools.chain([first], frames)
    if style is not None:
        easel = Easel(style=style, content=lambda: (Picture.of(first), sha256_of(first.tobytes())), seed=seed, own=own)
        frames = easel.model.stream(frames, style=easel.looks[0].row)
        inked = easel.recipe(None)
        made = dataclasses.replace(
            made, parameters=parameters | {"style": inked.parameters}, sources=(*made.sources, *inked.sources)
        )
    height, width = first.shape[:2]
    done = 0
    with film(path, size=(width, height), rate=fps, sound=sound, recipe=made if recipe else None, force=force) as out:
        for done, frame in enumerate(frames, 1):
            out.add(frame)
            on_step(done, max(done, total))
    return Walked(frames=done, seed=seed, notes=tuple(out.notes))


def walk_again(
    file: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    model: str | os.PathLike[str] | None = None,
    input: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    force: bool = False,
    recipe: bool = True,
    on_step: OnStep = lambda done, total: None,
) -> Walked:
    """Write a walk anew from the recipe in its file.

    Parameters
    ----------
    file, path : the walk, and where to write it again
    model, input, seed : see :func:`genart.families.again.again`; a seed counts where the first walk took one

    Raises
    ------
    InputError, ModelError
        The recipe cannot be followed, or what it names is not there.
    """
    made = read_recipe(file)
    if made is None or made.verb != "gan walk":
        raise InputError(f"{file} does not tell of a walk")
    options = dict(made.parameters)
    try:
        points = [Point(**point) for point in options.pop("points")]
        heard, style, size = options.pop("audio"), options.pop("style", None), options.pop("size", None)
        own = {name: OwnStyle.from_json(of) for name, of in ((style or {}).get("own") or {}).items()}
        options["size"] = None if size is None else (int(size[0]), int(size[1]))
        options["style"] = None if style is None else style["style"]
    except (AttributeError, KeyError, TypeError, IndexError):
        raise InputError(f"the recipe of {file} is damaged, so it cannot be followed") from None
    if heard:
        options["audio"] = work_input(file, made, input)
    if heard or not points:
        options["seed"] = made.seed if seed is None else seed
    gan = Gan.read(model_of(file, made, model))
    return film_of(gan, points, path, own=own, force=force, recipe=recipe, on_step=on_step, **options)


def picked_points(gan: Gan, files: Sequence[str | os.PathLike[str]], *, truncation: float | None = None) -> list[Point]:
    """What pictures were made from, by their recipes.

    Parameters
    ----------
    truncation : instead of each picture's own

    Raises
    ------
    InputError
        A file does not say that this model made it.
    """
    found = []
    for file in files:
        recipe = read_recipe(file)
        if recipe is None or recipe.verb != "gan sample":
            raise InputError(f"{file} does not tell what it was made from: it is not a picture of genart gan sample")
        if recipe.weights != gan.bundle.sha256:
            raise InputError(f"{file} was made by {recipe.model} with other weights than those of {gan.name}")
        known = {field.name for field in dataclasses.fields(Point)}
        parameters = {name: value for name, value in recipe.parameters.items() if name in known}
        if truncation is not None:
            parameters["truncation"] = truncation
        found.append(Point(seed=recipe.seed, **parameters))
    return found


def _heard(audio: str | os.PathLike[str], seconds: float | None) -> Audio:
    if Path(audio).suffix.lower() in SCORES:
        from genart.audio import synth
        from genart.music.score import Score

        sound = synth.render(Score.read(audio))
    else:
        sound = Audio.read(audio)
    if seconds is None or seconds >= sound.seconds:
        return sound
    if seconds <= 0:
        raise InputError(f"a walk of {seconds:g} seconds: it takes more than 0")
    return dataclasses.replace(sound, samples=sound.samples[: round(seconds * sound.rate)])
