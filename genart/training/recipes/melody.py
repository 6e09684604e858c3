"""How the melody model is trained: whole tunes, those of about a length together, and what is measured on the way."""

import collections
import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError
from genart.families.bundle import Bundle, Figure, TrainingData, write_bundle
from genart.families.melody import KNOWN, conditions_of
from genart.files import refuse_existing
from genart.music.tokens import FIRST, Codec, Tokens
from genart.music.tunes.corpora import read_collections, read_tunes
from genart.music.tunes.novelty import Known
from genart.music.tunes.tune import LeftOut, Tune
from genart.music.tunes.variants import SPLITS, splits
from genart.nets.flat import flat_params, with_flat
from genart.nets.melody import Conditions, Events, MelodyConfig, MelodyNet
from genart.training import loop, schedule
from genart.training.checkpoint import same_run

ABOUT = """Writes tunes as fiddlers and pipers play them, in any of their meters, and goes on with one that is begun.

Events of a pitch, counted from the tonic, and a duration are drawn one after the other by two layer-normalized LSTMs
that know the place in the bar, what stood at the same place bars and sections ago, where the newest figure was played
before, and by attention all of the tune so far. `genart melody` holds them to bars, keys, ranges and chords.

**Known failings.** It learned from dances and airs of Scotland, Ireland and New England of the 18th and 19th centuries:
a tune in any other manner is none that it knows. Chords are a mask on strong beats, and it hears nothing of them.
Meters and kinds with few tunes (12/8, 3/2, 6/4; polkas, waltzes, set dances) are guessed at."""
TERMS = (
    "music in the public domain; transcriptions as music21 distributes them, with the permission of those who made "
    "them (its corpus/license.txt), without terms of their own in the files"
)
SOURCES = {  # of the collections, what their cards tell
    "airdsAirs": "A Selection of Scotch, English, Irish and Foreign Airs, J. Aird, 1778-1801; ABC by Jack Campin, 2009",
    "oneills1850": "Music of Ireland, F. O'Neill, 1903; ABC by Henrik Norbeck, Bob Safranek, Trish O'Neil, John "
    "Chambers, Dan G. Petersen, Michael Hogan, Stephen Foy, John B. Walsh, Tom Keays, Chris Falt, Dave Wooldridge, "
    "Norbert Paap, A. Lee Worman, Robert Thorpe, Nick Terhorst, Michael D. Long and others whom its files name",
    "ryansMammoth": "Ryan's Mammoth Collection, W. B. Ryan, 1883; ABC by Ray Davies, John Chambers, Bob Puckette, John "
    "B. Walsh and others whom its files name",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class MelodyTraining:
    """Training choices that are not the network's."""

    events: int = 4096  # a batch, padding included
    lengths: tuple[int, ...] = (112, 144, 192, 512)  # events that tunes are padded to; of longer ones a part is taken
    untold: float = 0.3  # share of tunes whose register is not told, and share of those whose kind is not
    seed: int = 0


PRESETS = {
    "standard": ({}, MelodyTraining()),
    "tiny": (
        {"width": 16, "inward": 24, "hidden": 24, "heads": 2, "key": 8},
        MelodyTraining(events=512, lengths=(64, 512)),
    ),
}


def config_of(codec: Codec, **sizes: Any) -> MelodyConfig:
    """The network's configuration for the symbols and classes of a codec."""
    meters, modes, kinds = codec.classes
    return MelodyConfig(
        pitches=codec.pitches,
        durations=len(codec.durations),
        first_note=FIRST,
        meters=meters,
        modes=modes,
        kinds=kinds,
        **sizes,
    )


def padded(tunes: Sequence[Tokens], length: int, *, codec: Codec, rows: int | None = None) -> dict[str, np.ndarray]:
    """A batch of tunes, each cut to `length` events or padded to it.

    Returns
    -------
    pitch, duration, position, measure, section : int32[B, T]
    conditions : int32[B, 5], see :func:`genart.families.melody.conditions_of`
    inside : bool[B, T], False for padding

    With `rows`, B is that, and rows without a tune are all padding.
    """
    rows = len(tunes) if rows is None else rows
    names = Events._fields
    batch = {name: np.zeros((rows, length), np.int32) for name in names}
    batch["inside"] = np.zeros((rows, length), bool)
    batch["conditions"] = np.ones((rows, 5), np.int32)
    for row, tune in enumerate(tunes):
        count = min(len(tune), length)
        for name in names:
            batch[name][row, :count] = getattr(tune, name)[:count]
        batch["inside"][row, :count] = True
        batch["conditions"][row] = conditions_of(tune.head, codec)
    return batch


def nats(network: MelodyNet, batch: dict[str, Any], *, key: jax.Array | None = None) -> tuple[jax.Array, jax.Array]:
    """What the pitch and the duration of each event cost, float[B, T] each, 0 for padding; `batch` as of `padded`."""
    c = network.config
    none = {"pitch": c.pitches, "duration": c.durations}
    before = {
        name: jnp.pad(batch[name], ((0, 0), (1, 0)), constant_values=symbol)[:, :-1] for name, symbol in none.items()
    }
    events = Events(**{name: before[name] if name in before else batch[name] for name in Events._fields})
    conditions = Conditions(*jnp.moveaxis(batch["conditions"], 1, 0))
    _, outlook = network(network.start(*events.pitch.shape), events, conditions, key=key)
    of_pitch = _cost(network.pitch_logits(outlook), batch["pitch"])
    of_duration = _cost(network.duration_logits(outlook, batch["pitch"]), batch["duration"])
    return of_pitch * batch["inside"], of_duration * batch["inside"]


def _cost(logits: jax.Array, symbols: jax.Array) -> jax.Array:
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), symbols[..., None], axis=-1)[..., 0]


