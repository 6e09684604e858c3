"""The Bach model: four voices on a 16th grid, any cell given or drawn."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError, ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.families.voice_leading import RULES
from genart.music import counterpoint
from genart.music.chorales import HIGHEST, LOWEST, REST, VOICES, to_classes, to_pitches
from genart.nets.flat import flat_params, with_flat
from genart.nets.inpainter import BEAT, CLASSES, Inpainter, InpainterConfig
from genart.sampling import columns, gibbs
from genart.sampling.policy import Annealing
from genart.sampling.seeds import keys_of

if TYPE_CHECKING:
    from genart.families.songs import Song
    from genart.families.takes import Takes

ROWS = 4  # takes drawn side by side; always as many, so that a take never depends on its neighbors
WINDOW = 1024  # steps drawn at once; longer pieces go on from their last bars
LOOK = 64  # steps of a window that overlap the one before, and that look ahead into the next
BATCH = 32  # pieces a call of the network in `logits`
STEPS_PER_BAR = 16
PARALLEL_COST = 0.5  # nats a cell: one parallel fifth in 16 bars weighs 0.03, about what two takes differ by


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filled:
    """Cells drawn by :meth:`Bach.fill`: pitches int16 [n, T, 4] and, for each, the mean log-probability
    of the drawn cells given most of the others (nats, at most 0) float [n]."""

    pitches: np.ndarray
    log_likelihood: np.ndarray

    def quality(self) -> np.ndarray:
        """What takes are ranked by, float [n]: log-likelihood a cell, less PARALLEL_COST for each parallel a bar."""
        counted = counterpoint.counts(self.pitches)
        bars = self.pitches.shape[1] / STEPS_PER_BAR
        return self.log_likelihood - PARALLEL_COST * (counted["fifths"] + counted["octaves"]) / bars

    def best(self) -> np.ndarray:
        """The take of the highest quality, int16 [T, 4]."""
        return self.pitches[int(self.quality().argmax())]


class Bach:
    """A trained inpainting model of four-part chorales (Huang et al. 2017, arXiv 1903.07227)."""

    def __init__(self, bundle: Bundle):
        try:
            self.config = InpainterConfig(**_tuples(bundle.network))
            self._network = network_of(self.config)
            self._params = _checked(self.config, bundle.weights)
        except TypeError as error:
            raise ModelError(f"the network of {bundle.name} is not one this genart knows: {error}") from error
        self.bundle = bundle

    @classmethod
    def read(cls, folder: str | Path) -> "Bach":
        """The model in a bundle's folder. Raises ModelError if it is damaged or another family's."""
        return cls(read_bundle(folder, family="bach"))

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.bundle.name

    def logits(self, pitches: Any, known: Any, phase: int = 0) -> np.ndarray:
        """Unnormalized log-probabilities of every cell, given the known ones.

        Parameters
        ----------
        pitches : int [..., T, 4], MIDI 36..81 or -1 for a rest; soprano, alto, tenor, bass; ignored where not known
        known : bool [..., T, 4]
        phase : steps (16ths) from the last beat to step 0, 0..3

        Returns
        -------
        float32 [..., T, 4, 47]: pitches 36..81, then rest

        Raises
        ------
        InputError
            If a shape, a known pitch or the phase is none of these.
        """
        pitches, known = np.asarray(pitches), np.asarray(known, dtype=bool)
        _check_cells(pitches, known, phase)
        lead, length = pitches.shape[:-2], pitches.shape[-2]
        cells = np.where(known, pitches, REST).reshape(-1, length, 4)
        shown = known.reshape(-1, length, 4)
        out = np.empty((len(cells), length, 4, CLASSES), np.float32)
        for first in range(0, len(cells), BATCH):
            part = slice(first, first + BATCH)
            batch = _padded(cells[part], shown[part], phase)
            logits = _apply(self._params, *batch, network=self._network)
            out[part] = np.asarray(logits)[: len(cells[part]), phase : phase + length]
        return out.reshape(*lead, length, 4, CLASSES)

    def sample(self, prompt: "Song", **options: Any) -> "Takes":
        """Takes of a prompt: a song and what to keep of it.

        Parameters
        ----------
        prompt : a Score, a MIDI file or a text
        options : those of :func:`genart.families.harmonize.harmonize` but `model`: keep, bars, n, seed, temperature ...
        """
        from genart.families.harmonize import harmonize

        return harmonize(prompt, model=self, **options)

    def fill(
        self,
        pitches: np.ndarray,
        known: np.ndarray,
        *,
        seeds: Sequence[tuple[int, ...]],
        phase: int = 0,
        allowed: np.ndarray | None = None,
        policy: Annealing = Annealing(),  # noqa: B008  (frozen)
        on_step: Callable[[int, int], None] = lambda done, total: None,
    ) -> Filled:
        """Draw the cells that are not known, by annealed Gibbs sampling with voice-leading rules.

        Parameters
        ----------
        pitches : int [T, 4], MIDI 36..81 or -1 for a rest; any length
        known : bool [T, 4]; these cells stay exactly as they are
        seeds : one tuple of whole numbers a take
        phase : steps from the last beat to step 0, 0..3
        allowed : bool [4, 47] or [T, 4, 47], the classes (36..81, rest) each voice may be given; all by default
        policy : temperature, and how many sweeps hide how many cells
        on_step : called with the sweeps done and their total

        Returns
        -------
        Filled, n = len(seeds)

        Raises
        ------
        InputError
            If a shape, a known pitch or the phase is none of these.
        """
        _check_cells(pitches, known, phase)
        drawing = _Drawing(self, policy, _offsets(allowed), phase)
        batches = [list(seeds[i : i + ROWS]) for i in range(0, len(seeds), ROWS)]
        spans = windows(len(pitches))
        total, done = len(batches) * len(spans) * policy.sweeps, 0
        filled = []
        for batch in batches:
            rows = np.broadcast_to(pitches, (ROWS, *pitches.shape)).astype(np.int16)
            rest = np.broadcast_to(known, rows.shape).copy()
            padded_seeds = batch + [batch[-1]] * (ROWS - len(batch))
            likelihood = np.zeros(ROWS)
            for number, span in enumerate(spans):
                base = done
                rows, part = drawing.window(
                    rows, rest, span, padded_seeds, number, lambda sweeps, base=base: on_step(base + sweeps, total)
                )
                likelihood += part
                rest[:, : span.settle] = True
                done += policy.sweeps
            cells = max(1, int((~known).sum()))
            filled.append((rows[: len(batch)], likelihood[: len(batch)] / cells))
        return Filled(
            pitches=np.concatenate([rows for rows, _ in filled]),
            log_likelihood=np.concatenate([scores for _, scores in filled]),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Span:
    """Steps first..last are looked at together; those before `settle` are then final."""

    first: int
    last: int
    settle: int


def windows(length: int) -> list[Span]:
    """Spans of at most WINDOW steps that cover `length` steps, each with context on both sides."""
    if length <= WINDOW:
        return [Span(first=0, last=length, settle=length)]
    spans, settled = [], 0
    while settled < length:
        first = max(0, settled - LOOK)
        last = min(length, first + WINDOW)
        settle = length if last == length else last - LOOK
        spans.append(Span(first=first, last=last, settle=settle))
        settled = settle
    return spans


@dataclasses.dataclass(frozen=True)
class _Drawing:
    """What stays the same over the windows of one call of `fill`."""

    model: Bach
    policy: Annealing
    offsets: np.ndarray
    phase: int

    def window(
        self,
        rows: np.ndarray,
        known: np.ndarray,
        span: Span,
        seeds: Sequence[tuple[int, ...]],
        number: int,
        on_sweep: Callable[[int], None],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw the free cells of one window; returns all rows and the sum of log-probabilities of settled cells."""
        part = slice(span.first, span.last)
        lead = (self.phase + span.first) % BEAT
        classes, shown, inside = _padded(rows[:, part], known[:, part], lead)
        offsets = self.offsets
        if offsets.ndim == 3:  # [T, 4, C], as long as the padded window
            after = classes.shape[1] - lead - (span.last - span.first)
            offsets = np.pad(offsets[part], ((lead, after), (0, 0), (0, 0)))
        free = ~shown & inside[..., None]
        keys = keys_of([(*seed, number) for seed in seeds])
        network, params = self.model._network, self.model._params
        drawn = gibbs.anneal(
            keys,
            params,
            classes,
            free,
            inside,
            network=network,
            rules=RULES,
            offsets=offsets,
            policy=self.policy,
            widths=gibbs.widths_for([not known[:, :, voice].all() for voice in range(len(VOICES))]),
            on_sweep=on_sweep,
        )
        settled = free.copy()
        settled[:, lead + span.settle - span.first :] = False
        score = gibbs.pseudo_likelihood(jax.random.key(0), params, drawn, settled, inside, network=network)
        result = rows.copy()
        result[:, part] = to_pitches(drawn)[:, lead : lead + span.last - span.first]
        return result, score * settled.sum(axis=(1, 2))


