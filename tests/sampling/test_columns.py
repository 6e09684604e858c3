"""The sampler of columns, against the distribution worked out by listing every path."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.sampling import columns

RNG = np.random.default_rng(5)
DRAWS = 40_000


def column(u, v, a, b):
    """Voices like to differ, and the outer ones more."""
    return jnp.where(a == b, -0.8 - 0.5 * (v - u), 0.0)


def step(u, v, a, b, a_next, b_next):
    """Two voices that both rise pay; so does standing still, a little, and the lower voices less."""
    still = jnp.where((a_next == a) & (b_next == b), -0.3 / (u + v), 0.0)
    return jnp.where((a_next > a) & (b_next > b), -1.5, 0.0) + still


def free(*values):
    """No rule: of two values in a column, or of four between columns; the voices' numbers come first."""
    return 0.0 * sum(value for value in values if not isinstance(value, int))


def exact(log_p, hidden, current):
    """path int [T, V] as a tuple -> probability, for log_p [T, V, C], by multiplying everything out."""
    length, voices, values = log_p.shape
    cells = [range(values) if hidden[t, v] else [current[t, v]] for t in range(length) for v in range(voices)]
    weights = {}
    for flat in itertools.product(*cells):
        path = np.array(flat).reshape(length, voices)
        total = sum(log_p[t, v, path[t, v]] for t in range(length) for v in range(voices) if hidden[t, v])
        for u, v in itertools.combinations(range(voices), 2):
            total += sum(float(column(u, v, a[u], a[v])) for a in path)
            total += sum(float(step(u, v, a[u], a[v], b[u], b[v])) for a, b in itertools.pairwise(path))
        weights[flat] = np.exp(total)
    whole = sum(weights.values())
    return {path: weight / whole for path, weight in weights.items()}


@functools.partial(jax.jit, static_argnames=("column", "step"))
def sample(keys, log_p, hidden, current, *, column=column, step=step):
    """int [B, T, V] drawn from all C values, for log_p [B, T, V, C]."""
    widths = (log_p.shape[-1],) * log_p.shape[2]
    return columns.draw(keys, columns.candidates(log_p, current, hidden, widths), column=column, step=step)


def sample_all(seed, log_p, **rules):
    """As `sample`, with every cell hidden."""
    log_p = jnp.asarray(log_p, jnp.float32)
    hidden = jnp.ones(log_p.shape[:3], bool)
    keys = jax.random.split(jax.random.key(seed), len(log_p))
    return np.asarray(sample(keys, log_p, hidden, jnp.zeros(hidden.shape, int), **rules))