class MelodyTask:
    """What :func:`genart.training.loop.train` needs to know about the melody model."""

    peak_rate = 3e-3

    def __init__(
        self,
        train: Sequence[Tokens],
        valid: Sequence[Tokens],
        *,
        codec: Codec,
        config: MelodyConfig,
        training: MelodyTraining,
    ):
        self.codec, self.config, self.training = codec, config, training
        self._train = train
        self._planned: tuple[int, list[tuple[int, np.ndarray]]] = (-1, [])
        self._round = sum(-(-len(each) // self._rows(length)) for length, each in self._by_length(train).items())
        self._held_out = [
            padded([valid[index] for index in chosen], length, codec=codec, rows=self._rows(length))
            for length, indices in self._by_length(valid).items()
            for chosen in np.split(indices, range(self._rows(length), len(indices), self._rows(length)))
        ]
        self._graph, self._abstract = nnx.split(nnx.eval_shape(lambda: MelodyNet(config, rngs=nnx.Rngs(0))), nnx.Param)
        self._valid_sums = jax.jit(self._sums)

    def init(self) -> dict[str, jax.Array]:
        """Fresh parameters, drawn from the seed."""
        make = jax.jit(lambda: flat_params(nnx.state(self._fresh(), nnx.Param)))
        return make()

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Batch number `step` of the run, a function of the seed and the number alone; every tune once a round."""
        length, chosen = self._plan(step // self._round)[step % self._round]
        rng = np.random.default_rng([self.training.seed, 1, step])
        tunes = [_part(self._train[index], length, rng=rng) for index in chosen]
        batch = padded(tunes, length, codec=self.codec)
        hidden = rng.random((len(tunes), 2)) < self.training.untold
        batch["conditions"][:, 2:4][hidden] = 0  # kind and register
        return batch

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array:
        """Nats an event, pitch and duration together, a scalar; dropout is off without a key."""
        pitch, duration = nats(self._network(params), batch, key=key)
        return (pitch + duration).sum() / batch["inside"].sum()

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]:
        """Nats a note: what all events of the held-out tunes cost over the number of notes, by symbol and in all."""
        sums = np.sum([jax.device_get(self._valid_sums(params, batch)) for batch in self._held_out], axis=0)
        pitch, duration = (float(each / sums[2]) for each in sums[:2])
        return {"pitch": pitch, "duration": duration, "loss": pitch + duration}

    def _fresh(self) -> MelodyNet:
        return MelodyNet(self.config, rngs=nnx.Rngs(self.training.seed))

    def _network(self, params: dict[str, jax.Array]) -> MelodyNet:
        return nnx.merge(self._graph, with_flat(self._abstract, params))

    def _sums(self, params: dict[str, jax.Array], batch: dict[str, Any]) -> tuple[jax.Array, jax.Array, jax.Array]:
        pitch, duration = nats(self._network(params), batch)
        return pitch.sum(), duration.sum(), ((batch["pitch"] >= FIRST) & batch["inside"]).sum()

    def _rows(self, length: int) -> int:
        return max(1, self.training.events // length)

    def _by_length(self, tunes: Sequence[Tokens]) -> dict[int, np.ndarray]:
        """The numbers of the tunes that are padded to each length."""
        lengths = self.training.lengths
        place = np.minimum(np.searchsorted(lengths, [len(tune) for tune in tunes]), len(lengths) - 1)
        return {lengths[each]: np.flatnonzero(place == each) for each in np.unique(place)}

    def _plan(self, number: int) -> list[tuple[int, np.ndarray]]:
        """The batches of a round: the length and the numbers of the tunes; the last of a length is filled up."""
        if self._planned[0] != number:
            rng = np.random.default_rng([self.training.seed, 0, number])
            batches = []
            for length, indices in self._by_length(self._train).items():
                rows = self._rows(length)
                mixed = np.resize(rng.permutation(indices), -(-len(indices) // rows) * rows)
                batches += [(length, chosen) for chosen in mixed.reshape(-1, rows)]
            self._planned = number, [batches[index] for index in rng.permutation(len(batches))]
        return self._planned[1]


def _part(tune: Tokens, length: int, *, rng: np.random.Generator) -> Tokens:
    """At most `length` successive events of a tune."""
    if len(tune) <= length:
        return tune
    start = int(rng.integers(0, len(tune) - length + 1))
    return dataclasses.replace(tune, **{name: getattr(tune, name)[start : start + length] for name in Events._fields})


def tunes_of(paths: Sequence[str | os.PathLike[str]]) -> tuple[list[Tune], list[LeftOut]]:
    """The tunes of the three collections and of files and folders of one's own, and those left out.

    Raises MissingExtra without the collections, InputError where there is no tune in `paths`.
    """
    tunes, left_out = read_collections()
    more, less = read_tunes(paths) if paths else ([], [])
    return tunes + more, left_out + less


def train_melody(
    tunes: Sequence[Tune],
    *,
    out: str | Path = "melody-mine",
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
    on_status: Callable[[loop.Status], None] = lambda status: None,
) -> Bundle:
    """Train the melody model and write its bundle; the same call goes on where a killed one stopped.

    Parameters
    ----------
    tunes : 80 % of them are trained on, 10 % are for validation, and 10 % are never looked at; variants of a tune stay
        together, see :func:`genart.music.tunes.variants.splits`
    out : folder of the bundle; the training state lies beside it in OUT-training
    budget, steps : length of the run over all sittings, in seconds or in steps; one of the two
    seed : of the first weights, the batches and the dropout
    preset : "standard", or "tiny" for a network that shows in seconds how all this works
    on_status : called every ten steps

    Raises
    ------
    InputError
        There are too few tunes, an option does not fit, or `out` exists and was not trained here.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r}: it is one of {', '.join(PRESETS)}")
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(out)
    state = out.with_name(f"{out.name}-training")
    if not state.exists():
        refuse_existing(out)
    codec = Codec()
    sides = splits(tunes)
    train, valid = _split(tunes, sides, codec)
    sizes, training = PRESETS[preset]
    config, training = config_of(codec, **sizes), dataclasses.replace(training, seed=seed)
    same_run(state, {"network": dataclasses.asdict(config), "training": dataclasses.asdict(training)})
    task = MelodyTask(train, valid, codec=codec, config=config, training=training)
    settings = loop.LoopConfig(seed=seed, average=0.995, weight_decay=0.05, validate_every=100, patience=8)
    trained = loop.train(task, state, span, config=settings, on_status=on_status)
    return write_bundle(
        out,
        family="melody",
        about=ABOUT,
        network=dataclasses.asdict(config),
        codec=codec.to_dict(),
        weights=trained.weights | {KNOWN: Known.of(_chosen(tunes, sides, "train")).hashes},
        data=_told(tunes, sides),
        figures=[
            Figure(name="nats a note, pitch and duration, valid", value=trained.loss, unit="nats"),
            Figure(name="training steps", value=trained.steps),
            Figure(name="training time", value=round(trained.seconds), unit="s"),
        ],
        force=True,
    )


def _split(tunes: Sequence[Tune], sides: Sequence[str], codec: Codec) -> tuple[list[Tokens], list[Tokens]]:
    """The tunes of train and of valid as events; those with pitches that the codec lacks are left out."""
    train, valid = (encoded(_chosen(tunes, sides, side), codec) for side in ("train", "valid"))
    if not train or not valid:
        raise InputError(
            f"{len(tunes)} tunes are too few: {len(train)} to train on and {len(valid)} for validation; give 50 or "
            "more that are not variants of one another"
        )
    return train, valid


def _chosen(tunes: Sequence[Tune], sides: Sequence[str], wanted: str) -> list[Tune]:
    return [tune for tune, side in zip(tunes, sides, strict=True) if side == wanted]


def encoded(tunes: Sequence[Tune], codec: Codec) -> list[Tokens]:
    """The events of tunes; those with pitches that the codec lacks are left out."""
    found = []
    for tune in tunes:
        with contextlib.suppress(InputError):
            found.append(codec.encode(tune))
    return found


def _told(tunes: Sequence[Tune], sides: Sequence[str]) -> list[TrainingData]:
    counts = collections.Counter((tune.source, side) for tune, side in zip(tunes, sides, strict=True))

    def note(sources: Iterable[str]) -> str:
        found = {side: sum(counts[source, side] for source in sources) for side in SPLITS}
        return f"{sum(found.values()):,} tunes: " + ", ".join(f"{count:,} {side}" for side, count in found.items())

    own = {tune.source for tune in tunes} - set(SOURCES)
    data = [
        TrainingData(name=name, license=TERMS, source=f"{source}; from the corpus of music21", note=note([name]))
        for name, source in SOURCES.items()
        if any(tune.source == name for tune in tunes)
    ]
    if own:
        data.append(TrainingData(name="files of one's own", license="see their source", note=note(own)))
    return data
