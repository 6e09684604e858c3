"""What is asked of a tune before a note of it is there: its head, its bars, what it begins with, and its chords."""

import dataclasses
import math
from collections.abc import Sequence

from genart.errors import InputError
from genart.music import chords as chord_names
from genart.music import melody, reading
from genart.music.chords import Chord
from genart.music.key import KeyName, estimate
from genart.music.score import Note, Score
from genart.music.text import pitch_of
from genart.music.timing import Meter
from genart.music.tokens import Codec, Head, anchor_of
from genart.music.tunes.scores import RESOLUTION, heard
from genart.music.tunes.tune import KINDS, LETTERS, MINOR_MODES, MODES, Section, Tune, bar_lines, bar_of, kind_of

BARS = 16
MOST_BARS = 256
LONGEST_BAR = 16  # quarters
SECTION_BARS = 8  # of a section, where nothing else is said
ANCHORS = range(60, 72)  # where the tonic lies, from which a tune goes up mostly
METERS = {  # the usual ones
    "jig": (6, 8),
    "slip jig": (9, 8),
    "reel": (2, 2),
    "hornpipe": (2, 2),
    "set dance": (2, 2),
    "polka": (2, 4),
    "air": (3, 4),
    "waltz": (3, 4),
}
KEY = "D"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outline:
    """What is asked of a tune.

    Attributes
    ----------
    head : meter, mode, kind and where it lies
    sections : bars of each
    form : the order in which sections are played, "" for each once
    lowest, highest : MIDI pitches of new notes
    leap : semitones from note to note at most
    chords : of each bar; empty for any
    begun : what it begins with, if anything
    played : the notes that it was read from, one for each of its own, `resolution` ticks a quarter
    program : General MIDI program of the one who played it, if known
    tempo : quarters a minute
    remarks : sentences on what was made of it
    """

    head: Head
    sections: tuple[int, ...]
    form: str
    lowest: int
    highest: int
    leap: int
    chords: tuple[tuple[Chord, ...], ...]
    begun: Tune | None
    played: tuple[Note, ...]
    resolution: int
    program: int | None
    tempo: float
    remarks: tuple[str, ...]

    @property
    def bars(self) -> int:
        """How many there are, each section once."""
        return sum(self.sections)

    @property
    def beat(self) -> int:
        """The length of a beat in 48ths of a quarter, three units of a meter such as 6/8; at most a bar."""
        unit = self.head.bar // self.head.meter[0]
        return 3 * unit if _compound(self.head.meter) else min(max(unit, 48), self.head.bar)

    @property
    def strong(self) -> tuple[tuple[tuple[int, Chord], ...], ...]:
        """The strong places of each bar, 48ths of a quarter from the bar line, with their chords."""
        return tuple(self._strong(bar) for bar in self.chords)

    def _strong(self, bar: Sequence[Chord]) -> tuple[tuple[int, Chord], ...]:
        length = self.head.bar
        if _compound(self.head.meter):
            places = set(range(0, length, self.beat))
        else:
            places = {0, length // 2} if self.head.meter[0] % 2 == 0 and length >= 4 * 48 else {0}
        places |= {math.ceil(number * length / len(bar)) for number in range(len(bar))}
        return tuple((at, bar[at * len(bar) // length]) for at in sorted(places))

    def __str__(self) -> str:
        top, bottom = self.head.meter
        tonic = KeyName(tonic=self.head.anchor % 12, mode="minor" if self.head.mode in MINOR_MODES else "major")
        said = [f"{self.bars} bar{'s' * (self.bars > 1)}", f"{top}/{bottom}", f"{tonic.spelling} {self.head.mode}"]
        if self.head.kind != "unknown":
            said.append(self.head.kind)
        if self.form:
            said.append(f"played {self.form}")
        if self.begun is not None:
            notes = len(self.begun.pitches)
            said.append(f"begins with {notes} given note{'s' * (notes > 1)}")
        if self.chords:
            said.append(f"chords {' | '.join(' '.join(chord.name for chord in bar) for bar in self.chords[:4])} ...")
        return " · ".join(said)


def outline(
    *,
    primer: Score | None = None,
    bars: int | None = None,
    meter: str | None = None,
    key: str | None = None,
    pitches: str | tuple[int, int] | None = None,
    kind: str | None = None,
    max_leap: int | None = None,
    chords: str | None = None,
    repeat: str | None = None,
    tempo: float | None = None,
) -> Outline:
    """Put together what is asked: a beginning, and options as :func:`genart.melody` has them; `pitches` is its `range`.

    Raises
    ------
    InputError
        An option is none there is, or two do not go together.
    """
    kind_name = _kind(kind)
    named = None if key is None else _key(key)
    begun, played = (None, ()) if primer is None else _begun(primer, named, meter, kind_name)
    harmony = chord_names.parse(chords) if chords is not None else ()
    signature = _meter(meter, begun, kind_name)
    tonic, mode = named or (_key_of(harmony) if begun is None else (begun.tonic, begun.mode))
    lowest, highest = _range(pitches)
    anchor = _anchor(tonic, lowest, highest) if begun is None else anchor_of(begun)
    head = Head(meter=signature, mode=mode, kind=kind_name, anchor=anchor)
    sections = _sections(max(BARS, len(harmony)) if bars is None else bars, repeat, begun)
    if max_leap is not None and max_leap < 1:
        raise InputError(f"largest leap {max_leap}: it is 1 semitone or more")
    if tempo is not None and not 10 <= tempo <= 400:
        raise InputError(f"tempo {tempo:g}: it is 10 to 400 quarters a minute")
    if len(harmony) > sum(sections):
        raise InputError(
            f"chords for {len(harmony)} bars and only {sum(sections)} bars: give more bars or fewer chords"
        )
    return Outline(
        head=head,
        sections=sections,
        form=repeat or "",
        lowest=lowest,
        highest=highest,
        leap=127 if max_leap is None else max_leap,
        chords=tuple(harmony[bar % len(harmony)] for bar in range(sum(sections))) if harmony else (),
        begun=begun,
        played=played,
        resolution=RESOLUTION if primer is None else reading.fine(primer).resolution,
        program=None if primer is None else melody.likeliest(primer).program,
        tempo=tempo or (primer.tempos[0].bpm if primer is not None else 100),
        remarks=tuple(_remarks(head, lowest, highest, harmony, sum(sections))),
    )


def _kind(text: str | None) -> str:
    name = "unknown" if text is None or text == "unknown" else kind_of(text)
    if name == "unknown" and text not in (None, "unknown"):
        raise InputError(f"kind {text!r}: the kinds are {', '.join(KINDS[1:])}")
    return name


def _key(text: str) -> tuple[int, str]:
    """Tonic and mode of "Dm", "Bb" or "D dorian"."""
    first, _, second = text.strip().partition(" ")
    if second.strip().lower() in MODES:
        return KeyName.parse(first).tonic, second.strip().lower()
    try:
        name = KeyName.parse(text)
    except InputError:
        raise InputError(f"key {text!r}: write a tonic and a mode, such as C, F#m, Bb major or D dorian") from None
    return name.tonic, name.mode


def _key_of(harmony: Sequence[Sequence[Chord]]) -> tuple[int, str]:
    """The key of chords, of which the roots of the first and the last tell most; without any, the usual one."""
    roots = [chord.root for bar in harmony for chord in bar if chord.root is not None]
    if not roots:
        return _key(KEY)
    classes = [each for bar in harmony for chord in bar if chord.root is not None for each in chord.classes]
    found = estimate([roots[0], *classes, roots[-1]])
    return found.tonic, found.mode


def _meter(text: str | None, begun: Tune | None, kind: str) -> tuple[int, int]:
    if text is None:
        return METERS.get(kind, (4, 4)) if begun is None else begun.meter
    meter = Meter.parse(text)
    if meter.ticks(1) > LONGEST_BAR:
        raise InputError(f"meter {meter}: a bar has at most {LONGEST_BAR} quarters")
    return meter.numerator, meter.denominator


def _begun(primer: Score, named: tuple[int, str] | None, meter: str | None, kind: str) -> tuple[Tune, tuple[Note, ...]]:
    """The beginning as a tune, in the key that is named or else heard, and its notes as they are played."""
    name = None
    if named is not None:
        name = KeyName(tonic=named[0], mode="minor" if named[1] in MINOR_MODES else "major").midi
    tune, played = heard(primer, key=name, meter=meter, kind=kind)
    if named is not None:
        tune = dataclasses.replace(tune, tonic=named[0], mode=named[1])
    if bar_of(tune.meter) > LONGEST_BAR * 48:
        raise InputError(
            f"the beginning is in {tune.meter[0]}/{tune.meter[1]}: a bar has at most {LONGEST_BAR} quarters"
        )
    return tune, played


def _range(given: str | tuple[int, int] | None) -> tuple[int, int]:
    if given is None:
        return 0, 127
    if isinstance(given, str):
        low, _, high = (part.strip() for part in given.partition("-"))
        if not low or not high:
            raise InputError(f"range {given!r}: write the lowest and the highest note, such as C4-A5")
        span = pitch_of(low), pitch_of(high)
    else:
        span = given[0], given[1]
    if not 0 <= span[0] <= span[1] <= 127:
        raise InputError(f"range {given!r}: write the lowest note first, both from C-1 to G9, such as C4-A5")
    return span


def _anchor(tonic: int, lowest: int, highest: int) -> int:
    """The tonic that pitches are counted from: the one that lies a little below the middle of the range."""
    if (lowest, highest) == (0, 127):
        return next(pitch for pitch in ANCHORS if pitch % 12 == tonic)
    middle = (lowest + highest) // 2
    return middle - 1 - (middle - 1 - tonic) % 12


def _sections(bars: int, repeat: str | None, begun: Tune | None) -> tuple[int, ...]:
    if not 1 <= bars <= MOST_BARS:
        raise InputError(f"{bars} bars: ask for 1 to {MOST_BARS}")
    given = 0 if begun is None else _bars_of(begun)
    if given >= bars:
        raise InputError(
            f"the beginning fills {given} bars, and the tune is to have {bars} in all: ask for more bars than that"
        )
    if repeat is None:
        first = SECTION_BARS * (given // SECTION_BARS + 1)
        count = max((bars - first) // SECTION_BARS, 0)
        return (first, *(SECTION_BARS,) * (count - 1), bars - first - SECTION_BARS * (count - 1)) if count else (bars,)
    letters = LETTERS[: len(set(repeat))]
    if not repeat or set(repeat) != set(letters):
        raise InputError(f"repeat {repeat!r}: name the sections in order from A on, such as AABB or ABA")
    if bars % len(letters):
        raise InputError(f"{bars} bars cannot be parted into {len(letters)} sections of as many: change bars or repeat")
    each = bars // len(letters)
    if given >= each:
        raise InputError(f"the beginning fills {given} bars, and section A is to have {each}: ask for more bars")
    return (each,) * len(letters)


def _bars_of(begun: Tune) -> int:
    """How many whole bars a beginning has; its pickup is none."""
    section = begun.sections[0]
    longer = Section(notes=section.notes, length=section.length + 1, pickup=section.pickup, breaks=section.breaks)
    lines = list(bar_lines(longer, begun.bar))
    return sum(line > section.pickup for line in lines)


def _compound(meter: tuple[int, int]) -> bool:
    return meter[0] % 3 == 0 and meter[0] > 3 and meter[1] >= 8


def _remarks(
    head: Head,
    lowest: int,
    highest: int,
    harmony: Sequence[object],
    bars: int,
) -> list[str]:
    found = []
    if head.meter not in Codec().meters:
        known = ", ".join(f"{top}/{bottom}" for top, bottom in Codec().meters)
        found.append(f"no tune that it learned from is in {head.meter[0]}/{head.meter[1]}, but in {known}")
    usual = METERS.get(head.kind)
    if usual and bar_of(usual) != head.bar:
        found.append(f"a {head.kind} is mostly in {usual[0]}/{usual[1]}")
    if all(pitch % 12 != head.anchor % 12 for pitch in range(lowest, highest + 1)):
        found.append("the range has no tonic, and so the tune cannot end on it")
    if harmony and bars % len(harmony):
        found.append(f"the chords of {len(harmony)} bars go round, and stop in the middle of a round")
    return found
