"""The melody model: tunes of a pitch and a duration at a time, in any meter, from nothing or from a beginning."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError, ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.families.melody_rules import FREE, Bounds, Place, rules, tables
from genart.families.songs import Song
from genart.families.takes import Takes
from genart.families.tunes import melody
from genart.music.tokens import FIRST, Codec, Head, Tokens
from genart.music.tunes.novelty import Known
from genart.music.tunes.tune import Tune
from genart.nets.flat import flat_params, with_flat
from genart.nets.melody import ANCHORS, Conditions, Events, MelodyConfig, MelodyNet, grown
from genart.sampling.autoregressive import Drawn, Network, Start, draw
from genart.sampling.policy import Policy, Temperature
from genart.sampling.seeds import keys_of

ROWS = 8  # takes drawn side by side, as many whatever is asked, so that a take never depends on its neighbors
ROOM = 128  # events; sequences are padded to multiples of it
LOWEST_ANCHOR = 53  # MIDI pitch of the first class of registers; those beyond the classes share the nearest
MOST_EVENTS = 4096
KNOWN = "known"  # the table among a bundle's weights that holds `Melody.known`


class Melody:
    """A trained model of tunes; what it knows of them is told in :mod:`genart.music.tokens`.

    Attributes
    ----------
    config, codec : of the network, and of its symbols
    known : the figures of the tunes that it learned from, None where they are not told
    bundle : what it was made from
    """

    def __init__(self, bundle: Bundle):
        try:
            places = tuple((sections, bars) for sections, bars in bundle.network["places"])
            self.config = MelodyConfig(**{**bundle.network, "places": places})
            self.codec = Codec.from_dict(bundle.codec)
        except (TypeError, KeyError, ValueError) as error:
            raise ModelError(f"the network of {bundle.name} is not one this genart knows: {error}") from error
        self._functions = _functions(self.config)
        _, shapes = _abstract(self.config)
        known = bundle.weights.get(KNOWN)
        self.known = None if known is None else Known(known)
        weights = {name: jnp.asarray(array) for name, array in bundle.weights.items() if name != KNOWN}
        self._weights = flat_params(with_flat(shapes, weights))
        self.bundle = bundle

    @classmethod
    def read(cls, folder: str | Path) -> "Melody":
        """The model in a bundle's folder. Raises ModelError if it is damaged or another family's."""
        return cls(read_bundle(folder, family="melody"))

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.bundle.name

    def sample(self, primer: Song | None = None, *, n: int = 8, **options: Any) -> Takes:
        """Write `n` tunes; the beginning, the options and the errors are those of :func:`genart.melody`."""
        return melody(primer, n=n, model=self, **options)

    def logits(self, tune: Tune | Tokens) -> tuple[np.ndarray, np.ndarray]:
        """Unnormalized log-probabilities of each event of a tune given those before it.

        Returns
        -------
        of pitch symbols float32[T, P], and of duration symbols, given the event's pitch, float32[T, D]

        Raises
        ------
        InputError
            The tune has pitches that the codec does not know.
        """
        tokens = self.codec.encode(tune) if isinstance(tune, Tune) else tune
        length = len(tokens)
        room = -(-length // ROOM) * ROOM
        none = {"pitch": self.config.pitches, "duration": self.config.durations}
        given = {}
        for name in Events._fields:
            values = getattr(tokens, name)
            before = np.concatenate([[none[name]], values[:-1]]) if name in none else values
            given[name] = np.pad(before, (0, room - length))[None].astype(np.int32)
        asked = np.pad(tokens.pitch, (0, room - length))[None].astype(np.int32)
        conditions = Conditions(*conditions_of(tokens.head, self.codec)[:, None])
        pitch, duration = _whole(self._weights, Events(**given), conditions, asked, config=self.config)
        return np.asarray(pitch)[0, :length], np.asarray(duration)[0, :length]

    def parts(self, tune: Tune | Tokens) -> tuple[np.ndarray, np.ndarray]:
        """What the pitch and the duration of each event cost, float64[T] each, in nats. Raises as :meth:`logits`."""
        tokens = self.codec.encode(tune) if isinstance(tune, Tune) else tune
        pitch, duration = self.logits(tokens)
        return _cost(pitch, tokens.pitch), _cost(duration, tokens.duration)

    def nats(self, tune: Tune | Tokens) -> np.ndarray:
        """What each event costs, pitch and duration together, float64[T], in nats. Raises as :meth:`logits`."""
        pitch, duration = self.parts(tune)
        return pitch + duration

    def log_likelihood(self, tune: Tune | Tokens) -> float:
        """Log-likelihood of a tune, all its events, over the number of its notes: nats a note, at most 0."""
        tokens = self.codec.encode(tune) if isinstance(tune, Tune) else tune
        return -float(self.nats(tokens).sum()) / int((tokens.pitch >= FIRST).sum())

    def draw(
        self,
        head: Head,
        *,
        seeds: Sequence[tuple[int, ...]],
        primer: Tokens | None = None,
        bounds: Bounds = FREE,
        register: bool = True,
        policies: Sequence[Policy] = (Temperature(),),
        limit: int = 512,
        rows: int = ROWS,
        on_step: Callable[[int, int], None] = lambda done, total: None,
    ) -> Drawn:
        """Draw tunes, event by event; `codec.decode(head, take[:, 0], take[:, 1])` makes a tune of a take.

        Parameters
        ----------
        head : meter, mode, kind and anchor
        seeds : one tuple of whole numbers a take
        primer : events that every take begins with, exactly, without an END
        bounds : what all events after them are held to
        register : whether the network is told where the tune lies; without, takes are the same in all keys
        policies : applied in this order
        limit : events, those of the primer included; 4,096 at most
        rows : takes side by side; with another number a take may, once in some thousand, become another one

        Returns
        -------
        tokens int32[n, T, 2], pitch and duration symbols, see :class:`genart.sampling.autoregressive.Drawn`
        """
        begun = 0 if primer is None else len(primer)
        if not begun < limit <= MOST_EVENTS:
            raise InputError(
                f"{limit} events: give more than the {begun} of the beginning, and at most {MOST_EVENTS:,}"
            )
        room = -(-limit // ROOM) * ROOM
        held = tables(self.codec, head, bounds, primer=primer, limit=limit, room=room)
        facts = conditions_of(head, self.codec) * np.array([1, 1, 1, register, 1], np.int32)
        conditions = Conditions(*np.repeat(facts[:, None], rows, axis=1))
        params = {"weights": self._weights, "conditions": conditions}
        start = _start(self.config, rows)
        pieces = []
        for first in range(0, len(seeds), rows):
            some = list(seeds[first : first + rows])
            drawn = draw(
                keys_of(some + some[:1] * (rows - len(some))),
                params,
                start,
                network=self._functions,
                rules=rules(self.codec),
                tables=held,
                policies=policies,
                limit=limit,
                on_step=on_step,
            )
            pieces.append((drawn, len(some)))
        return _joined(pieces)


def conditions_of(head: Head, codec: Codec) -> np.ndarray:
    """Classes of meter, mode, kind and register, and the length of a bar: int32[5], as `Conditions` has them."""
    register = min(max(head.anchor - LOWEST_ANCHOR + 1, 1), ANCHORS - 1)
    return np.array([*codec.conditions(head), register, head.bar], np.int32)


def _cost(logits: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    values = logits.astype(np.float64)
    top = values.max(axis=-1)
    total = top + np.log(np.exp(values - top[:, None]).sum(axis=-1))
    return total - values[np.arange(len(symbols)), symbols]


@functools.cache
def _abstract(config: MelodyConfig) -> tuple[Any, Any]:
    return nnx.split(nnx.eval_shape(lambda: MelodyNet(config, rngs=nnx.Rngs(0))), nnx.Param)


def _merged(config: MelodyConfig, weights: Any) -> MelodyNet:
    graph, shapes = _abstract(config)
    return nnx.merge(graph, with_flat(shapes, weights))


@functools.partial(jax.jit, static_argnames="config")
def _whole(
    weights: Any, events: Events, conditions: Conditions, pitch: jax.Array, *, config: MelodyConfig
) -> tuple[jax.Array, jax.Array]:
    network = _merged(config, weights)
    _, outlook = network(network.start(*events.pitch.shape), events, conditions)
    return network.pitch_logits(outlook), network.duration_logits(outlook, pitch)


@functools.cache
def _functions(config: MelodyConfig) -> Network:
    """The network as the sampler takes it; one object a configuration, so that programs are compiled once."""

    def step(params: Any, state: Any, token: jax.Array, place: Place) -> tuple[Any, Any]:
        events = Events(*(each[:, None] for each in (*token.T, place.position, place.measure, place.section)))
        return _merged(config, params["weights"])(state, events, params["conditions"])

    def of_pitch(params: Any, outlook: Any, token: jax.Array) -> jax.Array:
        return _merged(config, params["weights"]).pitch_logits(outlook)[:, 0]

    def of_duration(params: Any, outlook: Any, token: jax.Array) -> jax.Array:
        return _merged(config, params["weights"]).duration_logits(outlook, token[:, :1])[:, 0]

    return Network(step=step, logits=(of_pitch, of_duration), grown=grown)


def _start(config: MelodyConfig, rows: int) -> Start:
    _, shapes = _abstract(config)
    zeros = {name: jnp.zeros(each.shape) for name, each in flat_params(shapes).items()}
    state = _merged(config, zeros).start(rows, 0)
    none = jnp.tile(jnp.array([config.pitches, config.durations], jnp.int32), (rows, 1))
    return Start(state=state, token=none, place=Place(*jnp.zeros((len(Place._fields), rows), jnp.int32)))


def _joined(pieces: Sequence[tuple[Drawn, int]]) -> Drawn:
    """Batches of takes as one, each with how many of its rows count."""
    most = max(piece.tokens.shape[1] for piece, _ in pieces)

    def wide(values: np.ndarray, count: int) -> np.ndarray:
        lacking = [(0, 0)] * values.ndim
        if values.ndim > 1:
            lacking[1] = (0, most - values.shape[1])
        return np.pad(values[:count], lacking)

    names = [field.name for field in dataclasses.fields(Drawn)]
    return Drawn(**{name: np.concatenate([wide(getattr(piece, name), n) for piece, n in pieces]) for name in names})
