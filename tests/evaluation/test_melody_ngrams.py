import numpy as np
import pytest

from genart.evaluation.melody_ngrams import FactoredGrams, JointGrams, per_note
from genart.music.tokens import FIRST, Codec, Tokens
from genart.music.tunes.tune import Section, Tune

CODEC = Codec()


def tune(seed: int, *, bars: int = 8) -> Tokens:
    """Pitches at random, and a rhythm that only the place in the bar tells: a half note begins each bar."""
    rng = np.random.default_rng(seed)
    notes = [
        (192 * bar + onset, duration, int(rng.choice([62, 64, 66, 69])))
        for bar in range(bars)
        for onset, duration in ((0, 96), (96, 24), (120, 24), (144, 48))
    ]
    made = Tune(sections=(Section(notes=tuple(notes), length=192 * bars),), meter=(4, 4), tonic=2)
    return CODEC.encode(made, anchor=62)


def models(tunes: list[Tokens]):
    yield JointGrams(tunes, codec=CODEC)
    yield FactoredGrams(tunes, codec=CODEC)
    yield FactoredGrams(tunes, codec=CODEC, placed=True)


def test_nats_are_those_of_all_events_over_the_notes():
    tunes = [tune(seed) for seed in range(5)]
    for model in models(tunes):
        nats = model.nats(tunes[0])
        assert nats.shape == (len(tunes[0]),) and (nats > -1e-9).all()
        notes = int((tunes[0].pitch >= FIRST).sum())
        assert per_note(model, tunes[:1]) == pytest.approx(nats.sum() / notes)


def test_four_pitches_at_random_cost_what_they_must():
    """log 4 = 1.386 nats a note and little for the rhythm, on tunes the models have not seen."""
    for model in models([tune(seed) for seed in range(200)]):
        assert np.log(4) - 0.05 < per_note(model, [tune(seed) for seed in range(200, 220)]) < np.log(4) + 0.3


def test_the_place_in_the_bar_tells_what_four_events_do_not():
    """Six even quarters, then two halves: where in the second of three bars one is, four events back do not tell."""

    def long(seed: int) -> Tokens:
        rng = np.random.default_rng(seed)
        onsets = [*range(0, 7 * 24, 24), 168, 180]
        ends = [*onsets[1:], 192]
        notes = [
            (192 * bar + onset, end - onset, int(rng.choice([62, 64])))
            for bar in range(8)
            for onset, end in zip(onsets, ends, strict=True)
        ]
        made = Tune(sections=(Section(notes=tuple(notes), length=192 * 8),), meter=(4, 4), tonic=2)
        return CODEC.encode(made, anchor=62)

    train, valid = [long(seed) for seed in range(50)], [long(seed) for seed in range(50, 55)]
    unplaced = per_note(FactoredGrams(train, codec=CODEC), valid)
    placed = per_note(FactoredGrams(train, codec=CODEC, placed=True), valid)
    assert placed < np.log(2) + 0.1 < unplaced
