"""The frame of a new piece: its bars, its phrases, and the notes of soprano and bass where phrases begin and end."""

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from genart.errors import InputError
from genart.music import timing
from genart.music.counterpoint import REST, VOICES
from genart.music.grid import BEAT, Grid, make_grid
from genart.music.key import KeyName
from genart.music.score import Note, Score, Track
from genart.music.timing import Bar, Key, Meter, Tempo

RESOLUTION = 480
PHRASE = 4  # bars, as near as the length allows
HOLD = 2 * BEAT  # steps of a phrase's last chord but the very last, after which voices may lead on
MOST_BARS = 256
KEYS = ("C", "G", "D", "A", "F", "Bb", "Eb", "Am", "Em", "Bm", "Dm", "Gm", "Cm")  # of which one is drawn
BASS, SOPRANO = 48, 69  # pitches near which they begin and end phrases
# Ends of phrases, in degrees of the scale, (bass, soprano) of the last chord but one and of the last: how likely
HALF, FULL, CLOSE = "half", "full", "close"
CADENCES = {
    HALF: ((None, (5, 2)), (None, (5, 7)), ((4, 1), (5, 7))),
    FULL: (((5, 2), (1, 3)), ((5, 7), (1, 1)), ((5, 5), (1, 3))),
    CLOSE: (((5, 2), (1, 1)), ((5, 7), (1, 1))),
}
OPENINGS = (1, 3)  # of the soprano over the tonic; from a half cadence, 5 would make parallel fifths
DEGREES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 11)}  # the leading note raised


@dataclasses.dataclass(frozen=True, kw_only=True)
class Frame:
    """What is fixed before a piece is drawn.

    Attributes
    ----------
    key, meters, tempo, bars : to write; `bars` are numbered as in print, a pickup is bar 0
    grid : the model's steps
    cells : int16 [T, 4], MIDI pitches of the fixed cells, -1 elsewhere
    known : bool [T, 4], which are fixed
    phrases : the steps at which phrases begin
    """

    key: KeyName
    meters: tuple[Meter, ...]
    tempo: Tempo
    bars: tuple[Bar, ...]
    grid: Grid
    cells: np.ndarray
    known: np.ndarray
    phrases: tuple[int, ...]

    def __str__(self) -> str:
        """Such as "G minor · 3/4 · 84 bpm · pickup 1 beat · 16 bars · 4 phrases"."""
        meter = self.meters[-1]
        beats = (self.bars[0].end / RESOLUTION * meter.denominator / 4) if self.bars[0].number == 0 else 0
        said = [str(self.key), str(meter), f"{self.tempo.bpm:g} bpm"]
        said += [f"pickup {beats:g} beat{'' if beats <= 1 else 's'}"] if beats else []
        for count, word in ((self.bars[-1].number, "bar"), (len(self.phrases), "phrase")):
            said.append(f"{count} {word}{'' if count == 1 else 's'}")
        return " · ".join(said)


def frame(*, bars: int, meter: str, key: str | None, pickup: float, tempo: float, random: np.random.Generator) -> Frame:
    """Lay out a piece: phrases of about four bars, each with a cadence, half or full, the last one a full close.

    Parameters
    ----------
    bars : 2 to 256
    meter : such as "3/4"
    key : such as "Gm"; one of `KEYS` is drawn when None
    pickup : beats (of the meter's denominator) before bar 1, by which the last bar is shorter, as in print
    tempo : quarters a minute
    random : draws the key and the cadences

    Raises
    ------
    InputError
        One of these is out of range.
    """
    if not 2 <= bars <= MOST_BARS:
        raise InputError(f"{bars} bars: ask for 2 to {MOST_BARS}")
    signature, speed = Meter.parse(meter), Tempo(bpm=tempo)
    meters, early = _meters(signature, pickup)
    drawn = KeyName.parse(KEYS[int(random.integers(len(KEYS)))])  # in any case: a key that is given changes no cadence
    name = drawn if key is None else KeyName.parse(key)
    length = signature.ticks(RESOLUTION)
    laid = timing.bars(meters, resolution=RESOLUTION, end=round(length * bars))
    grid = make_grid(laid, resolution=RESOLUTION, notes=())
    grid = dataclasses.replace(grid, edges=grid.edges[: grid.nearest(round(length * bars)) + 1])  # less the pickup
    starts = [bar.start for bar in laid if bar.number > 0]
    counts = [len(part) for part in np.array_split(np.arange(bars), max(1, round(bars / PHRASE)))]
    firsts = np.cumsum([0, *counts])[:-1].tolist()
    begins = [grid.nearest(starts[first] - early) for first in firsts]
    ends = [*begins[1:], len(grid)]
    cells = np.full((len(grid), len(VOICES)), REST, np.int16)
    known = np.zeros(cells.shape, bool)
    for number, (first, count, end) in enumerate(zip(firsts, counts, ends, strict=True)):
        kind = CLOSE if end == len(grid) else HALF if number % 2 == 0 else FULL
        downbeat, last = grid.nearest(starts[first]), grid.nearest(starts[first + count - 1])
        _fix(cells, known, name, (1, int(random.choice(OPENINGS))), slice(downbeat, downbeat + BEAT))
        choices = CADENCES[kind]
        before, final = choices[int(random.integers(len(choices)))]
        if before is not None and last - BEAT >= downbeat + BEAT:
            _fix(cells, known, name, before, slice(last - BEAT, last))
        _fix(cells, known, name, final, slice(last, end if kind is CLOSE else min(end, last + HOLD)))
    return Frame(
        key=name,
        meters=meters,
        tempo=speed,
        bars=laid,
        grid=grid,
        cells=cells,
        known=known,
        phrases=tuple(begins),
    )


