"""Moving a melody to where a model of chorales has heard sopranos, and knowing the way back.

The copy that the model sees is moved by a few semitones, the same for the whole piece and undone afterwards, and by
octaves, phrase by phrase, which are not: new voices stay where a choir sings, however high the melody flies.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from genart.errors import InputError
from genart.music.counterpoint import RANGES, REST, VOICES
from genart.music.text import pitch_of

SINGABLE: Mapping[str, tuple[int, int]] = {**RANGES, "bass": (40, 64)}  # of new voices; Bach's own basses go lower
HALF_OCTAVE = 6
OCTAVES = (0, -1, 1, -2, 2, -3, 3, -4, 4)


@dataclasses.dataclass(frozen=True)
class Fit:
    """Where a kept voice goes.

    Attributes
    ----------
    semitones : added to every pitch and taken from the new voices again, -6..6
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
    transpose : semitones to move by, instead of the smallest that fit

    Returns
    -------
    voice -> Fit, all with the same semitones
    """
    if transpose is None:
        moves = sorted(range(-HALF_OCTAVE, HALF_OCTAVE), key=lambda move: (abs(move), -move))
        base = 0
    else:
        base = round(transpose / 12)
        moves = [transpose - 12 * base]
    candidates = [{voice: _octaves(line, voice, move, base) for voice, line in lines.items()} for move in moves]
    costs = [
        sum(cost for cost, _ in found.values()) + 0.02 * abs(move) * sum((line >= 0).sum() for line in lines.values())
        for move, found in zip(moves, candidates, strict=True)
    ]
    best = int(np.argmin(costs))
    return {voice: Fit(moves[best], octaves) for voice, (_, octaves) in candidates[best].items()}


def _octaves(line: np.ndarray, voice: int, move: int, base: int) -> tuple[float, np.ndarray]:
    """The octaves that bring each phrase, then each note left over, into the voice's range; and what that costs."""
    low, high = RANGES[VOICES[voice]]
    octaves, cost = np.full(len(line), 12 * base), 0.0
    sounding = line != REST
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding.astype(int), [0]])))
    for first, last in edges.reshape(-1, 2):
        phrase = line[first:last] + move
        outside = [
            ((phrase + 12 * (base + o) < low) | (phrase + 12 * (base + o) > high)).sum() + 0.1 * abs(o) * len(phrase)
            for o in OCTAVES
        ]
        shift = 12 * (base + OCTAVES[int(np.argmin(outside))])
        up = -np.minimum(0, (phrase + shift - low) // 12)  # octaves by which single notes are still too low
        down = -np.minimum(0, (high - phrase - shift) // 12)
        octaves[first:last] = shift + 12 * (up - down)
        cost += min(outside)
    return cost, octaves


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
