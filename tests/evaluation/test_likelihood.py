"""The protocols, on models whose likelihoods are known."""

import numpy as np
import pytest

from genart.evaluation import likelihood
from genart.music.chorales import to_classes

CLASSES = 47


class Uniform:
    """Knows nothing: every class has 1/47."""

    def logits(self, pitches, known, phase=0):
        return np.zeros((*known.shape, CLASSES), np.float32)


class Peeking:
    """Gives the true pitch of a cell 1/2 once its step's soprano is known, else 1/47; knows the piece by heart."""

    def __init__(self, truth):
        self.truth = to_classes(truth)

    def logits(self, pitches, known, phase=0):
        logits = np.zeros((*known.shape, CLASSES), np.float32)
        told = np.broadcast_to(known[..., :1], known.shape)
        right = np.log(CLASSES - 1) * told  # e^x / (e^x + 46) = 1/2
        np.put_along_axis(logits, np.broadcast_to(self.truth, known.shape)[..., None], right[..., None], axis=-1)
        return logits


class Recording(Uniform):
    """Writes down what it is asked."""

    def __init__(self):
        self.asked = []

    def logits(self, pitches, known, phase=0):
        self.asked += [(p.copy(), k.copy()) for p, k in zip(pitches, known, strict=True)]
        return super().logits(pitches, known, phase)


PIECE = np.tile(np.array([72, 67, 64, 48]), (8, 1))
ALL = np.arange(8)


def test_a_model_that_knows_nothing_has_the_entropy_of_its_classes():
    figures = likelihood.evaluate(Uniform(), [PIECE, PIECE])
    note, frame = np.log(CLASSES), 4 * np.log(CLASSES)
    expected = {"note_random": note, "note_chronological": note} | {
        f"frame_{order}_m{m}": frame for order in ("random", "chronological") for m in (1, 5)
    }
    assert {name: mean for name, (mean, _) in figures.items()} == pytest.approx(expected, rel=1e-5)
    assert all(error == pytest.approx(0, abs=1e-6) for _, error in figures.values())


def test_chronological_notes_are_teacher_forced_in_the_order_s_a_t_b():
    # of four notes a step the soprano costs log 47, and the others, who see it, log 2
    expected = (np.log(CLASSES) + 3 * np.log(2)) / 4
    assert likelihood.note_chronological(Peeking(PIECE), PIECE, ALL) == pytest.approx(expected, rel=1e-5)


def test_frames_follow_the_drawn_order_of_voices():
    # With the soprano at place k of four (k = 0..3), k + 1 voices cost log 47 and the 3 - k after it log 2.
    costs = [(k + 1) * np.log(CLASSES) + (3 - k) * np.log(2) for k in range(4)]
    nll = likelihood.frames(Peeking(PIECE), PIECE, ALL, rng=np.random.default_rng(0), shuffled=True)
    assert all(min(abs(value - cost) for cost in costs) < 1e-4 for value in nll)
    assert len(set(np.round(nll, 3))) > 1


def test_frames_show_truth_of_earlier_frames_and_the_models_argmax_within_one():
    model = Recording()
    likelihood.frames(model, PIECE, ALL, rng=np.random.default_rng(0), shuffled=False)
    turns = [model.asked[turn * 8 : turn * 8 + 8] for turn in range(4)]  # eight frames side by side, voice by voice
    for turn, asked in enumerate(turns):
        for t, (pitches, known) in enumerate(asked):
            assert known[:t].all() and (pitches[:t] == PIECE[:t]).all()
            assert not known[t + 1 :].any()
            assert known[t].sum() == turn
            assert (pitches[t][known[t]] == 36).all()  # all logits equal: the argmax is class 0


def test_more_orders_never_cost_more():
    figures = likelihood.evaluate(Peeking(PIECE), [PIECE])
    for order in ("random", "chronological"):
        assert figures[f"frame_{order}_m5"][0] < figures[f"frame_{order}_m1"][0]


def test_crops_are_seeded_and_start_on_a_beat():
    long = np.arange(400)[:, None] * np.ones(4, int)
    cut = [likelihood.crop(long, rng=np.random.default_rng([s, 0])) for s in (0, 0, 1)]
    assert [len(part) for part in cut] == [128] * 3
    assert cut[0][0, 0] == cut[1][0, 0] and cut[0][0, 0] % 4 == 0
    assert len({int(likelihood.crop(long, rng=np.random.default_rng(i))[0, 0]) for i in range(99)}) > 30
    assert len(likelihood.crop(long[:60], rng=np.random.default_rng(0))) == 60


def test_figures_by_note_alone():
    assert set(likelihood.evaluate(Uniform(), [PIECE], notes=True)) == {"note_random", "note_chronological"}


def test_standard_error():
    assert likelihood.standard_error([1.0, 3.0]) == pytest.approx(1.0)  # sd of (1, 3) is sqrt 2, over sqrt 2
    assert likelihood.standard_error([5.0]) == 0


def test_steps_are_spread_over_a_piece_and_each_is_as_likely():
    drawn = np.stack([likelihood.asked_steps(50, 7, rng=np.random.default_rng(i)) for i in range(4000)])
    assert (drawn // (50 / 7) <= np.arange(7)).all() and (drawn + 1 > np.arange(7) * 50 / 7).all()
    assert len(set((drawn[:, 1] - drawn[:, 0]).tolist())) > 10
    share = np.bincount(drawn.ravel(), minlength=50) / 4000
    assert share == pytest.approx(np.full(50, 7 / 50), abs=0.03)  # over five standard errors of a share of 4,000
    assert (likelihood.asked_steps(5, 7, rng=np.random.default_rng(0)) == np.arange(5)).all()


def test_some_steps_cost_what_they_cost_among_all():
    steps = np.array([1, 6])
    orders = [np.random.default_rng(3) for _ in range(2)]
    all_of_them = likelihood.frames(Peeking(PIECE), PIECE, ALL, rng=orders[0], shuffled=True)
    some = likelihood.frames(Peeking(PIECE), PIECE, steps, rng=orders[1], shuffled=True)
    assert some == pytest.approx(all_of_them[steps]) and len(set(np.round(all_of_them, 3))) > 1
    often = np.repeat(6, likelihood.BATCH + 1)  # a step may be drawn twice, into two calls of the model
    repeated = likelihood.frames(Peeking(PIECE), PIECE, often, rng=np.random.default_rng(3), shuffled=True)
    assert repeated == pytest.approx(np.full(len(often), all_of_them[6]))
    model = Recording()
    likelihood.note_chronological(model, PIECE, steps)
    assert [known.sum() for _, known in model.asked] == [4, 5, 6, 7, 24, 25, 26, 27]