def drawn(log_p, hidden, current):
    """Many draws for one log_p [T, V, C]."""
    rows = 2000
    tiled = [jnp.broadcast_to(array, (rows, *array.shape)) for array in (log_p, hidden, current)]
    keys = jax.random.split(jax.random.key(3), (DRAWS // rows, rows))
    return np.concatenate([np.asarray(sample(row, *tiled)) for row in keys])


def chi_square(found, probabilities):
    """(value, degrees of freedom) over paths that are expected at least five times, the others together."""
    counts = dict.fromkeys(probabilities, 0)
    for path in found.reshape(len(found), -1).tolist():
        counts[tuple(path)] += 1
    expected = np.array([probability * len(found) for probability in probabilities.values()])
    observed = np.array(list(counts.values()))
    often = expected >= 5
    observed = np.append(observed[often], observed[~often].sum())
    expected = np.append(expected[often], max(expected[~often].sum(), 1e-9))
    return float(((observed - expected) ** 2 / expected).sum()), len(expected) - 1


@pytest.mark.parametrize(("length", "voices", "values"), [(3, 2, 3), (3, 3, 2), (4, 2, 2)])
def test_paths_are_drawn_from_the_very_distribution(length, voices, values):
    log_p = np.log(RNG.dirichlet([1.0] * values, size=(length, voices))).astype(np.float32)
    hidden = np.ones((length, voices), bool)
    current = np.zeros((length, voices), np.int32)
    value, freedom = chi_square(drawn(log_p, hidden, current), exact(log_p, hidden, current))
    assert value < freedom + 4 * np.sqrt(2 * freedom)  # mean and four standard deviations


def test_given_cells_condition_the_others():
    log_p = np.log(RNG.dirichlet([1.0] * 3, size=(3, 2))).astype(np.float32)
    hidden = np.array([[True, False], [True, True], [False, True]])
    current = np.array([[0, 2], [0, 0], [1, 0]], np.int32)
    found = drawn(log_p, hidden, current)
    assert (found[:, ~hidden] == current[~hidden]).all()
    value, freedom = chi_square(found, exact(log_p, hidden, current))
    assert value < freedom + 4 * np.sqrt(2 * freedom)


def test_the_statistic_would_notice_a_missing_rule():
    """The same draws against a distribution without rules."""
    log_p = np.log(RNG.dirichlet([1.0] * 3, size=(3, 2))).astype(np.float32)
    hidden, current = np.ones((3, 2), bool), np.zeros((3, 2), np.int32)
    independent = {
        path: float(np.exp(sum(log_p[i // 2, i % 2, value] for i, value in enumerate(path))))
        for path in itertools.product(range(3), repeat=6)
    }
    value, freedom = chi_square(drawn(log_p, hidden, current), independent)
    assert value > 10 * freedom


def test_candidates_are_the_likeliest_values():
    logits = jnp.asarray([[[[0.0, 3.0, 1.0, 2.0]], [[5.0, 0.0, 0.0, 0.0]]]])  # one row, two columns, one voice
    hidden = jnp.asarray([[[True], [False]]])
    ((values, weights),) = columns.candidates(logits, jnp.asarray([[[0], [3]]]), hidden, (2,))
    assert values.tolist() == [[[1, 3], [3, 3]]]
    np.testing.assert_allclose(weights[0, 0], jax.nn.log_softmax(logits[0, 0, 0])[jnp.asarray([1, 3])], rtol=1e-6)
    assert weights[0, 1].tolist() == [0.0, np.float32(columns.NEVER)]  # what is given has one candidate


def test_a_row_depends_on_its_own_key_alone():
    log_p = jnp.log(jnp.asarray(RNG.dirichlet([1.0] * 3, size=(5, 4, 2)), jnp.float32))
    keys, hidden, current = jax.random.split(jax.random.key(1), 5), jnp.ones((5, 4, 2), bool), jnp.zeros((5, 4, 2), int)
    together = sample(keys, log_p, hidden, current)
    for row in range(5):
        own = slice(row, row + 1)
        assert (sample(keys[own], log_p[own], hidden[own], current[own])[0] == together[row]).all()


def test_a_rule_that_forbids_is_kept():
    """Whatever the cells' own probabilities: two voices never both rise."""

    def never(u, v, a, b, a_next, b_next):
        return jnp.where((a_next > a) & (b_next > b), -60.0, 0.0)

    rises = (
        np.diff(sample_all(2, np.log(RNG.dirichlet([0.3] * 4, size=(200, 12, 2))), column=free, step=never), axis=1) > 0
    )
    assert not rises.all(axis=2).any()
    assert rises.any()


def test_one_column_needs_no_neighbors():
    found = sample_all(0, np.broadcast_to(np.log([0.2, 0.8]), (4000, 1, 1, 2)), column=free, step=free)
    assert found.mean() == pytest.approx(0.8, abs=0.026)  # four standard errors


def test_strained_columns_are_those_of_a_broken_rule_and_their_neighbors():
    """Voices 0 and 2 rise from column 3 to 4; voice 1 stands still, but two voices must move together to pay."""
    values = np.zeros((2, 8, 3), np.int32)
    values[0, 4:, [0, 2]] = 1
    strained = columns.strained(jnp.asarray(values), both_rise)
    assert np.flatnonzero(strained[0]).tolist() == [2, 3, 4, 5]
    assert not strained[1].any()
    assert not columns.strained(jnp.asarray(values), lambda *cells: both_rise(*cells) / 1e6).any()  # taste, not a rule


def both_rise(u, v, a, b, a_next, b_next):
    return jnp.where((a_next > a) & (b_next > b), -1.0, 0.0)


def test_a_rule_from_afar_binds_columns_to_what_is_shown_before_and_after_them():
    """Every second column of five: column 2 is drawn, 0 and 4 are shown, and 0 is below and 4 above every draw."""
    values = jnp.asarray([[[0, 0], [0, 0], [1, 1], [0, 0], [2, 2]]])
    shown = jnp.asarray([[[True, True], [True, True], [False, False], [True, True], [True, True]]])
    potential = columns.looking_far(both_rise, values, shown, 2)
    drawn_values = jnp.broadcast_to(jnp.asarray([0, 1]), (1, 5, 2))
    total = potential(0, 1, drawn_values[..., :, None], drawn_values[..., None, :])
    # after column 0 both voices rise to (1, 1) alone; to column 4 both rise from anywhere
    assert total[0, 2].tolist() == [[-1, -1], [-1, -2]]
    assert total[0, 1].tolist() == [[0, 0], [0, 0]]  # not on the grid
    hidden_before = columns.looking_far(both_rise, values, shown.at[0, 0, 1].set(False), 2)
    total = hidden_before(0, 1, drawn_values[..., :, None], drawn_values[..., None, :])
    assert total[0, 2].tolist() == [[-1, -1], [-1, -1]]


def test_columns_strained_from_afar_are_those_up_to_the_next_of_the_grid():
    values = np.zeros((2, 8, 3), np.int32)
    values[0, 3:, 0] = 1
    values[0, 5:, 2] = 1
    assert not columns.strained_far(jnp.asarray(values), both_rise, 4).any()  # one voice by column 4, one later
    values[0, 4:, 2] = 1  # by column 4 both have risen, though never at once
    assert np.flatnonzero(columns.strained_far(jnp.asarray(values), both_rise, 4)[0]).tolist() == [4, 5, 6, 7]
    assert not columns.strained_far(jnp.asarray(values), both_rise, 4)[1].any()
