"""What a model is asked for: the cells of a song's melody, phrase by phrase, and the way from cells back to notes."""

import bisect
import dataclasses
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from genart.errors import InputError
from genart.music import fit
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import REST, VOICES
from genart.music.grid import BEAT, Grid, make_grid, span
from genart.music.lines import Clock, Line, lay, runs
from genart.music.reading import Reading

FINAL = 2 * BEAT  # steps of a phrase's last note, as most of Bach's have: by these the model knows that it ends


@dataclasses.dataclass(frozen=True, kw_only=True)
class Phrase:
    """Steps of a melody, apart from others by rests: from `first` to `end`, but the model fills those to `last`."""

    first: int
    last: int
    end: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """A song on the model's grid.

    Attributes
    ----------
    grid, clock : steps, and their ticks bent to the kept notes
    lines : voice (0 = soprano) -> kept line as it sounds
    held : voice -> pitches int [T + FINAL] that the copy is made of: rests shorter than a bar are filled, and the last
        note of a phrase is as long as Bach's usually are
    fits : voice -> how the model's copy is moved
    phrases : what to fill; elsewhere new voices rest
    allowed : bool [4, 47], the classes of the copy that each voice may be given (36..81, rest)
    remarks : sentences for the artist
    """

    grid: Grid
    clock: Clock
    lines: Mapping[int, Line]
    held: Mapping[int, np.ndarray]
    fits: Mapping[int, fit.Fit]
    phrases: Sequence[Phrase]
    allowed: np.ndarray
    remarks: Sequence[str]

    @property
    def new(self) -> tuple[int, ...]:
        """The voices to be drawn."""
        return tuple(voice for voice in range(len(VOICES)) if voice not in self.lines)

    @property
    def melody(self) -> Line:
        """The highest kept line."""
        return self.lines[min(self.lines)]

    def copy(self) -> np.ndarray:
        """int16 [T + FINAL, 4]: the kept lines as the model sees them, -1 elsewhere."""
        cells = np.full((len(self.grid) + FINAL, len(VOICES)), REST, np.int16)
        for voice, pitches in self.held.items():
            cells[:, voice] = self.fits[voice].copy(pitches)
        return cells

    def sounding(self, cells: np.ndarray) -> np.ndarray:
        """The copy int [T + FINAL, 4], filled, as new voices sound: int [T, 4], each phrase as long as it really is."""
        semitones = next(iter(self.fits.values())).semitones
        sounding = np.full((len(self.grid), len(VOICES)), REST)
        for phrase in self.phrases:
            steps = np.minimum(np.arange(phrase.first, phrase.end), phrase.last - 1)
            sounding[phrase.first : phrase.end] = np.where(cells[steps] == REST, REST, cells[steps] - semitones)
        return sounding


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
    grid = make_grid(song.bars, resolution=song.score.resolution, notes=song.melody.notes, value=value)
    lines = {voice: lay(kept.notes, grid) for voice, kept in song.kept.items()}
    held = {voice: _held(line.pitches, grid, song) for voice, line in lines.items()}
    sounding = np.any([pitches != REST for pitches in held.values()], axis=0)
    spans = [(first, last) for first, last in runs(sounding) if sounding[first]]
    spans = [(spans[0][0], spans[-1][1])] if through_rests else spans
    phrases = _phrases(spans, lines.values())
    for phrase, pitches in itertools.product(phrases, held.values()):
        pitches[phrase.end : phrase.last] = pitches[phrase.end - 1]
    if bars is not None:
        phrases = _within(phrases, span(grid, song.bars, bars))
    fits = fit.fit(held, transpose=transpose)
    return Plan(
        grid=grid,
        clock=Clock.of(grid, [lines[voice] for voice in sorted(lines)]),
        lines=lines,
        held=held,
        fits=fits,
        phrases=phrases,
        allowed=_allowed(ranges, next(iter(fits.values())).semitones),
        remarks=tuple(_remarks(song, held, fits)),
    )


def _held(pitches: np.ndarray, grid: Grid, song: Reading) -> np.ndarray:
    """int [T + FINAL]: pitches held through rests that are shorter than a bar, then rests."""
    held = np.append(pitches, np.full(FINAL, REST))
    starts = [bar.start for bar in song.bars]
    for first, last in runs(held)[1:-1]:
        if held[first] == REST:
            bar = song.bars[bisect.bisect_right(starts, grid.edges[first]) - 1]
            if grid.edges[last] - grid.edges[first] < bar.meter.ticks(song.score.resolution):
                held[first:last] = held[first - 1]
    return held


def _phrases(spans: Sequence[tuple[int, int]], lines: Collection[Line]) -> list[Phrase]:
    """Phrases whose last note lasts FINAL steps, as far as the next phrase lets it."""
    onsets = sorted(step for line in lines for step in line.onsets)
    limits = [*(first for first, _ in spans[1:]), onsets[-1] + FINAL]
    finals = [onsets[bisect.bisect_left(onsets, end) - 1] for _, end in spans]
    return [
        Phrase(first=first, last=min(final + FINAL, limit), end=end)
        for (first, end), final, limit in zip(spans, finals, limits, strict=True)
    ]


def _within(phrases: Sequence[Phrase], steps: tuple[int, int]) -> list[Phrase]:
    """What lies in a span of steps. What goes on after it does not come to rest there."""
    cut = []
    for phrase in phrases:
        first, end = max(phrase.first, steps[0]), min(phrase.end, steps[1])
        last = phrase.last if end == phrase.end else min(phrase.last, end)
        if first < end:
            cut.append(Phrase(first=first, last=max(last, min(first + FINAL, end)), end=end))
    if not cut:
        raise InputError("the melody rests in the bars to harmonize; choose others")
    return cut


def _allowed(ranges: Mapping[str, tuple[int, int]], semitones: int) -> np.ndarray:
    """bool [4, 47]: pitches of the copy that sound within each voice's range, and no rest."""
    pitches = np.arange(LOWEST, HIGHEST + 1) - semitones
    rows = [(pitches >= ranges[voice][0]) & (pitches <= ranges[voice][1]) for voice in VOICES]
    for voice, row in zip(VOICES, rows, strict=True):
        if not row.any():
            low, high = ranges[voice]
            raise InputError(f"the range of the {voice}, {low}-{high}, lies outside what the model can write; widen it")
    return np.stack([np.append(row, False) for row in rows])


def _remarks(song: Reading, held: Mapping[int, np.ndarray], fits: Mapping[int, fit.Fit]) -> Iterator[str]:
    silent = sum(kept.silent for kept in song.kept.values())
    if silent:
        yield f"notes of zero length are kept but not harmonized: {silent}"
    if any(len(np.unique(found.octaves[held[voice] != REST])) > 1 for voice, found in fits.items()):
        yield "the melody is wider than its voice: parts of the model's copy were moved by octaves"
