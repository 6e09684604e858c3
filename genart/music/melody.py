"""Finding the melody: the parts of a score, the likeliest one, and its top line."""

import bisect
import dataclasses
import re
from collections.abc import Sequence

import numpy as np

from genart.errors import InputError
from genart.music.score import DRUM_CHANNEL, Note, Score

# What words in a track's name say of it, by their beginnings; the longest that fits a word counts.
NAME_HINTS = {
    **dict.fromkeys(("melod", "mélod", "lead", "vocal", "vox", "soprano", "canto", "cantus", "theme", "tune"), 3.0),
    **dict.fromkeys(("voice", "voix", "stimme", "solo", "singer", "descant", "discant", "gesang", "chant"), 2.0),
    **dict.fromkeys(("flute", "flauto", "violin", "oboe", "clarinet", "trumpet", "recorder", "whistle", "fiddle"), 1.0),
    **dict.fromkeys(("right", "rh", "upper"), 1.0),
    **dict.fromkeys(("alto", "guitar", "organ", "cello", "choir"), -1.0),
    **dict.fromkeys(("tenor", "left", "lh", "lower", "strings", "harp", "viola"), -2.0),
    **dict.fromkeys(("bass", "pad", "chord", "accomp", "harmon", "back", "rhythm", "comp", "arp"), -4.0),
    **dict.fromkeys(("drum", "perc", "click", "metronome", "fx", "effect"), -6.0),
}
PROGRAM_HINTS = (  # General MIDI programs
    (range(32, 40), -3.0),  # basses
    (range(48, 52), -1.0),  # string ensembles
    (range(52, 55), 0.5),  # voices
    (range(64, 80), 0.5),  # reeds and pipes
    (range(80, 88), 0.5),  # synthesizer leads
    (range(88, 96), -2.0),  # pads
    (range(112, 128), -3.0),  # percussion and effects
)
LEGATO = 0.25  # of the shorter of two notes: they may overlap so far and still be one voice
SHORT = 1 / 8  # of a quarter, a 32nd: or so far, if it is under half of the shorter


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """The notes of one channel in one track, in order of their starts; `track` counts a score's tracks from 0."""

    track: int
    channel: int
    name: str  # of the track, often ""
    program: int | None  # General MIDI, 0-127
    notes: tuple[Note, ...]


def parts(score: Score) -> tuple[Part, ...]:
    """The parts of a score, by track and channel; drums (channel 9) are left out.

    A file of type 0, all in one track, is so taken apart by its channels.
    """
    return tuple(
        Part(
            track=index,
            channel=channel,
            name=track.name,
            program=track.program_of(channel),
            notes=tuple(note for note in track.notes if note.channel == channel),
        )
        for index, track in enumerate(score.tracks)
        for channel in track.channels
        if channel != DRUM_CHANNEL
    )


def likeliest(score: Score) -> Part:
    """The part that most likely has the melody.

    Points are given for words in the track's name (`NAME_HINTS`), the program (`PROGRAM_HINTS`), lyrics sung to its
    notes, one note at a time, a high register, being there for much of the piece, and a pace of about one to four
    notes in two quarters; see `points`. The first of equals wins.

    Raises
    ------
    InputError
        There are no notes of any length but drums'.
    """
    candidates = [part for part in parts(score) if sounding(part.notes)]
    if not candidates:
        drums = any(track.is_drums for track in score.tracks)
        raise InputError(
            f"there is no melody: the score has {'only drums' if drums else 'no notes'}; give one with a pitched part"
        )
    return max(candidates, key=lambda part: sum(points(part, score).values()))


def points(part: Part, score: Score) -> dict[str, float]:
    """What speaks for (above 0) or against a part as the melody of its score, by kind of evidence."""
    notes = sounding(part.notes)
    starts = np.array([note.start for note in notes])
    pitch = float(np.median([note.pitch for note in notes]))
    alone = len(skyline(notes, resolution=score.resolution)) / len(notes)
    onsets = np.unique(starts)
    pace = float(np.median(np.diff(onsets))) / score.resolution if len(onsets) > 1 else 8.0  # quarters a note
    whole = max(score.end // (4 * score.resolution), 1)
    present = min(len(np.unique(starts // (4 * score.resolution))) / whole, 1.0)
    return {
        "name": _name_points(part.name),
        "program": next((value for programs, value in PROGRAM_HINTS if part.program in programs), 0.0),
        "lyrics": 4.0 * _sung(onsets, score),
        "one at a time": 4.0 * (alone - 1.0),
        "register": float(np.interp(pitch, (40, 55, 72, 88, 100), (-2.0, 0.0, 2.0, 1.5, -1.0))),
        "presence": 3.0 * (present - 1.0),
        "pace": float(np.interp(np.log2(pace), (-3, -2, -1, 1, 2, 3), (-2.0, -0.5, 0.0, 0.0, -1.0, -2.0))),
    }


def skyline(notes: Sequence[Note], *, resolution: int = 480) -> tuple[Note, ...]:
    """The top line of notes that may sound together: of two that overlap, the higher stays, whole.

    Notes are never shortened: one is kept as it is or left out. Of overlapping notes of the same pitch the first
    (of equal starts the longest) stays. An overlap of up to a quarter of the shorter note, or up to a 32nd if that is
    under half of the shorter, is legato: both stay. Notes of zero length are all kept (see `sounding`).

    Parameters
    ----------
    notes : sequence of Note
        In any order.
    resolution : int
        Ticks a quarter.

    Returns
    -------
    tuple of Note
        The given objects, by start, then pitch from the top.
    """
    kept: list[Note] = []  # by start; as overlaps are small, their ends rise too
    starts: list[int] = []
    for note in sorted(sounding(notes), key=lambda note: (-note.pitch, note.start, note.start - note.end)):
        place = bisect.bisect_right(starts, note.start)
        if _fits(note, kept, place, resolution * SHORT):
            kept.insert(place, note)
            starts.insert(place, note.start)
    kept += (note for note in notes if note.start == note.end)
    return tuple(sorted(kept, key=lambda note: (note.start, -note.pitch)))


def sounding(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes that are longer than zero, in the order given."""
    return tuple(note for note in notes if note.end > note.start)


def _fits(note: Note, kept: Sequence[Note], place: int, short: float) -> bool:
    """Whether a note, which would be inserted at `place`, is free of all that overlap it, but for legato."""
    before = place - 1
    while before >= 0 and kept[before].end > note.start:
        if not _legato(kept[before], note, short):
            return False
        before -= 1
    after = place
    while after < len(kept) and kept[after].start < note.end:
        if not _legato(note, kept[after], short):
            return False
        after += 1
    return True


def _legato(first: Note, second: Note, short: float) -> bool:
    """Whether two overlapping notes, `first` not starting later, can be one voice."""
    overlap = min(first.end, second.end) - second.start
    shorter = min(first.end - first.start, second.end - second.start)
    return overlap <= LEGATO * shorter or (overlap <= short and 2 * overlap < shorter)


def _name_points(name: str) -> float:
    words = re.findall(r"[^\W\d_]+", name.casefold())
    fits = ([hint for hint in NAME_HINTS if word.startswith(hint)] for word in words)
    return sum(NAME_HINTS[max(hints, key=len)] for hints in fits if hints)


def _sung(onsets: np.ndarray, score: Score) -> float:
    """How well onsets and lyrics meet, 0-1: the harmonic mean of the shares of either that coincide."""
    syllables = np.unique([tick for tick, _ in score.lyrics])
    both = np.intersect1d(onsets, syllables).size
    return 2 * both / (onsets.size + syllables.size)
