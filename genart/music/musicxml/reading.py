"""What a MusicXML document says: notes, words, bars, meters, keys and tempos, in quarters.

The library partitura is not used for it: its reader drops lyrics, velocities, programs and the tempos of metronome
marks, and leaves transposing instruments at their written pitch.
"""

import dataclasses
import functools
import re
import xml.etree.ElementTree as ET
from fractions import Fraction

from genart.errors import InputError
from genart.music.key import LETTERS
from genart.music.musicxml.drums import STAFF
from genart.music.rhythm import NAMES
from genart.music.timing import MOST_BARS

FORTE = 90  # MusicXML gives velocities in percent of this
USUAL_VELOCITY = 80
LONGEST_BAR = 1000  # quarters
TEMPOS = (4, 10_000)  # quarters a minute; others are taken for mistakes
BEAT_UNITS = {name: Fraction(8, 2**i) for i, name in enumerate(NAMES)}
READ_OVER = {
    "repeat": "repeats are not played: every bar is read once",
    "grace": "grace notes are left out",
    "cue": "cue notes are left out",
}
Meter = tuple[int, int]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReadNote:
    """A note: times in quarters, from the start of its bar while the bar is read, of the piece later."""

    bar: int
    start: Fraction
    end: Fraction
    pitch: int
    drum: bool
    velocity: int
    instrument: str
    line: tuple[str, str]  # staff and voice
    ties: tuple[bool, bool]  # from the note before, to the note after
    words: str  # as a MIDI file has them: "mu-"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """An instrument of a part, as MIDI numbers it from 0; `drum` is the pitch of an unpitched one."""

    name: str = ""
    channel: int | None = None
    program: int | None = None
    drum: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReadPart:
    """A part, with what it says of the piece: (bar, quarters from its start, what) of meters, keys and tempos.

    `lengths` are how much of each bar is filled; keys are (fifths, mode) as they sound.
    """

    name: str
    instruments: dict[str, Instrument]
    notes: list[ReadNote] = dataclasses.field(default_factory=list)
    lengths: list[Fraction] = dataclasses.field(default_factory=list)
    implicit: list[bool] = dataclasses.field(default_factory=list)
    meters: list[tuple[int, Meter]] = dataclasses.field(default_factory=list)
    keys: list[tuple[int, Fraction, tuple[int, str]]] = dataclasses.field(default_factory=list)
    tempos: list[tuple[int, Fraction, float]] = dataclasses.field(default_factory=list)
    remarks: set[str] = dataclasses.field(default_factory=set)


def parts(root: ET.Element) -> list[ReadPart]:
    """The parts of a document.

    Raises
    ------
    InputError
        It is no MusicXML score, or something in it is not what it should be; the message says where.
    """
    if root.tag not in ("score-partwise", "score-timewise"):
        raise InputError(
            f"this is XML but not a MusicXML score (it begins with <{root.tag:.40}>): export it as MusicXML"
        )
    listed = {entry.get("id", ""): entry for entry in root.iterfind("part-list/score-part")}
    bars: dict[str, list[ET.Element]] = {}
    if root.tag == "score-partwise":
        for part in root.iterfind("part"):
            bars.setdefault(part.get("id", ""), []).extend(part.iterfind("measure"))
    else:
        for measure in root.iterfind("measure"):
            for part in measure.iterfind("part"):
                part.attrib |= {key: value for key, value in measure.attrib.items() if key != "id"}
                bars.setdefault(part.get("id", ""), []).append(part)
    if max(map(len, bars.values()), default=0) > MOST_BARS:
        raise InputError(f"the score has more than {MOST_BARS:,} bars")
    return [_PartReader(listed.get(identity), identity).read(measures) for identity, measures in bars.items()]


