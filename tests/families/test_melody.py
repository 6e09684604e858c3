"""The melody model with random weights: what it draws is what it believes, within bounds, from a beginning on."""

import dataclasses

import jax
import numpy as np
import pytest

from genart.errors import InputError, ModelError
from genart.families.melody import Bounds, Melody
from genart.families.registry import load
from genart.music.tokens import END, FIRST, SECTION, Codec, Head, Tokens, advance
from genart.music.tunes.tune import Section, Tune
from genart.training.recipes.melody import PRESETS, config_of

CODEC = Codec()
HEAD = Head(meter=(6, 8), mode="dorian", kind="jig", anchor=62)
BEGUN = Tune(
    sections=(Section(notes=((0, 24, 69), (24, 48, 67), (72, 72, 74)), length=144),),
    meter=(6, 8),
    tonic=2,
    mode="dorian",
    kind="jig",
)
LIMIT = 20


@pytest.fixture(scope="module")
def model(tiny_melody) -> Melody:
    made = load(tiny_melody)
    assert isinstance(made, Melody) and made.config == config_of(CODEC, **PRESETS["tiny"][0]) and made.codec == CODEC
    return made


@pytest.fixture(scope="module")
def drawn(model):
    primer = CODEC.encode(BEGUN, anchor=62, end=False)
    return model.draw(
        HEAD, seeds=[(3,), (4,)], primer=primer, bounds=Bounds(lowest=62, highest=74, leap=5), limit=LIMIT
    )


def test_the_beginning_is_kept_and_what_follows_is_within_bounds(drawn):
    primer = CODEC.encode(BEGUN, anchor=62, end=False)
    assert drawn.tokens.shape == (2, LIMIT, 2) and not drawn.stuck.any()
    for tokens, length in zip(drawn.tokens, drawn.length, strict=True):
        np.testing.assert_array_equal(tokens[: len(primer), 0], primer.pitch)
        np.testing.assert_array_equal(tokens[: len(primer), 1], primer.duration)
        assert CODEC.allowed[tokens[:length, 0], tokens[:length, 1]].all()
        notes = tokens[:length, 0][tokens[:length, 0] >= FIRST] - FIRST + CODEC.lowest + 62
        assert notes.min() >= 62 and notes.max() <= 74
        assert np.abs(np.diff(notes[2:])).max() <= 5  # the beginning itself has a leap of 7
    assert (drawn.tokens[0] != drawn.tokens[1]).any()


def test_a_take_depends_on_its_seed_alone(model, drawn):
    primer = CODEC.encode(BEGUN, anchor=62, end=False)
    bounds = Bounds(lowest=62, highest=74, leap=5)
    alone = model.draw(HEAD, seeds=[(4,)], primer=primer, bounds=bounds, limit=LIMIT)
    np.testing.assert_array_equal(alone.tokens[0], drawn.tokens[1])
    many = model.draw(HEAD, seeds=[(seed,) for seed in range(10)], primer=primer, bounds=bounds, limit=LIMIT)
    np.testing.assert_array_equal(many.tokens[3:5], drawn.tokens)
    assert many.tokens.shape == (10, LIMIT, 2)


def test_what_a_take_was_given_is_what_it_costs_when_read_back(model, drawn):
    """Event by event with a state, and the whole at once."""
    length = int(drawn.length[0])
    pitch, duration = drawn.tokens[0, :length].T
    places = [(0, 0, 0)]
    for symbol, ticks in zip(pitch[:-1].tolist(), CODEC.lengths[duration[:-1]].tolist(), strict=True):
        places.append(advance(*places[-1], symbol, ticks, HEAD.bar))
    position, measure, section = np.array(places, np.int32).T
    tokens = Tokens(head=HEAD, pitch=pitch, duration=duration, position=position, measure=measure, section=section)
    np.testing.assert_allclose(-model.nats(tokens), drawn.log_p[0, :length], atol=1e-3)


def test_likelihood_is_of_all_events_over_the_notes(model):
    tokens = CODEC.encode(BEGUN, anchor=62)
    pitch, duration = model.logits(BEGUN)
    assert pitch.shape == (len(tokens), CODEC.pitches) and duration.shape == (len(tokens), len(CODEC.durations))
    cost = sum(
        -np.asarray(jax.nn.log_softmax(logits))[np.arange(len(tokens)), symbols].sum()
        for logits, symbols in ((pitch, tokens.pitch), (duration, tokens.duration))
    )
    assert model.log_likelihood(BEGUN) == pytest.approx(-cost / 3, rel=1e-5)
    assert tokens.pitch[0] == SECTION and tokens.pitch[-1] == END


def test_what_cannot_be_drawn_is_one_sentence(model):
    with pytest.raises(InputError, match="no note from 63 to 63 is in the scale"):
        model.draw(HEAD, seeds=[(0,)], bounds=Bounds(lowest=63, highest=63, scale=(0, 2)))
    with pytest.raises(InputError, match="5000 events: give more than the 0 of the beginning, and at most 4,096"):
        model.draw(HEAD, seeds=[(0,)], limit=5000)


def test_a_network_of_another_kind_is_refused(model):
    with pytest.raises(ModelError, match="is not one this genart knows"):
        Melody(dataclasses.replace(model.bundle, network={"channels": 3}))
