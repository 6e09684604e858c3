"""How the Bach model is trained: crops, transpositions, masks, and what is measured on the way."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError
from genart.families.bundle import Bundle, Figure, TrainingData, read_bundle, write_bundle
from genart.families.registry import find
from genart.files import refuse_existing
from genart.music.chorales import HIGHEST, LOWEST, REST, VOICES, read_chorales, to_classes
from genart.nets.flat import flat_params, with_flat
from genart.nets.inpainter import BEAT, CLASSES, Inpainter, InpainterConfig, masked_loss
from genart.training import loop, schedule
from genart.training.checkpoint import same_run

PRESETS = {"standard": InpainterConfig, "tiny": InpainterConfig.tiny}

# Going on from trained weights: the mean over a long, slow run, as good as an ensemble at the cost of one network.
POLISH = loop.LoopConfig(muon=True, weight_decay=0.05, average=0.9997, average_power=1)
ABOUT = "Fills in any of four voices in Bach's manner, on a grid of 16ths."

# Lowest and highest pitch of each voice in Bach's chorales; a transposition stays within them.
RANGES = np.array([[60, 81], [52, 74], [46, 69], [36, 66]])


@dataclasses.dataclass(frozen=True, kw_only=True)
class BachTraining:
    """Training choices that are not the network's."""

    batch: int = 8  # crops a step
    steps: int = 192  # length of a crop on the 16th grid: twelve bars
    seed: int = 0


def transposable(piece: np.ndarray) -> tuple[int, int]:
    """Semitones that int [T, 4] can be moved down and up with every voice inside its range."""
    low, high = -12, 12
    for voice, (lowest, highest) in enumerate(RANGES):
        sung = piece[:, voice][piece[:, voice] != REST]
        if len(sung):
            low, high = max(low, lowest - int(sung.min())), min(high, highest - int(sung.max()))
    return min(low, 0), max(high, 0)


