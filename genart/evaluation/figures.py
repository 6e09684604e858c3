"""Figures of a model of four-part pieces, as a table, a JSON record and lines of its card."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from genart.evaluation import harmony
from genart.evaluation import likelihood as protocols
from genart.evaluation.manner import chord_distance
from genart.families.bach import Bach
from genart.families.bundle import Figure
from genart.music.counterpoint import Rate

OnPiece = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured.

    Attributes
    ----------
    note : how, in a few words
    table : rows of text, a header first where it needs one
    record : JSON values by figure
    values : (name, value, standard error or None, unit) of each figure for a card
    """

    note: str
    table: Sequence[Sequence[str]]
    record: dict[str, Any]
    values: Sequence[tuple[str, float, float | None, str]]

    def figures(self, command: str) -> list[Figure]:
        """For the model's card, with the command that gives them again."""
        return [
            Figure(name=name, value=value, error=error, unit=unit, command=command)
            for name, value, error, unit in self.values
        ]


def likelihood(
    model: Bach,
    pieces: Sequence[np.ndarray],
    *,
    seeds: Sequence[int],
    whole: bool,
    notes: bool,
    spread: int | None,
    on_piece: OnPiece,
) -> Measured:
    """Negative log-likelihoods by :func:`genart.evaluation.likelihood.evaluate`, with the first seed."""
    found = protocols.evaluate(model, pieces, whole=whole, notes=notes, spread=spread, seed=seeds[0], on_piece=on_piece)
    extent = "whole" if whole else f"crops of {protocols.CROP} steps"
    extent += f", {spread} steps of each" if spread else ""
    return Measured(
        note=f"{extent}, nats, mean ± standard error over pieces",
        table=[(name, f"{mean:.3f} ± {error:.3f}") for name, (mean, error) in found.items()],
        record={name: {"mean": mean, "standard_error": error} for name, (mean, error) in found.items()},
        values=[
            (f"{name}, {len(pieces)} pieces, {extent}", mean, error, f"nats a {name.split('_')[0]}")
            for name, (mean, error) in found.items()
        ],
    )


def counterpoint(model: Bach, pieces: Sequence[np.ndarray], *, seeds: Sequence[int], on_piece: OnPiece) -> Measured:
    """Rates a bar of harmonized sopranos beside those of the pieces, by :mod:`genart.evaluation.harmony`."""
    made = harmony.harmonized(model, pieces, seeds=seeds, on_piece=on_piece)
    ours, bachs = harmony.rates(made), harmony.rates(pieces)
    distance = chord_distance(made, pieces)
    return Measured(
        note=f"{harmony.evaluations()} network evaluations each, best of {harmony.DRAWS}; rates a bar, 95 % intervals",
        table=[
            ("", model.name, "Bach"),
            *((name, str(ours[name]), str(bachs[name])) for name in ours),
            ("chords, distance 0..1", str(distance), ""),
        ],
        record={name: {"model": _plain(ours[name]), "bach": _plain(bachs[name])} for name in ours}
        | {"chords": {"model": _plain(distance)}},
        values=[
            (
                f"{name} a bar, {len(pieces)} sopranos; Bach's: {bachs[name]}",
                rate.value,
                None,
                _ends(rate),
            )
            for name, rate in ours.items()
        ]
        + [(f"chords on beats, distance from Bach's, {len(pieces)} sopranos", distance.value, None, _ends(distance))],
    )


def _ends(rate: Rate) -> str:
    return f"({rate.low:.4f}-{rate.high:.4f})"


def _plain(rate: Rate) -> dict[str, float]:
    return {"value": rate.value, "low": rate.low, "high": rate.high}
