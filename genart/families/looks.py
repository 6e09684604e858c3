"""What styles, as artists name them, come to: rows of a style net, of its table, kept, or learned from pictures."""

import dataclasses
import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genart.errors import InputError
from genart.families import own_styles
from genart.families.features import Features
from genart.families.mixture import StyleGiven, files_in, is_normalized, parse_mixture
from genart.families.own_styles import OwnStyle, compact
from genart.families.registry import load
from genart.families.style import Style
from genart.image.picture import Picture
from genart.image.stock import stock_pictures
from genart.nets.style_loss import LAST_LAYER, Statistics, statistics
from genart.recipe import Source
from genart.sampling.seeds import fresh_seed
from genart.training.recipes.style import PAINTING_SIDE, LossNetwork

STEPS = 200  # in which a row is learned
PREVIEW_EVERY = 5.0  # seconds


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """A style or a blend of styles.

    Attributes
    ----------
    weights : of each style by name, which sum to one
    row : float32 [R]
    own : those of the styles that are not in the net's table
    files : those of the styles that were given as pictures
    remarks : sentences on what was changed
    """

    weights: Mapping[str, float]
    row: np.ndarray
    own: Mapping[str, OwnStyle]
    files: Mapping[str, Path]
    remarks: tuple[str, ...] = ()

    @property
    def style(self) -> str | dict[str, float]:
        """As recipes say it: a name, or weights by name."""
        return next(iter(self.weights)) if len(self.weights) == 1 else dict(self.weights)

    def wanted(self, features: LossNetwork, *, paintings: Mapping[str, Path], brush: float) -> Statistics:
        """Statistics of the paintings whose styles these are, at the size of the strokes.

        Raises
        ------
        InputError
            Of a style there is no picture.
        """
        if missing := [name for name in self.weights if name not in paintings]:
            raise InputError(
                f"refining compares with the painting itself, which genart does not have of the style {missing[0]}: "
                "give its picture, as in --painting great_wave.jpg"
            )
        measured = [_measured(paintings[name], features, brush=brush) for name in self.weights]
        shares = list(self.weights.values())
        return jax.tree.map(lambda *each: sum(share * of for share, of in zip(shares, each, strict=True)), *measured)


def style_model(model: str | os.PathLike[str] | Style) -> Style:
    """The style model of that name or folder, or itself. Raises InputError where it is of another family."""
    found = load(model) if isinstance(model, str | os.PathLike) else model
    if not isinstance(found, Style):
        raise InputError(f"{model} is not a model that paints; name one of the family style")
    return found


@functools.lru_cache(maxsize=2)
def loss_network(features: str | os.PathLike[str] | LossNetwork) -> tuple[LossNetwork, str]:
    """A loss network's call, of a model of the family features or itself, and its sha256, "" where it is itself."""
    if not isinstance(features, str | os.PathLike):
        return features, ""
    model = load(features)
    if not isinstance(model, Features):
        raise InputError(f"{features} is not a model that measures style; name one of the family features")
    return lambda pictures: model.network(pictures, upto=LAST_LAYER), model.bundle.sha256


def look(
    style: StyleGiven,
    *,
    model: Style,
    own: Mapping[str, OwnStyle],
    learn: Callable[[Path], OwnStyle],
) -> Look:
    """The look that a style is.

    Parameters
    ----------
    style : a name of the model's table, of `own` or of a style that is kept; a blend of them; or pictures
    own : styles by name, which count before those kept
    learn : makes a style of a picture

    Raises
    ------
    InputError
        There is no such style, a weight does not fit, a kept style is another net's, or a picture cannot be read.
    """
    files, named = files_in(style)
    kept = own_styles.kept()
    known = list(dict.fromkeys([*model.names, *own, *kept, *files]))
    weights = parse_mixture(named, known)
    found: dict[str, OwnStyle] = {}
    for name in weights:
        if name in own:
            found[name] = own[name]
        elif name in files:
            found[name] = learn(files[name])
        elif name not in model.names:
            found[name] = own_styles.read_kept(name, weights=model.bundle.sha256)
    for name, style_of in found.items():
        if style_of.weights != model.bundle.sha256 or style_of.row.shape != (model.config.row,):
            raise InputError(f"the style {name} was fitted for other weights than those of {model.name}")
    rows = [share * (found[name].row if name in found else _table_row(model, name)) for name, share in weights.items()]
    remarks = () if is_normalized(named) else (_normalized(weights),)
    return Look(
        weights=weights,
        row=np.asarray(np.sum(rows, axis=0), np.float32),
        own=found,
        files={name: path for name, path in files.items() if name in weights},
        remarks=remarks,
    )