def notes(frame: Frame, cells: np.ndarray, voice: int, *, channel: int) -> tuple[Note, ...]:
    """The notes of one voice of filled cells, int [T, 4] of MIDI pitches; every phrase begins with new ones.

    A held pitch is struck again on a beat where two other voices move.
    """
    moves = np.ones(cells.shape, bool)
    moves[1:] = cells[1:] != cells[:-1]
    moves[list(frame.phrases)] = True
    on_beat = (np.arange(len(cells)) + frame.grid.phase) % BEAT == 0
    struck = moves[:, voice] | (on_beat & (np.delete(moves, voice, axis=1).sum(axis=1) > 1))
    first = np.flatnonzero(struck)
    edges = frame.grid.edges
    return tuple(
        Note(start=int(edges[begin]), end=int(edges[end]), pitch=int(cells[begin, voice]), channel=channel)
        for begin, end in zip(first, [*first[1:], len(cells)], strict=True)
    )


def write(frame: Frame, cells: np.ndarray, *, programs: Sequence[int]) -> Score:
    """The score of filled cells, int [T, 4] of MIDI pitches: tracks S, A, T, B with General MIDI programs."""
    voices = [
        Track.make(
            name=name.capitalize(),
            notes=notes(frame, cells, voice, channel=voice),
            program=programs[voice],
            channel=voice,
        )
        for voice, name in enumerate(VOICES)
    ]
    return Score.make(
        voices=voices,
        resolution=RESOLUTION,
        tempos=[frame.tempo],
        meters=frame.meters,
        keys=[Key(name=frame.key.midi)],
    )


def _meters(meter: Meter, pickup: float) -> tuple[tuple[Meter, ...], int]:
    """The meters to write, and the ticks of the pickup."""
    if not 0 <= pickup < meter.numerator:
        raise InputError(f"pickup {pickup:g}: it is 0 or more beats and shorter than a bar of {meter}")
    if not pickup:
        return (meter,), 0
    for finer in (1, 2, 4):
        beats = Fraction(pickup) * finer
        if beats.denominator == 1 and meter.denominator * finer in timing.DENOMINATORS:
            short = Meter(numerator=int(beats), denominator=meter.denominator * finer)
            ticks = int(short.ticks(RESOLUTION))
            return (short, dataclasses.replace(meter, tick=ticks)), ticks
    raise InputError(f"pickup {pickup:g}: write it in beats, halves or quarters of them, such as 1 or 0.5")


def _fix(cells: np.ndarray, known: np.ndarray, key: KeyName, degrees: tuple[int, int], place: slice) -> None:
    """Fix bass and soprano to degrees of the scale, from 1, in octaves near those of a choir."""
    bass, soprano = degrees
    for voice, degree, near in ((3, bass, BASS), (0, soprano, SOPRANO)):
        pitch = (key.tonic + DEGREES[key.mode][degree - 1]) % 12
        cells[place, voice] = near - 5 + (pitch - near + 5) % 12
        known[place, voice] = True
