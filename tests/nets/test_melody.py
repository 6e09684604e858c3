"""The melody network with random weights, whole and in parts."""

import functools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from genart.nets.flat import flat_params, with_flat
from genart.nets.lstm import LSTM, Carry, _cell
from genart.nets.melody import RUNS, Conditions, Events, MelodyConfig, MelodyNet, grown

CONFIG = replace(
    MelodyConfig(pitches=9, durations=4, first_note=5, meters=3, modes=2, kinds=2),
    **{"width": 8, "inward": 12, "hidden": 10, "heads": 2, "key": 4},
)
ROWS, STEPS, BAR = 2, 14, 48
GRAPH, ABSTRACT = nnx.split(nnx.eval_shape(lambda: MelodyNet(CONFIG, rngs=nnx.Rngs(0))), nnx.Param)


@pytest.fixture(scope="module")
def params():
    draw = np.random.default_rng(0)
    shapes = flat_params(ABSTRACT)
    return {name: 0.4 * draw.standard_normal(shape.shape).astype(np.float32) for name, shape in shapes.items()}


def tune(seed: int = 0) -> tuple[Events, np.ndarray, np.ndarray]:
    """What is known before each event, and the events: four quarters to a bar of one quarter each, few symbols."""
    draw = np.random.default_rng(seed)
    pitch, duration = draw.integers(3, 7, (ROWS, STEPS)), draw.integers(1, 3, (ROWS, STEPS))
    return known(pitch, duration), pitch, duration