def learned(
    path: Path,
    *,
    model: Style,
    content: Callable[[], tuple[Picture, str]],
    features: str | os.PathLike[str] | LossNetwork,
    seed: int | None,
    on_step: Callable[[int, int], None],
    on_preview: Callable[[Picture], None] | None = None,
) -> OwnStyle:
    """The style of a picture: from the cache, or fitted on a content and the stock pictures, which takes a minute.

    Parameters
    ----------
    content : gives the picture to be painted and the sha256 of its file
    features : name or folder of the loss network, or its call; what was fitted with a call is not cached
    seed : of the fit; drawn when None
    on_step : called with (steps done, all)
    on_preview : called every few seconds with the content as it would be painted

    Raises
    ------
    InputError
        The picture cannot be read, or is of one flat color.
    """
    painting, source = Picture.read(path), Source.of(path)
    call, weights = loss_network(features)
    settings = {"weights": model.bundle.sha256, "features": weights, "steps": STEPS}
    picture, hashed = content()
    if weights and (known := own_styles.remembered(source, settings=settings, seed=seed, content=hashed)):
        return known
    from genart.training.recipes.style_row import fit_row

    seed = fresh_seed() if seed is None else seed
    row = fit_row(
        model.painter,
        model.rows,
        compact(painting),
        contents=[compact(picture), *stock_pictures()],
        features=call,
        steps=STEPS,
        seed=seed,
        on_step=_reporting(model, picture, on_step, on_preview),
    )
    exact = row.astype(np.float16).astype(np.float32)  # as files and recipes hold it
    style = OwnStyle(row=exact, picture=source, seed=seed, weights=model.bundle.sha256)
    if weights:
        own_styles.remember(style, settings=settings, content=hashed)
    return style


def _reporting(
    model: Style,
    picture: Picture,
    on_step: Callable[[int, int], None],
    on_preview: Callable[[Picture], None] | None,
) -> Callable[[float, np.ndarray], None]:
    small = picture if max(picture.size) <= PAINTING_SIDE else picture.resized(long=PAINTING_SIDE)
    shown = time.monotonic()

    def report(share: float, row: np.ndarray) -> None:
        nonlocal shown
        on_step(round(share * STEPS), STEPS)
        if on_preview is not None and (time.monotonic() - shown > PREVIEW_EVERY or share == 1):
            on_preview(model.sample(small, style=row))
            shown = time.monotonic()

    return report


def _measured(path: Path, features: LossNetwork, *, brush: float) -> Statistics:
    painting = compact(Picture.read(path).over((255, 255, 255))).resized(short=round(PAINTING_SIDE * brush))
    return statistics(features(jnp.asarray(painting.floats()[None])))


def _table_row(model: Style, name: str) -> np.ndarray:
    return model.rows[1 + model.names.index(name)]


def _normalized(weights: Mapping[str, float]) -> str:
    told = ", ".join(f"{name} {share:.2f}" for name, share in weights.items())
    return f"the weights of the blend do not sum to one; taken as {told}"


def described(looks: Sequence[Look]) -> Any:
    """The styles of looks as recipes say them: of one look by itself, of several a list."""
    told = [look.style for look in looks]
    return told[0] if len(told) == 1 else told
