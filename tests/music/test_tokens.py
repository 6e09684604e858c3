import dataclasses
import itertools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from melodies import tunes

from genart.errors import InputError
from genart.music.tokens import (
    BAR,
    END,
    FIRST,
    HOLD,
    REST,
    SECTION,
    Codec,
    Head,
    advance,
    anchor_of,
    transpositions,
)
from genart.music.tunes.tune import Section, Tune

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODEC = Codec()


def tune(*notes: tuple[int, int, int], length: int | None = None, meter=(4, 4), tonic=2, **section) -> Tune:
    end = notes[-1][0] + notes[-1][1]
    return Tune(sections=(Section(notes=notes, length=length or end, **section),), meter=meter, tonic=tonic)


def events(tokens) -> list[tuple[int, int]]:
    """Pitch symbols, of pitches semitones above the anchor and 100, and lengths."""
    lengths = CODEC.lengths[tokens.duration].tolist()
    symbols = tokens.pitch.tolist()
    return [
        (symbol if symbol < FIRST else symbol - FIRST + CODEC.lowest + 100, length)
        for symbol, length in zip(symbols, lengths, strict=True)
    ]


def test_events_of_a_tune_by_hand():
    # In 3/4 (144): a pickup of an eighth; D4, the tonic; a fifth over the bar line; silence to the end of a bar.
    given = tune((0, 24, 62), (24, 96, 74), (120, 96, 69), length=312, meter=(3, 4), pickup=24)
    tokens = CODEC.encode(given)
    assert tokens.head == Head(meter=(3, 4), anchor=62)  # the median is A4, 69: the tonic below is D4
    assert events(tokens) == [
        (SECTION, 24),
        (100, 24),
        (112, 96),
        (107, 48),
        (HOLD, 48),
        (REST, 96),
        (END, 0),
    ]
    assert tokens.position.tolist() == [0, 120, 0, 96, 0, 48, 0]
    assert tokens.measure.tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert tokens.section.tolist() == [0, 1, 1, 1, 1, 1, 1]


def test_a_bar_line_out_of_place_begins_a_bar():
    tokens = CODEC.encode(tune((0, 72, 62), (72, 120, 64), breaks=(96,)))
    assert events(tokens) == [(SECTION, 0), (112, 72), (114, 24), (BAR, 0), (HOLD, 96), (END, 0)]
    assert tokens.position.tolist() == [0, 0, 72, 96, 0, 96]
    assert tokens.measure.tolist() == [0, 1, 1, 1, 2, 2]


def test_what_no_symbol_lasts_is_summed():
    # 13 is 12 + 1; a pickup of 20 is one of 24 that a HOLD makes shorter.
    tokens = CODEC.encode(tune((0, 13, 62), (13, 7, 62), length=20, pickup=20))
    assert events(tokens) == [(SECTION, 24), (HOLD, 4), (112, 12), (HOLD, 1), (112, 6), (HOLD, 1), (END, 0)]
    assert tokens.position.tolist() == [0, 168, 172, 184, 185, 191, 0]


@PATIENT
@given(tunes())
def test_every_tune_is_read_back_exactly(given_tune):
    tokens = CODEC.encode(given_tune)
    assert CODEC.decode(tokens.head, tokens.pitch, tokens.duration) == given_tune


@PATIENT
@given(tunes())
def test_nothing_goes_over_a_bar_line_and_every_event_is_allowed(given_tune):
    tokens = CODEC.encode(given_tune)
    lasts = np.where(tokens.pitch >= REST, CODEC.lengths[tokens.duration], 0)
    assert (tokens.position + lasts <= given_tune.bar).all()
    assert CODEC.allowed[tokens.pitch, tokens.duration].all()


@settings(PATIENT, max_examples=5)  # each is compiled
@given(tunes())
def test_places_advance_in_a_compiled_loop_as_they_were_encoded(given_tune):
    tokens = CODEC.encode(given_tune)
    lengths = jnp.asarray(CODEC.lengths)

    def step(state, event):
        pitch, duration = event
        position, measure, section = state
        after = advance(position, measure, section, pitch, lengths[duration], jnp.int32(given_tune.bar))
        return after, jnp.stack(state)

    start = (jnp.int32(0),) * 3
    _, states = jax.lax.scan(step, start, (jnp.asarray(tokens.pitch), jnp.asarray(tokens.duration)))
    assert states.dtype == jnp.int32
    np.testing.assert_array_equal(states, np.stack([tokens.position, tokens.measure, tokens.section], axis=1))


