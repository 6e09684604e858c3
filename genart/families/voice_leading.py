"""Bach's rules of part-writing as log potentials for the sampler.

The network's distributions of single cells break rules that bind two voices, parallel fifths and octaves
above all. The weights below were chosen on ten sopranos of the training pieces: parallels all but vanish (Bach
writes one in about sixty bars) while the voices move as much as his, within a tenth. See models/bach/README.md.
"""

import jax
import jax.numpy as jnp

from genart.nets.inpainter import BEAT, PITCHES
from genart.sampling.columns import StepPotential
from genart.sampling.gibbs import Rules

PARALLEL_FIFTH = -6.0
PARALLEL_OCTAVE = -6.0
FAR_FIFTH = -2.0  # from beat to beat, where notes between the beats do not save them: Bach writes some of these
FAR_OCTAVE = -2.0
CROSSING = -1.0  # a lower voice above a higher one


def column(u: int, v: int, upper: jax.Array, lower: jax.Array) -> jax.Array:
    """Log potential of voices u < v sounding classes `upper` and `lower` (0..45, 46 is a rest) together."""
    both = (upper < PITCHES) & (lower < PITCHES)
    return jnp.where(both & (lower > upper), CROSSING, 0.0)


def _parallels(fifth: float, octave: float) -> StepPotential:
    """Log potential of two voices moving on: parallel fifths and octaves by similar motion.

    Motion to or from a rest is free. Intervals count modulo an octave.
    """

    def potential(upper: jax.Array, lower: jax.Array, upper_next: jax.Array, lower_next: jax.Array) -> jax.Array:
        sounding = (jnp.maximum(upper, lower) < PITCHES) & (jnp.maximum(upper_next, lower_next) < PITCHES)
        similar = (upper_next - upper) * (lower_next - lower) > 0
        before, after = jnp.abs(upper - lower) % 12, jnp.abs(upper_next - lower_next) % 12
        fifths = sounding & similar & (before == 7) & (after == 7)
        octaves = sounding & similar & (before == 0) & (after == 0)
        return jnp.where(fifths, fifth, jnp.where(octaves, octave, 0.0))

    return potential


RULES = Rules(
    column=column,
    step=_parallels(PARALLEL_FIFTH, PARALLEL_OCTAVE),
    far=_parallels(FAR_FIFTH, FAR_OCTAVE),
    every=BEAT,
)
