"""Drawing the new voices of a plan with a model; the part of a harmonization that needs JAX."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

import genart
from genart.errors import InputError
from genart.families.bach import Bach, windows
from genart.families.registry import load
from genart.music.counterpoint import REST
from genart.music.grid import BEAT
from genart.music.plan import Plan
from genart.progress import OnStep
from genart.recipe import Recipe, Source
from genart.sampling.policy import Annealing
from genart.sampling.seeds import fresh_seed

DRAWS = 4  # of each phrase, of which the best is kept


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawn:
    """One take on the model's grid.

    Attributes
    ----------
    cells : int16 [T, 4], the model's copy filled
    quality : what takes are ranked by, see :meth:`genart.families.bach.Filled.quality`
    log_likelihood : nats a drawn cell
    """

    cells: np.ndarray
    quality: float
    log_likelihood: float


def prepare(model: str | os.PathLike[str] | Bach, *, seed: int | None) -> tuple[Bach, int]:
    """The model and the seed: a model is loaded by name, a seed is drawn when None.

    Raises
    ------
    InputError
        The model is not one that harmonizes.
    """
    bach = load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(bach, Bach):
        raise InputError(f"{model} is not a model that harmonizes; name one of the family bach")
    return bach, fresh_seed() if seed is None else seed


def recipe(
    bach: Bach, verb: str, *, seed: int, parameters: Mapping[str, Any], sources: tuple[Source, ...] = ()
) -> Recipe:
    """How a take was made, see :class:`genart.recipe.Recipe`."""
    return Recipe(
        verb=verb,
        model=bach.name,
        weights=bach.bundle.sha256,
        seed=seed,
        parameters=dict(parameters),
        sources=sources,
        versions={"genart": genart.__version__, "jax": jax.__version__},
        device=jax.default_backend(),
    )


def draw(
    bach: Bach,
    plan: Plan,
    *,
    seed: int,
    policy: Annealing,
    take: tuple[int, int],
    on_step: OnStep,
) -> Drawn:
    """One take of a plan: for each phrase the best of four draws.

    Parameters
    ----------
    seed : of the take
    policy : of the sampler
    take : its number from 0 and how many there are, by which progress is counted
    on_step : called with (sweeps done, all sweeps)
    """
    copy = plan.copy()
    cells = np.full_like(copy, REST)
    cells[:, list(plan.lines)] = copy[:, list(plan.lines)]
    known = np.zeros(cells.shape, bool)
    known[:, list(plan.lines)] = True
    spans = [(phrase.first, phrase.last) for phrase in plan.phrases]
    sweeps = [len(windows(last - first)) * policy.sweeps for first, last in spans]
    done, total, qualities, likelihoods, weights = take[0] * sum(sweeps), take[1] * sum(sweeps), [], [], []
    for number, (first, last) in enumerate(spans):
        base = done
        filled = bach.fill(
            copy[first:last],
            known[first:last],
            seeds=[(seed, number, draw) for draw in range(DRAWS)],
            phase=(plan.grid.phase + first) % BEAT,
            allowed=plan.allowed,
            policy=policy,
            on_step=lambda sweep, _, base=base: on_step(base + sweep, total),
        )
        best = int(filled.quality().argmax())
        cells[first:last] = filled.pitches[best]
        qualities.append(filled.quality()[best])
        likelihoods.append(filled.log_likelihood[best])
        weights.append(last - first)
        done += sweeps[number]
    return Drawn(
        cells=cells,
        quality=float(np.average(qualities, weights=weights)),
        log_likelihood=float(np.average(likelihoods, weights=weights)),
    )
