"""Joint draws of whole columns along time: forward filtering, backward sampling.

A network that gives each hidden cell its own distribution says nothing about two cells together, so
drawing them apart breaks every rule that binds neighbors. Here each cell keeps its few likeliest values,
a column's states are all their combinations, and one path through the columns is drawn exactly from

    product of the cells' probabilities x column potentials x potentials between neighboring columns

(Rabiner 1989's forward pass, then sampling backward).
"""

from collections.abc import Callable
from itertools import combinations

import jax
import jax.numpy as jnp

# Log potentials of two voices u < v: (u, v, value of u, value of v) in a column, and
# (u, v, u's value before, v's before, u's after, v's after) between columns. They broadcast.
ColumnPotential = Callable[[int, int, jax.Array, jax.Array], jax.Array]
StepPotential = Callable[[int, int, jax.Array, jax.Array, jax.Array, jax.Array], jax.Array]

NEVER = -1e9
BROKEN = -0.5  # a potential below this is a rule broken, which is drawn anew; what is nearer to 0 is taste


def candidates(
    logits: jax.Array, current: jax.Array, hidden: jax.Array, widths: tuple[int, ...]
) -> list[tuple[jax.Array, jax.Array]]:
    """The values each voice may take in each column.

    Parameters
    ----------
    logits : float [B, T, V, C]
    current : int [B, T, V], the value where not hidden
    hidden : bool [B, T, V]
    widths : how many candidates each of the V voices keeps; 1 for a voice that is never hidden

    Returns
    -------
    for each voice (values int [B, T, K], log weights float [B, T, K]); a cell that is not hidden has one value
    """
    chosen = []
    log_p = jax.nn.log_softmax(logits)
    for voice, width in enumerate(widths):
        only = jnp.where(jnp.arange(width) == 0, 0.0, NEVER)  # [K]
        weights, values = jax.lax.top_k(log_p[:, :, voice], width)
        shown = hidden[:, :, voice, None]
        values = jnp.where(shown, values, current[:, :, voice, None])
        chosen.append((values, jnp.where(shown, weights, only)))
    return chosen


def draw(
    keys: jax.Array,
    chosen: list[tuple[jax.Array, jax.Array]],
    *,
    column: ColumnPotential,
    step: StepPotential,
) -> jax.Array:
    """Draw one value for every cell, jointly along each row.

    Parameters
    ----------
    keys : [B], one a row
    chosen : from :func:`candidates`
    column, step : log potentials

    Returns
    -------
    int [B, T, V]
    """
    widths = tuple(values.shape[-1] for values, _ in chosen)
    rows, length = chosen[0][0].shape[:2]
    states = 1
    for width in widths:
        states *= width
    unary = _unary(chosen, column, widths).reshape(rows, length, states)
    between = _between(chosen, step, widths).reshape(rows, length - 1, states, states)
    uniform = jax.vmap(lambda key: jax.random.uniform(key, (length,)))(keys)  # [B, T]
    path = _sample_path(unary, between, uniform)  # [B, T]
    picks = jnp.unravel_index(path, widths)
    values = [jnp.take_along_axis(v, k[..., None], axis=-1)[..., 0] for (v, _), k in zip(chosen, picks, strict=True)]
    return jnp.stack(values, axis=-1)


def looking_far(far: StepPotential, values: jax.Array, shown: jax.Array, every: int) -> ColumnPotential:
    """A column potential that binds every so-manyth column to the values now in the ones before and after it.

    Parameters
    ----------
    far : between two columns that are `every` apart
    values : int [B, T, V]
    shown : bool [B, T, V]; values that are not shown bind nothing

    Returns
    -------
    the potential, for all columns of the rows at once
    """
    length = values.shape[1]
    on_grid = jnp.arange(length) % every == 0
    padded = jnp.pad(values, ((0, 0), (every, every), (0, 0)))
    seen = jnp.pad(shown, ((0, 0), (every, every), (0, 0)))

    def potential(u: int, v: int, a: jax.Array, b: jax.Array) -> jax.Array:
        total = jnp.zeros(())
        for first, later in ((0, False), (2 * every, True)):
            place = slice(first, first + length)
            binds = (seen[:, place, u] & seen[:, place, v] & on_grid)[..., None, None]
            other = padded[:, place, u, None, None], padded[:, place, v, None, None]
            total = total + jnp.where(binds, far(u, v, a, b, *other) if later else far(u, v, *other, a, b), 0.0)
        return total

    return potential


def strained_far(values: jax.Array, far: StepPotential, every: int) -> jax.Array:
    """Where a rule between every so-manyth columns is broken: bool [B, T], from the later column to the next such.

    values : int [B, T, V], T a multiple of `every`
    """
    later = jnp.pad(_broken(values[:, ::every], far), ((0, 0), (1, 0)))
    return jnp.repeat(later, every, axis=1)[:, : values.shape[1]]


