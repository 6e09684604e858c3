"""From a written score to a MusicXML document.

The library partitura is not used for it: its writer knows no lyrics, tempos with fractions, pickup bars, accidentals
nor recipes, and puts elements in an order that the MusicXML schema does not allow.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

import genart
from genart.music import spelling
from genart.music.lyrics import Syllable
from genart.music.musicxml import drums
from genart.music.musicxml.reading import FORTE, USUAL_VELOCITY
from genart.music.notation import Head, Notation, Part
from genart.music.quantize import QUARTER, Measure
from genart.music.rhythm import Sign, beat_of
from genart.music.staves import Clef
from genart.recipe import Recipe

DECLARATION = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    b'"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
RECIPE_FIELD = "genart"
LINES = ("identification", "part-list", "score-part", "part", "measure", "attributes", "direction", "note", "backup")
NOTICEABLE = 0.04  # a change of tempo that is worth a metronome mark


def to_bytes(notation: Notation, *, recipe: Recipe | None = None) -> bytes:
    """The MusicXML 4.0 document of a written score, with the recipe in it if there is one."""
    root = ET.Element("score-partwise", version="4.0")
    if notation.title:
        _add(_add(root, "work"), "work-title", notation.title)
    identification = _add(root, "identification")
    _add(_add(identification, "encoding"), "software", f"genart {genart.__version__}")
    if recipe is not None:
        _add(_add(identification, "miscellaneous"), "miscellaneous-field", recipe.to_json(), name=RECIPE_FIELD)
    _part_list(_add(root, "part-list"), notation)
    for number, part in enumerate(notation.parts, 1):
        _part(_add(root, "part", id=f"P{number}"), part, number, notation)
    for element in root.iter():
        if element.tag in LINES:
            element.tail = "\n"
    return DECLARATION + ET.tostring(root, encoding="utf-8") + b"\n"


def _add(parent: ET.Element, tag: str, text: object = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, {key: _clean(value) for key, value in attributes.items()})
    if text is not None:
        element.text = _clean(str(text))
    return element


def _clean(text: str) -> str:
    """Text without what XML has no place for."""
    return re.sub(r"[^\t\n\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "", text)


def _part_list(parent: ET.Element, notation: Notation) -> None:
    if notation.choir:
        group = _add(parent, "part-group", type="start", number="1")
        _add(group, "group-symbol", "bracket")
    for number, part in enumerate(notation.parts, 1):
        entry = _add(parent, "score-part", id=f"P{number}")
        _add(entry, "part-name", "\n".join(track.name for track in part.tracks))
        instruments = list(_instruments(part, number))
        for identity, name, *_ in instruments:
            _add(_add(entry, "score-instrument", id=identity), "instrument-name", name)
        for identity, _, channel, program, unpitched in instruments:
            midi = _add(entry, "midi-instrument", id=identity)
            _add(midi, "midi-channel", channel + 1)
            if program is not None:
                _add(midi, "midi-program", program + 1)
            if unpitched is not None:
                _add(midi, "midi-unpitched", unpitched + 1)
    if notation.choir:
        _add(parent, "part-group", type="stop", number="1")


def _instruments(part: Part, number: int) -> Iterator[tuple[str, str, int, int | None, int | None]]:
    """Identity, name, channel, program and drum's pitch of a part's instruments: its tracks, or a track's drums."""
    for i, track in enumerate(part.tracks, 1):
        channel = track.channels[0]
        if track.is_drums:
            for pitch in sorted({note.pitch for note in track.notes}):
                yield f"P{number}-I{pitch + 1}", track.name, channel, track.program_of(channel), pitch
        else:
            yield f"P{number}-I{i}", track.name, channel, track.program_of(channel), None


def _part(parent: ET.Element, part: Part, number: int, notation: Notation) -> None:
    meters = [str(measure.meter) for measure in notation.measures]
    shown = 0.0
    for index, measure in enumerate(notation.measures):
        element = _add(parent, "measure", number=str(measure.number))
        if measure.number == 0:
            element.set("implicit", "yes")
        key = notation.keys.get(index)
        new_meter = index == 0 or meters[index] != meters[index - 1]
        if key or new_meter:
            attributes = _add(element, "attributes")
            _attributes(attributes, part, notation, index, meter=new_meter)
        for _, offset, bpm in (tempo for tempo in notation.tempos if number == 1 and tempo[0] == index):
            mark = abs(bpm - shown) > NOTICEABLE * shown
            shown = bpm if mark else shown
            _tempo(element, bpm, offset, measure, mark=mark)
        _music(element, part, number, index, measure)
        if index == len(notation.measures) - 1:
            _add(_add(element, "barline", location="right"), "bar-style", "light-heavy")


def _attributes(parent: ET.Element, part: Part, notation: Notation, index: int, *, meter: bool) -> None:
    if index == 0:
        _add(parent, "divisions", QUARTER)
    key = notation.keys.get(index)
    if key:
        element = _add(parent, "key")
        _add(element, "fifths", 0 if part.clefs[0].sign == "percussion" else spelling.signature(key))
        _add(element, "mode", key.mode)
    if meter:
        time = _add(parent, "time")
        _add(time, "beats", notation.measures[index].meter.numerator)
        _add(time, "beat-type", notation.measures[index].meter.denominator)
    if index == 0:
        if len(part.clefs) > 1:
            _add(parent, "staves", len(part.clefs))
        for number, clef in enumerate(part.clefs, 1):
            _clef(_add(parent, "clef", number=str(number)), clef)


