"""The music of an ABC tune, without its header: from text to bars of notes.

Follows the ABC standard 2.1 (abcnotation.com, 2011) for what a single voice has, and what older files write
instead: chords in plus signs, repeats and endings however they are spaced, exclamation marks at the ends of lines.
Of chords the top note is read; grace notes, decorations, chord symbols, slurs, lyrics, overlays and all voices but
the first are left out.
"""

import dataclasses
import re
from fractions import Fraction

from genart.errors import InputError
from genart.music.key import LETTERS
from genart.music.quantize import QUARTER
from genart.music.tunes.abc_fields import SIGNS, KeyField, key_of, meter_of, unit_of

WHOLE = 4 * QUARTER
IN_TIME_OF = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # how many notes a tuplet of so many replaces; others: two or three
MOST_UNITS = 4096  # a note or rest; longer ones are slips of the pen

_NOTE = r"(?:\^\^?|__?|=)?[A-Ga-g][',]*"
_LENGTH = r"\d*/*\d*"
TOKEN = re.compile(
    rf"""(?P<text>"[^"\n]*") | (?P<grace>\{{[^}}\n]*\}}) | (?P<decoration>![^!\s|]{{1,20}}!|\+(?:f+|[a-z.]{{4,}})\+)
    | \[(?P<field>[A-Za-z]):(?P<value>[^\]\n]*)\]
    | (?P<line>:*\[?\|[|\]]*:*|::+) (?:\s*\[?\s*(?P<after>\d)(?:[,.-]\d)*)?
    | \[\s*(?P<ending>\d)(?:[,.-]\d)*
    | (?:\[(?P<chord>[^\]\[|\n]*)\] | \+(?P<plus>(?:{_NOTE}{_LENGTH}){{2,}})\+) (?P<times>{_LENGTH})
    | (?P<note>{_NOTE}|[zxZ])(?P<length>{_LENGTH})
    | \((?P<tuplet>[2-9])(?::(?P<time>\d?))?(?::(?P<count>\d?))?
    | (?P<broken>>+|<+) | (?P<tie>-) | (?P<overlay>&) | (?P<spacer>y\d*)""",
    re.VERBOSE,
)
NOTES = re.compile(rf"(?P<note>{_NOTE})(?P<length>{_LENGTH})")
NOTE = re.compile(r"(\^\^?|__?|=)?(([A-Ga-g])([',]*))")
ASIDE = re.compile(r'"[^"]*"|![^!]*!|\{[^}]*\}')


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """A note or rest (pitch None) of a length in 48ths of a quarter, and whether a tie leads from it."""

    pitch: int | None
    length: Fraction
    tied: bool = False
    written: str = ""  # letter and octave, such as "c'"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What lies between two bar lines, and the line that ends it, such as ":|", with the number of an ending after it.

    The line is "" at the end of the text. The meter is that at the end of the bar.
    """

    sounds: tuple[Sound, ...]
    line: str
    ending: int | None
    meter: tuple[int, int]


def measures(text: str, *, key: KeyField, meter: tuple[int, int], unit: Fraction) -> list[Measure]:
    """The bars of the music in a text, in which fields stand in brackets, such as "[K:D]".

    Raises
    ------
    InputError
        A note is beyond MIDI's range or longer than 4,096 units, or a key, meter or unit within the music cannot be
        read.
    """
    reader = _Reader(key=key, meter=meter, unit=unit)
    for match in TOKEN.finditer(text):
        reader.read(match)
    reader.close("", None)
    return reader.measures


class _Reader:
    """Where the reading stands: the bar, its accidentals, and a tuplet or a broken rhythm under way."""

    def __init__(self, *, key: KeyField, meter: tuple[int, int], unit: Fraction) -> None:
        self.measures: list[Measure] = []
        self._key, self._meter, self._unit = key, meter, unit * WHOLE  # 48ths of a quarter
        self._bar: list[Sound] = []
        self._signs: dict[str, int] = {}
        self._tied: Sound | None = None  # the note before, if a tie leads from it
        self._next = Fraction(1)  # what a broken rhythm makes of the next note
        self._ratio, self._left = Fraction(1), 0  # of a tuplet, and how many of its notes are to come
        self._overlay = False
        self._voice, self._first = "", ""  # the one being read, the first

    def read(self, match: re.Match[str]) -> None:
        if match["field"]:
            self._change(match["field"], match["value"].strip())
        elif self._voice != self._first:
            return
        elif match["line"]:
            self.close(match["line"], match["after"])
        elif match["ending"]:
            self.close("|", match["ending"])
        elif self._overlay or match["overlay"]:
            self._overlay = True
        elif match["chord"] or match["plus"]:
            self._chord(match["chord"] or match["plus"], match["times"])
        elif match["note"]:
            self._sound(match["note"], match["length"])
        elif match["tuplet"]:
            self._begin_tuplet(int(match["tuplet"]), match["time"], match["count"])
        elif match["broken"]:
            self._break(match["broken"])
        elif match["tie"]:
            self._tie()

    def close(self, line: str, ending: str | None) -> None:
        number = int(ending) if ending else None
        self.measures.append(Measure(sounds=tuple(self._bar), line=line, ending=number, meter=self._meter))
        self._bar, self._signs, self._overlay, self._left, self._next = [], {}, False, 0, Fraction(1)

    def _change(self, field: str, value: str) -> None:
        if field == "V" and value:
            self._voice = value.split()[0]
            self._first = self._first or self._voice
        elif self._voice != self._first:
            return
        elif field == "K":
            self._key = key_of(value)
        elif field == "M":
            self._meter = meter_of(value)
        elif field == "L":
            self._unit = unit_of(value) * WHOLE

    def _sound(self, name: str, length: str) -> None:
        units = _units(length)
        if name in "xz":
            self._play(None, units)
        elif name == "Z":  # so many bars
            self._play(None, units * Fraction(*self._meter) * WHOLE / self._unit)
        else:
            self._play(self._pitch(name), units, name.lstrip("^_="))

    def _play(self, pitch: int | None, units: Fraction, written: str = "") -> None:
        length = units * self._unit * self._next
        if self._left:
            length *= self._ratio
            self._left -= 1
        self._next = Fraction(1)
        self._tied = None
        if length:
            self._bar.append(Sound(pitch=pitch, length=length, written=written))

    def _pitch(self, text: str) -> int:
        match = NOTE.fullmatch(text)
        assert match is not None
        sign, written, letter, marks = match.groups()
        name = letter.upper()
        if sign:
            self._signs[name] = SIGNS[sign]
        elif self._tied and self._tied.pitch is not None and self._tied.written == written and not self._bar:
            return self._tied.pitch  # a tie carries an accidental over the bar line
        octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
        raised = self._signs.get(name, self._key.signs.get(name, 0))  # accidentals hold in every octave
        pitch = 12 * (octave + 1) + LETTERS[name] + raised
        if not 0 <= pitch < 128:
            raise InputError(f"the note {text} is beyond MIDI's range")
        return pitch

    def _chord(self, inner: str, times: str) -> None:
        notes = list(NOTES.finditer(ASIDE.sub("", inner)))
        if notes:
            pitches = [self._pitch(note["note"]) for note in notes]
            top = pitches.index(max(pitches))
            written = notes[top]["note"].lstrip("^_=")
            self._play(pitches[top], _units(notes[0]["length"]) * _units(times), written)
            if "-" in inner:
                self._tie()

    def _tie(self) -> None:
        if self._bar and self._bar[-1].pitch is not None:
            self._bar[-1] = self._tied = dataclasses.replace(self._bar[-1], tied=True)

    def _begin_tuplet(self, notes: int, time: str | None, count: str | None) -> None:
        compound = self._meter[0] % 3 == 0 and self._meter[0] > 3
        replaced = int(time or 0) or IN_TIME_OF.get(notes, 3 if compound else 2)
        self._ratio, self._left = Fraction(replaced, notes), int(count or 0) or notes

    def _break(self, marks: str) -> None:
        short = Fraction(1, 2 ** min(len(marks), 3))
        if self._bar:
            first, self._next = (2 - short, short) if marks[0] == ">" else (short, 2 - short)
            self._bar[-1] = dataclasses.replace(self._bar[-1], length=self._bar[-1].length * first)


def _units(text: str) -> Fraction:
    """The length written as "3", "/", "//", "3/2"; 1 if nothing is."""
    numerator, slashes, rest = text.partition("/")
    below = rest.lstrip("/")
    halved = len(rest) - len(below)
    denominator = (int(below) if below else 2) * 2**halved if slashes else 1
    value = Fraction(int(numerator or 1), denominator) if denominator else Fraction(0)
    if value > MOST_UNITS:
        raise InputError(f"a note {text} units long: a note has at most {MOST_UNITS:,}")
    return value
