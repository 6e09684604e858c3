"""The melody network: two LSTMs over events of a pitch and a duration, and what the tune itself played before.

Tunes repeat figures, and a recurrent network alone learns slowly where to. So every step is also told what was played
at the same place one, two, four and eight bars ago and in the sections before, and where the longest run of events that
equals the newest ones went on; and attention looks back over all earlier steps, by their states and by how they lie in
the bars. All of these point to events, and add to the logits of their symbols directly (pointers as in Merity et al.
2016, arXiv 1609.07843, but log-linear), so that copying needs not to be learned symbol by symbol.

A tune is worked through in one call or in many, with a state in between: the calls' outputs are the same. At each step
the network is given the event before it and the place that was reached, and tells the next event: its pitch, then,
given that pitch, its duration.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from genart.nets.lstm import LSTM, Carry

TICKS = 48  # of a quarter
SLOT = 12  # ticks; places in the bar are told by slots, and within the quarter by ticks
SLOTS, MEASURES, SECTIONS, ANCHORS = 32, 33, 8, 25  # classes; what lies beyond shares one with others
RUNS = (1, 2, 3, 4, 6, 9, 16)  # classes of how many events before a place equal the newest ones
HARMONICS = 4  # of the bar, by which the place in a bar of any length is told
AGO = (1, 2, 4, 8)  # bars


@dataclasses.dataclass(frozen=True, kw_only=True)
class MelodyConfig:
    """Size of a :class:`MelodyNet`, and how many symbols and classes there are."""

    pitches: int
    durations: int
    first_note: int  # pitch symbols below are no pitches
    meters: int
    modes: int
    kinds: int
    width: int = 128  # of the embedding of pitches, which is tied to the output
    inward: int = 256  # of what is given to the first LSTM
    hidden: int = 320
    heads: int = 4
    key: int = 32  # of each head
    places: tuple[tuple[int, int], ...] = ((0, 1), (0, 2), (0, 4), (0, 8), (1, 0), (2, 0))  # sections and bars ago
    dropout: float = 0.4  # between layers, half of it before the first
    weight_dropout: float = 0.3  # of recurrent weights

    @property
    def pointers(self) -> int:
        """How many places are looked up: those above, and the one after the longest run."""
        return len(self.places) + 1


class Events(NamedTuple):
    """What is known before each event, int32[B, T]: the symbols of the event before, and the place reached.

    Where there is none before, the symbols are `config.pitches` and `config.durations`.
    """

    pitch: jax.Array
    duration: jax.Array
    position: jax.Array  # ticks since the bar line
    measure: jax.Array
    section: jax.Array


class Conditions(NamedTuple):
    """What holds for whole tunes, int32[B]."""

    meter: jax.Array
    mode: jax.Array
    kind: jax.Array
    anchor: jax.Array  # class of the register, 1 .. 24, or 0 for one that is not told
    bar: jax.Array  # length in ticks


class State(NamedTuple):
    """Where a tune stands after `count` steps; what is remembered of them has room for N."""

    count: jax.Array  # int32, of all rows
    events: Events  # int32[B, N]
    keys: jax.Array  # float[B, N, heads x key]
    runs: jax.Array  # int32[B, N]: how many events before step s equal those before the newest step
    first: Carry
    second: Carry


class Pointed(NamedTuple):
    """Events that were looked up, int32[B, T, K]; symbols are those of none where there is no such place."""

    pitch: jax.Array
    duration: jax.Array
    run: jax.Array  # class, 0 where there is no such place


class Outlook(NamedTuple):
    """What the network has to say about the next events."""

    top: jax.Array  # float[B, T, inward]
    pointed: Pointed
    weights: jax.Array  # of attention, float[B, heads, T, N]
    by_pitch: jax.Array  # the same in all for each pitch symbol, float[B, T, heads, P]
    played: Events  # the event that came at each step, int32[B, N]


class MelodyNet(nnx.Module):
    """See the module's text."""

    def __init__(self, config: MelodyConfig, *, rngs: nnx.Rngs):
        c = self.config = config
        k = c.pointers
        small = nnx.initializers.normal(0.05)

        def table(rows: int, width: int) -> nnx.Embed:
            return nnx.Embed(rows, width, embedding_init=small, rngs=rngs)

        self.pitch = nnx.Embed(c.pitches + 1, c.width, embedding_init=nnx.initializers.normal(0.08), rngs=rngs)
        self.duration = table(c.durations + 1, 32)
        self.note = table(c.pitches + 1, 32)  # the last that was no rest, hold or bar line
        self.slot = table(c.meters * SLOTS, 64)
        self.tick = table(TICKS, 16)
        self.measure = table(MEASURES, 32)
        self.phase = table(9, 16)
        self.section = table(SECTIONS, 16)
        self.mode, self.kind, self.anchor = table(c.modes, 16), table(c.kinds, 16), table(ANCHORS, 16)
        self.pointed_pitch = table((c.pitches + 1) * k, 24)
        self.pointed_duration = table((c.durations + 1) * k, 8)
        self.pointed_run = table((len(RUNS) + 2) * k, 8)
        told = c.width + 32 + 32 + 64 + 16 + 32 + 16 + 16 + 3 * 16 + 2 * HARMONICS + 40 * k
        self.inward = nnx.Linear(told, c.inward, rngs=rngs)
        self.inward_norm = nnx.LayerNorm(c.inward, rngs=rngs)
        self.first = LSTM(c.inward, c.hidden, rngs=rngs)
        self.query = nnx.Linear(c.hidden, c.heads * c.key, rngs=rngs)
        self.key = nnx.Linear(c.hidden, c.heads * c.key, rngs=rngs)
        self.nearness = nnx.Param(jnp.zeros((len(AGO) + 8, c.heads)))
        self.nothing = nnx.Param(jnp.zeros(c.heads))
        self.found = nnx.Linear(c.heads * (c.width + 32), c.width, rngs=rngs)
        self.second = LSTM(c.hidden + c.width, c.hidden, rngs=rngs)
        self.top = nnx.Linear(2 * c.hidden + c.width + c.inward, c.inward, rngs=rngs)
        self.top_norm = nnx.LayerNorm(c.inward, rngs=rngs)
        self.pitch_out = nnx.Linear(c.inward, c.width, rngs=rngs)
        self.pitch_bias = nnx.Param(jnp.zeros(c.pitches))
        self.duration_in = nnx.Linear(c.inward, 128, rngs=rngs)
        self.duration_of = table(c.pitches, 128)
        self.duration_out = nnx.Linear(128, c.durations, rngs=rngs)
        zeros = nnx.initializers.zeros
        self.pitch_gates = nnx.Linear(c.inward, k + c.heads, kernel_init=zeros, rngs=rngs)
        self.duration_gates = nnx.Linear(c.inward, 2 * (k + c.heads), kernel_init=zeros, rngs=rngs)
        self.pitch_trust = nnx.Param(jnp.zeros((k, len(RUNS) + 2)))
        self.duration_trust = nnx.Param(jnp.zeros((2, k, len(RUNS) + 2)))  # by whether the pitches are the same

    def start(self, batch: int, capacity: int) -> State:
        """The state before the first of at most `capacity` steps."""
        c = self.config
        empty = jnp.zeros((batch, capacity), jnp.int32)
        none = Carry(jnp.zeros((batch, c.hidden)), jnp.zeros((batch, c.hidden)))
        return State(
            count=jnp.int32(0),
            events=Events(empty, empty, empty, empty, empty),
            keys=jnp.zeros((batch, capacity, c.heads * c.key)),
            runs=empty,
            first=none,
            second=none,
        )

    def __call__(
        self, state: State, events: Events, conditions: Conditions, *, key: jax.Array | None = None
    ) -> tuple[State, Outlook]:
        """Go on by T steps.

        Parameters
        ----------
        state : after the steps so far; T more must fit into its room
        events : int32[B, T], what is known before each of them
        conditions : int32[B]
        key : of dropout; None switches it off

        Returns
        -------
        the state after them, and what :meth:`pitch_logits` and :meth:`duration_logits` take
        """
        c = self.config
        b, t = events.pitch.shape
        keys = [None] * 5 if key is None else list(jax.random.split(key, 5))
        held = Events(*(_put(old, new, state.count) for old, new in zip(state.events, events, strict=True)))
        played = Events(*(jnp.roll(each, -1, axis=1) for each in held))
        step = state.count + jnp.arange(t)
        past = jnp.arange(held.pitch.shape[1])[None, :] < step[:, None]  # [T, N]
        runs, last_runs = self._runs(state.runs, events, held, past)
        pointed = self._pointed(events, held, played, past, runs)
        x = self._told(events, held, conditions, pointed, step)
        x = _dropped(self.inward_norm(nnx.silu(self.inward(x))), 0.5 * c.dropout, keys[0])
        below, first = self.first(x, state.first, dropout=c.weight_dropout, key=keys[1])
        below = _dropped(below, c.dropout, keys[2])
        remembered = _put(state.keys, self.key(below), state.count)
        weights = self._attention(below, remembered, self._nearness(events, held, past, runs, step), past)
        by_pitch = jnp.einsum("bhts,bsp->bthp", weights, jax.nn.one_hot(played.pitch, c.pitches))
        by_duration = jnp.einsum("bhts,bsd->bthd", weights, jax.nn.one_hot(played.duration, c.durations))
        values = by_pitch @ self.pitch.embedding[...][:-1], by_duration @ self.duration.embedding[...][:-1]
        found = self.found(jnp.concatenate(values, axis=-1).reshape(b, t, -1))
        above, second = self.second(
            jnp.concatenate([below, found], axis=-1), state.second, dropout=c.weight_dropout, key=keys[3]
        )
        above = _dropped(above, c.dropout, keys[4])
        top = self.top_norm(nnx.silu(self.top(jnp.concatenate([above, below, found, x], axis=-1))))
        after = State(state.count + t, held, remembered, last_runs, first, second)
        return after, Outlook(top, pointed, weights, by_pitch, played)

    def pitch_logits(self, outlook: Outlook) -> jax.Array:
        """Logits of the pitch symbols, float[B, T, P]."""
        c = self.config
        logits = self.pitch_out(outlook.top) @ self.pitch.embedding[...][: c.pitches].T + self.pitch_bias[...]
        places, heads = jnp.split(self.pitch_gates(outlook.top), [c.pointers], axis=-1)
        trust = self.pitch_trust[...][jnp.arange(c.pointers), outlook.pointed.run]  # [B, T, K]
        symbols = jax.nn.one_hot(outlook.pointed.pitch, c.pitches)  # [B, T, K, P], nothing where there is none
        logits += jnp.einsum("btk,btkp->btp", places + trust, symbols)
        return logits + jnp.einsum("bthp,bth->btp", outlook.by_pitch, heads)

    def duration_logits(self, outlook: Outlook, pitch: jax.Array) -> jax.Array:
        """Logits of the duration symbols, float[B, T, D], of events with pitch symbols int[B, T]."""
        c = self.config
        logits = self.duration_out(nnx.silu(self.duration_in(outlook.top) + self.duration_of(pitch)))
        gates = self.duration_gates(outlook.top).reshape(*pitch.shape, 2, -1)  # [B, T, 2, K + heads]
        same = (outlook.pointed.pitch == pitch[..., None]).astype(jnp.int32)  # [B, T, K]
        trust = self.duration_trust[...][same, jnp.arange(c.pointers), outlook.pointed.run]
        places = jnp.where(same == 1, gates[..., 1, : c.pointers], gates[..., 0, : c.pointers])
        symbols = jax.nn.one_hot(outlook.pointed.duration, c.durations)  # [B, T, K, D]
        logits += jnp.einsum("btk,btkd->btd", places + trust, symbols)
        pointing = jnp.einsum("bhts,btgh->btgs", outlook.weights, gates[..., c.pointers :])
        equal = outlook.played.pitch[:, None, :] == pitch[..., None]  # [B, T, N]
        pointing = jnp.where(equal, pointing[:, :, 1], pointing[:, :, 0])
        return logits + pointing @ jax.nn.one_hot(outlook.played.duration, c.durations)

    def _runs(self, before: jax.Array, events: Events, held: Events, past: jax.Array) -> tuple[jax.Array, jax.Array]:
        """How many events before step s equal those before step t, int32[B, T, N], and those of the last step."""
        same = events.pitch[..., None] == held.pitch[:, None]
        equal = same & (events.duration[..., None] == held.duration[:, None]) & past

        def step(runs: jax.Array, equal: jax.Array) -> tuple[jax.Array, jax.Array]:
            runs = jnp.where(equal, 1 + jnp.pad(runs, ((0, 0), (1, 0)))[:, :-1], 0)
            return runs, runs

        last, runs = jax.lax.scan(step, before, equal.swapaxes(0, 1))
        return runs.swapaxes(0, 1), last

    def _pointed(self, events: Events, held: Events, played: Events, past: jax.Array, runs: jax.Array) -> Pointed:
        """What was played at the places that `config` names, and after the longest run."""
        c = self.config
        n = held.pitch.shape[1]
        steps = jnp.arange(n)
        here = (held.position[:, None] == events.position[..., None]) & past  # [B, T, N]
        bars = events.measure[..., None] - held.measure[:, None]
        sections = events.section[..., None] - held.section[:, None]
        found = [jnp.where(here & (sections == s) & (bars == m), steps, -1).max(axis=-1) for s, m in c.places]
        score = (2 * jnp.minimum(runs, 31) + here) * n + steps  # the longest run, then the place, then the newest
        best = jnp.where(runs > 0, score, -1).max(axis=-1)
        index = jnp.stack([*found, jnp.where(best < 0, -1, best % n)], axis=-1)  # [B, T, K]
        none, index = index < 0, jnp.maximum(index, 0)
        length = jnp.take_along_axis(runs, index, axis=-1)
        run = 1 + (length[..., None] >= jnp.array(RUNS)).sum(axis=-1)
        rows = jnp.arange(len(index))[:, None, None]
        return Pointed(
            pitch=jnp.where(none, c.pitches, played.pitch[rows, index]),
            duration=jnp.where(none, c.durations, played.duration[rows, index]),
            run=jnp.where(none, 0, run),
        )

    def _told(
        self, events: Events, held: Events, conditions: Conditions, pointed: Pointed, step: jax.Array
    ) -> jax.Array:
        """All that is known before each step, float[B, T, F]."""
        c = self.config
        b, t = events.pitch.shape
        k = jnp.arange(c.pointers)
        steps = jnp.arange(held.pitch.shape[1])
        is_note = (held.pitch >= c.first_note) & (held.pitch < c.pitches)
        newest = jax.lax.cummax(jnp.where(is_note, steps, -1), axis=1)[:, step]  # [B, T]
        note = jnp.where(newest < 0, c.pitches, jnp.take_along_axis(held.pitch, jnp.maximum(newest, 0), axis=1))
        slot = jnp.minimum(events.position // SLOT, SLOTS - 1)
        measure = events.measure
        angle = 2 * jnp.pi * events.position / conditions.bar[:, None]
        turns = angle[..., None] * jnp.arange(1, HARMONICS + 1)  # [B, T, HARMONICS]
        whole = [self.mode(conditions.mode), self.kind(conditions.kind), self.anchor(conditions.anchor)]
        parts = [
            self.pitch(events.pitch),
            self.duration(events.duration),
            self.note(note),
            self.slot(conditions.meter[:, None] * SLOTS + slot),
            self.tick(events.position % TICKS),
            self.measure(jnp.where(measure < MEASURES, measure, 17 + (measure - 17) % 16)),
            self.phase(jnp.where(measure > 0, 1 + (measure - 1) % 8, 0)),
            self.section(jnp.minimum(events.section, SECTIONS - 1)),
            *(jnp.broadcast_to(each[:, None], (b, t, each.shape[-1])) for each in whole),
            jnp.sin(turns),
            jnp.cos(turns),
            self.pointed_pitch(pointed.pitch * c.pointers + k).reshape(b, t, -1),
            self.pointed_duration(pointed.duration * c.pointers + k).reshape(b, t, -1),
            self.pointed_run(pointed.run * c.pointers + k).reshape(b, t, -1),
        ]
        return jnp.concatenate(parts, axis=-1)

    def _nearness(self, events: Events, held: Events, past: jax.Array, runs: jax.Array, step: jax.Array) -> jax.Array:
        """What attention adds for how an earlier step lies to the present one, float[B, heads, T, N]."""
        here = held.position[:, None] == events.position[..., None]  # [B, T, N]
        bars = events.measure[..., None] - held.measure[:, None]
        sections = events.section[..., None] - held.section[:, None]
        distance = jnp.where(past, step[:, None] - jnp.arange(held.pitch.shape[1]), 1)
        facts = [
            *(here & (sections == 0) & (bars == ago) for ago in AGO),
            *(here & (sections == ago) & (bars == 0) for ago in (1, 2)),
            here,
            here & (bars % 4 == 0),
            sections == 0,
            runs > 0,
            jnp.log1p(runs),
            jnp.broadcast_to(jnp.log(distance), here.shape),
        ]
        pairs = zip(facts, self.nearness[...], strict=True)
        terms = (jnp.float32(fact)[:, None] * weight[:, None, None] for fact, weight in pairs)
        return sum(terms, start=jnp.zeros(()))

    def _attention(self, below: jax.Array, remembered: jax.Array, nearness: jax.Array, past: jax.Array) -> jax.Array:
        """Weights over earlier steps, float[B, heads, T, N]; what is missing to 1 goes to nothing."""
        c = self.config
        heads = (c.heads, c.key)
        query = self.query(below).reshape(*below.shape[:2], *heads)
        keys = remembered.reshape(*remembered.shape[:2], *heads)
        scores = jnp.einsum("bthk,bshk->bhts", query, keys) / c.key**0.5 + nearness
        scores = jnp.where(past, scores, -1e9)
        nothing = jnp.broadcast_to(self.nothing[...][:, None, None], (*scores.shape[:3], 1))
        return jax.nn.softmax(jnp.concatenate([nothing, scores], axis=-1), axis=-1)[..., 1:]


def grown(state: State, capacity: int) -> State:
    """The same state with room for `capacity` steps, as many as it had or more."""
    more = capacity - state.keys.shape[1]

    def wide(buffer: jax.Array) -> jax.Array:
        return jnp.pad(buffer, ((0, 0), (0, more), *[(0, 0)] * (buffer.ndim - 2)))

    return state._replace(events=Events(*map(wide, state.events)), keys=wide(state.keys), runs=wide(state.runs))


def _put(buffer: jax.Array, new: jax.Array, at: jax.Array) -> jax.Array:
    """[B, N, ...] with [B, T, ...] from step `at` on."""
    return jax.lax.dynamic_update_slice_in_dim(buffer, new.astype(buffer.dtype), at, axis=1)


def _dropped(x: jax.Array, rate: float, key: jax.Array | None) -> jax.Array:
    """Variational dropout (Gal & Ghahramani 2016, arXiv 1512.05287): one mask for all steps of a row. [B, T, C]."""
    if key is None or not rate:
        return x
    kept = jax.random.bernoulli(key, 1 - rate, (len(x), 1, x.shape[-1]))
    return x * kept / (1 - rate)
