"""What a recipe of a painting names, found again."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genart.errors import InputError
from genart.families.own_styles import OwnStyle
from genart.recipe import Recipe, Source, sha256_of


def followed(file: str | os.PathLike[str], recipe: Recipe, *, relearn: bool = False) -> dict[str, Any]:
    """The parameters of :func:`genart.stylize` that a recipe holds, with masks and paintings looked for beside `file`.

    Parameters
    ----------
    relearn : learn styles of pictures anew, from the pictures beside `file`, and not take them from the recipe

    Raises
    ------
    InputError
        A file is missing or another than it was, or the recipe is damaged.
    """
    parameters = dict(recipe.parameters)
    sources = {source.name: source for source in recipe.sources}

    def found(name: str) -> Path:
        return _beside(file, sources.get(name, name))

    try:
        if parameters.get("mask"):
            parameters["mask"] = [found(str(name)) for name in parameters["mask"]]
        if parameters.get("painting"):
            parameters["painting"] = found(str(parameters["painting"]))
        own = {str(name): OwnStyle.from_json(of) for name, of in (parameters.get("own") or {}).items()}
        if relearn or (parameters.get("refine") and not parameters.get("painting")):
            pictures = {name: found(style.picture.name) for name, style in own.items()}
            parameters["style"] = _with_files(parameters["style"], lambda name: pictures.get(name))
            own = {} if relearn else own
        parameters["own"] = own or None
    except (AttributeError, KeyError, TypeError):
        raise InputError(f"the recipe of {file} is damaged, so it cannot be followed") from None
    return parameters


def _with_files(style: Any, found: Callable[[str], Path | None]) -> Any:
    if isinstance(style, list):
        return [_with_files(each, found) for each in style]
    if isinstance(style, Mapping):
        return {str(found(name) or name): weight for name, weight in style.items()}
    return found(style) or style


def _beside(file: str | os.PathLike[str], source: Source | str) -> Path:
    name = source if isinstance(source, str) else source.name
    path = Path(file).parent / Path(name).name
    if isinstance(source, str) or not path.is_file():
        raise InputError(f"{name}, which {file} was made with, is not beside it; put it there")
    if sha256_of(path) != source.sha256:
        raise InputError(f"{path} is not what {file} was made with: its content is another")
    return path
