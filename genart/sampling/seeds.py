"""Random keys by whole numbers, so that every work has a number for a name."""

import secrets
from collections.abc import Sequence

import jax
import jax.numpy as jnp


def fresh_seed() -> int:
    """A seed nobody chose, 0..999,999,999: short enough to read out."""
    return secrets.randbelow(1_000_000_000)


def keys_of(seeds: Sequence[tuple[int, ...]]) -> jax.Array:
    """One key for each tuple of whole numbers: (seed, 0), (seed, 1), ... -> keys [n].

    A key depends on its own numbers alone, never on its neighbors, and only the lowest 32 bits of each count.
    """
    return jnp.stack([_key(numbers) for numbers in seeds])


def _key(numbers: tuple[int, ...]) -> jax.Array:
    key = jax.random.key(numbers[0] % 2**32)
    for number in numbers[1:]:
        key = jax.random.fold_in(key, number % 2**32)
    return key
