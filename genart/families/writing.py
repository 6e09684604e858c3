"""Drawing the tunes of an outline with a model; the part of ``genart melody`` that needs JAX."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import jax

import genart
from genart.errors import InputError
from genart.families.melody import MOST_EVENTS, Melody
from genart.families.melody_rules import EVENTS_A_BAR, Bounds
from genart.families.registry import load
from genart.music.tunes.outline import Outline
from genart.music.tunes.tune import Tune
from genart.progress import OnStep
from genart.recipe import Recipe, Source
from genart.sampling.policy import Policy
from genart.sampling.seeds import fresh_seed

TICKS_AN_EVENT = 12  # of music, in 48ths of a quarter; tunes have fewer events, but for a bar here and there


@dataclasses.dataclass(frozen=True, kw_only=True)
class Take:
    """A tune that was drawn.

    Attributes
    ----------
    seed : gives it again
    log_likelihood : nats an event, of those that were drawn
    known : the share of its figures that is in tunes the model learned from, None where that is not known
    """

    tune: Tune
    seed: int
    log_likelihood: float
    known: float | None


def prepare(model: str | os.PathLike[str] | Melody, *, seed: int | None) -> tuple[Melody, int]:
    """The model and the seed: a model is loaded by name, a seed is drawn when None.

    Raises
    ------
    InputError
        The model is not one of tunes.
    """
    made = load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(made, Melody):
        raise InputError(f"{model} is not a model that writes tunes; name one of the family melody")
    return made, fresh_seed() if seed is None else seed


def recipe(model: Melody, *, seed: int, parameters: Mapping[str, Any], sources: tuple[Source, ...] = ()) -> Recipe:
    """How a take was made, see :class:`genart.recipe.Recipe`."""
    return Recipe(
        verb="melody",
        model=model.name,
        weights=model.bundle.sha256,
        seed=seed,
        parameters=dict(parameters),
        sources=sources,
        versions={"genart": genart.__version__, "jax": jax.__version__},
        device=jax.default_backend(),
    )


def draw(
    model: Melody, outline: Outline, *, n: int, seed: int, policies: Sequence[Policy], on_step: OnStep
) -> list[Take]:
    """`n` takes, the one with the highest likelihood an event first.

    Parameters
    ----------
    seed : of the first take; the others count on from it
    on_step : called with (events, all events)

    Raises
    ------
    InputError
        The tune would have more events than the model goes to, or the beginning has notes it does not know.
    """
    head, codec = outline.head, model.codec
    primer = None
    if outline.begun is not None:
        primer = codec.encode(outline.begun, anchor=head.anchor, end=False)
    begun = 0 if primer is None else len(primer)
    limit = begun + (outline.bars + 1) * (head.bar // TICKS_AN_EVENT + EVENTS_A_BAR) + 2 * len(outline.sections)
    if limit > MOST_EVENTS:
        raise InputError(f"{outline.bars} bars of {head.meter[0]}/{head.meter[1]} are too many: ask for fewer")
    drawn = model.draw(
        head,
        seeds=[(seed + take,) for take in range(n)],
        primer=primer,
        bounds=_bounds(outline),
        register=False,
        policies=policies,
        limit=limit,
        on_step=on_step,
    )
    takes = []
    for number, (tokens, log_p, length) in enumerate(zip(drawn.tokens, drawn.log_p, drawn.length, strict=True)):
        tune = codec.decode(head, tokens[:length, 0], tokens[:length, 1])
        known = None if model.known is None else model.known.share(tune)
        likelihood = float(log_p[begun:length].mean())
        takes.append(Take(tune=tune, seed=seed + number, log_likelihood=likelihood, known=known))
    return sorted(takes, key=lambda take: -take.log_likelihood)


def _bounds(outline: Outline) -> Bounds:
    return Bounds(
        lowest=outline.lowest,
        highest=outline.highest,
        leap=outline.leap,
        sections=outline.sections,
        cadence=outline.beat,
        chords=tuple(tuple((at, chord.classes) for at, chord in bar) for bar in outline.strong),
    )
