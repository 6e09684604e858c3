"""The sampler's rules on two voices that move on."""

import jax.numpy as jnp
import numpy as np
import pytest

from genart.families.voice_leading import CROSSING, FAR_PARALLEL, GAP, LEAP, PARALLEL, RULES
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
        ((31, 29), (31, 33), CROSSING, 0),
        ((31, 31), (29, 31), CROSSING, 0),
        ((29, 31), (28, 31), 0, 0),  # crossed before
        ((31, REST), (31, 33), 0, 0),
    ],
)
def test_what_two_voices_cost(before, after, near, far):
    given = [jnp.asarray(value) for value in (*before, *after)]
    np.testing.assert_allclose(RULES.step(2, 3, *given), near, rtol=1e-6)
    np.testing.assert_allclose(RULES.far(2, 3, *given), far, rtol=1e-6)


@pytest.mark.parametrize(
    ("before", "after", "voices", "expected"),
    [
        ((36, 24), (38, 24), (0, 1), GAP),
        ((36, 24), (36, 23), (1, 2), GAP),
        ((36, 24), (38, 24), (2, 3), 0),  # tenor and bass may lie any distance apart
        ((36, 24), (38, 24), (0, 2), 0),
        ((38, 24), (40, 24), (0, 1), 0),  # open before
        ((35, 24), (36, 24), (0, 1), 0),
        ((36, 24), (REST, 24), (0, 1), 0),
    ],
)
def test_gaps_between_voices(before, after, voices, expected):
    given = [jnp.asarray(value) for value in (*before, *after)]
    np.testing.assert_allclose(RULES.step(*voices, *given), expected, rtol=1e-6)
