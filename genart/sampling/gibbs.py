"""Annealed blocked Gibbs sampling: hide many cells, then fewer and fewer, drawing the hidden ones anew.

The schedule is Yao, Huang & al.'s as used by Huang et al. 2017 (arXiv 1903.07227); the hidden cells of a
sweep are drawn jointly along time (see :mod:`genart.sampling.columns`).
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genart.sampling import columns
from genart.sampling.policy import Annealing


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules:
    """Log potentials that bind the cells of neighboring columns, and of every so-manyth column."""

    step: columns.StepPotential
    far: columns.StepPotential
    every: int  # columns


# (parameters, values int [B, T, V], known bool [B, T, V], inside bool [B, T]) -> logits [B, T, V, C]
Network = Callable[[Any, jax.Array, jax.Array, jax.Array], jax.Array]


@functools.partial(jax.jit, static_argnames=("network", "rules", "widths"), donate_argnames=("values",))
def sweep(
    keys: jax.Array,
    params: Any,
    values: jax.Array,
    free: jax.Array,
    inside: jax.Array,
    offsets: jax.Array,
    share: jax.Array,
    temperature: jax.Array,
    *,
    network: Network,
    rules: Rules,
    widths: tuple[int, ...],
) -> jax.Array:
    """Hide a share of the free cells, and those where rules are broken, and draw them anew; others never change.

    Parameters
    ----------
    keys : [B]; values : int [B, T, V]; free : bool [B, T, V]; inside : bool [B, T]
    offsets : float [V, C] or [T, V, C], added to the logits; very negative forbids a value
    share, temperature : scalars
    network, rules, widths : see :func:`anneal`

    Returns
    -------
    int [B, T, V]
    """
    hiding, drawing = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
    uniform = jax.vmap(lambda key: jax.random.uniform(key, values.shape[1:]))(hiding)
    strained = columns.strained(values, rules.step) | columns.strained_far(values, rules.far, rules.every)
    hidden = free & ((uniform < share) | strained[..., None])
    logits = network(params, values, ~hidden, inside) / temperature + offsets
    chosen = columns.candidates(logits, values, hidden, widths)
    column = columns.looking_far(rules.far, values, ~hidden & inside[..., None], rules.every)
    return columns.draw(drawing, chosen, column=column, step=rules.step)


def anneal(
    keys: jax.Array,
    params: Any,
    values: np.ndarray,
    free: np.ndarray,
    inside: np.ndarray,
    *,
    network: Network,
    rules: Rules,
    offsets: np.ndarray,
    policy: Annealing,
    widths: tuple[int, ...],
    on_sweep: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """Fill the free cells of a batch.

    Parameters
    ----------
    keys : [B], a key a row
    params : the network's, any tree
    values : int [B, T, V]; ignored where free
    free : bool [B, T, V], the cells to draw; all others stay as they are
    inside : bool [B, T], False for padding
    network : pure function, compiled once per shape
    rules : log potentials, compiled in
    offsets : float [V, C] or [T, V, C], added to the logits
    policy : temperature, and the share of cells hidden in each sweep
    widths : candidates a voice keeps in each sweep, 1 for one with no free cell
    on_sweep : called after each sweep with their number so far; may raise to stop

    Returns
    -------
    int32 [B, T, V]
    """
    cells, open_, real = jnp.asarray(values, jnp.int32), jnp.asarray(free), jnp.asarray(inside)
    offset, heat = jnp.asarray(offsets, jnp.float32), jnp.float32(policy.temperature)
    for number, share in enumerate(policy.shares()):
        step_keys = jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys, number)
        cells = sweep(
            step_keys, params, cells, open_, real, offset, share, heat, network=network, rules=rules, widths=widths
        )
        cells.block_until_ready()
        on_sweep(number + 1)
    return np.asarray(cells)


def pseudo_likelihood(
    key: jax.Array,
    params: Any,
    values: np.ndarray,
    free: np.ndarray,
    inside: np.ndarray,
    *,
    network: Network,
    parts: int = 4,
) -> np.ndarray:
    """Mean log-probability (nats, at most 0) of the free cells, each hidden with about 1/parts of the others.

    The free cells fall into `parts` random groups; each group is hidden once while the rest is shown.

    Returns
    -------
    float [B]; 0 for a row without free cells
    """
    free_, inside_ = jnp.asarray(free), jnp.asarray(inside)
    group = jax.random.randint(key, free.shape[1:], 0, parts)
    total = sum(
        _hidden_log_p(params, jnp.asarray(values), free_ & (group == part), inside_, network=network)
        for part in range(parts)
    )
    return np.asarray(total) / np.maximum(free.sum(axis=(1, 2)), 1)


@functools.partial(jax.jit, static_argnames="network")
def _hidden_log_p(params: Any, values: jax.Array, hidden: jax.Array, inside: jax.Array, *, network: Network):
    log_p = jax.nn.log_softmax(network(params, values, ~hidden, inside))
    picked = jnp.take_along_axis(log_p, values[..., None], axis=-1)[..., 0]
    return jnp.sum(picked * hidden, axis=(1, 2))


def widths_for(free: Sequence[bool]) -> tuple[int, ...]:
    """Candidates a voice keeps, given which voices have free cells; fewer with more voices, to bound the states."""
    keep = {0: 1, 1: 8, 2: 6, 3: 4}.get(sum(free), 3)
    return tuple(keep if voice else 1 for voice in free)
