"""A work made anew, from the recipe in its file."""

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import genart
from genart.errors import InputError, ModelError
from genart.families.bundle import read_facts
from genart.families.compose import compose
from genart.families.harmonize import OnUnderstood, harmonize
from genart.families.inpaint import inpaint
from genart.families.registry import find
from genart.families.repaint import followed
from genart.families.songs import is_text
from genart.families.stylize import stylize
from genart.families.takes import Takes
from genart.families.tunes import melody
from genart.image.picture import Picture
from genart.music import formats
from genart.music.practice import render
from genart.music.score import Score
from genart.music.transcribe import transcribe
from genart.progress import OnStep
from genart.recipe import Recipe, read_recipe, sha256_of

if TYPE_CHECKING:
    from genart.families.bach import Bach


def _gan_sample(
    *,
    model: Path,
    seed: int,
    truncation: float,
    spread: float,
    look: str | None = None,
    near: int | None = None,
    size: Sequence[int] | None = None,
) -> Picture:
    from genart.families.gan import Gan, Point

    point = Point(seed=seed, truncation=truncation, look=look, near=near, spread=spread)
    return next(Gan.read(model).stream([point], size=None if size is None else (size[0], size[1])))


VERBS: Mapping[str, Callable[..., Takes | Score | Picture]] = {
    "harmonize": harmonize,
    "inpaint": inpaint,
    "compose": compose,
    "melody": melody,
    "transcribe": transcribe,
    "render": render,
    "stylize": stylize,
    "gan sample": _gan_sample,
}


def again(
    file: str | os.PathLike[str],
    *,
    seed: int | None = None,
    input: str | os.PathLike[str] | None = None,
    model: "str | os.PathLike[str] | Bach | None" = None,
    on_understood: OnUnderstood | None = None,
    on_step: OnStep | None = None,
    **changes: Any,
) -> Any:
    """Make a work anew from the recipe in its file; on the same machine the same one, if nothing is changed.

    Parameters
    ----------
    file : a file of music, sound or a picture that genart made
    seed : another one; by default the work's own
    input : the song, recording or picture that it was made from; by default looked for beside `file`
    model : the model that it was made with, where that is not found by its name
    changes : other parameters of the verb (:func:`genart.harmonize` ...) than those of the recipe, such as
        temperature=0.7 or n=4
    on_understood, on_step : see :func:`genart.harmonize`

    Returns
    -------
    Takes; what was transcribed or rendered is the only one, and has no facts. Whether a picture was engraved, and on
    how many staves, is asked for when they are saved: see "look" and "staves" among the recipe's parameters. Of a
    painting, a :class:`Picture`; films are made again by the command ``genart again`` alone.

    Raises
    ------
    InputError
        The file has no recipe, or one this genart cannot follow; the input is missing or another than it was; the
        verb has no such parameter.
    ModelError
        The model is missing, or its weights are others.
    """
    recipe = recipe_to_follow(file)
    known = inspect.signature(VERBS[recipe.verb]).parameters
    parameters = arguments(file, recipe, seed=seed, model=model, **changes)
    first = next(iter(known.values()))
    given = first.kind is first.POSITIONAL_OR_KEYWORD  # compose has none
    if first.default is None:  # of melody it can be left out
        given = bool(recipe.sources or "song" in recipe.parameters or input is not None)
    told: list[tuple[str, Sequence[str]]] = []

    def listen(understood: str, remarks: Sequence[str]) -> None:
        told.append((understood, remarks))
        if on_understood is not None:
            on_understood(understood, remarks)

    song = [work_input(file, recipe, input)] if given else []
    calls = {name: call for name, call in (("on_understood", listen), ("on_step", on_step)) if name in known}
    made = VERBS[recipe.verb](*song, **parameters, **calls)
    if isinstance(made, Takes | Picture):
        return made
    understood, remarks = told[-1] if told else ("", ())
    return Takes([made], facts=(), understood=understood, remarks=remarks)


def recipe_to_follow(file: str | os.PathLike[str]) -> Recipe:
    """The recipe in a file. Raises InputError where there is none, or one that this genart cannot follow."""
    recipe = read_recipe(file)
    if recipe is None:
        raise InputError(f"{file} carries no recipe of genart's, so it cannot be made again")
    _check(file, recipe)
    return recipe


