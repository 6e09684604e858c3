"""A new style for a trained net: one row of numbers, fitted while the net stays as it is."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from genart import interrupts
from genart.errors import InputError
from genart.families.bundle import Bundle, TrainingData, write_bundle
from genart.families.painter import Painter, merged
from genart.families.registry import load
from genart.families.style import Style, with_row
from genart.files import refuse_existing
from genart.image.folder import pictures_in
from genart.image.picture import Picture
from genart.image.stock import stock_pictures
from genart.nets import style_loss
from genart.nets.style_loss import CONTENT_WEIGHT, MARGIN, STYLE_WEIGHT, window
from genart.nets.stylizer import PLAIN, StylizerConfig
from genart.progress import OnStep, shown
from genart.training.recipes.style import (
    LossNetwork,
    Photographs,
    held_out,
    loss_network,
    painting_statistics,
    window_corners,
)

SIDE = 256  # pixels of a crop
RATE = 0.01
FLAT = 2.0  # standard deviation of values 0..255 under which a painting has nothing to show


def train_row(
    painting: str | Path,
    *,
    model: str | os.PathLike[str] = "style",
    content: str | Path | None = None,
    features: str | Path | None = None,
    out: str | Path = "style-mine",
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Bundle:
    """Fit a row to a painting, and write a bundle like the model's with one more style, named as the painting's file.

    Parameters
    ----------
    painting : picture file
    model : name or folder of the style model
    content : folder of photographs to paint while learning; by default the stock pictures
    features : SqueezeNet 1.0 as safetensors; by default the loss network that genart ships
    out : folder of the new bundle
    budget, steps : how long, in seconds or in steps; one of the two
    on_step : called with (done, all) in thousandths, instead of a progress bar; raise in it to stop

    Raises
    ------
    InputError
        A file cannot be read, the model has a style of this name, or `out` exists.
    """
    refuse_existing(out)
    style, file = load(model), Path(painting)
    if not isinstance(style, Style):
        raise InputError(f"{model} is not a model that paints; name one of the family style")
    if file.stem in style.names:
        raise InputError(f"{model} has a style named {file.stem}: rename the file, as a style is named as its file")
    picture = Picture.read(file)
    contents = stock_pictures() if content is None else _photographs(content)
    with shown(f"fitting {file.stem}", on_step=on_step) as step:
        row = fit_row(
            style.painter,
            style.rows,
            picture,
            contents=contents,
            features=loss_network(features),
            seconds=budget,
            steps=steps,
            seed=seed,
            on_step=lambda share, _: step(round(1000 * share), 1000),
        )
    bundle = style.bundle
    return write_bundle(
        out,
        family="style",
        about=bundle.about,
        **with_row(style, file.stem, row),
        data=[*bundle.data, TrainingData(name=file.name, license="see its source", note="style, fitted afterwards")],
        figures=bundle.figures,
        license=bundle.license,
        kernels_in_8_bits=True,
    )


def _photographs(content: str | Path) -> list[Path]:
    """A folder's photographs, without those that figures are measured on."""
    found = pictures_in(content)
    return [file for file in found if held_out(file) == "train"] or found


def fit_row(
    painter: Painter,
    table: np.ndarray,
    painting: Picture,
    *,
    contents: Sequence[Picture] | Sequence[Path],
    features: LossNetwork,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_step: Callable[[float, np.ndarray], None] = lambda share, row: None,
) -> np.ndarray:
    """The row in which the net paints as in a painting.

    Begins at the row of the table that comes closest.

    Parameters
    ----------
    painter, table : the net, and its rows float32 [styles + 1, R]
    painting : whose style it is
    contents : pictures, or files, to paint while learning: at each step a crop of one of them
    features : the loss network's call
    seconds, steps : how long; one of the two. With steps, the same seed gives the same row
    on_step : called after each step with the share that is done, 0..1, and the row so far; raise in it to stop

    Raises
    ------
    InputError
        The painting is of one flat color.
    """
    if painting.pixels.reshape(-1, 3).std(0).max() < FLAT:
        raise InputError("the style picture is of one flat color; give one with strokes or texture to learn from")
    if (seconds is None) == (steps is None):
        raise InputError("a row is fitted for a time or for a number of steps; give one of the two")
    wanted = painting_statistics(features, painting)
    rng, photographs = np.random.default_rng(seed), Photographs(contents, side=SIDE)

    def crops(count: int) -> np.ndarray:
        places = rng.integers(0, len(photographs), count)
        return np.stack([photographs.crop(int(place), SIDE, rng=rng) for place in places]).astype(np.float32) / 255

    step = _step(painter.config, features)
    row = jnp.asarray(_closest(painter, table, jnp.asarray(crops(2)), wanted, features))
    average, state = row, _OPTIMIZER.init(row)
    began, number, share = time.monotonic(), 0, 0.0
    with interrupts.deferred() as heed:
        while share < 1:
            rate = np.float32(RATE * min(1.0, 2 * (1 - share)))
            row, state = step(painter.params, row, state, crops(1), window_corners(1, rng=rng), wanted, rate)
            average = 0.98 * average + 0.02 * row
            number += 1
            share = number / steps if steps is not None else (time.monotonic() - began) / (seconds or 1.0)
            heed()
            on_step(min(share, 1.0), np.asarray(average))
    return np.asarray(average)


_OPTIMIZER = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b2=0.98))


def _step(config: StylizerConfig, features: LossNetwork) -> Callable[..., Any]:
    """The compiled function that moves a row by one step."""

    def loss(row: Any, params: Any, pictures: Any, corners: Any, wanted: Any) -> jax.Array:
        painted, _ = merged(config, params).with_border(pictures, jnp.tile(row, (len(pictures), 1)))
        seen, found = features(window(pictures, corners)), features(window(painted, corners))
        style = style_loss.style_loss(style_loss.statistics(found), wanted)
        return jnp.mean(STYLE_WEIGHT * style + CONTENT_WEIGHT * style_loss.content_loss(found, seen))

    @jax.jit
    def step(params: Any, row: Any, state: Any, pictures: Any, corners: Any, wanted: Any, rate: Any) -> Any:
        gradient = jax.grad(loss)(row, params, pictures, corners, wanted)
        direction, state = _OPTIMIZER.update(gradient, state)
        return row - rate * direction, state

    return step


def _closest(
    painter: Painter, table: np.ndarray, pictures: jax.Array, wanted: style_loss.Statistics, features: LossNetwork
) -> np.ndarray:
    """The row whose paintings are nearest in style, the plain one left out."""

    @jax.jit
    def distance(params: Any, row: Any) -> jax.Array:
        painted, _ = merged(painter.config, params).with_border(pictures, jnp.tile(row, (len(pictures), 1)))
        return jnp.mean(
            style_loss.style_loss(style_loss.statistics(features(painted[:, MARGIN:-MARGIN, MARGIN:-MARGIN])), wanted)
        )

    rows = np.delete(table, PLAIN, axis=0)
    return rows[int(np.argmin([distance(painter.params, row) for row in rows]))]
