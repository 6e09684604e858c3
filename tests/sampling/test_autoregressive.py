"""Tokens of two parts drawn from small tables, so that what must come out can be worked out by hand."""

import itertools
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
import pytest

from genart.errors import InputError
from genart.sampling.autoregressive import CHUNK, Network, Rules, Start, draw, search
from genart.sampling.policy import NEVER, MinP, Nucleus, Temperature, TopK
from genart.sampling.seeds import keys_of

ROWS = 4  # the same in all tests: compiling is what takes time
FIRST = np.log([[0.6, 0.4, 1e-9], [0.3, 0.2, 0.5], [0.2, 0.7, 0.1]])  # of the first part, by that of the token before
SECOND = np.log([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])  # of the second part, by the first
PARAMS = {"first": jnp.asarray(FIRST, jnp.float32), "second": jnp.asarray(SECOND, jnp.float32)}

NETWORK = Network(
    step=lambda params, state, token, place: (state + 1, token[:, 0]),
    logits=(
        lambda params, outlook, token: params["first"][outlook],
        lambda params, outlook, token: params["second"][token[:, 0]],
    ),
    grown=lambda state, room: state,
)
# A place is how often the second part was 1; `tables` allows values of the first part by it, and ends at a number.
RULES = Rules(
    allowed=(
        lambda tables, place, token: tables["allowed"][jnp.minimum(place, 3)],
        lambda tables, place, token: jnp.ones((len(token), 2), bool),
    ),
    advance=lambda tables, place, token: place + token[:, 1],
    over=lambda tables, place: place >= tables["end"],
)
ALL = np.ones((4, 3), bool)


def start(rows=ROWS):
    return Start(state=jnp.int32(0), token=jnp.zeros((rows, 2), jnp.int32), place=jnp.zeros(rows, jnp.int32))


def drawn(
    *policies, seeds: Sequence[int] = range(ROWS), allowed=ALL, end=10**6, limit=CHUNK, on_step=lambda done, total: None
):
    return draw(
        keys_of([(seed,) for seed in seeds]),
        PARAMS,
        start(),
        network=NETWORK,
        rules=RULES,
        tables={"allowed": jnp.asarray(allowed), "end": jnp.int32(end)},
        policies=policies,
        limit=limit,
        on_step=on_step,
    )


def test_tokens_come_as_often_as_the_network_says():
    tokens = drawn(limit=64 * CHUNK).tokens
    before, first, second = tokens[:, :-1, 0], tokens[:, 1:, 0], tokens[:, 1:, 1]
    for value in (0, 1):
        follows = np.bincount(first[before == value], minlength=3) / (before == value).sum()
        np.testing.assert_allclose(follows, np.exp(FIRST[value]), atol=0.04)
        assert second[first == value].mean() == pytest.approx(np.exp(SECOND[value, 1]), abs=0.04)


def test_log_p_is_the_networks_whatever_the_policy():
    take = drawn(Temperature(temperature=0.5), TopK(k=2))
    before = np.pad(take.tokens[:, :-1, 0], ((0, 0), (1, 0)))
    expected = FIRST[before, take.tokens[..., 0]] + SECOND[take.tokens[..., 0], take.tokens[..., 1]]
    np.testing.assert_allclose(take.log_p, expected, atol=1e-5)


def test_a_take_depends_on_its_own_seed_alone():
    one, other = drawn(seeds=(5, 6, 7, 8)), drawn(seeds=(7, 5, 1, 2))
    np.testing.assert_array_equal(one.tokens[0], other.tokens[1])
    np.testing.assert_array_equal(one.tokens[2], other.tokens[0])
    assert (one.tokens[0] != one.tokens[1]).any()
    longer = drawn(seeds=(5, 6, 7, 8), limit=2 * CHUNK + 3)
    assert longer.tokens.shape == (ROWS, 2 * CHUNK + 3, 2)
    np.testing.assert_array_equal(longer.tokens[:, :CHUNK], one.tokens)


def test_what_is_not_allowed_never_comes():
    allowed = np.array([[True, False, False], [False, True, True], [False, False, True], [True, True, True]])
    take = drawn(allowed=allowed, limit=4 * CHUNK)
    places = np.minimum(np.cumsum(take.tokens[..., 1], axis=1) - take.tokens[..., 1], 3)
    assert allowed[places, take.tokens[..., 0]].all() and not take.stuck.any()
    assert len(set(places.ravel().tolist())) == 4


def test_where_nothing_is_allowed_it_is_told():
    allowed = ALL.copy()
    allowed[2] = False
    take = drawn(allowed=allowed, limit=4 * CHUNK)
    assert take.stuck.all() and set(take.tokens[..., 0].ravel().tolist()) >= {0, 1}


