"""The sampler's rules on two voices that move on."""

import jax.numpy as jnp
import numpy as np
import pytest

from genart.families.voice_leading import FAR_PARALLEL, LEAP, PARALLEL, RULES
from genart.nets.inpainter import PITCHES

REST = PITCHES


@pytest.mark.parametrize(
    ("before", "after", "near", "far"),
    [
        ((31, 24), (33, 26), PARALLEL, FAR_PARALLEL),  # a fifth, then a fifth
        ((43, 24), (45, 26), PARALLEL, FAR_PARALLEL),  # a twelfth
        ((36, 24), (33, 21), PARALLEL, FAR_PARALLEL),  # an octave
        ((24, 24), (26, 26), PARALLEL, FAR_PARALLEL),  # in unison
        ((31, 24), (31, 24), 0, 0),  # held
        ((31, 24), (38, 19), 0, 0),  # by contrary motion
        ((31, 24), (33, 25), 0, 0),  # a fifth, then an augmented one
        ((31, 24), (33, REST), 0, 0),
        ((31, 24), (44, 28), LEAP, 0),  # a ninth
        ((31, 24), (43, 28), 0, 0),  # an octave is none too many
        ((31, 24), (REST, 28), 0, 0),  # though the number of a rest is far
        ((40, 30), (26, 16), 2 * LEAP, 0),
    ],
)
def test_what_two_voices_cost(before, after, near, far):
    given = [jnp.asarray(value) for value in (*before, *after)]
    np.testing.assert_allclose(RULES.step(*given), near, rtol=1e-6)
    np.testing.assert_allclose(RULES.far(*given), far, rtol=1e-6)