def crop(piece: np.ndarray, steps: int, *, rng: np.random.Generator) -> np.ndarray:
    """At most `steps` steps of int [T, 4] from a beat on.

    The place is drawn as if half a crop could hang over either end, so that beginnings and cadences at the
    very end are seen more often than once a piece.
    """
    half = steps // (2 * BEAT)
    start = int(rng.integers(-half, len(piece) // BEAT - half + 1))
    start = BEAT * max(0, min(start, (len(piece) - steps) // BEAT))
    return piece[start : start + steps]


def transpose(piece: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """int [T, 4] moved by a random number of semitones within the voices' ranges."""
    low, high = transposable(piece)
    return np.where(piece == REST, REST, piece + rng.integers(low, high + 1))


class Mask(Protocol):
    """(length, share of cells to hide in 0..1, rng) -> bool [T, 4], at least one cell hidden."""

    __name__: str

    def __call__(self, length: int, share: float, *, rng: np.random.Generator) -> np.ndarray: ...


def hide_cells(length: int, share: float, *, rng: np.random.Generator) -> np.ndarray:
    """Any cells: bool [T, 4], True at a share of all, at least one."""
    hidden = np.zeros(4 * length, dtype=bool)
    hidden[rng.permutation(4 * length)[: 1 + int(share * 4 * length)]] = True
    return hidden.reshape(length, 4)


def hide_frames(length: int, share: float, *, rng: np.random.Generator) -> np.ndarray:
    """Whole steps, of which one in four shows some voices: bool [T, 4]."""
    steps = np.zeros(length, dtype=bool)
    steps[rng.permutation(length)[: 1 + int(share * length)]] = True
    hidden = np.repeat(steps[:, None], 4, axis=1)
    shown = (rng.random((length, 1)) < 0.25) & (rng.random((length, 4)) < 0.5)
    return hidden & ~shown if (hidden & ~shown).any() else hidden


def hide_future(length: int, share: float, *, rng: np.random.Generator) -> np.ndarray:
    """Everything from some voice of some step on, in a random order of voices: bool [T, 4].

    Half of the time the step is an even one, for between eighths little happens that is not foreseen.
    """
    first = min(4 * length - 1, int((1 - share) * 4 * length))
    if rng.random() < 0.5:
        first -= 4 * (first // 4 % 2)
    hidden = np.arange(4 * length) >= first
    return hidden.reshape(length, 4)[:, rng.permutation(4)]


def hide_voices(length: int, share: float, *, rng: np.random.Generator) -> np.ndarray:
    """Cells of one to three voices, as when a melody is harmonized: bool [T, 4]."""
    voices = rng.permutation(4) < rng.integers(1, 4)
    hidden = hide_cells(length, share, rng=rng) & voices
    return hidden if hidden.any() else np.broadcast_to(voices, hidden.shape)


# How cells are hidden, and how often. Cells alone make an orderless model; what is asked of it later is
# mostly of the other kinds, which cells drawn one by one hardly ever form.
MASKS = {hide_cells: 0.2, hide_frames: 0.2, hide_future: 0.4, hide_voices: 0.2}
NEAR = 2  # steps on which the weight of a hidden future is halved; what comes next is what is asked for
GUESSED = 0.5  # share of hidden futures whose first step is shown as the model guesses it, not as it is


def guessed_of(hidden: np.ndarray, mask: Mask, *, rng: np.random.Generator) -> np.ndarray:
    """Which shown cells of bool [T, 4] the model has to guess itself: bool [T, 4].

    Whoever writes on from its own notes sees its own mistakes, which it learns to expect only from seeing them
    (scheduled sampling, Bengio et al. 2015, arXiv 1506.03099).
    """
    guessed = np.zeros_like(hidden)
    if mask is hide_future and rng.random() < GUESSED:
        first = hidden.any(axis=1).argmax()
        guessed[first] = ~hidden[first]
    return guessed


def weights_of(hidden: np.ndarray, mask: Mask) -> np.ndarray:
    """How much each cell of bool [T, 4] counts, float32 [T, 4]; 0 where not hidden."""
    if mask is not hide_future:
        return hidden.astype(np.float32)
    since = np.arange(len(hidden)) - hidden.any(axis=1).argmax()  # steps
    return hidden * (2.0 ** (-np.maximum(since, 0) / NEAR)).astype(np.float32)[:, None]


def make_batch(
    pieces: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
    size: int,
    steps: int,
    augment: bool = True,
    masks: Mapping[Mask, float] = MASKS,
) -> dict[str, np.ndarray]:
    """A batch {"classes": int32 [B, T, 4], "known", "guessed": bool [B, T, 4], "inside": bool [B, T],
    "weights": float32 [B, T, 4]} of random crops.

    Longer pieces are drawn more often. The share of hidden cells is uniform, stratified over the batch. With
    `augment`, crops are transposed and one in five begins or ends within a beat.
    """
    lengths = np.array([len(piece) for piece in pieces], dtype=np.float64)
    classes = np.full((size, steps, 4), CLASSES - 1, dtype=np.int32)
    known = np.zeros((size, steps, 4), dtype=bool)
    guessed = np.zeros((size, steps, 4), dtype=bool)
    weights = np.zeros((size, steps, 4), dtype=np.float32)
    inside = np.zeros((size, steps), dtype=bool)
    shares = (rng.permutation(size) + rng.random(size)) / size
    kinds = rng.choice(len(masks), size, p=list(masks.values()))
    for row, index in enumerate(rng.choice(len(pieces), size, p=lengths / lengths.sum())):
        part = crop(pieces[index], steps, rng=rng)
        first, last = 0, len(part)
        if augment:
            part = transpose(part, rng=rng)
            if rng.random() < 0.2:
                first, last = int(rng.integers(BEAT)), last - int(rng.integers(BEAT))
        hide = list(masks)[kinds[row]]
        classes[row, first:last], inside[row, first:last] = to_classes(part[first:last]), True
        hidden = hide(last - first, float(shares[row]), rng=rng)
        known[row, first:last], weights[row, first:last] = ~hidden, weights_of(hidden, hide)
        guessed[row, first:last] = guessed_of(hidden, hide, rng=rng)
    return {"classes": classes, "known": known, "guessed": guessed, "inside": inside, "weights": weights}


class BachTask:
    """What :func:`genart.training.loop.train` needs to know about the Bach model."""

    def __init__(
        self,
        train: Sequence[np.ndarray],
        valid: Sequence[np.ndarray],
        *,
        config: InpainterConfig,
        training: BachTraining,
        begin: Mapping[str, np.ndarray] | None = None,
    ):
        self.config, self.training, self._begin = config, training, begin or {}
        self.peak_rate = 2e-3 if begin is None else 1e-3
        self._train = train
        self._held_out = {
            mask.__name__: [
                make_batch(
                    valid,
                    rng=np.random.default_rng([training.seed, 1, number]),
                    size=training.batch,
                    steps=training.steps,
                    augment=False,
                    masks={mask: 1.0},
                )
                for number in range(8)
            ]
            for mask in MASKS
        }
        self._graph, abstract = nnx.split(nnx.eval_shape(lambda: Inpainter(config, rngs=nnx.Rngs(0))))
        self._abstract = abstract
        self._valid_loss = jax.jit(lambda params, batch: self.loss(params, batch, None))

    def init(self) -> dict[str, jax.Array]:
        """Fresh parameters, drawn from the seed, but those that the model to begin with has in the same shape."""
        fresh = flat_params(nnx.state(Inpainter(self.config, rngs=nnx.Rngs(self.training.seed))))
        fitting = {n: given for n, given in self._begin.items() if n in fresh and given.shape == fresh[n].shape}
        return fresh | {name: jnp.asarray(given, jnp.float32) for name, given in fitting.items()}

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Batch number `step` of the run; a function of the seed and the number alone."""
        rng = np.random.default_rng([self.training.seed, 0, step])
        return make_batch(self._train, rng=rng, size=self.training.batch, steps=self.training.steps)

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array:
        """Nats per hidden cell, a scalar; dropout is off without a key."""
        network = nnx.merge(self._graph, with_flat(self._abstract, params))
        rngs = None if key is None else nnx.Rngs(dropout=key)
        guesses = network(batch["classes"], batch["known"] & ~batch["guessed"], batch["inside"]).argmax(axis=-1)
        shown = jnp.where(batch["guessed"], guesses, batch["classes"])
        logits = network(shown, batch["known"], batch["inside"], rngs=rngs)
        return masked_loss(logits, batch["classes"], batch["weights"])

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]:
        """Nats per hidden cell on fixed crops and masks of the valid pieces, by kind of mask and over all ("loss")."""
        nats = {
            kind: float(np.mean([self._valid_loss(params, batch) for batch in batches]))
            for kind, batches in self._held_out.items()
        }
        return nats | {"loss": sum(MASKS[mask] * nats[mask.__name__] for mask in MASKS)}


def train_bach(
    file: str | Path,
    *,
    out: str | Path | None = None,
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
    begin: str | Path | None = None,
    on_status: Callable[[loop.Status], None] = lambda status: None,
) -> Bundle:
    """Train the Bach model and write its bundle; the same call goes on where a killed one stopped.

    Parameters
    ----------
    file : JSON with splits "train" and "valid", see :func:`genart.music.chorales.read_chorales`
    out : folder of the bundle, by default bach-FILE here; the training state lies beside it in OUT-training
    budget, steps : length of the run over all sittings, in seconds or in steps; one of the two
    seed : of the first weights, the batches and the dropout
    preset : "standard", or "tiny" for a network that shows in seconds how all this works
    begin : a Bach model to start from, by name or folder; weights of other shapes begin anew. The run is then
        :data:`POLISH`, at half the rate
    on_status : called every ten steps

    Raises
    ------
    InputError
        The file cannot be read, an option does not fit, or `out` exists and was not trained here.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r}: it is one of {', '.join(PRESETS)}")
    network, training = PRESETS[preset](), BachTraining(seed=seed)
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(out if out is not None else f"bach-{Path(file).stem}")
    state = out.with_name(f"{out.name}-training")
    if not state.exists():
        refuse_existing(out)
    train, valid = read_chorales(file, split="train"), read_chorales(file, split="valid")
    earlier = None if begin is None else read_bundle(find(begin), family="bach")
    choices = {"network": dataclasses.asdict(network), "training": dataclasses.asdict(training)}
    same_run(state, choices | ({} if earlier is None else {"begin": earlier.sha256}))
    task = BachTask(train, valid, config=network, training=training, begin=earlier and earlier.weights)
    config = loop.LoopConfig(seed=seed) if earlier is None else dataclasses.replace(POLISH, seed=seed)
    trained = loop.train(task, state, span, config=config, on_status=on_status)
    return write_bundle(
        out,
        family="bach",
        about=ABOUT,
        network=dataclasses.asdict(network),
        codec={"lowest": LOWEST, "highest": HIGHEST, "steps_a_beat": BEAT, "voices": list(VOICES)},
        weights=trained.weights,
        data=[TrainingData(name=Path(file).name, license="see its source", note=f"{len(train)} pieces of train")],
        figures=[
            Figure(name="nats per hidden cell, valid, all kinds of masks", value=trained.loss, unit="nats"),
            Figure(name="training steps", value=trained.steps),
            Figure(name="training time", value=round(trained.seconds), unit="s"),
        ],
        force=True,
    )
