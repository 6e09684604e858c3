"""Moving a melody to where a model of chorales has heard sopranos, and knowing the way back.

The copy that the model sees is moved by a few semitones, the same for the whole piece and undone afterwards, and by
octaves, stretch by stretch, which are not: new voices stay where a choir sings, however high the melody flies.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from genart.errors import InputError
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import RANGES, REST, VOICES
from genart.music.lines import runs
from genart.music.text import pitch_of

SINGABLE: Mapping[str, tuple[int, int]] = {**RANGES, "bass": (40, 64)}  # of new voices; Bach's own basses go lower
MOVES = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6)  # semitones
OCTAVES = np.arange(-5, 6)
# What a move costs, in steps of melody a semitone out of range:
SEMITONE, OCTAVE = 0.02, 0.1  # a step moved so far
BREAK, BREATH = 60.0, 15.0  # another octave, from one note to the next or after a rest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fit:
    """Where a kept voice goes.

    Attributes
    ----------
    semitones : added to every pitch and taken from the new voices again, -5..6
    octaves : int [T], octaves added at each step, in semitones; stays in the copy
    """

    semitones: int
    octaves: np.ndarray

    def copy(self, pitches: np.ndarray) -> np.ndarray:
        """int [T], MIDI pitches or -1 -> the same moved."""
        return np.where(pitches == REST, REST, pitches + self.semitones + self.octaves)

    @property
    def moved(self) -> int:
        """Semitones by which most steps are moved."""
        values, counts = np.unique(self.octaves, return_counts=True)
        return self.semitones + int(values[counts.argmax()])


def fit(lines: Mapping[int, np.ndarray], *, transpose: int | None = None) -> dict[int, Fit]:
    """Find the smallest move that brings kept voices into their ranges.

    Parameters
    ----------
    lines : voice (0 = soprano) -> int [T], MIDI pitches or -1
    transpose : semitones to move by, instead of the smallest that fit; what is then far out of range is moved by
        octaves all the same

    Returns
    -------
    voice -> Fit, all with the same semitones
    """
    home = 0 if transpose is None else round(transpose / 12)
    moves = np.array(MOVES if transpose is None else [transpose - 12 * home])
    found = {voice: _octaves(line, RANGES[VOICES[voice]], moves, home) for voice, line in lines.items()}
    costs = SEMITONE * abs(moves) * max((line != REST).sum() for line in lines.values())
    best = int(np.argmin(costs + sum(cost for cost, _ in found.values())))
    return {voice: Fit(semitones=int(moves[best]), octaves=octaves[best]) for voice, (_, octaves) in found.items()}


def _octaves(line: np.ndarray, span: tuple[int, int], moves: np.ndarray, home: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of M moves, the cheapest way to follow a line [T] through the octaves: cost [M], semitones [M, T].

    A shortest path (Viterbi 1967) whose states are octaves and whose steps are notes.
    """
    notes = [(first, last) for first, last in runs(line) if line[first] != REST]
    stay = np.arange(len(OCTAVES))
    costs = {pitch: _cost(pitch + moves, span, home) for pitch in np.unique(line).tolist()}
    best = np.zeros((len(moves), len(OCTAVES)))
    came: list[np.ndarray] = []  # for each note the octave before that leads to each octave
    before = -1
    for first, last in notes:
        switched = best.min(axis=1, keepdims=True) + (BREAK if before == first else BREATH)
        came.append(np.where(best > switched, best.argmin(axis=1, keepdims=True), stay).astype(np.int8))
        best = np.minimum(best, switched) + (last - first) * costs[line[first]]
        before = last
    octaves = np.full((len(moves), len(line)), 12 * home, np.int16)
    rows, state = np.arange(len(moves)), best.argmin(axis=1)
    for (first, last), origin in zip(reversed(notes), reversed(came), strict=True):
        octaves[:, first:last] = 12 * OCTAVES[state][:, None]
        state = origin[rows, state]
    return best.min(axis=1), octaves


def _cost(pitches: np.ndarray, span: tuple[int, int], home: int) -> np.ndarray:
    """What a step of pitches [M] costs in each octave: [M, octaves]; infinite where the model has no such pitch."""
    moved = pitches[:, None] + 12 * OCTAVES
    outside = np.maximum(0, np.maximum(span[0] - moved, moved - span[1]))
    return np.where((moved < LOWEST) | (moved > HIGHEST), np.inf, outside + OCTAVE * abs(OCTAVES - home))


def parse_ranges(text: str) -> dict[str, tuple[int, int]]:
    """Ranges such as "alto=G3-D5,bass=E2-C4", over the usual ones.

    Raises
    ------
    InputError
        A voice or pitch is unknown, or a range is smaller than an octave.
    """
    ranges = dict(SINGABLE)
    for item in text.split(","):
        voice, _, span = item.partition("=")
        low, _, high = span.partition("-")
        if voice.strip() not in VOICES or not low.strip() or not high.strip():
            raise InputError(f"ranges {item.strip()!r}: write a voice and its lowest and highest note, alto=G3-D5")
        ranges[voice.strip()] = (pitch_of(low.strip()), pitch_of(high.strip()))
    return checked(ranges)


def checked(ranges: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Ranges of all four voices. Raises InputError for one smaller than an octave or an unknown voice."""
    if unknown := set(ranges) - set(VOICES):
        raise InputError(f"ranges of {', '.join(sorted(unknown))}: the voices are {', '.join(VOICES)}")
    for voice, (low, high) in ranges.items():
        if high - low < 12:
            raise InputError(f"the range of the {voice} is {high - low} semitones: give it an octave at least")
    return {**SINGABLE, **ranges}
