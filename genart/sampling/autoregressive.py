"""Tokens drawn one after another from a network, by policies, within rules; and beam search.

A token has one or more parts, each a small integer, and each is drawn given the parts before it. What must hold (which
values are allowed where) is worked out inside the compiled loop from a `place`, integers that rules move on by every
token, and from tables. Rows of a batch know nothing of each other: each has a key of its own.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from genart.sampling.policy import NEVER, Policy

CHUNK = 32  # tokens between two looks at whether to stop
ROOM = 128  # tokens for which a state has room at first, then twice as many, and so on: what is empty costs time too


@dataclasses.dataclass(frozen=True, kw_only=True)
class Network:
    """Pure functions of a network over tokens; arrays have a row for each take, a state may have scalars too.

    Attributes
    ----------
    step : (params, state, token int[B, K], place) -> (state, outlook): takes the newest token in, place reached by it
    grown : (state, room) -> the state with room for so many tokens, none of which is lost
    logits : for each part k, (params, outlook, token int[B, K]) -> float[B, V]; parts of the token from k on are 0
    """

    step: Callable[[Any, Any, jax.Array, Any], tuple[Any, Any]]
    logits: tuple[Callable[[Any, Any, jax.Array], jax.Array], ...]
    grown: Callable[[Any, int], Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules:
    """Pure functions that say what may come, and when it is over.

    Attributes
    ----------
    allowed : for each part k, (tables, place, token int[B, K]) -> bool[B, V], of which one or more should be True
    advance : (tables, place, token int[B, K]) -> place after it
    over : (tables, place) -> bool[B]
    """

    allowed: tuple[Callable[[Any, Any, jax.Array], jax.Array], ...]
    advance: Callable[[Any, Any, jax.Array], Any]
    over: Callable[[Any, Any], jax.Array]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawn:
    """Takes: tokens int32[B, T, K], 0 after a take's end.

    `log_p`, float32[B, T], is what the network gave each, in nats, before policies and rules, and 0 after the end.
    `length`, int32[B], counts the tokens of each take. `over`, bool[B], tells which came to an end within the limit,
    `stuck` in which nothing was allowed at some token, so that all values were.
    """

    tokens: np.ndarray
    log_p: np.ndarray
    length: np.ndarray
    over: np.ndarray
    stuck: np.ndarray


@dataclasses.dataclass(frozen=True, kw_only=True)
class Start:
    """From where tokens are drawn: the network's state, the newest token, which is not in it yet, and the place."""

    state: Any
    token: jax.Array  # int32[B, K]
    place: Any