@functools.lru_cache(maxsize=8)
def network_of(config: InpainterConfig) -> gibbs.Network:
    """The network as a pure function (flat parameters, classes, known, inside) -> logits, without dropout."""
    graph, abstract = nnx.split(_abstract(config))

    def network(params: dict[str, jax.Array], classes: jax.Array, known: jax.Array, inside: jax.Array) -> jax.Array:
        return nnx.merge(graph, with_flat(abstract, params))(classes, known, inside)

    return network


def _abstract(config: InpainterConfig) -> Inpainter:
    return nnx.eval_shape(lambda: Inpainter(config, rngs=nnx.Rngs(0)))


def _checked(config: InpainterConfig, weights: dict[str, np.ndarray]) -> dict[str, jax.Array]:
    state = with_flat(nnx.state(_abstract(config)), weights)
    return {name: jnp.asarray(array) for name, array in flat_params(state).items()}


@functools.partial(jax.jit, static_argnames="network")
def _apply(params: Any, classes: jax.Array, known: jax.Array, inside: jax.Array, *, network: gibbs.Network):
    return network(params, classes, known, inside)


def _padded(pitches: np.ndarray, known: np.ndarray, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells [B, T, 4] laid into a bucketed shape, `lead` steps in: (classes, known, inside)."""
    rows, length = pitches.shape[:2]
    shape = (_bucket(rows, 1), _bucket(lead + length, 64))
    classes = np.full((*shape, 4), CLASSES - 1, np.int32)
    shown, inside = np.zeros((*shape, 4), bool), np.zeros(shape, bool)
    place = (slice(0, rows), slice(lead, lead + length))
    classes[place], shown[place], inside[place] = to_classes(pitches), known, True
    return classes, shown, inside


def _bucket(size: int, least: int) -> int:
    """The next of least x 1, 2, 3, 4, 6, 8, 12, 16 ...: few shapes to compile, at most a third of padding."""
    unit = least
    while True:
        for count in (2, 3) if unit > least else (1, 2, 3):
            if size <= unit * count:
                return unit * count
        unit *= 2


def _offsets(allowed: np.ndarray | None) -> np.ndarray:
    allowed = np.ones((4, CLASSES), bool) if allowed is None else allowed
    return np.where(allowed, 0.0, columns.NEVER).astype(np.float32)


def _tuples(network: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists of a configuration as the tuples they were."""
    return {name: _tuple(value) for name, value in network.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def _check_cells(pitches: np.ndarray, known: np.ndarray, phase: int) -> None:
    if pitches.shape != known.shape or pitches.ndim < 2 or pitches.shape[-1] != len(VOICES) or not pitches.shape[-2]:
        raise InputError(
            f"pitches {pitches.shape} and known {known.shape} must both have the shape [..., T, 4], T > 0."
        )
    if not 0 <= phase < BEAT:
        raise InputError(f"phase {phase} must be 0..{BEAT - 1}: the number of steps from the last beat to step 0.")
    outside = known & (pitches != REST) & ((pitches < LOWEST) | (pitches > HIGHEST))
    if outside.any():
        raise InputError(f"pitch {pitches[outside].flat[0]} is outside {LOWEST}..{HIGHEST} (-1 is a rest).")
