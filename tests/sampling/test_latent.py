"""Latents by keys and the paths between them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.nets.gan import GanConfig, Latent
from genart.sampling.latent import along, between, circling, draw, pushed, truncated

CONFIG = GanConfig(height=32, width=32, latent=16, local=4, waves=2, classes=3, widths=(8, 8, 8))


@pytest.fixture(scope="module")
def points():
    return draw(jax.random.split(jax.random.key(3), 4), CONFIG)


def own(array):
    """An array that is there."""
    assert array is not None
    return array


def length(a):
    return np.linalg.norm(np.asarray(a).reshape(len(a), -1), axis=1)


def same(a: Latent, b: Latent):
    return all(np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def row(latent, index):
    return jax.tree.map(lambda a: a[index], latent)


def test_each_key_gives_its_own_latent(points):
    keys = jax.random.split(jax.random.key(3), 4)
    assert same(draw(keys[2:3], CONFIG), row(points, slice(2, 3)))
    assert not np.array_equal(points.whole[0], points.whole[1])
    assert own(points.places).shape == (4, 4, 4, 4)
    assert own(draw(keys, CONFIG, grid=(2, 7)).places).shape == (4, 2, 7, 4)


def test_truncation_of_0_is_the_mean_and_1_changes_nothing(points):
    assert same(truncated(points, 1.0), points)
    halved = truncated(points, jnp.array([0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_allclose(halved.whole, points.whole * np.array([[0], [0.5], [1], [2]]))
    assert float(jnp.abs(own(halved.places)[0]).max()) == 0


def test_between_begins_and_ends_exactly_and_keeps_the_distance_from_the_mean(points):
    first, second = row(points, slice(0, 1)), row(points, slice(1, 2))
    assert same(between(first, second, 0.0), first)
    assert np.array_equal(between(first, second, 1.0).whole, second.whole)
    halfway = between(first, second, 0.5)
    lengths = sorted([length(first.whole)[0], length(second.whole)[0]])
    unlike = Latent(whole=first.whole / length(first.whole)), Latent(whole=second.whole / length(second.whole))
    assert length(between(*unlike, 0.3).whole)[0] == pytest.approx(1, abs=1e-5)
    assert 0.7 * lengths[0] < length(halfway.whole)[0] < 1.3 * lengths[1]
    np.testing.assert_allclose(own(halfway.classes), (own(first.classes) + own(second.classes)) / 2, atol=1e-6)


def test_equal_points_stay_where_they_are(points):
    first = row(points, slice(0, 1))
    np.testing.assert_allclose(between(first, first, 0.4).whole, first.whole, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("eased", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_path_meets_its_points_exactly(points, eased, closed):
    places = np.arange(4.0)
    found = along(points, places, closed=closed, eased=eased)
    assert np.array_equal(found.whole, points.whole) and np.array_equal(own(found.places), own(points.places))


def test_a_closed_path_goes_on_into_its_beginning(points):
    found = along(points, np.linspace(0, 4, 400, endpoint=False), closed=True, eased=False)
    steps = length(np.diff(np.concatenate([found.whole, found.whole[:1]]), axis=0))
    assert steps.max() < 2.5 * np.median(steps)
    eased = along(points, np.array([0, 0.01, 0.5, 0.51]), closed=True, eased=True)
    begin, middle = length(eased.whole[1:2] - eased.whole[:1]), length(eased.whole[3:] - eased.whole[2:3])
    assert begin < 0.1 * middle  # smoothstep: 3e-4 of the way against 0.015


def test_wandering_is_closed_even_and_as_far_from_the_mean_as_draws():
    turns = np.arange(200) / 200
    found = circling(jax.random.key(0), CONFIG, turns, waves=3, grid=(4, 4))
    steps = length(np.diff(np.concatenate([found.whole, found.whole[:1]]), axis=0))
    assert steps.max() < 3 * np.median(steps)
    assert length(found.whole).mean() == pytest.approx(4, rel=0.4)  # the root of 16 numbers
    again = circling(jax.random.key(0), CONFIG, turns + 1, waves=3, grid=(4, 4))
    np.testing.assert_allclose(again.whole, found.whole, atol=1e-4)


def test_pushing_keeps_the_distance_from_the_mean(points):
    moved = pushed(points, jnp.ones((4, 16)))
    np.testing.assert_allclose(length(moved.whole), length(points.whole), rtol=1e-5)
    assert same(pushed(points, jnp.zeros((4, 16))), points)
