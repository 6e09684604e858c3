"""Painting by optimization (Gatys et al. 2016), several photographs at once: what the style net is measured with.

L-BFGS as the library has it in genart/families/refine.py, and Adam; both start from the content picture. All
photographs of a batch share each evaluation of the loss, and each goes through its own line search: one that has found
its step takes the next at once and waits for none of the others.
"""

import dataclasses
import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from genart.errors import InputError
from genart.files import atomic
from genart.nets import style_loss
from genart.nets.style_loss import CONTENT_LAYER, CONTENT_WEIGHT, MARGIN, STYLE_WEIGHT, Statistics

BATCH = 4  # photographs that are optimized at once
CHOSEN_AT = 25  # iterations after which the better optimizer is chosen, on the first batch
OPTIMIZERS = ("lbfgs", "adam 0.01", "adam 0.02", "adam 0.05")
TRIED = 20  # lengths of a step
_LBFGS = optax.scale_by_lbfgs(memory_size=10)


@dataclasses.dataclass(frozen=True)
class Judge:
    """The loss, seen through one loss network, in the middle of pictures [N, H, W, 3], 16 pixels from each border."""

    features: Callable[..., dict[str, jax.Array]]

    @functools.cached_property
    def content(self) -> Callable[[Any], jax.Array]:
        """Pictures -> the maps that are their content."""
        return jax.jit(lambda pictures: self.features(_middle(pictures))[CONTENT_LAYER])

    @functools.cached_property
    def terms(self) -> Callable[[Any, Any, Statistics], tuple[jax.Array, jax.Array]]:
        """Pictures, maps of their content and the style wanted -> style and content loss, [N] each."""
        return jax.jit(self._terms)

    @functools.cached_property
    def lbfgs(self) -> Callable[..., Any]:
        """One evaluation of the loss at the places tried, and what follows from it for each picture."""
        return jax.jit(functools.partial(_round, self._measured))

    @functools.cached_property
    def measured(self) -> Callable[..., tuple[jax.Array, jax.Array]]:
        """Pictures, maps and style -> total loss [N] and its gradient."""
        return jax.jit(self._measured)

    def _terms(self, pictures: Any, maps: Any, wanted: Statistics) -> tuple[jax.Array, jax.Array]:
        found = self.features(_middle(pictures))
        style = style_loss.style_loss(style_loss.statistics(found), wanted)
        return style, style_loss.content_loss(found, {CONTENT_LAYER: maps})

    def _measured(self, pictures: Any, maps: Any, wanted: Statistics) -> tuple[jax.Array, jax.Array]:
        def total(pictures: Any) -> tuple[jax.Array, jax.Array]:
            style, content = self._terms(pictures, maps, wanted)
            each = STYLE_WEIGHT * style + CONTENT_WEIGHT * content
            return each.sum(), each

        (_, each), gradient = jax.value_and_grad(total, has_aux=True)(pictures)
        return each, gradient