def known(pitch: np.ndarray, duration: np.ndarray) -> Events:
    time = np.broadcast_to(12 * np.arange(STEPS), pitch.shape)
    before = [
        np.pad(each, ((0, 0), (1, 0)), constant_values=none)[:, :-1] for each, none in ((pitch, 9), (duration, 4))
    ]
    return Events(*(jnp.asarray(each, jnp.int32) for each in (*before, time % BAR, 1 + time // BAR, 0 * time + 1)))


CONDITIONS = Conditions(*(jnp.array(each, jnp.int32) for each in ([1, 2], [0, 1], [1, 0], [3, 0], [BAR, BAR])))


@functools.partial(jax.jit, static_argnames="dropout")
def run(params, state, events, pitch, seed=0, *, dropout=False):
    """The state after the events, and logits of pitches and durations."""
    network = nnx.merge(GRAPH, with_flat(ABSTRACT, params))
    state = network.start(ROWS, STEPS) if state is None else state
    key = jax.random.key(seed) if dropout else None
    state, outlook = network(state, events, CONDITIONS, key=key)
    return state, network.pitch_logits(outlook), network.duration_logits(outlook, pitch), outlook


def test_logits_have_the_shapes_of_the_symbols(params):
    events, pitch, _ = tune()
    _, pitches, durations, _ = run(params, None, events, pitch)
    assert pitches.shape == (ROWS, STEPS, 9) and durations.shape == (ROWS, STEPS, 4)
    assert params["pitch.embedding"].shape == (10, 8)  # tied, with a row for the event before the first
    assert "pitch_out.kernel" in params and params["pitch_out.kernel"].shape[1] == 8


@pytest.mark.parametrize("at", [3, 9])
def test_no_event_tells_of_itself_or_of_later_ones(params, at):
    events, pitch, duration = tune()
    other, longer = pitch.copy(), duration.copy()
    other[0, at], longer[0, at] = 3 + (pitch[0, at] - 2) % 4, 3 - duration[0, at]
    before = run(params, None, events, pitch)
    after = run(params, None, known(other, longer), pitch)  # asked for the durations of the same pitches
    for old, new in zip(before[1:3], after[1:3], strict=True):
        np.testing.assert_array_equal(old[0, : at + 1], new[0, : at + 1])
        np.testing.assert_array_equal(old[1], new[1])
        assert np.abs(old[0, at + 1] - new[0, at + 1]).max() > 1e-3


def test_a_duration_depends_on_its_own_pitch_alone(params):
    events, pitch, _ = tune()
    other = pitch.copy()
    other[0, 5] = 3 + (pitch[0, 5] - 2) % 4
    one, two = (np.array(run(params, None, events, each)[2]) for each in (pitch, other))
    assert np.abs(one[0, 5] - two[0, 5]).max() > 1e-3
    one[0, 5] = two[0, 5]
    np.testing.assert_array_equal(one, two)


def test_going_on_from_a_state_is_as_running_the_whole(params):
    events, pitch, _ = tune()
    _, pitches, durations, _ = run(params, None, events, pitch)
    network = nnx.merge(GRAPH, with_flat(ABSTRACT, params))
    state = network.start(ROWS, STEPS // 2)
    for step in range(STEPS):
        state = grown(state, STEPS) if step == STEPS // 2 else state
        now = slice(step, step + 1)
        part = Events(*(each[:, now] for each in events))
        state, one, two, _ = run(params, state, part, pitch[:, now])
        np.testing.assert_allclose(one[:, 0], pitches[:, step], atol=2e-5)
        np.testing.assert_allclose(two[:, 0], durations[:, step], atol=2e-5)


def test_places_are_looked_up_where_they_are(params):
    """Bars of four events; in the third all is as in the first, so that runs grow from there on."""
    pitch = np.array([[5, 6, 7, 3, 8, 8, 8, 8, 5, 6, 7, 3, 6, 6]] * ROWS)
    events = known(pitch, np.ones_like(pitch))
    pointed = run(params, None, events, pitch)[3].pointed
    one_ago, two_ago, longest = pointed.pitch[0, :, 0], pointed.pitch[0, :, 1], pointed.pitch[0, :, -1]
    assert one_ago.tolist() == [9] * 4 + pitch[0, :10].tolist()
    assert two_ago.tolist() == [9] * 8 + pitch[0, :6].tolist()
    run_of = [0, *RUNS]  # class 1 stands for a run of 0
    assert [run_of[each - 1] for each in pointed.run[0, 8:13, 1].tolist()] == [0, 1, 2, 3, 4]
    assert longest[9:13].tolist() == [6, 7, 3, 8]


def test_dropout_needs_a_key_and_follows_it(params):
    events, pitch, _ = tune()
    off = run(params, None, events, pitch)[1]
    one, same, other = (run(params, None, events, pitch, seed, dropout=True)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3 and np.abs(one - off).max() > 1e-3


def test_the_gradient_of_the_recurrence_is_that_of_its_steps():
    """The rule written by hand against JAX's differentiation of the steps one by one."""
    network = LSTM(3, 4, rngs=nnx.Rngs(0))
    graph, state = nnx.split(network)
    draw = np.random.default_rng(0)
    x, weight = (jnp.asarray(draw.standard_normal(shape), jnp.float32) for shape in ((2, 5, 3), (2, 5, 4)))
    start = Carry(*(jnp.asarray(draw.standard_normal((2, 4)), jnp.float32) for _ in range(2)))

    def fast(state, start):
        hidden, last = nnx.merge(graph, state)(x, start)
        return (weight * hidden).sum() + (last.cell**2).sum()

    def plain(state, start):
        lstm, carry, total = nnx.merge(graph, state), start, 0.0
        scales = lstm.recurrent_gain[...], lstm.cell_gain[...], lstm.cell_bias[...]
        inward = lstm.inward(x)
        centered = inward - inward.mean(axis=-1, keepdims=True)
        gates = centered / jnp.sqrt((centered**2).mean(axis=-1, keepdims=True) + 1e-5)
        gates = gates * lstm.inward_gain[...] + lstm.bias[...]
        for step in range(5):
            carry = _cell(carry.hidden @ lstm.recurrent[...], gates[:, step], carry.cell, scales)
            total += (weight[:, step] * carry.hidden).sum()
        return total + (carry.cell**2).sum()

    one, two = (jax.jit(jax.value_and_grad(each, argnums=(0, 1)))(state, start) for each in (fast, plain))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), one, two)
