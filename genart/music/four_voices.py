"""Which track of a piece is the soprano, the alto, the tenor, the bass: told by their names, else by their ranges."""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np

from genart.errors import InputError
from genart.music import counterpoint, melody
from genart.music.counterpoint import RANGES, REST, VOICES
from genart.music.melody import Part
from genart.music.score import Note, Score, Track

WORDS: Mapping[str, int] = {  # in the name of a track, without accents -> the voice it is
    **dict.fromkeys(("soprano", "sopran", "soprane", "sopraan", "sop", "s", "cantus", "canto", "discantus"), 0),
    **dict.fromkeys(("alto", "alt", "altus", "contralto", "a"), 1),
    **dict.fromkeys(("tenor", "tenore", "ten", "t"), 2),
    **dict.fromkeys(("bass", "basso", "basse", "bassus", "bas", "b"), 3),
}
CHORDS = 0.05  # of its notes, more that sound below others: a track is no single voice
CLOSE = 1.0  # semitones between the means of two ranges, less than which tells no voices apart


@dataclasses.dataclass(frozen=True, kw_only=True)
class FourVoices:
    """The voices of a piece, of which some may be missing.

    Attributes
    ----------
    parts : voice (0 = soprano) -> the track and channel that it is
    notes : voice -> its notes of some length, one at a time, by start
    named : the voices that were told by the names of their tracks; the others by their ranges
    """

    parts: Mapping[int, Part]
    notes: Mapping[int, tuple[Note, ...]]
    named: frozenset[int]

    def __str__(self) -> str:
        """How the tracks were understood: 'soprano is track 2 "Melody" (by range), alto is track 3 (by name)'."""
        said = []
        for voice, part in self.parts.items():
            name = f' "{part.name}"' if part.name else ""
            said.append(f"{VOICES[voice]} is track {part.track + 1}{name} (by {self.told(voice)})")
        return ", ".join(said)

    def told(self, voice: int) -> str:
        """By what a voice (0 = soprano) was told: "name" or "range"."""
        return "name" if voice in self.named else "range"

    @property
    def names(self) -> tuple[str, ...]:
        """The voices that there are, from the top."""
        return tuple(VOICES[voice] for voice in self.parts)

    def of(self, score: Score) -> "FourVoices":
        """The same voices in another version of the piece, with the same tracks."""
        parts, notes = {}, {}
        for voice, part in self.parts.items():
            own = tuple(note for note in score.tracks[part.track].notes if note.channel == part.channel)
            parts[voice] = dataclasses.replace(part, notes=own)
            notes[voice] = melody.sounding(melody.skyline(own, resolution=score.resolution))
        return dataclasses.replace(self, parts=parts, notes=notes)

    def columns(self, score: Score) -> tuple[np.ndarray, np.ndarray]:
        """The columns of the piece, as :func:`genart.music.counterpoint.columns` gives them.

        Returns
        -------
        ticks int [N], pitches int [N, 4]; -1 is a rest, and a voice that is missing
        """
        present = next(iter(self.notes))  # stands for those that are missing, which then change nothing in time
        tracks = [Track(notes=self.notes.get(voice, self.notes[present])) for voice in range(len(VOICES))]
        ticks, pitches = counterpoint.columns(dataclasses.replace(score, tracks=tuple(tracks)))
        pitches[:, [voice for voice in range(len(VOICES)) if voice not in self.notes]] = REST
        return ticks, pitches


def assign(score: Score) -> FourVoices:
    """Tell the voices of a piece apart.

    A track whose name says what it sings ("Alto", "Tenore 1", "B.") is that voice. The others are the voices that are
    left, from the top, as their ranges fit best.

    Parameters
    ----------
    score : of one to four voices, each a track or, in a file of one track, a channel; drums do not count

    Raises
    ------
    InputError
        There are no notes or more than four voices, a track has chords, or voices cannot be told apart.
    """
    parts = [part for part in melody.parts(score) if melody.sounding(part.notes)]
    if not parts:
        raise InputError("there are no voices: the score has no notes but drums'")
    if len(parts) > len(VOICES):
        raise InputError(f"the piece has {len(parts)} voices ({_listed(parts)}): at most four can be worked with")
    lines = {id(part): melody.skyline(part.notes, resolution=score.resolution) for part in parts}
    lines = {key: melody.sounding(line) for key, line in lines.items()}
    for part in parts:
        whole = len(melody.sounding(part.notes))
        if whole - len(lines[id(part)]) > CHORDS * whole:
            raise InputError(f"track {_called(part)} sounds several notes at once: give each voice its own track")
    named = _by_name(parts)
    rest = [part for part in parts if part not in named.values()]
    found = named | _by_range(rest, [voice for voice in range(len(VOICES)) if voice not in named])
    found = dict(sorted(found.items()))
    return FourVoices(
        parts=found,
        notes={voice: lines[id(part)] for voice, part in found.items()},
        named=frozenset(named),
    )


def chosen(names: str | Sequence[str], *, among: Sequence[str] = VOICES) -> tuple[int, ...]:
    """The voices (0 = soprano) that names such as "alto,tenor" say, from the top.

    Raises
    ------
    InputError
        One is none of the voices `among` which to choose, or there are none.
    """
    given = names.split(",") if isinstance(names, str) else list(names)
    given = [name.strip().lower() for name in given]
    for name in given:
        if name not in VOICES:
            raise InputError(f"voice {name!r}: the voices are {', '.join(VOICES)}")
        if name not in among:
            raise InputError(f"the piece has no {name}: its voices are {', '.join(among)}")
    return tuple(sorted({VOICES.index(name) for name in given}))


def _by_name(parts: Sequence[Part]) -> dict[int, Part]:
    """The parts whose names tell their voices; those of which several tell the same one are left to their ranges."""
    told: dict[int, list[Part]] = {}
    for part in parts:
        plain = unicodedata.normalize("NFKD", part.name.casefold())
        words = re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))
        voices = {WORDS[word] for word in words if word in WORDS and (len(word) > 1 or len(words) == 1)}
        if len(voices) == 1:
            told.setdefault(voices.pop(), []).append(part)
    return {voice: found[0] for voice, found in told.items() if len(found) == 1}


def _by_range(parts: Sequence[Part], voices: Sequence[int]) -> dict[int, Part]:
    """The parts, from the highest, as those of the voices whose ranges they fit best."""
    parts = sorted(parts, key=_mean, reverse=True)
    for upper, lower in pairwise(parts):
        if _mean(upper) - _mean(lower) < CLOSE:
            raise InputError(
                f"tracks {_called(upper)} and {_called(lower)} cannot be told apart, for they lie equally high: name "
                f"them {', '.join(VOICES[voice] for voice in voices[:-1])} or {VOICES[voices[-1]]}"
            )
    centers = [sum(RANGES[voice]) / 2 for voice in VOICES]

    def distance(choice: tuple[int, ...]) -> float:
        return sum(abs(_mean(part) - centers[voice]) for part, voice in zip(parts, choice, strict=True))

    return dict(zip(min(combinations(voices, len(parts)), key=distance), parts, strict=True))


def _mean(part: Part) -> float:
    """The mean pitch, by time."""
    whole = sum(note.end - note.start for note in part.notes)
    return sum((note.end - note.start) * note.pitch for note in part.notes) / whole


def _called(part: Part) -> str:
    return f'{part.track + 1} "{part.name}"' if part.name else str(part.track + 1)


def _listed(parts: Sequence[Part]) -> str:
    names = [part.name or f"track {part.track + 1}" for part in parts[:8]]
    return ", ".join(names) + (" ..." if len(parts) > 8 else "")
