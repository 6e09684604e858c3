import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.errors import InputError
from genart.sampling import gibbs
from genart.sampling.columns import NEVER
from genart.sampling.policy import Annealing

ROWS, LENGTH, VOICES, VALUES = 40, 8, 3, 3  # the same in all tests: compiling is what takes time


def nothing(u, v, a, b, c, d):
    return 0.0 * (a + b + c + d)


NO_RULES = gibbs.Rules(step=nothing, far=nothing, every=4)


def network(params, values, known, inside):
    """Each voice has a distribution of its own, whatever is known."""
    return jnp.broadcast_to(params, (*values.shape, VALUES))


def hopeful(params, values, known, inside):
    """Every value is likely to be that of a known neighbor before it, or 0 without one."""
    seen = jnp.where(known, values, 0)
    before = jnp.concatenate([jnp.zeros_like(seen[:, :1]), seen[:, :-1]], axis=1)
    return 6.0 * jax.nn.one_hot(before, VALUES)


LOGITS = np.log(np.array([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1], [0.05, 0.15, 0.8]]))


SHAPE = (ROWS, LENGTH, VOICES)


def keys(seed=0):
    return jax.random.split(jax.random.key(seed), ROWS)


def anneal(
    row_keys=None,
    *,
    free=None,
    values=None,
    offsets=None,
    net=network,
    rules=NO_RULES,
    on_sweep=lambda done: None,
    **policy,
):
    return gibbs.anneal(
        keys() if row_keys is None else row_keys,
        jnp.asarray(LOGITS, jnp.float32),
        np.full(SHAPE, 1) if values is None else values,
        np.ones(SHAPE, bool) if free is None else free,
        np.ones(SHAPE[:2], bool),
        network=net,
        rules=rules,
        offsets=np.zeros((VOICES, VALUES)) if offsets is None else offsets,
        policy=Annealing(**{"sweeps": 3, "temperature": 1.0} | policy),
        widths=(VALUES,) * VOICES,
        on_sweep=on_sweep,
    )


def test_the_schedule_hides_all_then_less_and_less():
    """Yao's: from 0.9 to 0.05 over seven tenths of the sweeps; by hand for eight sweeps."""
    shares = Annealing(sweeps=8).shares()
    np.testing.assert_allclose(shares, [1.0, 0.748214, 0.596429, 0.444643, 0.292857, 0.141071, 0.05, 0.05], rtol=1e-5)
    assert Annealing(sweeps=1).shares().tolist() == [1.0]
    assert all(0 < share <= 1 for share in Annealing(sweeps=96).shares())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sweeps": 0}, "0 steps: the sampler needs 1 or more"),
        ({"temperature": 0}, "temperature 0: it is a number above 0, mostly 0.7 to 1.2"),
        ({"temperature": -1.0}, "temperature -1.0: it is a number above 0, mostly 0.7 to 1.2"),
        ({"temperature": float("nan")}, "temperature nan: it is a number above 0, mostly 0.7 to 1.2"),
        ({"temperature": float("inf")}, "temperature inf: it is a number above 0, mostly 0.7 to 1.2"),
    ],
)
def test_what_no_policy_can_be(options, message):
    with pytest.raises(InputError) as caught:
        Annealing(**options)
    assert str(caught.value) == message


def test_given_cells_never_change():
    rng = np.random.default_rng(1)
    values, free = rng.integers(0, VALUES, SHAPE), rng.random(SHAPE) < 0.5
    drawn = anneal(values=values, free=free, sweeps=8)
    assert (drawn[~free] == values[~free]).all()
    assert (drawn[free] != values[free]).any()


def test_what_free_cells_held_before_is_forgotten():
    """The first sweep hides all: even a network that copies what it sees starts from nothing."""
    assert (anneal(values=np.full(SHAPE, 1)) == anneal(values=np.full(SHAPE, 2))).all()
    assert (anneal(values=np.full(SHAPE, 2), net=hopeful, temperature=0.1) == 0).all()


def test_frequencies_are_the_networks():
    drawn = np.stack([anneal(keys(seed)) for seed in range(10)])
    found = np.stack([np.bincount(drawn[..., voice].ravel(), minlength=VALUES) for voice in range(VOICES)])
    np.testing.assert_allclose(found / (10 * ROWS * LENGTH), np.exp(LOGITS), atol=0.036)  # four standard errors


