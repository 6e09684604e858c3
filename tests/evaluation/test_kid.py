"""The kernel distance, by its definition, and what it says of like and unlike sets."""

import itertools

import numpy as np
import pytest

from genart.evaluation.kid import kid


def test_it_is_the_mean_over_pairs_of_different_pictures():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 3)), 1 + rng.standard_normal((4, 3))
    scale = np.sqrt((a.std(0) ** 2).mean())
    x, y = (a - a.mean(0)) / scale, (b - a.mean(0)) / scale

    def mean(pairs):
        return np.mean([(p @ q / 3 + 1) ** 3 for p, q in pairs])  # equation 4 of Binkowski et al. 2018

    within = mean(itertools.permutations(x, 2)) + mean(itertools.permutations(y, 2))
    assert kid(a, b).value == pytest.approx(within - 2 * mean(itertools.product(x, y)))


def test_a_feature_that_one_set_never_shows_does_not_outweigh_the_rest():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((40, 8)), rng.standard_normal((40, 8))
    a[:, 0] = 0
    assert kid(a, b).value < 1


def test_sets_of_one_kind_are_within_the_interval_and_others_beyond():
    rng = np.random.default_rng(1)
    a, like, unlike = rng.standard_normal((80, 4)), rng.standard_normal((60, 4)), 1 + rng.standard_normal((60, 4))
    near, far = kid(a, like), kid(a, unlike)
    assert near.low < 0 < near.high
    assert 0 < far.low < far.value < far.high
    assert kid(a, unlike, seed=0) == far