class _PartReader:
    """Walks through a part; what holds on from bar to bar is kept here."""

    def __init__(self, entry: ET.Element | None, identity: str) -> None:
        name = _text(entry, "part-name") if entry is not None else ""
        name = re.sub(r"\s*[\r\n]+\s*", "\n", name.strip())
        self.part = ReadPart(name=name, instruments=_instruments(entry) if entry is not None else {})
        self.where = self.part.name or identity
        self.divisions = Fraction(1)
        self.whole = Fraction(4)  # quarters in a bar
        self.transposed = 0
        self.velocity = USUAL_VELOCITY
        self.verse: str | None = None
        self.bar = -1
        self.now = self.begun = self.filled = Fraction(0)

    def read(self, measures: list[ET.Element]) -> ReadPart:
        for self.bar, measure in enumerate(measures):
            self.number = measure.get("number", "?")
            self.now = self.begun = self.filled = Fraction(0)
            for element in measure:
                handle = HANDLERS.get(element.tag)
                if handle:
                    handle(self, element)
            self.part.lengths.append(self.filled)
            self.part.implicit.append(measure.get("implicit") == "yes" or self.number == "0")
        return self.part

    def _move(self, quarters: Fraction) -> None:
        self.now = max(self.now + quarters, Fraction(0))
        self.filled = max(self.filled, self.now)
        if self.now > LONGEST_BAR:
            raise self._damaged(f"it lasts more than {LONGEST_BAR} quarters")

    def _damaged(self, reason: str) -> InputError:
        return InputError(f"the score is damaged in bar {self.number:.20} of {self.where:.60}: {reason}")

    def _number(self, element: ET.Element, path: str, default: int | None = None) -> Fraction:
        text = _text(element, path).strip()
        if not text and default is not None:
            return Fraction(default)
        if not re.fullmatch(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", text):
            raise self._damaged(f"<{path}> is {text[:20]!r} where a number belongs")
        return Fraction(text)

    def attributes(self, element: ET.Element) -> None:
        if element.find("divisions") is not None:
            self.divisions = self._number(element, "divisions")
            if self.divisions <= 0:
                raise self._damaged("a quarter has no divisions")
        for transpose in element.iterfind("transpose"):
            octaves = self._number(transpose, "octave-change", 0)
            self.transposed = round(self._number(transpose, "chromatic", 0) + 12 * octaves)
        time = element.find("time")
        if time is not None and time.find("beats") is not None:
            self._meter(time)
        key = element.find("key")
        if key is not None and key.find("fifths") is not None:
            fifths = round(self._number(key, "fifths")) + 7 * self.transposed
            fifths = fifths if -7 <= fifths <= 7 and not self.transposed else (fifths + 6) % 12 - 6
            mode = "minor" if _text(key, "mode").strip() in ("minor", "aeolian") else "major"
            self.part.keys.append((self.bar, self.now, (fifths, mode)))

    def _meter(self, time: ET.Element) -> None:
        """Also "3+2" over 8; of several fractions only those of one denominator are added."""
        denominators = [_text(time, "beat-type").strip()] + [e.text or "" for e in time.iterfind("beat-type")]
        beats = [
            b.text or "" for b, d in zip(time.iterfind("beats"), denominators[1:], strict=False) if d == denominators[0]
        ]
        counts = re.findall(r"\d{1,4}", "+".join(beats))
        if not counts or not re.fullmatch(r"\d{1,4}", denominators[0]):
            raise self._damaged(f"its meter is {'+'.join(beats)[:20]}/{denominators[0][:20]}")
        meter = sum(map(int, counts)), int(denominators[0])
        self.whole = Fraction(4 * meter[0], meter[1] or 1)
        self.part.meters.append((self.bar, meter))

    def backup(self, element: ET.Element) -> None:
        self._move(-self._number(element, "duration") / self.divisions)

    def forward(self, element: ET.Element) -> None:
        self._move(self._number(element, "duration") / self.divisions)

    def barline(self, element: ET.Element) -> None:
        if element.find("repeat") is not None or element.find("ending") is not None:
            self.part.remarks.add(READ_OVER["repeat"])

    def direction(self, element: ET.Element) -> None:
        offset = self._number(element, "offset", 0) / self.divisions
        sounds = element.findall("sound")
        for sound in sounds:
            self.sound(sound, offset)
        if not any(sound.get("tempo") for sound in sounds):
            for mark in element.iterfind("direction-type/metronome"):
                unit = BEAT_UNITS.get(_text(mark, "beat-unit").strip(), Fraction(1))
                dots = len(mark.findall("beat-unit-dot"))
                number = re.search(r"\d{1,5}(\.\d{1,6})?", _text(mark, "per-minute"))
                if number:
                    self._tempo(float(number[0]) * float(unit * (2 - Fraction(1, 2**dots))), offset)

    def sound(self, element: ET.Element, offset: Fraction = Fraction(0)) -> None:
        if any(element.get(jump) for jump in ("dacapo", "dalsegno", "tocoda")):
            self.part.remarks.add(READ_OVER["repeat"])
        offset = offset or self._number(element, "offset", 0) / self.divisions
        self._tempo(_decimal(element.get("tempo")), offset)
        dynamics = _decimal(element.get("dynamics"))
        if dynamics:
            self.velocity = _velocity(dynamics)

    def _tempo(self, bpm: float, offset: Fraction) -> None:
        if TEMPOS[0] <= bpm <= TEMPOS[1]:
            self.part.tempos.append((self.bar, max(self.now + offset, Fraction(0)), bpm))

    def note(self, element: ET.Element) -> None:
        over = [remark for tag, remark in READ_OVER.items() if element.find(tag) is not None]
        self.part.remarks.update(over)
        if element.find("grace") is not None:
            return
        length = self._number(element, "duration", 0) / self.divisions
        rest = element.find("rest") is not None
        if rest:
            length = min(length, self.whole or length)  # some programs give the rest of a bar a breve's duration
        if element.find("chord") is None:
            self.begun = self.now
            self._move(length)
        if over or length <= 0 or rest:
            return
        instrument = element.find("instrument")
        identity = instrument.get("id", "") if instrument is not None else ""
        drum = element.find("unpitched") is not None
        pitch = self._drum(element, identity) if drum else self._pitch(element)
        kinds = {tie.get("type") for path in ("tie", "notations/tied") for tie in element.iterfind(path)}
        self.part.notes.append(
            ReadNote(
                bar=self.bar,
                start=self.begun,
                end=self.begun + length,
                pitch=pitch,
                drum=drum,
                velocity=_velocity(_decimal(element.get("dynamics"))) if element.get("dynamics") else self.velocity,
                instrument=identity,
                line=(_text(element, "staff").strip() or "1", _text(element, "voice").strip() or "1"),
                ties=(bool(kinds & {"stop", "continue"}), bool(kinds & {"start", "continue"})),
                words=self._words(element),
            )
        )

    def _pitch(self, element: ET.Element) -> int:
        step = _text(element, "pitch/step").strip()
        if step not in LETTERS:
            raise self._damaged(f"a note has the step {step[:20]!r}, which is none of A to G")
        alter = self._number(element, "pitch/alter", 0)
        if alter.denominator > 1:
            self.part.remarks.add("notes between the semitones are read as the nearest of the twelve")
        pitch = 12 * (self._number(element, "pitch/octave") + 1) + LETTERS[step] + round(alter) + self.transposed
        if not 0 <= pitch < 128:
            raise self._damaged(f"a note of pitch {round(pitch)} lies outside of MIDI's 0-127")
        return round(pitch)

    def _drum(self, element: ET.Element, identity: str) -> int:
        known = self.part.instruments.get(identity)
        if known is not None and known.drum is not None:
            return known.drum
        place = _text(element, "unpitched/display-step").strip() + _text(element, "unpitched/display-octave").strip()
        return STAFF.get(place, STAFF["C5"])

    def _words(self, element: ET.Element) -> str:
        """The syllable of the first verse that there is."""
        for lyric in element.iterfind("lyric"):
            verse = lyric.get("number") or "1"
            self.verse = self.verse or verse
            if verse != self.verse:
                self.part.remarks.add("of several verses the first is read")
                continue
            text = "".join(part.text or "" for part in lyric if part.tag in ("text", "elision")).strip()
            places = [part.text for part in lyric if part.tag == "syllabic"]
            return f"{text}-" if text and places and places[-1] in ("begin", "middle") else text
        return ""


HANDLERS = {
    "attributes": _PartReader.attributes,
    "note": _PartReader.note,
    "backup": _PartReader.backup,
    "forward": _PartReader.forward,
    "direction": _PartReader.direction,
    "sound": _PartReader.sound,
    "barline": _PartReader.barline,
}


def _instruments(entry: ET.Element) -> dict[str, Instrument]:
    found = {}
    for score_instrument in entry.iterfind("score-instrument"):
        identity = score_instrument.get("id", "")
        found[identity] = Instrument(name=_text(score_instrument, "instrument-name").strip())
    for midi in entry.iterfind("midi-instrument"):
        identity = midi.get("id", "")
        number = functools.partial(_midi_number, midi)
        found[identity] = dataclasses.replace(
            found.get(identity, Instrument()),
            channel=number("midi-channel", 16),
            program=number("midi-program", 128),
            drum=number("midi-unpitched", 128),
        )
    return found


def _midi_number(midi: ET.Element, path: str, most: int) -> int | None:
    """Counted from 0; None where there is none, or none that MIDI knows."""
    number = _decimal(_text(midi, path))
    return int(number) - 1 if 1 <= number <= most else None


def _velocity(percent: float) -> int:
    return max(1, min(round(percent * FORTE / 100), 127))


def _decimal(text: str | None) -> float:
    return float(text) if text and re.fullmatch(r"\s*\d{1,9}(\.\d{0,12})?\s*", text) else 0.0


def _text(element: ET.Element, path: str) -> str:
    return element.findtext(path) or ""
