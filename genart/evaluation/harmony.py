"""Harmonizing sopranos of held-out chorales and counting what Bach's rules say of the result."""

from collections.abc import Callable, Sequence

import numpy as np

from genart.evaluation import manner
from genart.families.bach import Bach
from genart.music import counterpoint
from genart.sampling.policy import Annealing

BAR = 16  # steps
DRAWS = 4  # the best of so many is taken, as `genart harmonize` does


def harmonized(
    model: Bach,
    pieces: Sequence[np.ndarray],
    *,
    seeds: Sequence[int] = (0,),
    policy: Annealing = Annealing(),  # noqa: B008  (frozen)
    on_piece: Callable[[int, int], None] = lambda done, total: None,
) -> list[np.ndarray]:
    """Each piece's soprano with three new voices, once a seed: int16 [T, 4] each, sopranos untouched."""
    made, total = [], len(seeds) * len(pieces)
    for seed in seeds:
        for piece in pieces:
            known = np.zeros(piece.shape, bool)
            known[:, 0] = True
            filled = model.fill(piece, known, seeds=[(seed, draw) for draw in range(DRAWS)], policy=policy)
            made.append(filled.best())
            on_piece(len(made), total)
    return made


def rates(pieces: Sequence[np.ndarray]) -> dict[str, counterpoint.Rate]:
    """All rates a bar: of :func:`genart.music.counterpoint.rates`, of parallels on the quarter grid, and of
    :func:`genart.evaluation.manner.counts`."""
    beats = counterpoint.rates([piece[::4] for piece in pieces], steps_per_bar=BAR // 4)
    bars = np.array([len(piece) / BAR for piece in pieces])
    counted = [manner.counts(piece) for piece in pieces]
    return (
        counterpoint.rates(pieces, steps_per_bar=BAR)
        | {f"{name}_on_beats": beats[name] for name in ("fifths", "octaves")}
        | {name: counterpoint.rate(np.array([float(c[name]) for c in counted]), bars) for name in counted[0]}
    )


def evaluations() -> int:
    """Network evaluations a harmonization takes: sweeps, each over all draws at once."""
    return Annealing().sweeps
