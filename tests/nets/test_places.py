"""Grids of places."""

import jax
import jax.numpy as jnp
import numpy as np

from genart.nets.places import doubled, fold, halved, smoothed, unfold


def test_folding_is_undone():
    x = jnp.arange(2 * 4 * 6 * 3.0).reshape(2, 4, 6, 3)
    folded = fold(x, 2)
    assert folded.shape == (2, 2, 3, 12)
    assert np.array_equal(folded[1, 1, 2, :3], x[1, 2, 4]) and np.array_equal(folded[1, 1, 2, 9:], x[1, 3, 5])
    assert np.array_equal(unfold(folded, 2), x)


def test_doubling_is_bilinear_between_centers():
    x = jax.random.normal(jax.random.key(0), (2, 4, 5, 3))
    expected = jax.image.resize(x, (2, 8, 10, 3), "bilinear")  # centers half a place inside, borders held
    np.testing.assert_allclose(doubled(x), expected, atol=1e-6)


def test_halving_undoes_doubling_of_what_rises_evenly():
    x = jnp.arange(4.0)[:, None] + 10 * jnp.arange(6.0)
    x = x[None, :, :, None]
    assert halved(x).shape == (1, 2, 3, 1) and float(halved(x)[0, 0, 0, 0]) == (0 + 1 + 10 + 11) / 4
    inside = (slice(None), slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(halved(doubled(x))[inside], x[inside], rtol=1e-6)


def test_smoothing_leaves_what_is_plain_and_takes_what_alternates():
    plain = jnp.full((1, 4, 6, 2), 3.0)
    assert np.array_equal(smoothed(plain), plain) and np.array_equal(smoothed(plain, around=True), plain)
    alternating = jnp.asarray(np.broadcast_to((-1.0) ** np.arange(6)[:, None], (1, 4, 6, 1)), jnp.float32)
    assert np.array_equal(smoothed(alternating, around=True), jnp.zeros_like(alternating))
    one = jnp.zeros((1, 3, 3, 1)).at[0, 0, 1].set(16)
    # 1 2 1 across, and down 3 of its 4 parts stay at a border that is held
    np.testing.assert_array_equal(smoothed(one)[0, :, :, 0], [[3 * 1, 3 * 2, 3 * 1], [1, 2, 1], [0, 0, 0]])