def strained(values: jax.Array, step: StepPotential) -> jax.Array:
    """Where a rule between neighboring columns is broken: bool [B, T], and the columns next to such places too.

    values : int [B, T, V]
    """
    wide = jnp.pad(_broken(values, step), ((0, 0), (2, 2)))  # a pair of columns, one more on either side
    return wide[:, 3:] | wide[:, 2:-1] | wide[:, 1:-2] | wide[:, :-3]


def _broken(values: jax.Array, step: StepPotential) -> jax.Array:
    """Where any two voices break a rule in moving on to the next column: bool [B, T - 1]."""
    broken = jnp.zeros((values.shape[0], values.shape[1] - 1), bool)
    for u, v in combinations(range(values.shape[2]), 2):
        a, b = values[:, :, u], values[:, :, v]
        broken = broken | (step(u, v, a[:, :-1], b[:, :-1], a[:, 1:], b[:, 1:]) < BROKEN)
    return broken


def _spread(array: jax.Array, axes: tuple[int, ...], voices: int) -> jax.Array:
    """[B, T, k, l, ...] -> [B, T, 1, k, 1, l, ...] with the trailing axes at places `axes` out of `voices`."""
    shape = list(array.shape[:2]) + [1] * voices
    for axis, size in zip(axes, array.shape[2:], strict=True):
        shape[2 + axis] = size
    return array.reshape(shape)


def _unary(chosen: list, column: ColumnPotential, widths: tuple[int, ...]) -> jax.Array:
    total = sum(_spread(weights, (v,), len(widths)) for v, (_, weights) in enumerate(chosen))
    for u, v in combinations(range(len(widths)), 2):
        pair = column(u, v, chosen[u][0][..., :, None], chosen[v][0][..., None, :])  # [B, T, Ku, Kv]
        total = total + _spread(pair, (u, v), len(widths))
    return jnp.asarray(total)


def _between(chosen: list, step: StepPotential, widths: tuple[int, ...]) -> jax.Array:
    n = len(widths)
    pairs = []
    for u, v in combinations(range(n), 2):
        a, b = chosen[u][0], chosen[v][0]
        pair = step(
            u,
            v,
            a[:, :-1, :, None, None, None],
            b[:, :-1, None, :, None, None],
            a[:, 1:, None, None, :, None],
            b[:, 1:, None, None, None, :],
        )  # [B, T - 1, Ku, Kv, Ku, Kv]
        pairs.append(_spread(jnp.exp(pair), (u, v, n + u, n + v), 2 * n))
    total = jnp.ones(())
    # The small tables are made first: fused into the product, each would be worked out anew for every state.
    for pair in jax.lax.optimization_barrier(pairs):
        total = total * pair
    shape = chosen[0][0].shape[0], chosen[0][0].shape[1] - 1, *widths, *widths
    return jnp.broadcast_to(total, shape)


def _sample_path(unary: jax.Array, between: jax.Array, uniform: jax.Array) -> jax.Array:
    """Log potentials [B, T, S], potentials [B, T - 1, S, S], uniform numbers [B, T] -> states int [B, T]."""
    scaled = jnp.exp(unary - unary.max(axis=-1, keepdims=True)).swapaxes(0, 1)  # [T, B, S]
    links = between.swapaxes(0, 1)  # [T - 1, B, S, S]

    def forward(belief: jax.Array, inputs: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        link, weight = inputs
        new = jnp.einsum("bi,bij->bj", belief, link) * weight
        new = new / jnp.maximum(new.sum(axis=-1, keepdims=True), 1e-30)
        return new, new

    first = scaled[0] / scaled[0].sum(axis=-1, keepdims=True)
    _, rest = jax.lax.scan(forward, first, (links, scaled[1:]))
    beliefs = jnp.concatenate([first[None], rest])  # [T, B, S]

    def backward(after: jax.Array, inputs: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        belief, link, u = inputs
        state = _pick(belief * jnp.take_along_axis(link, after[:, None, None], axis=2)[..., 0], u)
        return state, state

    u = uniform.swapaxes(0, 1)
    last = _pick(beliefs[-1], u[-1])
    _, earlier = jax.lax.scan(backward, last, (beliefs[:-1], links, u[:-1]), reverse=True)
    return jnp.concatenate([earlier, last[None]]).swapaxes(0, 1)


def _pick(weights: jax.Array, u: jax.Array) -> jax.Array:
    """Inverse of the cumulative distribution: weights [B, S], uniform [B] -> int [B]."""
    cumulative = jnp.cumsum(weights, axis=-1)
    return jnp.argmax(cumulative > u[:, None] * cumulative[:, -1:], axis=-1)