def arguments(
    file: str | os.PathLike[str],
    recipe: Recipe,
    *,
    seed: int | None = None,
    model: Any = None,
    **changes: Any,
) -> dict[str, Any]:
    """What the recipe's verb is to be called with beside its input; parameters and errors as for :func:`again`."""
    known = inspect.signature(VERBS[recipe.verb]).parameters
    changes |= {name: value for name, value in (("seed", seed), ("model", model)) if value is not None}
    if foreign := set(changes) - set(known):
        raise InputError(f"{file} was made by {recipe.verb}, which has no option {min(foreign).replace('_', '-')}")
    parameters: dict[str, Any] = recipe.parameters
    if recipe.verb == "stylize":
        parameters = followed(file, recipe, relearn=seed is not None)
    parameters = {name: value for name, value in parameters.items() if name not in ("song", *formats.DRAWN)} | changes
    if "model" in known:
        parameters |= {"seed": recipe.seed if seed is None else seed, "model": model_of(file, recipe, model)}
    return parameters


def _check(file: str | os.PathLike[str], recipe: Recipe) -> None:
    if recipe.verb == "gan walk":  # a film, of which walk_film.walk_again follows the recipe
        return
    known = set(inspect.signature(VERBS[recipe.verb]).parameters) if recipe.verb in VERBS else set()
    unknown = set(recipe.parameters) - known - {"song", *formats.DRAWN}
    if known and not unknown:
        return
    what = ", ".join(sorted(unknown)) if known else f"the verb {recipe.verb!r}"
    raise InputError(
        f"the recipe of {file} needs {what}, which this genart does not know; it was written by genart "
        f"{recipe.versions.get('genart', '?')} and this is {genart.__version__}"
    )


def work_input(file: str | os.PathLike[str], recipe: Recipe, input: str | os.PathLike[str] | None) -> Any:
    """The song or picture that the work was made from, known by its hash, or its text. Errors as for :func:`again`."""
    text = recipe.parameters.get("song")
    if text is not None:
        if input is not None:
            raise InputError(f"{file} was made from a text, which its recipe holds; leave out the input")
        if not is_text(text):  # what is no text would be taken for a path
            raise InputError(f"the recipe of {file} is damaged: its song is {text!r:.40}")
        return text
    if not recipe.sources:
        if input is None:
            raise InputError(f"the recipe of {file} does not say from what file it was made; give it as input")
        return input
    source = recipe.sources[0]
    path = Path(file).parent / source.name if input is None else Path(input)
    if input is None and not path.exists():
        raise InputError(f"{source.name}, which {file} was made from, is not beside it; give it with --input")
    if sha256_of(path) != source.sha256:
        raise InputError(f"{path} is not what {file} was made from: its content is another than that of {source.name}")
    return path


def model_of(file: str | os.PathLike[str], recipe: Recipe, given: "str | os.PathLike[str] | Bach | None") -> Any:
    """The model that the work was made with, known by the hash of its weights."""
    if given is None and not re.fullmatch(r"[\w-][\w. -]*", recipe.model):  # a recipe must not lead to a URL or path
        raise ModelError(f"the recipe of {file} is damaged: its model is {recipe.model!r:.40}; give it with --model")
    if given is None or isinstance(given, (str, os.PathLike)):
        given = _folder(file, recipe, given)
        weights = read_facts(given)["sha256"]
    else:
        weights = given.bundle.sha256
    if weights != recipe.weights:
        raise ModelError(
            f"{file} was made with other weights of the model {recipe.model} (sha256 {recipe.weights[:12]}...) than "
            f"these ({weights[:12]}...); give the folder of the model it was made with, with --model"
        )
    return given


def _folder(file: str | os.PathLike[str], recipe: Recipe, given: str | os.PathLike[str] | None) -> Path:
    try:
        return find(recipe.model if given is None else given)
    except ModelError:
        if given is not None:
            raise
        raise ModelError(
            f"the model {recipe.model}, which {file} was made with, is not installed; give its folder with --model"
        ) from None
