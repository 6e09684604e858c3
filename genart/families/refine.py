"""Painting by optimization: the pixels themselves are moved until the loss network sees content and style.

Gatys et al. 2016 ("Image Style Transfer Using Convolutional Neural Networks"), by L-BFGS as there (Liu and Nocedal
1989), with the loss that the style net is trained with.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from genart import interrupts
from genart.errors import InputError
from genart.nets import style_loss
from genart.nets.style_loss import CONTENT_LAYER, CONTENT_WEIGHT, STYLE_WEIGHT, Statistics
from genart.progress import OnStep
from genart.training.recipes.style import LossNetwork

MOST_PIXELS = 2_000_000  # of a picture that is optimized; each takes about 2 KB of memory
SMALLEST = 64  # pixels of the sides that the loss network is given
TRIED = 20  # lengths of a step


def optimize(
    start: np.ndarray,
    content: np.ndarray,
    wanted: Statistics,
    features: LossNetwork,
    *,
    steps: int,
    on_step: OnStep | None = None,
) -> tuple[np.ndarray, list[float]]:
    """Move the pixels of a picture by L-BFGS until it has the content of one picture and the style of another.

    Call it as ``genart.families.refine.optimize``; Gatys et al. start from the content or from noise, `refine` in
    :mod:`genart.families.stylize` from what the style net paints.

    Parameters
    ----------
    start, content : float32 [H, W, 3], sRGB 0..1, of one size
    wanted : statistics of the style, as :func:`genart.training.recipes.style.painting_statistics` gives them
    features : the loss network's call
    steps : iterations, 1 or more; most evaluate the loss once
    on_step : called with (iterations done, all) after each; raise in it to stop

    Returns
    -------
    pixels : float32 [H, W, 3], not clipped to 0..1
    losses : steps + 1 of them, of the start and then after each iteration: style plus a tenth of content, over the
        whole picture; fewer where no step improves the picture any more

    Raises
    ------
    InputError
        There are no steps, or the picture has more than two million pixels.
    """
    if steps < 1:
        raise InputError(f"{steps} steps of refining: 1 or more are needed")
    height, width = content.shape[:2]
    if height * width > MOST_PIXELS:
        raise InputError(
            f"a picture of {width} x {height} pixels is too large to refine: {MOST_PIXELS // 10**6} million pixels "
            "are the most; make it smaller with --size"
        )
    measure, seen = _compiled(features)
    pixels = jnp.asarray(_padded(start))
    maps, state = seen(_padded(content)), _OPTIMIZER.init(pixels)
    value, gradient = measure(pixels, maps, wanted)
    losses = [float(value)]
    with interrupts.deferred() as heed:
        for step in range(steps):
            direction, state = _direction(gradient, state, pixels)
            found = _searched(lambda moved: measure(moved, maps, wanted), pixels, direction, losses[-1], gradient, heed)
            if found is None:
                break
            pixels, loss, gradient = found
            losses.append(loss)
            if on_step is not None:
                on_step(step + 1, steps)
    return np.asarray(pixels)[:height, :width], losses


_OPTIMIZER = optax.scale_by_lbfgs(memory_size=10)


@jax.jit
def _direction(gradient: Any, state: Any, pixels: Any) -> Any:
    uphill, state = _OPTIMIZER.update(gradient, state, pixels)
    return jax.tree.map(jnp.negative, uphill), state


def _searched(
    measure: Callable[[Any], Any], pixels: Any, direction: Any, loss: float, gradient: Any, heed: Callable[[], None]
) -> tuple[Any, float, Any] | None:
    """The pixels moved so far that the weak Wolfe conditions hold, by bisection (Lewis and Overton 2013), mostly at
    once; their loss and its gradient. None where no step improves them.

    (In optax's own search the loss is compiled several times over, which takes longer than many iterations.)
    """
    slope = float(jnp.vdot(gradient, direction))
    length, shortest, longest = 1.0, 0.0, float("inf")
    for _ in range(TRIED):
        moved = pixels + length * direction
        value, found = measure(moved)
        heed()
        if not float(value) <= loss + 1e-4 * length * slope:  # also where it is not a number
            longest = length
        elif float(jnp.vdot(found, direction)) < 0.9 * slope:
            shortest = length
        else:
            return moved, float(value), found
        length = (shortest + longest) / 2 if longest < float("inf") else 2 * length
    return None


@functools.lru_cache(maxsize=2)
def _compiled(features: LossNetwork) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The loss of pixels and its gradient, and the content's maps."""

    def loss(pixels: Any, maps: Any, wanted: Any) -> jax.Array:
        found = features(pixels[None])
        style = style_loss.style_loss(style_loss.statistics(found), wanted)
        return (STYLE_WEIGHT * style + CONTENT_WEIGHT * style_loss.content_loss(found, {CONTENT_LAYER: maps}))[0]

    return jax.jit(jax.value_and_grad(loss)), jax.jit(lambda pixels: features(pixels[None])[CONTENT_LAYER])


def _padded(pixels: np.ndarray) -> np.ndarray:
    """A picture whose sides are long enough for the loss network, mirrored at the far borders."""
    more = [(0, max(0, SMALLEST - length)) for length in pixels.shape[:2]]
    return np.pad(np.asarray(pixels, np.float32), (*more, (0, 0)), mode="symmetric")
