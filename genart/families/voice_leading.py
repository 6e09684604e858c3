"""Bach's rules of part-writing as log potentials for the sampler.

The network's distributions of single cells break rules that bind two voices, parallel fifths and octaves above all,
and at a temperature below 1 what is rare in Bach, such as voices that cross, becomes rarer. The weights below were
chosen on twenty to forty sopranos of the training pieces, those of leaps and gaps on the valid ones: parallels all but
vanish (Bach writes one in about sixty bars), crossings, gaps and leaps are as many as his, and voices move as much,
within a tenth. See models/bach/README.md.
"""

import functools

import jax
import jax.numpy as jnp

from genart.music.counterpoint import SPACED
from genart.nets.inpainter import BEAT, PITCHES
from genart.sampling.columns import StepPotential
from genart.sampling.gibbs import Rules

PARALLEL = -6.0
FAR_PARALLEL = -1.0  # from beat to beat, with other notes between: Bach writes some of these
LEAP = -0.49  # a voice moves by more than an octave, once with each of three others; above BROKEN, so not drawn anew
CROSSING = 1.1  # two voices begin to cross
GAP = 0.65  # over an octave opens between soprano and alto, or alto and tenor


def _parallels(weight: float) -> StepPotential:
    """Log potential of two voices moving on: `weight` for parallel fifths and octaves by similar motion.

    Motion to or from a rest is free. Intervals count modulo an octave.
    """

    def potential(
        u: int, v: int, upper: jax.Array, lower: jax.Array, upper_next: jax.Array, lower_next: jax.Array
    ) -> jax.Array:
        similar = (upper_next - upper) * (lower_next - lower) > 0
        before, after = jnp.abs(upper - lower) % 12, jnp.abs(upper_next - lower_next) % 12
        perfect = (before == after) & ((after == 7) | (after == 0))
        return jnp.where(_sound(upper, lower, upper_next, lower_next) & similar & perfect, weight, 0.0)

    return potential


def _step(
    u: int, v: int, upper: jax.Array, lower: jax.Array, upper_next: jax.Array, lower_next: jax.Array
) -> jax.Array:
    """Log potential of two voices moving on to the next step: all of the above."""
    leaps = sum(
        _sound(before, after) & (jnp.abs(after - before) > 12)
        for before, after in ((upper, upper_next), (lower, lower_next))
    )
    sounding = _sound(upper, lower, upper_next, lower_next)
    crosses = sounding & (upper >= lower) & (upper_next < lower_next)
    total = _parallels(PARALLEL)(u, v, upper, lower, upper_next, lower_next) + LEAP * leaps + CROSSING * crosses
    if (u, v) in SPACED:
        total = total + GAP * (sounding & (upper - lower <= 12) & (upper_next - lower_next > 12))
    return total


def _sound(*values: jax.Array) -> jax.Array:
    return functools.reduce(jnp.maximum, values) < PITCHES


RULES = Rules(step=_step, far=_parallels(FAR_PARALLEL), every=BEAT)