@PATIENT
@given(tunes(), st.integers(-30, 30))
def test_a_transposed_tune_has_the_same_events(given_tune, semitones):
    first, moved = CODEC.encode(given_tune), CODEC.encode(given_tune.transposed(semitones))
    np.testing.assert_array_equal(first.pitch, moved.pitch)
    np.testing.assert_array_equal(first.duration, moved.duration)
    assert moved.head.anchor == first.head.anchor + semitones


@PATIENT
@given(tunes())
def test_the_anchor_is_a_tonic_below_the_median(given_tune):
    anchor = anchor_of(given_tune)
    middle = sorted(given_tune.pitches)[(len(given_tune.pitches) - 1) // 2]
    assert anchor % 12 == given_tune.tonic and 1 <= middle - anchor <= 12


@PATIENT
@given(
    st.lists(st.tuples(st.integers(0, CODEC.pitches - 1), st.integers(0, len(CODEC.durations) - 1)), max_size=30),
    st.sampled_from([(4, 4), (3, 8), (5, 4)]),
)
def test_any_events_are_a_tune_or_have_no_note(drawn, meter):
    pitch, duration = [p for p, _ in drawn], [d for _, d in drawn]
    over = pitch.index(END) if END in pitch else len(pitch)
    head = Head(meter=meter)
    if any(p >= FIRST and d > 0 for p, d in drawn[:over]):
        tune = CODEC.decode(head, pitch, duration, form="AABB")
        again = CODEC.encode(tune, anchor=head.anchor)
        assert CODEC.decode(head, again.pitch, again.duration, form=tune.form) == tune
    else:
        with pytest.raises(InputError, match="these events have no note, and so make no tune"):
            CODEC.decode(head, pitch, duration)


def test_without_an_end_a_tune_can_go_on():
    given_tune = tune((0, 48, 62), (48, 48, 69))
    whole, open_ended = CODEC.encode(given_tune), CODEC.encode(given_tune, end=False)
    np.testing.assert_array_equal(open_ended.pitch, whole.pitch[:-1])
    assert len(open_ended) == len(whole) - 1


def test_pitches_beyond_the_codec_are_refused():
    with pytest.raises(InputError, match="the tune goes from -2 to 38 semitones above its tonic, MIDI pitch 62"):
        CODEC.encode(tune((0, 48, 60), (48, 48, 69), (96, 48, 100)))


def test_conditions_and_meters_the_model_never_had():
    assert CODEC.conditions(Head(meter=(6, 8), mode="dorian", kind="jig")).tolist() == [4, 2, 3]
    assert CODEC.conditions(Head(meter=(13, 8))).tolist()[0] == CODEC.classes[0] - 1 == len(CODEC.meters)
    small = Codec(modes=("major",))
    with pytest.raises(InputError, match="mode 'minor': this model knows major"):
        small.conditions(Head(meter=(4, 4), mode="minor"))


def test_a_codec_is_plain_values():
    codec = Codec(lowest=-12, kinds=("unknown", "reel"), meters=((4, 4), (5, 8)))
    assert Codec.from_dict(json.loads(json.dumps(codec.to_dict()))) == codec


def test_transpositions_stay_within_reach():
    assert list(transpositions(tune((0, 48, 62), (48, 48, 74)))) == list(range(-6, 6))
    assert list(transpositions(tune((0, 48, 45), (48, 48, 60)))) == list(range(-2, 6))
    assert list(transpositions(tune((0, 48, 20), (48, 48, 60)))) == [0]


def test_the_order_of_durations_is_what_summing_needs():
    assert all(a < b for a, b in itertools.pairwise(CODEC.durations)) and CODEC.durations[:2] == (0, 1)
    assert dataclasses.replace(CODEC).pitches == FIRST + 61