def _clef(parent: ET.Element, clef: Clef) -> None:
    _add(parent, "sign", clef.sign)
    if clef.sign != "percussion":
        _add(parent, "line", clef.line)
    if clef.octaves:
        _add(parent, "clef-octave-change", clef.octaves)


def _tempo(parent: ET.Element, bpm: float, offset: int, measure: Measure, *, mark: bool) -> None:
    """A tempo for players, and a metronome mark for readers: in dotted beats where the meter has them."""
    direction = _add(parent, "direction", placement="above")
    kind = _add(direction, "direction-type")
    if mark:
        dotted = beat_of(measure.meter) == QUARTER * 3 // 2
        metronome = _add(kind, "metronome")
        _add(metronome, "beat-unit", "quarter")
        if dotted:
            _add(metronome, "beat-unit-dot")
        _add(metronome, "per-minute", f"{bpm / (1.5 if dotted else 1):.4g}")
    else:
        _add(kind, "words")
    if offset:
        _add(direction, "offset", offset, sound="yes")
    _add(direction, "sound", tempo=_plain(bpm))


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _music(parent: ET.Element, part: Part, number: int, index: int, measure: Measure) -> None:
    first = True
    for place, voice in enumerate(part.voices):
        if not voice.bars[index]:
            continue
        if not first:
            _add(_add(parent, "backup"), "duration", measure.length)
        first = False
        others = [v for v in part.voices if v.staff == voice.staff and v.bars[index]]
        shared = len(others) > 1 or part.tracks[0].is_drums
        writer = _Writer(part, number, place, stem=voice.stem if shared else "")
        for sign, heads in voice.bars[index]:
            writer.sign(parent, sign, heads)


class _Writer:
    """What all signs of a voice in a bar share."""

    def __init__(self, part: Part, number: int, place: int, *, stem: str) -> None:
        self.voice, self.number, self.place, self.stem = part.voices[place], number, place + 1, stem
        self.track = part.tracks[min(place, len(part.tracks) - 1)]
        self.instrument = min(place, len(part.tracks) - 1) + 1
        self.staff = self.voice.staff if len(part.clefs) > 1 else 0

    def sign(self, parent: ET.Element, sign: Sign, heads: Sequence[Head]) -> None:
        if sign.chord is None and not self.voice.printed:
            skipped = _add(parent, "forward")
            _add(skipped, "duration", sign.length)
            return
        for i, head in enumerate(heads or (None,)):
            self.note(_add(parent, "note"), sign, head, first=i == 0)

    def note(self, element: ET.Element, sign: Sign, head: Head | None, *, first: bool) -> None:
        """The children of a <note>, in the order that the schema asks for."""
        if head and head.note.velocity != USUAL_VELOCITY:
            element.set("dynamics", _plain(round(head.note.velocity / FORTE * 100, 2)))
        if not first:
            _add(element, "chord")
        notehead = self._pitch(element, sign, head)
        _add(element, "duration", sign.length)
        for tied, kind in zip(sign.ties, ("stop", "start"), strict=True):
            if tied:
                _add(element, "tie", type=kind)
        if head:
            place = head.note.pitch + 1 if self.track.is_drums else self.instrument
            _add(element, "instrument", id=f"P{self.number}-I{place}")
        _add(element, "voice", self.place)
        if sign.value:
            _add(element, "type", sign.value)
        for _ in range(sign.dots):
            _add(element, "dot")
        if head and head.accidental and not self.track.is_drums:
            cautionary = {"cautionary": "yes"} if head.courtesy else {}
            _add(element, "accidental", head.accidental, **cautionary)
        if sign.triplet:
            ratio = _add(element, "time-modification")
            _add(ratio, "actual-notes", 3)
            _add(ratio, "normal-notes", 2)
        if head and self.stem:
            _add(element, "stem", self.stem)
        if notehead:
            _add(element, "notehead", notehead)
        if self.staff:
            _add(element, "staff", self.staff)
        if first:
            for number, beam in enumerate(sign.beams, 1):
                _add(element, "beam", beam, number=str(number))
        self._notations(element, sign, first=first)
        word = self.voice.words.get(sign.start) if head and first and not sign.ties[0] else None
        if word:
            _lyric(element, word)

    def _pitch(self, element: ET.Element, sign: Sign, head: Head | None) -> str:
        """The pitch, drum or rest of a note; returns the kind of its head, "" for the usual."""
        if head is None:
            _add(element, "rest", **({} if sign.value else {"measure": "yes"}))
            return ""
        if self.track.is_drums:
            step, octave, notehead = drums.WRITTEN.get(head.note.pitch, drums.OTHER)
            unpitched = _add(element, "unpitched")
            _add(unpitched, "display-step", step)
            _add(unpitched, "display-octave", octave)
            return notehead
        pitch = _add(element, "pitch")
        _add(pitch, "step", head.pitch.step)
        if head.pitch.alter:
            _add(pitch, "alter", head.pitch.alter)
        _add(pitch, "octave", head.pitch.octave)
        return ""

    def _notations(self, element: ET.Element, sign: Sign, *, first: bool) -> None:
        ends = [kind for tied, kind in zip(sign.ties, ("stop", "start"), strict=True) if tied]
        if not ends and not (sign.bracket and first):
            return
        notations = _add(element, "notations")
        for kind in ends:
            _add(notations, "tied", type=kind)
        if sign.bracket and first:
            _add(notations, "tuplet", type=sign.bracket)


def _lyric(parent: ET.Element, word: Syllable) -> None:
    lyric = _add(parent, "lyric", number="1")
    _add(lyric, "syllabic", word.place)
    _add(lyric, "text", word.text)
    if word.melisma:
        _add(lyric, "extend")
