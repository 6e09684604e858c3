"""Chords written as text, such as "Dm | A7 | Gm C7 | F"."""

import dataclasses
import re

from genart.errors import InputError
from genart.music.key import LETTERS, SIGNS

QUALITIES = {  # semitones above the root
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "9": (0, 2, 4, 7, 10),
    "m9": (0, 2, 3, 7, 10),
    "add9": (0, 2, 4, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
}
SAME = {"maj": "", "M": "", "min": "m", "-": "m", "min7": "m7", "-7": "m7", "M7": "maj7", "sus": "sus4", "+": "aug"}
NAME = re.compile(r"([A-G])(#|♯|b|♭)?([^/]*)(?:/[A-G](?:#|♯|b|♭)?)?")
NONE = ("N.C.", "NC", "r")  # where any note may sound
BEFORE = "%"  # the chord before


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Chord:
    """A chord: its name, and as pitch classes (0 = C) its root and all it has, ascending; no root and all for none."""

    name: str
    root: int | None
    classes: tuple[int, ...]

    @classmethod
    def parse(cls, name: str) -> "Chord":
        """The chord of a name such as "Dm", "F#7", "Bbmaj7" or "C/E", or "N.C." for none; basses are passed over.

        Raises
        ------
        InputError
            It is none of these.
        """
        if name in NONE:
            return cls(name="N.C.", root=None, classes=tuple(range(12)))
        match = NAME.fullmatch(name)
        quality = match and SAME.get(match[3], match[3])
        if not match or quality not in QUALITIES:
            raise InputError(
                f"chord {name!r}: write a root and one of {', '.join(filter(None, QUALITIES))} or nothing, such as Dm, "
                "A7 or F#; N.C. for none"
            )
        root = (LETTERS[match[1]] + SIGNS[match[2] or ""]) % 12
        return cls(name=name, root=root, classes=tuple(sorted((root + step) % 12 for step in QUALITIES[quality])))


def parse(text: str) -> tuple[tuple[Chord, ...], ...]:
    """The chords of each bar of a text such as "Dm | A7 | Gm C7 | %"; those of one bar are equally long.

    Raises
    ------
    InputError
        There is no chord, a bar has none, or a name is none.
    """
    bars: list[tuple[Chord, ...]] = []
    chord: Chord | None = None
    for number, words in enumerate(text.strip().strip("|").split("|"), 1):
        bar: list[Chord] = []
        for word in words.split():
            if word != BEFORE:
                chord = Chord.parse(word)
            elif chord is None:
                raise InputError(f"chords {text!r:.60}: {BEFORE} repeats the chord before, and there is none yet")
            bar.append(chord)
        if not bar:
            raise InputError(f"chords {text!r:.60}: bar {number} has none; write them so: Dm | A7 | Gm C7 | Dm")
        bars.append(tuple(bar))
    return tuple(bars)