def test_takes_end_and_keep_still():
    seen = []
    take = drawn(end=3, limit=40 * CHUNK, on_step=lambda done, total: seen.append((done, total)))
    assert take.over.all() and take.tokens.shape[1] < 40 * CHUNK and seen[0] == (CHUNK, 40 * CHUNK)
    for tokens, log_p, length in zip(take.tokens, take.log_p, take.length, strict=True):
        assert tokens[:length, 1].sum() == 3 and tokens[length - 1, 1] == 1
        assert not tokens[length:].any() and not log_p[length:].any() and (log_p[:length] < 0).all()
    assert len(set(take.length.tolist())) > 1
    free = drawn(end=10**6)
    length = min(CHUNK, int(take.length[0]))
    np.testing.assert_array_equal(free.tokens[0, :length], take.tokens[0, :length])


def test_it_can_be_stopped_between_chunks():
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drawn(on_step=stop)


def test_a_search_finds_the_likeliest_of_all():
    """Of all takes of four tokens, by brute force; as many beams as there can be prefixes that matter."""
    allowed = np.array([[True, True, False]] * 4)
    found = search(
        PARAMS,
        start(36),
        network=NETWORK,
        rules=RULES,
        tables={"allowed": jnp.asarray(allowed), "end": jnp.int32(10**6)},
        limit=4,
    )

    def score(firsts, seconds):
        return sum(FIRST[b, a] for b, a in zip((0, *firsts), firsts, strict=False)) + sum(
            SECOND[a, c] for a, c in zip(firsts, seconds, strict=True)
        )

    every = {
        (firsts, seconds): score(firsts, seconds)
        for firsts in itertools.product((0, 1), repeat=4)
        for seconds in itertools.product((0, 1), repeat=4)
    }
    firsts, seconds = max(every, key=lambda each: every[each])
    assert found.tokens[0].tolist() == [list(pair) for pair in zip(firsts, seconds, strict=True)]
    assert found.log_p[0].sum() == pytest.approx(every[firsts, seconds], abs=1e-5)
    assert (np.diff(found.log_p.sum(axis=1)) <= 1e-5).all()


def test_beams_that_are_over_keep_their_score():
    found = search(
        PARAMS,
        start(8),
        network=NETWORK,
        rules=RULES,
        tables={"allowed": jnp.asarray(ALL), "end": jnp.int32(1)},
        limit=CHUNK,
    )
    assert found.over.any() and not found.over[0]  # going on with (0, 0) is the likeliest for each token
    row = next(row for row in np.flatnonzero(found.over) if found.length[row] == 3)
    assert found.tokens[row, :4].tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]
    each = FIRST[0, 0] + SECOND[0, 0], FIRST[0, 0] + SECOND[0, 0], FIRST[0, 1] + SECOND[1, 1]
    np.testing.assert_allclose(found.log_p[row, :3], each, atol=1e-5)
    assert not found.tokens[row, 3:].any() and not found.log_p[row, 3:].any()


LOGITS = np.log(np.array([[0.5, 0.3, 0.15, 0.05], [0.1, 0.2, 0.3, 0.4]], np.float32))


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (TopK(k=1), [[1, 0, 0, 0], [0, 0, 0, 1]]),
        (TopK(k=3), [[1, 1, 1, 0], [0, 1, 1, 1]]),
        (TopK(k=99), [[1, 1, 1, 1], [1, 1, 1, 1]]),
        (Nucleus(p=0.45), [[1, 0, 0, 0], [0, 0, 1, 1]]),  # 0.5 is enough; 0.4 is not, 0.4 + 0.3 is
        (Nucleus(p=0.75), [[1, 1, 0, 0], [0, 1, 1, 1]]),  # 0.5 + 0.3; 0.4 + 0.3 + 0.2
        (Nucleus(p=1.0), [[1, 1, 1, 1], [1, 1, 1, 1]]),
        (MinP(p=0.24), [[1, 1, 1, 0], [1, 1, 1, 1]]),  # 0.12 and more; 0.096 and more
        (MinP(p=0.7), [[1, 0, 0, 0], [0, 0, 1, 1]]),  # 0.35 and more; 0.28 and more
        (MinP(p=0.0), [[1, 1, 1, 1], [1, 1, 1, 1]]),
    ],
)
def test_which_values_a_policy_keeps(policy, kept):
    kept = np.array(kept, bool)
    new = np.asarray(policy(jnp.asarray(LOGITS)))
    np.testing.assert_array_equal(new > NEVER, kept)
    np.testing.assert_allclose(new[kept], LOGITS[kept], atol=1e-4)


def test_temperature_scales():
    np.testing.assert_allclose(Temperature(temperature=0.5)(jnp.asarray(LOGITS)), 2 * LOGITS, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Temperature(temperature=0), "temperature 0: it is a number above 0"),
        (lambda: TopK(k=0), "top-k 0: at least 1 value is kept"),
        (lambda: Nucleus(p=0), "nucleus 0: it is a share above 0"),
        (lambda: Nucleus(p=1.5), "nucleus 1.5"),
        (lambda: MinP(p=-0.1), "min-p -0.1: it is a share from 0 to 1"),
    ],
)
def test_policies_that_make_no_sense(make, message):
    with pytest.raises(InputError, match=message):
        make()
