"""How the Bach model is trained: crops, transpositions, masks, and what is measured on the way."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError
from genart.families.bundle import Bundle, Figure, TrainingData, write_bundle
from genart.files import refuse_existing
from genart.music.chorales import HIGHEST, LOWEST, REST, VOICES, read_chorales, to_classes
from genart.nets.flat import flat_params, with_flat
from genart.nets.inpainter import BEAT, CLASSES, Inpainter, InpainterConfig, masked_loss
from genart.training import loop, schedule

PRESETS = {"standard": InpainterConfig, "tiny": InpainterConfig.tiny}
ABOUT = "Fills in any of four voices in Bach's manner, on a grid of 16ths."

# Lowest and highest pitch of each voice in Bach's chorales; a transposition stays within them.
RANGES = np.array([[60, 81], [52, 74], [46, 69], [36, 66]])


@dataclasses.dataclass(frozen=True, kw_only=True)
class BachTraining:
    """Training choices that are not the network's."""

    batch: int = 8  # crops a step
    steps: int = 128  # length of a crop on the 16th grid: eight bars
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


def make_batch(
    pieces: Sequence[np.ndarray], *, rng: np.random.Generator, size: int, steps: int, augment: bool = True
) -> dict[str, np.ndarray]:
    """A batch {"classes": int32 [B, T, 4], "known": bool [B, T, 4], "inside": bool [B, T]} of random crops.

    Longer pieces are drawn more often. The number of hidden cells is uniform over 1..all, stratified over the
    batch. With `augment`, crops are transposed and one in five begins or ends within a beat.
    """
    lengths = np.array([len(piece) for piece in pieces], dtype=np.float64)
    classes = np.full((size, steps, 4), CLASSES - 1, dtype=np.int32)
    known = np.zeros((size, steps, 4), dtype=bool)
    inside = np.zeros((size, steps), dtype=bool)
    shares = (rng.permutation(size) + rng.random(size)) / size
    for row, index in enumerate(rng.choice(len(pieces), size, p=lengths / lengths.sum())):
        part = crop(pieces[index], steps, rng=rng)
        first, last = 0, len(part)
        if augment:
            part = transpose(part, rng=rng)
            if rng.random() < 0.2:
                first, last = int(rng.integers(BEAT)), last - int(rng.integers(BEAT))
        cells = 4 * (last - first)
        hidden = np.zeros(cells, dtype=bool)
        hidden[rng.permutation(cells)[: 1 + int(shares[row] * cells)]] = True
        classes[row, first:last], inside[row, first:last] = to_classes(part[first:last]), True
        known[row, first:last] = ~hidden.reshape(-1, 4)
    return {"classes": classes, "known": known, "inside": inside}


class BachTask:
    """What :func:`genart.training.loop.train` needs to know about the Bach model."""

    peak_rate = 2e-3

    def __init__(
        self,
        train: Sequence[np.ndarray],
        valid: Sequence[np.ndarray],
        *,
        config: InpainterConfig,
        training: BachTraining,
    ):
        self.config, self.training = config, training
        self._train = train
        rng = np.random.default_rng([training.seed, 1])
        self._held_out = [
            make_batch(valid, rng=rng, size=training.batch, steps=training.steps, augment=False) for _ in range(16)
        ]
        self._graph, abstract = nnx.split(nnx.eval_shape(lambda: Inpainter(config, rngs=nnx.Rngs(0))))
        self._abstract = abstract
        self._valid_loss = jax.jit(lambda params, batch: self.loss(params, batch, None))

    def init(self) -> dict[str, jax.Array]:
        """Fresh parameters, drawn from the seed."""
        return flat_params(nnx.state(Inpainter(self.config, rngs=nnx.Rngs(self.training.seed))))

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Batch number `step` of the run; a function of the seed and the number alone."""
        rng = np.random.default_rng([self.training.seed, 0, step])
        return make_batch(self._train, rng=rng, size=self.training.batch, steps=self.training.steps)

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array:
        """Nats per hidden cell, a scalar; dropout is off without a key."""
        network = nnx.merge(self._graph, with_flat(self._abstract, params))
        rngs = None if key is None else nnx.Rngs(dropout=key)
        logits = network(batch["classes"], batch["known"], batch["inside"], rngs=rngs)
        return masked_loss(logits, batch["classes"], ~batch["known"] & batch["inside"][..., None])

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]:
        """{"loss": nats per hidden cell} on fixed crops and masks of the valid pieces."""
        losses = [self._valid_loss(params, batch) for batch in self._held_out]
        return {"loss": float(jnp.mean(jnp.stack(losses)))}


def train_bach(
    file: str | Path,
    *,
    out: str | Path | None = None,
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
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
    on_status : called every ten steps

    Raises
    ------
    InputError
        The file cannot be read, an option does not fit, or `out` exists and was not trained here.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r}: it is one of {', '.join(PRESETS)}")
    config, training = PRESETS[preset](), BachTraining(seed=seed)
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(out if out is not None else f"bach-{Path(file).stem}")
    state = out.with_name(f"{out.name}-training")
    if not state.exists():
        refuse_existing(out)
    train, valid = read_chorales(file, split="train"), read_chorales(file, split="valid")
    _same_run(state, {"network": dataclasses.asdict(config), "training": dataclasses.asdict(training)})
    task = BachTask(train, valid, config=config, training=training)
    trained = loop.train(task, state, span, config=loop.LoopConfig(seed=seed), on_status=on_status)
    return write_bundle(
        out,
        family="bach",
        about=ABOUT,
        network=dataclasses.asdict(config),
        codec={"lowest": LOWEST, "highest": HIGHEST, "steps_a_beat": BEAT, "voices": list(VOICES)},
        weights=trained.weights,
        data=[TrainingData(name=Path(file).name, license="see its source", note=f"{len(train)} pieces of train")],
        figures=[
            Figure(name="nats per hidden cell, valid", value=trained.loss, unit="nats"),
            Figure(name="training steps", value=trained.steps),
            Figure(name="training time", value=round(trained.seconds), unit="s"),
        ],
        force=True,
    )


def _same_run(state: Path, choices: dict[str, Any]) -> None:
    """Refuse to go on with a run that was begun with other choices; note them down for a new one."""
    noted, text = state / "choices.json", json.dumps(choices, sort_keys=True)
    if not noted.exists():
        state.mkdir(parents=True, exist_ok=True)
        noted.write_text(text)
    elif noted.read_text() != text:
        raise InputError(f"{state} was begun with another preset or seed; use the same, or another --out")
