"""What the fields K:, M: and L: of ABC say (standard 2.1, abcnotation.com, 2011)."""

import dataclasses
import re
from fractions import Fraction

from genart.errors import InputError
from genart.music.key import LETTERS
from genart.music.timing import DENOMINATORS
from genart.music.tunes.tune import FIFTHS

SHARPS, FLATS = "FCGDAEB", "BEADGCF"  # in the order of key signatures
ON_THE_LINE = dict(zip(SHARPS, (-1, 0, 1, 2, 3, 4, 5), strict=True))  # sharps of the major key of a letter
SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
MODES = {  # by their first three letters
    **{"": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor", "dor": "dorian"},
    **{"phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian"},
}
KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)((?:\s*[\^_=]{1,2}[A-Ga-g])*)")
UNITS = (Fraction(1, 16), Fraction(1, 8))  # of meters below 3/4 and of all others, where no L: is given


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class KeyField:
    """Tonic (pitch class), mode, and what each letter is raised by: {"F": 1, "C": 1} for D major."""

    tonic: int
    mode: str
    signs: dict[str, int]


def key_of(text: str) -> KeyField:
    """The key written as "G", "Edor", "E Dorian", "F#m", "D =c", "Hp", "none". Raises InputError for anything else.

    The modes are known by their first three letters; a lone "M" is major. The pipes' Hp is A mixolydian.
    """
    words = text.split("clef")[0].strip()
    if words.lower() in ("", "none"):
        return KeyField(tonic=0, mode="major", signs={})
    if words[:2].lower() == "hp":
        return KeyField(tonic=9, mode="mixolydian", signs={"F": 1, "C": 1})
    match = KEY.match(words)
    letters = match[3] if match else ""
    name = "" if letters == "M" or letters.lower() == "exp" else letters[:3].lower()
    if not match or name not in MODES:
        raise InputError(f"key {text!r}: ABC writes a tonic and a mode, such as G, Edor or F#m")
    mode, raised = MODES[name], {"#": 1, "b": -1, "": 0}[match[2]]
    fifths = ON_THE_LINE[match[1]] + 7 * raised + FIFTHS[mode]
    signs = dict.fromkeys(SHARPS[:fifths], 1) if fifths > 0 else dict.fromkeys(FLATS[: -min(fifths, 0)], -1)
    if letters.lower() == "exp":
        signs = {}
    for sign, letter in re.findall(r"([\^_=]{1,2})([A-Ga-g])", match[4]):
        signs[letter.upper()] = SIGNS.get(sign, 0)
    return KeyField(tonic=(LETTERS[match[1]] + raised) % 12, mode=mode, signs=signs)


def meter_of(text: str) -> tuple[int, int]:
    """The meter written as "6/8", "C", "C|", "2+3/8"; 4/4 for "none". Raises InputError for anything else."""
    known = {"C": (4, 4), "C|": (2, 2), "none": (4, 4), "": (4, 4)}
    if text in known:
        return known[text]
    match = re.match(r"\(?(\d{1,3}(?:\s*\+\s*\d{1,3})*)\)?\s*/\s*(\d{1,2})\b", text)
    top = sum(int(part) for part in match[1].split("+")) if match else 0
    if not match or not 1 <= top <= 255 or int(match[2]) not in DENOMINATORS:
        raise InputError(f"meter {text!r}: ABC writes C, C| or two numbers, such as 6/8")
    return top, int(match[2])


def unit_of(text: str) -> Fraction:
    """The unit of length written as "1/8", a part of a whole note. Raises InputError for anything else."""
    match = re.match(r"(\d{1,2})\s*/\s*(\d{1,3})\b|1\b", text)
    unit = Fraction(int(match[1] or 1), int(match[2] or 1)) if match and match[2] != "0" else Fraction(0)
    if not Fraction(1, 512) <= unit <= 4:
        raise InputError(f"unit of length {text!r}: ABC writes a part of a whole note, such as 1/8")
    return unit


def usual_unit(meter: tuple[int, int]) -> Fraction:
    """The unit of length where no L: is given."""
    return UNITS[Fraction(*meter) >= Fraction(3, 4)]
