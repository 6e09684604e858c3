"""Batches and runs of the Bach model on music that the test makes."""

import json

import jax
import numpy as np
import pytest

from genart.errors import InputError
from genart.families.bundle import read_bundle
from genart.music.chorales import REST
from genart.nets.inpainter import InpainterConfig
from genart.training.recipes.bach import (
    MASKS,
    RANGES,
    BachTask,
    BachTraining,
    crop,
    hide_cells,
    hide_frames,
    hide_future,
    hide_voices,
    make_batch,
    train_bach,
    transposable,
    transpose,
    weights_of,
)


def piece(length: int = 96, seed: int = 0) -> np.ndarray:
    """A random walk of four voices in quarters, int [T, 4]."""
    rng = np.random.default_rng(seed)
    start = np.array([70, 64, 57, 50])
    return np.repeat(start + rng.integers(-3, 4, size=(length // 4, 4)), 4, axis=0)


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "tunes.json"
    splits = {"train": [piece(seed=i).tolist() for i in range(4)], "valid": [piece(seed=9).tolist()]}
    file.write_text(json.dumps(splits))
    return file


def test_transposition_stays_within_the_voices_ranges():
    rng = np.random.default_rng(0)
    given = piece()
    given[8:12, 1] = REST
    low, high = transposable(given)
    assert low <= 0 <= high and high - low > 3
    seen = set()
    for _ in range(200):
        moved = transpose(given, rng=rng)
        seen.add(int(moved[0, 0] - given[0, 0]))
        assert (moved[8:12, 1] == REST).all()
        for voice, (lowest, highest) in enumerate(RANGES):
            sung = moved[:, voice][moved[:, voice] != REST]
            assert sung.min() >= lowest and sung.max() <= highest
    assert seen == set(range(low, high + 1))


def test_crops_start_on_a_beat_and_meet_both_ends():
    rng = np.random.default_rng(0)
    marked = np.arange(96)[:, None] * np.ones(4, int)
    starts = [int(crop(marked, 32, rng=rng)[0, 0]) for _ in range(500)]
    assert set(starts) == set(range(0, 65, 4))
    assert starts.count(0) > 2 * starts.count(32) and starts.count(64) > 2 * starts.count(32)
    assert len(crop(marked[:20], 32, rng=rng)) == 20


def test_a_batch_is_what_it_says():
    rng = np.random.default_rng(0)
    batch = make_batch([piece(seed=i) for i in range(3)], rng=rng, size=64, steps=32, masks={hide_cells: 1.0})
    classes, known, inside = batch["classes"], batch["known"], batch["inside"]
    assert classes.shape == known.shape == (64, 32, 4) and inside.shape == (64, 32)
    assert classes.min() >= 0 and classes.max() <= 46
    assert not known[~inside].any()
    hidden = (inside[..., None] & ~known).sum(axis=(1, 2)) / (4 * inside.sum(axis=1))
    assert (hidden > 0).all()
    # stratified: one share of hidden cells in each 64th between 0 and 1, up to rounding to whole cells
    assert np.abs(np.sort(hidden) - (np.arange(64) + 0.5) / 64).max() < 0.02
    ragged = ~(inside.all(axis=1))
    assert 0.05 < ragged.mean() < 0.4


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_every_mask_hides_something(mask, share):
    for seed in range(20):
        hidden = mask(12, share, rng=np.random.default_rng(seed))
        assert hidden.shape == (12, 4) and hidden.any()


def test_masks_have_the_shapes_they_are_named_after():
    rng = np.random.default_rng(0)
    assert hide_cells(100, 0.25, rng=rng).sum() == 101
    frames = hide_frames(400, 0.5, rng=rng)
    assert frames.any(axis=1).sum() in range(180, 202) and frames.all(axis=1).mean() > 0.3
    future = hide_future(100, 0.5, rng=rng)
    assert not future[:50].any() and future[50:].all()
    voices = hide_voices(100, 0.5, rng=rng).any(axis=0)
    assert 1 <= voices.sum() <= 3


def test_what_comes_next_weighs_most_in_a_hidden_future():
    firsts = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        future = hide_future(40, 0.51, rng=rng)  # from the third voice on of step 19, or of the eighth it belongs to
        weights = weights_of(future, hide_future)
        first = int(future.any(axis=1).argmax())
        firsts.add(first)
        assert not weights[~future].any() and set(weights[first]) == {0, 1} and future[first + 1 :].all()
        halved = 2.0 ** -(np.arange(1, 40 - first)[:, None] / 2)  # every eighth
        np.testing.assert_allclose(weights[first + 1 :], np.broadcast_to(halved, (39 - first, 4)), rtol=1e-6)
    assert firsts == {18, 19}
    cells = hide_cells(40, 0.5, rng=rng)
    assert (weights_of(cells, hide_cells) == cells).all()


def test_what_begins_a_hidden_future_is_half_of_the_time_guessed():
    batch = make_batch([piece()], rng=np.random.default_rng(0), size=200, steps=32, masks={hide_future: 1.0})
    begun = batch["known"] & ~batch["known"].all(axis=2, keepdims=True) & batch["inside"][..., None]
    guessed = batch["guessed"].any(axis=(1, 2))
    assert (batch["guessed"][guessed] == begun[guessed]).all()
    assert 0.3 < guessed.sum() / begun.any(axis=(1, 2)).sum() < 0.7
    cells = make_batch([piece()], rng=np.random.default_rng(0), size=20, steps=32, masks={hide_cells: 1.0})
    assert not cells["guessed"].any()


def test_guessed_cells_are_never_seen_as_they_are():
    task = BachTask([piece()], [piece()], config=InpainterConfig.tiny(), training=BachTraining(batch=4, steps=32))
    params, loss = task.init(), jax.jit(lambda params, batch: task.loss(params, batch, None))
    batch = make_batch([piece()], rng=np.random.default_rng(0), size=4, steps=32, masks={hide_cells: 1.0})
    batch["guessed"] = batch["known"] & (np.random.default_rng(1).random((4, 32, 4)) < 0.5)
    other = batch | {"classes": np.where(batch["guessed"], (batch["classes"] + 7) % 46, batch["classes"])}
    assert float(loss(params, batch)) == float(loss(params, other))
    assert float(loss(params, batch)) != float(loss(params, batch | {"guessed": np.zeros_like(batch["guessed"])}))


def test_the_same_number_gives_the_same_batch():
    batches = [make_batch([piece()], rng=np.random.default_rng([1, 5]), size=4, steps=32) for _ in range(2)]
    assert all((batches[0][name] == batches[1][name]).all() for name in batches[0])


def test_training_writes_a_bundle_and_goes_on(corpus, tmp_path):
    out = tmp_path / "mine"
    first = train_bach(corpus, out=out, steps=10, preset="tiny")
    assert first.family == "bach" and first.network["channels"] == 16
    second = train_bach(corpus, out=out, steps=20, preset="tiny")
    assert second.sha256 != first.sha256
    assert {figure.name: figure.value for figure in read_bundle(out).figures}["training steps"] == 20


def test_training_begins_with_the_weights_of_another_model(corpus, tmp_path):
    first = train_bach(corpus, out=tmp_path / "first", steps=120, preset="tiny")
    told = {}
    for begin in (None, first.folder):
        statuses = []
        train_bach(
            corpus,
            out=tmp_path / f"from {begin is not None}",
            steps=10,
            preset="tiny",
            begin=begin,
            on_status=statuses.append,
        )
        told[begin] = statuses[-1].loss
    assert told[first.folder] < told[None] - 0.3  # nats; after ten steps with the warm-up's small rates


def test_a_run_is_not_mixed_with_another(corpus, tmp_path):
    out = tmp_path / "mine"
    train_bach(corpus, out=out, steps=5, preset="tiny")
    with pytest.raises(InputError, match="was begun with another seed;"):
        train_bach(corpus, out=out, steps=5, preset="tiny", seed=1)


def test_a_folder_that_was_not_trained_here_is_left_alone(corpus, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="exists"):
        train_bach(corpus, out=tmp_path / "mine", steps=5, preset="tiny")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "tunes.json is not JSON"),
        ("{}", "has no split 'train'; it has: "),
        ('{"train": [[[1, 2, 3]]]}', "each step must be four pitches"),
        ('{"train": [[[100, 60, 50, 40]]]}', "pitch 100 is outside 36..81"),
    ],
)
def test_broken_corpora(corpus, tmp_path, text, message):
    corpus.write_text(text)
    with pytest.raises(InputError, match=message):
        train_bach(corpus, out=tmp_path / "mine", steps=5, preset="tiny")