def _middle(pictures: Any) -> Any:
    return pictures[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def curves(judge: Judge, optimizer: str, photographs: np.ndarray, wanted: Statistics, *, iterations: int) -> np.ndarray:
    """Total loss of each photograph before and after each iteration.

    Parameters
    ----------
    optimizer : one of OPTIMIZERS
    photographs : float32 [N, H, W, 3], sRGB 0..1

    Returns
    -------
    float64 [N, iterations + 1]; the lowest so far, so that a step that leads astray does not count against it
    """
    maps = judge.content(photographs)
    if optimizer == "lbfgs":
        losses = _by_lbfgs(judge, jnp.asarray(photographs), maps, wanted, iterations)
    else:
        losses = _by_adam(judge, jnp.asarray(photographs), maps, wanted, iterations, float(optimizer.split()[1]))
    return np.minimum.accumulate(losses, 1)


def _by_adam(judge: Judge, pixels: Any, maps: Any, wanted: Statistics, iterations: int, rate: float) -> np.ndarray:
    optimizer = optax.adam(rate)
    state, losses = optimizer.init(pixels), []
    for _ in range(iterations):
        loss, gradient = judge.measured(pixels, maps, wanted)
        losses.append(np.asarray(loss, np.float64))
        moves, state = optimizer.update(gradient, state)
        pixels = jnp.clip(pixels + moves, 0, 1)
    losses.append(np.asarray(judge.measured(pixels, maps, wanted)[0], np.float64))
    return np.stack(losses, 1)


def _by_lbfgs(judge: Judge, pixels: Any, maps: Any, wanted: Statistics, iterations: int) -> np.ndarray:
    loss, gradient = judge.measured(pixels, maps, wanted)
    direction, state = _downhill(gradient, jax.vmap(_LBFGS.init)(pixels), pixels)
    count = len(pixels)
    search = {
        "pixels": pixels, "loss": loss, "gradient": gradient, "direction": direction, "state": state,
        "length": jnp.ones(count), "shortest": jnp.zeros(count), "longest": jnp.full(count, jnp.inf),
    }  # fmt: skip
    losses, tried = [[float(value)] for value in loss], np.zeros(count, int)
    while any(len(found) <= iterations and trials < TRIED for found, trials in zip(losses, tried, strict=True)):
        search, accepted = judge.lbfgs(search, maps, wanted)
        accepted, values = np.asarray(accepted), np.asarray(search["loss"], np.float64)
        tried = np.where(accepted, 0, tried + 1)
        for found, value, moved in zip(losses, values, accepted, strict=True):
            if moved:
                found.append(float(value))
    return np.array([found[: iterations + 1] + found[-1:] * (iterations + 1 - len(found)) for found in losses])


def _round(measured: Callable[..., Any], search: dict[str, Any], maps: Any, wanted: Statistics) -> Any:
    """One try of each picture's line search: the weak Wolfe conditions by bisection (Lewis and Overton 2013)."""
    length = search["length"]
    tried = search["pixels"] + _each(length, search["direction"]) * search["direction"]
    value, gradient = measured(tried, maps, wanted)
    slope = _dot(search["gradient"], search["direction"])
    too_long = ~(value <= search["loss"] + 1e-4 * length * slope)  # also where it is not a number
    too_short = ~too_long & (_dot(gradient, search["direction"]) < 0.9 * slope)
    accepted = ~(too_long | too_short)
    longest = jnp.where(too_long, length, search["longest"])
    shortest = jnp.where(too_short, length, search["shortest"])
    between = jnp.where(jnp.isinf(longest), 2 * length, (shortest + longest) / 2)
    direction, state = _downhill(gradient, search["state"], tried)
    after = {
        "pixels": tried, "loss": value, "gradient": gradient, "direction": direction, "state": state,
        "length": jnp.ones_like(length), "shortest": jnp.zeros_like(length), "longest": jnp.full_like(length, jnp.inf),
    }  # fmt: skip
    before = {**search, "length": between, "shortest": shortest, "longest": longest}
    return jax.tree.map(lambda a, b: jnp.where(_each(accepted, a), a, b), after, before), accepted


def _downhill(gradient: Any, state: Any, pixels: Any) -> tuple[Any, Any]:
    uphill, state = jax.vmap(_LBFGS.update)(gradient, state, pixels)
    return jax.tree.map(jnp.negative, uphill), state


def _dot(first: Any, second: Any) -> jax.Array:
    return (first * second).sum((1, 2, 3))


def _each(values: Any, like: Any) -> Any:
    """[N] -> [N, 1, 1 ...] with as many axes as another array has."""
    return values.reshape(-1, *(1,) * (like.ndim - 1))


class Curves:
    """Curves of optimization in a file, so that they are computed once: no model plays a part in them.

    Parameters
    ----------
    path : a JSON file, which is made where there is none; None keeps nothing
    iterations : how far each photograph is optimized
    settings : what the curves depend on besides; a file of other settings is refused
    until : time.monotonic() after which no new batch is begun
    """

    def __init__(self, path: Path | None, *, iterations: int, settings: dict[str, Any], until: float):
        self.path, self.iterations, self.until = path, iterations, until
        self.record: dict[str, Any] = {"settings": {**settings, "iterations": iterations}, "paintings": {}}
        if path is not None and path.exists():
            found = json.loads(path.read_text())
            if found["settings"] != self.record["settings"]:
                raise InputError(f"{path} holds curves of {found['settings']}, not of {self.record['settings']}")
            self.record = found

    def of(
        self, name: str, judge: Judge, photographs: np.ndarray, wanted: Statistics, *, say: Callable[[str], None]
    ) -> tuple[str, np.ndarray]:
        """The better optimizer and its curves, [N, iterations + 1]; fewer photographs where time is up.

        All optimizers paint the first batch; the one whose mean loss is the lowest after 25 iterations does the rest.
        """
        painting = self.record["paintings"].setdefault(name, {"at": {}, "curves": []})
        for optimizer in OPTIMIZERS:
            if optimizer not in painting["at"] and time.monotonic() < self.until:
                at = min(CHOSEN_AT, self.iterations)
                losses = curves(judge, optimizer, photographs[:BATCH], wanted, iterations=at)
                painting["at"][optimizer] = float(losses[:, -1].mean())
                self._keep()
        better = min(painting["at"], key=painting["at"].__getitem__, default=OPTIMIZERS[0])
        while len(painting["curves"]) < len(photographs) and time.monotonic() < self.until:
            first = len(painting["curves"])
            losses = curves(judge, better, photographs[first : first + BATCH], wanted, iterations=self.iterations)
            painting["curves"] += [[round(float(loss), 5) for loss in row] for row in losses]
            self._keep()
            say(f"{name}: {better}, {len(painting['curves'])} of {len(photographs)} photographs")
        found = np.array(painting["curves"][: len(photographs)]).reshape(-1, self.iterations + 1)
        return better, found

    def _keep(self) -> None:
        if self.path is not None:
            with atomic(self.path) as temporary:
                temporary.write_text(json.dumps(self.record))
