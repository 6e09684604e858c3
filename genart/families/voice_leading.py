"""Bach's rules of part-writing as log potentials for the sampler.

The network's distributions of single cells break rules that bind two voices, parallel fifths and octaves
above all. The weights below were chosen on twenty sopranos of the training pieces: parallels all but vanish (Bach
writes one in about sixty bars) while the voices move as much as his, within a tenth. See models/bach/README.md.
"""

import jax
import jax.numpy as jnp

from genart.nets.inpainter import BEAT, PITCHES
from genart.sampling.columns import StepPotential
from genart.sampling.gibbs import Rules

PARALLEL = -6.0
FAR_PARALLEL = -1.0  # from beat to beat, with other notes between: Bach writes some of these
LEAP = -0.1  # a voice moves by more than an octave; it counts once with each of three others


def _parallels(weight: float) -> StepPotential:
    """Log potential of two voices moving on: `weight` for parallel fifths and octaves by similar motion.

    Motion to or from a rest is free. Intervals count modulo an octave.
    """

    def potential(upper: jax.Array, lower: jax.Array, upper_next: jax.Array, lower_next: jax.Array) -> jax.Array:
        sounding = (jnp.maximum(upper, lower) < PITCHES) & (jnp.maximum(upper_next, lower_next) < PITCHES)
        similar = (upper_next - upper) * (lower_next - lower) > 0
        before, after = jnp.abs(upper - lower) % 12, jnp.abs(upper_next - lower_next) % 12
        perfect = (before == after) & ((after == 7) | (after == 0))
        return jnp.where(sounding & similar & perfect, weight, 0.0)

    return potential


def _step(upper: jax.Array, lower: jax.Array, upper_next: jax.Array, lower_next: jax.Array) -> jax.Array:
    """Log potential of two voices moving on to the next step: parallels, and leaps over an octave."""
    leaps = sum(
        (jnp.abs(after - before) > 12) & (jnp.maximum(before, after) < PITCHES)
        for before, after in ((upper, upper_next), (lower, lower_next))
    )
    return _parallels(PARALLEL)(upper, lower, upper_next, lower_next) + LEAP * leaps


RULES = Rules(step=_step, far=_parallels(FAR_PARALLEL), every=BEAT)
