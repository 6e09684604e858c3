"""A tune as networks learn it: one voice, each section once, in 48ths of a quarter.

A grid of 48 holds a 64th (3), a dotted 32nd (9), triplets of any of these down to 64ths (2) and a broken rhythm within
a triplet of eighths (24, 8, 16), each exactly, and is the written time of :mod:`genart.music.quantize`. Of some 4,200
tunes of fiddlers and pipers only groups of five and seven, about thirty, are not on it; their notes are put on the
nearest points and the group keeps its length.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterator

from genart.errors import InputError
from genart.music.quantize import QUARTER
from genart.music.timing import DENOMINATORS

MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
FIFTHS = {  # of the key signature, above that of the major key on the same tonic
    "major": 0,
    "minor": -3,
    "dorian": -2,
    "phrygian": -4,
    "lydian": 1,
    "mixolydian": -1,
    "locrian": -5,
}
MINOR_MODES = ("minor", "dorian", "phrygian", "locrian")  # with a minor third
KINDS = (
    "unknown",
    "air",
    "hornpipe",
    "jig",
    "march",
    "polka",
    "reel",
    "set dance",
    "slip jig",
    "strathspey",
    "waltz",
)
KIND_WORDS = {  # the first that is found decides
    r"(slip|hop) ?jig": "slip jig",
    r"(long|set) ?dance": "set dance",
    "strathspey|fling": "strathspey",
    "hornpipe|clog": "hornpipe",
    "reel": "reel",
    "jigg?|slide": "jig",
    "march|quick ?step": "march",
    "waltz": "waltz",
    "polka": "polka",
    "air|song": "air",
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of a tune; times are 48ths of a quarter from its start, which is that of its pickup.

    Bars are as long as the tune's meter says, from the end of the pickup on. Where the music has a bar line that
    comes too early or too late for that, it is in `breaks`, and bars are counted anew from there.
    """

    notes: tuple[tuple[int, int, int], ...]  # onset, duration, MIDI pitch; one after another, at least one
    length: int  # to the end of the section, rests after the last note included
    pickup: int = 0
    breaks: tuple[int, ...] = ()  # ascending, within the section

    def __post_init__(self) -> None:
        end = 0
        for onset, duration, pitch in self.notes:
            if onset < end or duration < 1 or not 0 <= pitch < 128:
                raise InputError(
                    f"note of pitch {pitch} from {onset} on for {duration}: the notes of a section follow one another, "
                    "each at least 1 long, of pitches 0-127"
                )
            end = onset + duration
        if not self.notes or end > self.length or not 0 <= self.pickup <= self.length:
            raise InputError(
                f"a section of {len(self.notes)} notes up to {end}, length {self.length}, pickup {self.pickup}: "
                "it has a note at least, and the notes and the pickup lie within it"
            )
        inner = (0, *self.breaks, self.length)
        if any(a >= b for a, b in itertools.pairwise(inner)):
            raise InputError(f"breaks {self.breaks} in a section of {self.length}: they ascend and lie within it")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tune:
    """A melody in sections, and how often and in which order they are played.

    Raises
    ------
    InputError
        The meter, mode or kind is none that there is, a pickup is not shorter than a bar, or the form names sections
        that the tune does not have.
    """

    sections: tuple[Section, ...]
    meter: tuple[int, int]
    tonic: int  # pitch class, 0-11, 0 = C
    mode: str = "major"  # of MODES
    kind: str = "unknown"  # of KINDS
    form: str = ""  # such as "AABB"; each section once by default
    title: str = ""
    source: str = ""  # the collection or the file's base name
    number: int = 0  # in its source

    def __post_init__(self) -> None:
        top, bottom = self.meter
        if not 1 <= top <= 255 or bottom not in DENOMINATORS:
            raise InputError(f"meter {top}/{bottom}: 1-255 beats over 1, 2, 4, 8, 16, 32 or 64")
        if self.mode not in MODES or not 0 <= self.tonic < 12:
            raise InputError(
                f"tonic {self.tonic}, mode {self.mode!r}: a tonic is 0-11, a mode one of {', '.join(MODES)}"
            )
        if self.kind not in KINDS:
            raise InputError(f"kind {self.kind!r}: the kinds are {', '.join(KINDS)}")
        if not self.sections or any(section.pickup >= self.bar for section in self.sections):
            raise InputError(f"a tune has a section at least, and pickups shorter than a bar of {top}/{bottom}")
        if not self.form:
            object.__setattr__(self, "form", LETTERS[: len(self.sections)])
        check_form(self.form, len(self.sections))

    @property
    def bar(self) -> int:
        """The length of a bar, in 48ths of a quarter."""
        return bar_of(self.meter)

    @property
    def pitches(self) -> tuple[int, ...]:
        """The MIDI pitches of all notes, each section once."""
        return tuple(pitch for section in self.sections for _, _, pitch in section.notes)

    @property
    def signature(self) -> int:
        """The sharps (above 0) or flats (below 0) of its key signature, see :func:`signature`."""
        return signature(self.tonic, self.mode)

    def transposed(self, semitones: int) -> "Tune":
        """The tune so many semitones higher. Raises InputError if a pitch leaves 0-127."""
        moved = tuple(
            dataclasses.replace(section, notes=tuple((o, d, pitch + semitones) for o, d, pitch in section.notes))
            for section in self.sections
        )
        return dataclasses.replace(self, sections=moved, tonic=(self.tonic + semitones) % 12)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A tune that could not be read, or is not used, and why."""

    source: str
    number: int
    title: str
    reason: str


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # names of sections in a form


def bar_of(meter: tuple[int, int]) -> int:
    """The length of a bar of a meter, in 48ths of a quarter."""
    return 4 * QUARTER * meter[0] // meter[1]


def check_form(form: str, sections: int) -> None:
    """Raise InputError unless a form such as "AABB" names sections of the first so many only, at least one."""
    allowed = LETTERS[:sections]
    if not form or set(form) - set(allowed):
        raise InputError(f"form {form!r}: write the sections in order, such as AABB; this tune has {allowed}")


def signature(tonic: int, mode: str) -> int:
    """The sharps (above 0) or flats (below 0) of a key, -6 to 6: F sharp major, but E flat minor."""
    fifths = (7 * tonic + FIFTHS[mode]) % 12
    return fifths - 12 if fifths > 6 or (fifths == 6 and mode in MINOR_MODES) else fifths


def kind_of(text: str) -> str:
    """The kind among `KINDS` that a text such as "Double Jig", "slipjig" or "Mrs. Gow's Reel" names, or "unknown"."""
    plain = " ".join(re.findall(r"[a-z]+", text.lower()))
    return next((kind for words, kind in KIND_WORDS.items() if re.search(rf"\b({words})s?\b", plain)), "unknown")


def bar_lines(section: Section, bar: int) -> Iterator[int]:
    """Where bars of a length end within a section, breaks included, its end left out; in 48ths from its start."""
    at = section.pickup or bar
    for stop in (*section.breaks, section.length):
        while at < stop:
            yield at
            at += bar
        if stop < section.length:
            yield stop
        at = stop + bar