def draw(
    keys: jax.Array,
    params: Any,
    start: Start,
    *,
    network: Network,
    rules: Rules,
    tables: Any,
    policies: Sequence[Policy],
    limit: int,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> Drawn:
    """Draw tokens until every take is over, or `limit` of them.

    Parameters
    ----------
    keys : [B], a key a take
    params, tables : any trees of arrays
    start : its state has no room yet
    policies : change the logits of every part, in this order, after what is not allowed is left out
    on_step : called with the tokens drawn so far and `limit` after every 32; may raise to stop
    """
    kinds = tuple(type(policy) for policy in policies)
    numbers = tuple(np.float32(policy.number) for policy in policies)
    rows = len(start.token)
    carry = start.state, jnp.asarray(start.token, jnp.int32), start.place, jnp.zeros(rows, bool)
    pieces: list[tuple[np.ndarray, ...]] = []
    over = stuck = np.zeros(rows, bool)
    done = 0
    room = 0
    while done < limit and not over.all():
        if done + CHUNK > room:
            room = max(ROOM, 2 * room)
            carry = (network.grown(carry[0], room), *carry[1:])
        carry, piece = _chunk(
            keys, params, tables, carry, numbers, jnp.int32(done), network=network, rules=rules, kinds=kinds
        )
        kept = min(CHUNK, limit - done)
        pieces.append(tuple(np.moveaxis(np.asarray(each), 0, 1)[:, :kept] for each in piece))
        over, stuck = pieces[-1][3][:, -1], stuck | pieces[-1][4].any(axis=1)
        done += kept
        on_step(done, limit)
    tokens, log_p, drawn = (np.concatenate([piece[each] for piece in pieces], axis=1) for each in range(3))
    return Drawn(tokens=tokens, log_p=log_p, length=drawn.sum(axis=1, dtype=np.int32), over=over, stuck=stuck)


@functools.partial(jax.jit, static_argnames=("network", "rules", "kinds"))
def _chunk(
    keys: jax.Array,
    params: Any,
    tables: Any,
    carry: Any,
    numbers: tuple[Any, ...],
    first: jax.Array,
    *,
    network: Network,
    rules: Rules,
    kinds: tuple[Any, ...],
) -> tuple[Any, tuple[jax.Array, ...]]:
    """The next tokens [T, B, K], their log-probabilities, and which were drawn, which the last, which stuck: [T, B]."""

    def one(carry: Any, number: jax.Array) -> tuple[Any, tuple[jax.Array, ...]]:
        state, token, place, over = carry
        state, outlook = network.step(params, state, token, place)
        new, log_p, stuck = jnp.zeros_like(token), jnp.zeros(len(token)), jnp.zeros(len(token), bool)
        for part, (logits_of, allowed_of) in enumerate(zip(network.logits, rules.allowed, strict=True)):
            logits = logits_of(params, outlook, new)
            allowed = allowed_of(tables, place, new)
            none = ~allowed.any(axis=-1)
            stuck |= none
            bounded = jnp.where(allowed | none[:, None], logits, NEVER)
            for kind, value in zip(kinds, numbers, strict=True):
                bounded = kind.rule(bounded, value)
            part_keys = jax.vmap(lambda key, part=part: jax.random.fold_in(jax.random.fold_in(key, number), part))(keys)
            symbol = jax.vmap(jax.random.categorical)(part_keys, bounded)
            log_p += _at(jax.nn.log_softmax(logits), symbol)
            new = new.at[:, part].set(symbol)
        moved = rules.advance(tables, place, new)
        place = jax.tree.map(lambda old, now: jnp.where(_wide(over, now), old, now), place, moved)
        new, log_p = jnp.where(over[:, None], 0, new), jnp.where(over, 0.0, log_p)
        ends = over | rules.over(tables, place)
        return (state, new, place, ends), (new, log_p, ~over, ends, stuck & ~over)

    return jax.lax.scan(one, carry, first + jnp.arange(CHUNK))


def search(
    params: Any,
    start: Start,
    *,
    network: Network,
    rules: Rules,
    tables: Any,
    limit: int,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> Drawn:
    """Beam search: the likeliest takes that are found, the one with the highest mean log-probability a token first.

    Parameters
    ----------
    start : the same in every row; there are as many beams as rows
    params, network, rules, tables, limit, on_step : see :func:`draw`; a beam that is over keeps its score
    """
    rows, parts = start.token.shape
    room = -(-limit // CHUNK) * CHUNK
    state = network.grown(start.state, room)
    beam = _Beam(
        score=jnp.where(jnp.arange(rows) == 0, 0.0, NEVER),
        over=jnp.zeros(rows, bool),
        stuck=jnp.zeros(rows, bool),
        tokens=jnp.zeros((rows, room, parts), jnp.int32),
        log_p=jnp.zeros((rows, room)),
        length=jnp.zeros(rows, jnp.int32),
    )
    carry = state, jnp.asarray(start.token, jnp.int32), start.place, beam
    done = 0
    while done < limit and not bool(carry[3].over.all()):
        count = min(CHUNK, limit - done)
        carry = _search_chunk(params, tables, carry, jnp.int32(done), network=network, rules=rules, count=count)
        done += count
        on_step(done, limit)
    beam = jax.device_get(carry[3])
    order = np.argsort(-beam.score / np.maximum(beam.length, 1), kind="stable")
    return Drawn(
        tokens=beam.tokens[order, :done],
        log_p=beam.log_p[order, :done],
        length=beam.length[order],
        over=beam.over[order],
        stuck=beam.stuck[order],
    )


class _Beam(NamedTuple):
    """The beams' scores and what they hold, a row each."""

    score: jax.Array
    over: jax.Array
    stuck: jax.Array
    tokens: jax.Array
    log_p: jax.Array
    length: jax.Array


@functools.partial(jax.jit, static_argnames=("network", "rules", "count"))
def _search_chunk(
    params: Any, tables: Any, carry: Any, first: jax.Array, *, network: Network, rules: Rules, count: int
) -> Any:
    """The next `count` tokens of all beams."""

    def one(carry: Any, number: jax.Array) -> tuple[Any, None]:
        state, token, place, beam = carry
        state, outlook = network.step(params, state, token, place)
        held = state, outlook, place, beam, jnp.zeros_like(token)
        for part, (logits_of, allowed_of) in enumerate(zip(network.logits, rules.allowed, strict=True)):
            state, outlook, place, beam, new = held
            log_p = jax.nn.log_softmax(logits_of(params, outlook, new))
            allowed = allowed_of(tables, place, new)
            none = ~allowed.any(axis=-1, keepdims=True)
            ended = jnp.where(jnp.arange(log_p.shape[-1]) == 0, 0.0, NEVER)  # a beam that is over has one way to go on
            log_p = jnp.where(beam.over[:, None], ended, jnp.where(allowed | none, log_p, NEVER))
            score, best = jax.lax.top_k((beam.score[:, None] + log_p).ravel(), len(token))
            origin, symbol = best // log_p.shape[-1], best % log_p.shape[-1]
            beam = beam._replace(stuck=beam.stuck | (none[:, 0] & ~beam.over))
            gained = score - beam.score[origin]
            held = state, outlook, place, beam, new = _rows((state, outlook, place, beam, new), origin)
            new = new.at[:, part].set(symbol)
            held = *held[:3], beam._replace(score=score, log_p=beam.log_p.at[:, number].add(gained)), new
        state, _, place, beam, new = held
        moved = rules.advance(tables, place, new)
        place = jax.tree.map(lambda old, now: jnp.where(_wide(beam.over, now), old, now), place, moved)
        beam = beam._replace(
            length=beam.length + ~beam.over,
            tokens=beam.tokens.at[:, number].set(jnp.where(beam.over[:, None], 0, new)),
            over=beam.over | rules.over(tables, place),
        )
        return (state, new, place, beam), None

    return jax.lax.scan(one, carry, first + jnp.arange(count))[0]


def _rows(tree: Any, chosen: jax.Array) -> Any:
    """The chosen rows of all arrays of a tree; scalars have none."""
    return jax.tree.map(lambda each: each[chosen] if each.ndim else each, tree)


def _at(values: jax.Array, index: jax.Array) -> jax.Array:
    """values [B, V], index int[B] -> [B]."""
    return jnp.take_along_axis(values, index[:, None], axis=-1)[:, 0]


def _wide(rows: jax.Array, like: jax.Array) -> jax.Array:
    """bool[B] with as many axes as `like`."""
    return rows.reshape(-1, *[1] * (like.ndim - 1))
