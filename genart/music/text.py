"""Melodies written as text, such as "C4 C4 G4 G4 | A4 A4 G4:2", so that nobody needs a file to begin."""

import dataclasses
import math
import re
import textwrap
from collections.abc import Sequence
from fractions import Fraction

from mido import MetaMessage

from genart.errors import InputError
from genart.music.key import LETTERS, KeyName
from genart.music.messages import file_text
from genart.music.score import Event, Note, Score, Track
from genart.music.timing import DENOMINATORS, Key, Meter, Tempo

RESOLUTION = 480
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "##": 2, "x": 2, "b": -1, "♭": -1, "bb": -2, "♭♭": -2}
UNITS = ("whole notes", "halves", "quarters", "eighths", "16ths", "32nds", "64ths")  # as DENOMINATORS
SYMBOL = re.compile(
    r"(?:[rR]|(?P<letter>[A-Ga-g])(?P<sign>##?|♯|x|bb?|♭♭?)?(?P<octave>-1|\d))"
    r"(?::(?P<length>\d{1,4}/\d{1,4}|\d{1,4}(?:\.\d{1,6})?|\.\d{1,6}))?(?P<tie>~)?"
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """A note or rest as written: MIDI pitch (None: a rest), length in the meter's unit, whether it ends in a tie."""

    text: str
    pitch: int | None
    length: Fraction
    tie: bool


def parse(
    text: str, *, meter: str = "4/4", key: str | None = None, tempo: float = 100, lyrics: str | None = None
) -> Score:
    """Make a score of one voice, at 480 ticks a quarter, from text.

    A note is a letter, accidentals (`#`, `b`, `x` or `##`, `bb`) and an octave: C4 is MIDI pitch 60. `r` is a rest.
    After a colon comes the length in units of the meter's lower number (4/4: quarters, 6/8: eighths), 1 by default:
    `G4:2`, `G4:1/2`, `G4:0.5`, `G4:1/3` for a triplet. `~` at the end ties a note to the next. `|` ends a bar, which
    then must be exactly full, but the first may be short (a pickup, bar 0) and so may the last. Text without `|` is
    not checked.

    Parameters
    ----------
    meter
        Such as "3/4".
    key
        Such as "Dm" or "F# minor"; it is written into the score and changes no note.
    tempo
        Quarters a minute, whatever the meter.
    lyrics
        Syllables separated by blanks, one for each note (tied notes are one); "-" passes a note over.

    Raises
    ------
    InputError
        Something is none of these, a bar is not full, a tie leads to another pitch, there are no notes, or there are
        more syllables than notes.
    """
    signature = Meter.parse(meter)
    first, *others = [bar.split() for bar in re.split(r"\|+", text.strip().strip("|"))]
    bars = [[_symbol(word, 1) for word in first]]
    pickup = _pickup(bars[0], signature) if others else Fraction(0)
    for number, words in enumerate(others, 1 if pickup else 2):
        bars.append([_symbol(word, number) for word in words])
    if "|" in text:
        _check(bars, signature, first=0 if pickup else 1)
    unit = Fraction(4 * RESOLUTION, signature.denominator)
    start = (pickup - _length(bars[0])) * unit if pickup else Fraction(0)
    notes = _notes([symbol for bar in bars for symbol in bar], unit, start)
    events = _lyrics(lyrics, notes) if lyrics else []
    return Score.make(
        voices=[Track.make(name="Melody", notes=notes, events=events)],
        resolution=RESOLUTION,
        tempos=[Tempo(bpm=tempo)],
        meters=_meters(signature, pickup),
        keys=[Key(name=KeyName.parse(key).midi)] if key else [],
    )


def pitch_of(name: str) -> int:
    """The MIDI pitch of a note name such as "F#3" (or of a number, "54"). Raises InputError if it is neither."""
    if name.isascii() and name.isdigit() and int(name) < 128:
        return int(name)
    match = SYMBOL.fullmatch(name)
    pitch = _pitch(match) if match and not match["length"] and not match["tie"] else None
    if pitch is None or not 0 <= pitch < 128:
        raise InputError(f"{name!r} is no note: write a letter, an accidental and an octave, from C-1 to G9")
    return pitch


def _pitch(match: re.Match[str]) -> int | None:
    """Of a note, which may lie beyond what MIDI can hold; None of a rest."""
    if not match["letter"]:
        return None
    return 12 * (int(match["octave"]) + 1) + LETTERS[match["letter"].upper()] + ACCIDENTALS[match["sign"] or ""]


def _symbol(word: str, bar: int) -> Symbol:
    match = SYMBOL.fullmatch(word)
    if not match:
        raise InputError(f"{word!r} in bar {bar}: write notes such as C4, F#3 or Bb4:1/2, r for a rest, | between bars")
    numerator, _, denominator = (match["length"] or "1").partition("/")
    if not float(denominator or 1) or Fraction(numerator) / Fraction(denominator or 1) < Fraction(1, RESOLUTION):
        raise InputError(f"{word!r} in bar {bar}: a length is at least 1/{RESOLUTION}")
    pitch = _pitch(match)
    if pitch is not None and not 0 <= pitch < 128:
        raise InputError(f"{word!r} in bar {bar}: notes go from C-1 to G9")
    return Symbol(
        text=word, pitch=pitch, length=Fraction(numerator) / Fraction(denominator or 1), tie=bool(match["tie"])
    )


def _length(bar: Sequence[Symbol]) -> Fraction:
    return sum((symbol.length for symbol in bar), Fraction(0))


def _pickup(bar: Sequence[Symbol], meter: Meter) -> Fraction:
    """Length of the bar in the meter's unit if it is a pickup, else 0.

    A meter cannot name the length of a third of a quarter, so such are rounded up, as if a rest came first.
    """
    held = _length(bar)
    steps = [Fraction(meter.denominator, finer) for finer in DENOMINATORS if finer >= meter.denominator]
    lengths = [held] if (held / steps[-1]).denominator == 1 else [math.ceil(held / step) * step for step in steps]
    return next((length for length in lengths if 0 < length < meter.numerator), Fraction(0))


def _meters(meter: Meter, pickup: Fraction) -> list[Meter]:
    if not pickup:
        return [meter]
    whole = pickup / meter.denominator
    denominator = next(d for d in DENOMINATORS if d >= meter.denominator and (whole * d).denominator == 1)
    short = Meter(numerator=int(whole * denominator), denominator=denominator)
    return [short, dataclasses.replace(meter, tick=int(short.ticks(RESOLUTION)))]


def _check(bars: Sequence[Sequence[Symbol]], meter: Meter, *, first: int) -> None:
    for i, bar in enumerate(bars):
        held = _length(bar)
        may_be_short = i == len(bars) - 1 or (i == 0 and first == 0)
        if held > meter.numerator or (held < meter.numerator and not may_be_short):
            words = textwrap.shorten(" ".join(symbol.text for symbol in bar), 60, placeholder=" ...") or "nothing"
            unit = UNITS[DENOMINATORS.index(meter.denominator)]
            raise InputError(
                f"counted in {unit}, bar {first + i} ({words}) holds {held} where {meter} has {meter.numerator}"
            )


def _notes(symbols: Sequence[Symbol], unit: Fraction, start: Fraction) -> list[Note]:
    """Notes of the symbols from tick `start` on, `unit` ticks a unit, tied ones joined."""
    notes: list[Note] = []
    before: Symbol | None = None
    for symbol in symbols:
        stop = start + symbol.length * unit
        tied = before is not None and before.tie
        if before is not None and tied and before.pitch != symbol.pitch:
            raise InputError(f"{before.text} is tied to {symbol.text}: a tie joins notes of the same pitch")
        if symbol.pitch is not None and tied:
            notes[-1] = dataclasses.replace(notes[-1], end=round(stop))
        elif symbol.pitch is not None:
            notes.append(Note(start=round(start), end=round(stop), pitch=symbol.pitch))
        start, before = stop, symbol
    if not notes:
        raise InputError('the text has no notes: write some, such as "C4 D4 E4:2"')
    if before is not None and before.tie:
        raise InputError(f"{before.text} at the end is tied to nothing: leave out the ~")
    return notes


def _lyrics(lyrics: str, notes: Sequence[Note]) -> list[Event]:
    syllables = lyrics.split()
    if len(syllables) > len(notes):
        raise InputError(f"{len(syllables)} syllables for {len(notes)} notes: write one a note, - to pass one over")
    return [
        Event(tick=note.start, message=MetaMessage("lyrics", text=file_text(syllable)))
        for note, syllable in zip(notes, syllables, strict=False)
        if syllable != "-"
    ]
