"""From a model's cells to notes of new voices: articulation, sounds, velocities."""

from collections.abc import Collection, Mapping

import numpy as np

from genart.errors import InputError
from genart.music.counterpoint import REST, VOICES
from genart.music.grid import BEAT
from genart.music.lines import Line
from genart.music.plan import Plan
from genart.music.score import DRUM_CHANNEL, Note

ARTICULATIONS = ("harmony", "melody", "held")
PROGRAMS: Mapping[str, tuple[int, int, int, int]] = {  # General MIDI programs of S, A, T, B, from 0
    "choir": (52, 52, 52, 52),
    "organ": (19, 19, 19, 19),
    "piano": (0, 0, 0, 0),
    "strings": (40, 40, 41, 42),
    "winds": (73, 68, 71, 70),
    "brass": (56, 60, 57, 58),
    "guitar": (24, 24, 24, 32),
    "synth": (89, 89, 89, 38),
}
SOFTER = 0.85  # velocity of a new voice, of the melody's


def programs(name: str) -> tuple[int, int, int, int]:
    """The General MIDI programs of a preset's four voices. Raises InputError for an unknown one."""
    if name not in PROGRAMS:
        raise InputError(f"programs {name!r}: they are {', '.join(PROGRAMS)}")
    return PROGRAMS[name]


def known_articulation(name: str) -> str:
    """The articulation of that name, itself. Raises InputError for an unknown one."""
    if name not in ARTICULATIONS:
        raise InputError(f"articulation {name!r}: it is one of {', '.join(ARTICULATIONS)}")
    return name


def strikes(cells: np.ndarray, voice: int, *, plan: Plan, articulation: str) -> np.ndarray:
    """bool [T]: where a note of a voice begins.

    A voice strikes a pitch when it changes. One that it holds is struck again

    - "harmony": with a melody note on a beat, if another voice than the melody changes there
    - "melody": with every melody note
    - "held": never

    Parameters
    ----------
    cells : int [T, 4], MIDI pitches or -1
    voice : 0..3, one of the plan's new ones

    Raises
    ------
    InputError
        `articulation` is none of these.
    """
    known_articulation(articulation)
    changed = np.ones(cells.shape, bool)
    changed[1:] = cells[1:] != cells[:-1]
    again = np.zeros(len(cells), bool)
    if articulation != "held":
        again[list(plan.melody.onsets)] = True
    if articulation == "harmony":
        on_beat = (np.arange(len(cells)) + plan.grid.phase) % BEAT == 0
        others = [other for other in range(len(VOICES)) if other not in (voice, min(plan.lines))]
        again &= on_beat & changed[:, others].any(axis=1)
    return (cells[:, voice] != REST) & (changed[:, voice] | again)


def new_notes(cells: np.ndarray, voice: int, *, plan: Plan, articulation: str, channel: int) -> tuple[Note, ...]:
    """The notes of one new voice, in order.

    What starts or ends with a kept note does so at its very tick; the velocity follows the melody's at a little less.

    Parameters
    ----------
    cells : int [T, 4], MIDI pitches as they will sound, or -1
    voice : 0..3, one of the plan's new ones
    articulation : see :func:`strikes`
    channel : MIDI channel, 0..15
    """
    line, clock = cells[:, voice], plan.clock
    struck = np.flatnonzero(strikes(cells, voice, plan=plan, articulation=articulation))
    rests = np.append(np.flatnonzero(line == REST), len(line))
    stops = np.minimum(np.append(struck[1:], len(line)), rests[np.searchsorted(rests, struck)])
    begins = clock.starts[struck].tolist()
    loudness = _velocities(plan.melody, len(cells))
    notes = []
    for index, (step, stop, begin) in enumerate(zip(struck, stops.tolist(), begins, strict=True)):
        end = min([clock.end(begin, stop), *begins[index + 1 : index + 2]])
        if stop == len(line) or line[stop] == REST:  # nothing goes on when the melody has ended
            end = min(end, clock.ends.get(stop, end))
        if begin < end:  # steps can have no ticks at all between notes that are played close together
            velocity = max(1, round(SOFTER * loudness[step]))
            notes.append(Note(start=begin, end=end, pitch=int(line[step]), velocity=velocity, channel=channel))
    return tuple(notes)


def _velocities(melody: Line, length: int) -> np.ndarray:
    """int [T]: the velocity of the melody note that sounds or sounded last, before the first one the first's."""
    steps = sorted(melody.onsets)
    places = np.searchsorted(steps, np.arange(length), side="right") - 1
    return np.array([melody.onsets[step].velocity for step in steps])[np.maximum(places, 0)]


def free_channels(used: Collection[int], count: int) -> tuple[int, ...]:
    """`count` MIDI channels (0..15) apart from `used` and the drums'; with too few, the last one is shared."""
    free = [channel for channel in range(16) if channel not in used and channel != DRUM_CHANNEL] or [15]
    return tuple(free[min(i, len(free) - 1)] for i in range(count))
