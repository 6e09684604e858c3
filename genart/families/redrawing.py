"""Drawing cells of a piece anew with a model; the part of inpainting that needs JAX."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from genart.families.bach import LOOK, Bach, Filled
from genart.music import rewriting
from genart.music.chorales import to_classes
from genart.music.counterpoint import REST, Fault
from genart.music.grid import BEAT
from genart.music.lines import runs
from genart.music.rewriting import PARALLELS, Copy, Piece
from genart.nets.inpainter import CLASSES
from genart.progress import OnStep
from genart.sampling.policy import Annealing

DRAWS = 4  # of what is drawn anew, of which the best is kept
ROUNDS = 8  # of clearing faults, and of rewriting
CALM = 3  # a round of rewriting, which draws few notes, has so many times fewer sweeps
SHARE = 0.25  # of the notes that one round of rewriting draws anew


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """What to draw anew, and how.

    Attributes
    ----------
    bach : the model
    piece, copy : as it is, and as the model is shown it
    free : bool [T, 4], the cells that may change: whole notes
    policy : of the sampler
    """

    bach: Bach
    piece: Piece
    copy: Copy
    free: np.ndarray
    policy: Annealing

    def fill(
        self,
        cells: np.ndarray,
        hidden: np.ndarray,
        *,
        seed: tuple[int, ...],
        policy: Annealing,
        on_step: OnStep,
        allowed: np.ndarray | None = None,
    ) -> Filled:
        """Draws of the copy's cells int [T, 4], where hidden, bool [T, 4]: those around them alone are looked at.

        `allowed`, bool [T, 4, 47], says what may be drawn where; by default what the copy allows.
        """
        rows = np.flatnonzero(hidden.any(axis=1))
        first = max(0, rows[0] - LOOK) // BEAT * BEAT
        last = min(len(cells), int(rows[-1]) + 1 + LOOK)
        filled = self.bach.fill(
            cells[first:last],
            ~(hidden | self.copy.unknown)[first:last],
            seeds=[(*seed, draw) for draw in range(DRAWS)],
            phase=(self.piece.grid.phase + first) % BEAT,
            allowed=self.copy.allowed if allowed is None else allowed[first:last],
            policy=policy,
            on_step=on_step,
        )
        whole = np.repeat(cells[None], DRAWS, axis=0)
        whole[:, first:last] = np.where(hidden[first:last], filled.pitches, whole[:, first:last])
        return Filled(pitches=whole, log_likelihood=filled.log_likelihood)

    def redrawn(self, cells: np.ndarray, changed: np.ndarray, *, quality: float, log_likelihood: float) -> "Redrawn":
        """The result from the copy's cells int [T, 4], some of which, bool [T, 4], were drawn."""
        return Redrawn(
            cells=self.copy.sounding(cells, changed, self.piece),
            free=changed,
            quality=quality,
            log_likelihood=log_likelihood,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Redrawn:
    """A version of a piece.

    Attributes
    ----------
    cells : int [T, 4], MIDI pitches as they sound
    free : bool [T, 4], what was drawn
    quality : what takes are ranked by
    log_likelihood : nats a drawn cell; 0 if none was
    """

    cells: np.ndarray
    free: np.ndarray
    quality: float
    log_likelihood: float


def inpaint(task: Task, *, seed: int, on_step: OnStep) -> Redrawn:
    """Draw all that is free at once; the best of four draws.

    Parameters
    ----------
    seed : of the take
    on_step : called with (steps done, all steps)
    """
    filled = task.fill(task.copy.pitches, task.free, seed=(seed,), policy=task.policy, on_step=on_step)
    best = int(filled.quality().argmax())
    return task.redrawn(
        filled.pitches[best],
        task.free,
        quality=float(filled.quality()[best]),
        log_likelihood=float(filled.log_likelihood[best]),
    )


def rewrite(task: Task, *, similarity: float | None, seed: int, on_step: OnStep) -> Redrawn:
    """Draw some notes anew around the others, then some others, round by round until all have been drawn twice.

    No cell is given the pitch that it had in the piece, which in tonal music it would mostly get again.

    Parameters
    ----------
    similarity : 0..1; stop as soon as no more of what is free sounds as it did
    seed : of the take
    on_step : called with (steps done, all steps)
    """
    policy = dataclasses.replace(task.policy, sweeps=math.ceil(task.policy.sweeps / CALM))
    random = np.random.default_rng(seed % 2**32)
    notes = [(voice, first, end) for voice, spans in task.piece.spans.items() for first, end in spans.items()]
    notes = [note for note in notes if task.free[note[1], note[0]]]
    drawn, cells = np.zeros(len(notes)), task.copy.pitches
    allowed = task.copy.allowed & (np.arange(CLASSES) != to_classes(cells)[..., None])  # [T, 4, 47]
    likelihood, quality, changed = 0.0, 0.0, np.zeros_like(task.free)
    for number in range(ROUNDS):
        now = alike(task.piece, task.copy.sounding(cells, task.free, task.piece), task.free)
        gap = SHARE if similarity is None else now - similarity
        if gap <= 0:
            break
        count = math.ceil(min(SHARE, gap) * len(notes))
        hidden = np.zeros_like(task.free)
        for index in np.argsort(drawn + random.uniform(0, 1, len(notes)))[:count]:
            voice, first, end = notes[index]
            hidden[first:end, voice] = True
            drawn[index] += 1
        filled = task.fill(
            cells, hidden, seed=(seed, number), policy=policy, on_step=lambda done, total: None, allowed=allowed
        )
        best = int(filled.quality().argmax())
        cells, changed = filled.pitches[best], changed | hidden
        likelihood, quality = float(filled.log_likelihood[best]), float(filled.quality()[best])
        on_step(number + 1, ROUNDS)
    return task.redrawn(cells, changed, quality=quality, log_likelihood=likelihood)


def alike(piece: Piece, cells: np.ndarray, free: np.ndarray) -> float:
    """The share, 0..1, of the cells bool [T, 4] that sounded in the piece and sound the same in `cells`, int [T, 4]."""
    sounding = free & (piece.cells != REST)
    return float((cells == piece.cells)[sounding].mean()) if sounding.any() else 0.0


def fix(task: Task, *, seed: int, on_step: OnStep) -> Redrawn:
    """Draw anew what makes faults: first a voice's two notes, then more around them if they are parallels.

    Of each place the draw with the fewest parallels, and then the fewest faults, is taken, if it has fewer than
    there were.

    Parameters
    ----------
    seed : of the take
    on_step : called with (steps done, all steps)
    """
    cells, changed, likelihood = task.copy.pitches.copy(), np.zeros_like(task.free), 0.0
    faults = _faults(task, cells, changed)
    for number in range(ROUNDS):
        hidden = _around_faults(task, faults, number)
        if not hidden.any():
            break
        filled = task.fill(cells, hidden, seed=(seed, number), policy=task.policy, on_step=lambda done, total: None)
        order = np.argsort(-filled.quality())
        drawn = filled.pitches[order]
        likelihood = float(filled.log_likelihood[order[0]])
        found = [_faults(task, version, changed | hidden) for version in drawn]
        for first, end in (span for span in runs(np.any(hidden, axis=1).astype(int)) if hidden[span[0]].any()):
            counts = [_within(version, first, end) for version in found]
            if min(counts) < _within(faults, first, end):
                best = counts.index(min(counts))
                cells[first:end] = drawn[best, first:end]
                changed[first:end] |= hidden[first:end]
        faults = _faults(task, cells, changed)
        on_step(number + 1, ROUNDS)
    return task.redrawn(
        cells, changed, quality=-float(_count(faults)[0] + len(faults) / 1000), log_likelihood=likelihood
    )


def _faults(task: Task, cells: np.ndarray, changed: np.ndarray) -> list[Fault]:
    """The faults of a version of the piece as it is written, int [T, 4] with some changed, at steps of the grid."""
    piece = task.piece
    score = rewriting.rewrite(piece, task.copy.sounding(cells, changed, piece), changed)
    ticks, found = piece.faults(score)
    return [
        dataclasses.replace(fault, step=min(piece.grid.nearest(int(ticks[fault.step])), len(cells) - 1))
        for fault in found
    ]


def _within(faults: Sequence[Fault], first: int, end: int) -> tuple[int, int]:
    """How many parallels and faults are heard from step `first` on, until that at which `end` has come."""
    return _count([fault for fault in faults if first <= fault.step <= end])


def _count(faults: Sequence[Fault]) -> tuple[int, int]:
    return sum(fault.kind in PARALLELS for fault in faults), len(faults)


def _around_faults(task: Task, faults: Sequence[Fault], number: int) -> np.ndarray:
    """bool [T, 4]: what round `number` (from 0) draws anew, more in each.

    First the lower voice of the two that may change, then both, and again; where they are parallel, then all, then
    more and more beats around.
    """
    hidden = np.zeros_like(task.free)
    for fault in faults:
        widely = number > 1 and fault.kind in PARALLELS
        reach = BEAT * (number - 2) if widely else 0
        rows = slice(max(0, fault.step - 1 - reach), fault.step + 1 + reach)
        voices = [voice for voice in fault.voices if task.free[rows, voice].any()]
        chosen = range(hidden.shape[1]) if widely else voices[-1:] if number % 2 == 0 else voices
        hidden[rows, list(chosen)] = True
    return rewriting.touched(task.piece, hidden) & task.free
