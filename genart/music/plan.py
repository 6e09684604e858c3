"""What a model is asked for: the cells of a song's melody, phrase by phrase, and the way from cells back to notes."""

import dataclasses
import re
from collections.abc import Mapping, Sequence

import numpy as np

from genart.errors import InputError
from genart.music import fit, grid
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import REST, VOICES
from genart.music.reading import Reading


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """A song on the model's grid.

    Attributes
    ----------
    grid, clock : steps, and their ticks bent to the kept notes
    lines : voice (0 = soprano) -> kept line as it sounds
    fits : voice -> how the model's copy is moved
    phrases : (first, last) steps to fill, apart from one another; elsewhere new voices rest
    allowed : bool [4, 47], the classes of the copy that each voice may be given (36..81, rest)
    remarks : sentences for the artist
    """

    grid: grid.Grid
    clock: grid.Clock
    lines: Mapping[int, grid.Line]
    fits: Mapping[int, fit.Fit]
    phrases: Sequence[tuple[int, int]]
    allowed: np.ndarray
    remarks: Sequence[str]

    @property
    def new(self) -> tuple[int, ...]:
        """The voices to be drawn."""
        return tuple(voice for voice in range(len(VOICES)) if voice not in self.lines)

    @property
    def melody(self) -> grid.Line:
        """The highest kept line."""
        return self.lines[min(self.lines)]

    def copy(self) -> np.ndarray:
        """int16 [T, 4]: the kept lines as the model sees them, -1 elsewhere."""
        cells = np.full((len(self.grid), len(VOICES)), REST, np.int16)
        for voice, line in self.lines.items():
            cells[:, voice] = self.fits[voice].copy(line.pitches)
        return cells

    def sounding(self, cells: np.ndarray) -> np.ndarray:
        """The model's cells int [T, 4] at the pitches at which new voices sound."""
        semitones = next(iter(self.fits.values())).semitones
        return np.where(cells == REST, REST, cells - semitones)


def make(
    song: Reading,
    *,
    value: str = "auto",
    transpose: int | None = None,
    bars: str | None = None,
    through_rests: bool = False,
    ranges: Mapping[str, tuple[int, int]] = fit.SINGABLE,
) -> Plan:
    """Lay a song out for a model.

    Parameters
    ----------
    song : as read
    value : of the grid, see :func:`genart.music.grid.make_grid`
    transpose : semitones the copy is moved by; None for the fewest that fit
    bars : "5-8" or "5", numbered as in print; None for all
    through_rests : one phrase from the first note to the last, whatever the rests
    ranges : of new voices, MIDI pitches as they sound

    Raises
    ------
    InputError
        An option does not fit the song.
    """
    resolution = song.score.resolution
    steps = grid.make_grid(song.bars, resolution=resolution, notes=song.melody.notes, value=value)
    lines = {voice: grid.lay(kept.notes, steps) for voice, kept in song.kept.items()}
    fits = fit.fit({voice: line.pitches for voice, line in lines.items()}, transpose=transpose)
    sounding = np.any([line.pitches != REST for line in lines.values()], axis=0)
    phrases = _phrases(sounding, steps, song, through_rests)
    if bars is not None:
        phrases = _within(phrases, _span(bars, song, steps))
    return Plan(
        grid=steps,
        clock=grid.Clock.of(steps, [lines[voice] for voice in sorted(lines)]),
        lines=lines,
        fits=fits,
        phrases=phrases,
        allowed=_allowed(ranges, next(iter(fits.values())).semitones),
        remarks=tuple(_remarks(song, fits)),
    )


def _phrases(sounding: np.ndarray, steps: grid.Grid, song: Reading, through_rests: bool) -> list[tuple[int, int]]:
    """Stretches of melody between rests of a bar or more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding.astype(int), [0]]))).reshape(-1, 2)
    if not len(edges):
        raise InputError("the melody has no note that lasts; give one with notes longer than zero")
    starts = [bar.start for bar in song.bars]
    phrases = [tuple(map(int, edges[0]))]
    for first, last in edges[1:].tolist():
        silence = phrases[-1][1]
        bar = song.bars[max(0, int(np.searchsorted(starts, steps.edges[silence], side="right")) - 1)]
        whole = bar.meter.ticks(song.score.resolution)
        if not through_rests and steps.edges[first] - steps.edges[silence] >= whole:
            phrases.append((first, last))
        else:
            phrases[-1] = (phrases[-1][0], last)
    return phrases


def _span(bars: str, song: Reading, steps: grid.Grid) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", bars)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    chosen = [bar for bar in song.bars if first <= bar.number <= last]
    if first > last or last > song.bars[-1].number or not chosen:
        known = f"{song.bars[0].number}-{song.bars[-1].number}"
        raise InputError(f"bars {bars!r}: write one bar or the first and last, such as 5-8; the song has bars {known}")
    return steps.nearest(chosen[0].start), steps.nearest(chosen[-1].end)


def _within(phrases: Sequence[tuple[int, int]], span: tuple[int, int]) -> list[tuple[int, int]]:
    cut = [(max(first, span[0]), min(last, span[1])) for first, last in phrases]
    cut = [(first, last) for first, last in cut if first < last]
    if not cut:
        raise InputError("the melody rests in the bars to harmonize; choose others")
    return cut


def _allowed(ranges: Mapping[str, tuple[int, int]], semitones: int) -> np.ndarray:
    """bool [4, 47]: pitches of the copy that sound within each voice's range, and the rest."""
    pitches = np.arange(LOWEST, HIGHEST + 1) - semitones
    rows = [(pitches >= ranges[voice][0]) & (pitches <= ranges[voice][1]) for voice in VOICES]
    for voice, row in zip(VOICES, rows, strict=True):
        if not row.any():
            low, high = ranges[voice]
            raise InputError(f"the range of the {voice}, {low}-{high}, lies outside what the model can write; widen it")
    return np.stack([np.append(row, True) for row in rows])


def _remarks(song: Reading, fits: Mapping[int, fit.Fit]) -> list[str]:
    remarks = []
    silent = sum(kept.silent for kept in song.kept.values())
    if silent:
        remarks.append(f"notes of zero length are kept but not harmonized: {silent}")
    if any(len(np.unique(found.octaves)) > 1 for found in fits.values()):
        remarks.append("the melody is wider than its voice: parts of the model's copy were moved by octaves")
    return remarks