def test_temperature_sharpens():
    assert (anneal(temperature=0.02) == LOGITS.argmax(axis=1)).all()


def test_forbidden_values_are_never_drawn():
    offsets = np.zeros((VOICES, VALUES))
    offsets[0, 1] = offsets[2, 1:] = NEVER
    drawn = anneal(offsets=offsets)
    assert set(np.unique(drawn[..., 0])) == {0, 2}
    assert (drawn[..., 2] == 0).all()


def test_a_row_is_the_same_in_any_company():
    other = jnp.concatenate([keys(0)[:3], keys(9)[3:]])
    assert (anneal(other)[:3] == anneal()[:3]).all()
    assert (anneal(keys()[::-1]) == anneal()[::-1]).all()


def test_the_same_keys_give_the_same_cells():
    assert (anneal(keys(3)) == anneal(keys(3))).all()
    assert (anneal(keys(3)) != anneal(keys(4))).any()


def test_every_sweep_is_told_and_may_stop():
    told = []

    def on_sweep(done):
        told.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        anneal(on_sweep=on_sweep, sweeps=5)
    assert told == [1, 2]


def test_broken_rules_are_drawn_anew():
    """Where the last sweeps hide next to nothing, cells that break a rule are drawn again all the same."""
    one_at_a_time = dataclasses.replace(
        NO_RULES, step=lambda u, v, a, b, c, d: jnp.where((c != a) & (d != b), -9.0, 0.0)
    )

    def together(rules):
        changes = np.diff(anneal(rules=rules, sweeps=6), axis=1) != 0
        return (changes.sum(axis=2) > 1).mean()

    assert together(NO_RULES) > 0.4
    assert together(one_at_a_time) < 0.01


def test_rules_bind_columns_that_are_far_apart():
    """Column 4 is bound to 0, four before it."""
    alike = dataclasses.replace(NO_RULES, far=lambda u, v, a, b, c, d: jnp.where((c != a) | (d != b), -9.0, 0.0))

    def same(rules):
        found = anneal(rules=rules, sweeps=6)
        return (found[:, 4] == found[:, 0]).all(axis=1).mean()

    assert same(NO_RULES) < 0.3  # by chance: the product of three sums of squares, 0.13
    assert same(alike) > 0.9


def test_pseudo_likelihood_is_the_mean_of_log_probabilities():
    """Of a network that ignores what it sees, whatever the groups."""
    rng = np.random.default_rng(2)
    values, free = rng.integers(0, VALUES, (3, LENGTH, VOICES)), rng.random((3, LENGTH, VOICES)) < 0.6
    free[2] = False
    cells = LOGITS[np.arange(VOICES), values]
    expected = [cells[row][free[row]].mean() for row in range(2)] + [0.0]
    found = gibbs.pseudo_likelihood(
        jax.random.key(0), jnp.asarray(LOGITS, jnp.float32), values, free, np.ones((3, LENGTH), bool), network=network
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_pseudo_likelihood_hides_what_it_asks_for():
    """A network that shows each cell what it holds would know everything, were it not hidden."""

    def mirror(params, values, known, inside):
        return jnp.where(known[..., None], 50.0 * jax.nn.one_hot(values, VALUES), 0.0)

    values = np.full((1, LENGTH, VOICES), 2)
    found = gibbs.pseudo_likelihood(
        jax.random.key(0),
        jnp.zeros(()),
        values,
        np.ones(values.shape, bool),
        np.ones((1, LENGTH), bool),
        network=mirror,
    )
    np.testing.assert_allclose(found, [-np.log(VALUES)], rtol=1e-5)


@pytest.mark.parametrize(
    ("free", "widths"),
    [
        ([False, True, True, True], (1, 4, 4, 4)),
        ([True, False, False, True], (6, 1, 1, 6)),
        ([False, False, True, False], (1, 1, 8, 1)),
        ([True] * 4, (3, 3, 3, 3)),
        ([False] * 4, (1, 1, 1, 1)),
    ],
)
def test_fewer_candidates_for_more_voices(free, widths):
    assert gibbs.widths_for(free) == widths
    assert np.prod(widths) <= 81
