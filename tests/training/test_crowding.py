import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.training.crowding import crowding, distances, expected

SQUARE = np.array([[0, 0], [0, 2], [2, 0], [2, 2]], np.float32)  # four sides of length 2, two diagonals


def test_distances_are_root_mean_square_differences_of_pairs():
    # over two numbers: a side is sqrt(4 / 2), a diagonal sqrt(8 / 2)
    np.testing.assert_allclose(np.sort(distances(jnp.asarray(SQUARE))), [2**0.5] * 4 + [2] * 2, rtol=1e-6)


def test_nothing_is_wanting_of_pictures_as_far_apart_as_is_expected_or_farther():
    wanted = expected(SQUARE, 4)
    np.testing.assert_allclose(wanted, [2**0.5] * 4 + [2] * 2, rtol=1e-6)
    assert float(crowding(jnp.asarray(SQUARE), wanted)) == pytest.approx(0, abs=1e-10)
    assert float(crowding(jnp.asarray(3 * SQUARE), wanted)) == 0


@pytest.mark.parametrize(("share", "wanting"), [(1 / 2, 1), (2 / 3, 1 / 2), (10 / 11, 1 / 10)])
def test_as_much_is_wanting_as_would_make_it_whole(share, wanting):
    assert float(crowding(jnp.asarray(SQUARE * share), expected(SQUARE, 4))) == pytest.approx(wanting, rel=1e-4)


def test_those_that_are_too_near_are_pushed_apart_and_the_same_twice_gives_numbers():
    near = jnp.asarray([[0.0, 0.0], [0.0, 0.5], [9.0, 0.0], [9.0, 9.0]])
    slope = np.asarray(jax.grad(crowding)(near, expected(SQUARE, 4)))
    assert slope[0, 1] > 0 > slope[1, 1]  # going down the slope the first two part
    assert not slope[2:].any()
    assert np.isfinite(jax.grad(crowding)(jnp.zeros((4, 2)), expected(SQUARE, 4))).all()
