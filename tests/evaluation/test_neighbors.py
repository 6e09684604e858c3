"""Copies and repeats, on points whose distances are known."""

import numpy as np
import pytest

from genart.evaluation.neighbors import copying, nearest, repeats

LINE = np.arange(600.0)[:, None]


def test_the_nearest_is_found_in_blocks():
    distances, indices = nearest(LINE[:300] + 0.25, LINE[::2])
    np.testing.assert_allclose(distances, np.where(np.arange(300) % 2, 0.75, 0.25), atol=1e-4)
    assert indices.tolist() == [(i + 1) // 2 for i in range(300)]


def test_copies_are_nearer_than_pictures_kept_aside():
    training, aside = LINE[::2], LINE[1::2]  # each a distance of 1 off
    assert copying(aside + 0.0, training, aside) == pytest.approx(1)
    assert copying(training + 0.1, training, aside) == pytest.approx(0.1, abs=1e-3)


def test_repeats_are_pairs_closer_than_nearly_all_real_ones():
    rng = np.random.default_rng(0)
    reals, like = rng.standard_normal((200, 3)), rng.standard_normal((200, 3))
    assert repeats(like, reals) == pytest.approx(0.01, abs=0.005)
    assert repeats(np.repeat(like[:2], 50, axis=0), reals) > 0.4  # half of the pairs are the same
