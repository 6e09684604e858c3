import jax
import jax.numpy as jnp

from genart.sampling.seeds import fresh_seed, keys_of


def bits(keys):
    return jax.random.key_data(keys).tolist()


def test_a_key_depends_on_its_own_numbers_alone():
    together = bits(keys_of([(7, 0), (7, 1), (8, 0)]))
    assert together == [bits(keys_of([numbers]))[0] for numbers in ((7, 0), (7, 1), (8, 0))]


def test_every_number_counts_and_their_order():
    keys = bits(keys_of([(1, 2), (2, 1), (1, 3), (1, 2, 0), (1,)]))
    assert len({tuple(key) for key in keys}) == 5


def test_whole_numbers_of_any_size_and_sign():
    assert bits(keys_of([(-1, 5)])) == bits(keys_of([(2**32 - 1, 5)]))
    assert bits(keys_of([(10**30, -3)])) == bits(keys_of([(10**30 % 2**32, 2**32 - 3)]))


def test_keys_are_typed():
    assert jnp.issubdtype(keys_of([(1,)]).dtype, jax.dtypes.prng_key)


def test_fresh_seeds_differ_and_can_be_read_out():
    seeds = {fresh_seed() for _ in range(20)}
    assert len(seeds) == 20
    assert all(0 <= seed < 1_000_000_000 for seed in seeds)
