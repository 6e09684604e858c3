"""Which lines of music share a staff, and its clef."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from genart.errors import InputError
from genart.music import four_voices, quantize
from genart.music.counterpoint import VOICES
from genart.music.lyrics import Syllable
from genart.music.quantize import Chord, Ruler
from genart.music.score import Note, Score, Track

TOO_WIDE = 3  # semitones of ledger lines a note, on the best clef: chords then take two staves
MIDDLE = 60  # C4: what is below is on the lower staff of a keyboard
GUITARS = range(24, 32)  # General MIDI programs


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Clef:
    """A clef: sign "G", "F" or "percussion", its line from below, octaves that it lifts notes by.

    `lowest` and `highest` are the pitches that need no ledger lines, `unusual` is what speaks against it, in semitones
    of ledger lines a note.
    """

    sign: str
    line: int
    octaves: int = 0
    lowest: int = 0
    highest: int = 127
    unusual: int = 0


TREBLE = Clef(sign="G", line=2, lowest=62, highest=79)
TENOR = Clef(sign="G", line=2, octaves=-1, lowest=50, highest=67)
BASS = Clef(sign="F", line=4, lowest=41, highest=60)
CLEFS = (
    TREBLE,
    BASS,
    Clef(sign="F", line=4, octaves=-1, lowest=29, highest=48, unusual=5),
    Clef(sign="G", line=2, octaves=1, lowest=74, highest=91, unusual=8),
)
SUNG = {"soprano": TREBLE, "mezzo": TREBLE, "alto": TREBLE, "tenor": TENOR, "ténor": TENOR}  # how names begin
PERCUSSION = Clef(sign="percussion", line=2)

Line = tuple[Sequence[Chord], Mapping[int, Syllable]]  # chords, and the syllables by their written starts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Staff:
    """A clef and the lines under it; `choir` if they are voices of their own, whose rests are printed."""

    clef: Clef
    lines: Sequence[Line]
    choir: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """The tracks of a part and its staves."""

    tracks: Sequence[Track]
    staves: Sequence[Staff]


def open_score(tracks: Sequence[tuple[Track, Mapping[int, Syllable]]], ruler: Ruler) -> list[Group]:
    """A part for each track, with one staff, or two for chords of a keyboard's range."""
    order = choir([track for track, _ in tracks])
    tenor = order[2] if order else None
    return [
        Group(tracks=[track], staves=_staves(track, ruler, words, tenor=index == tenor))
        for index, (track, words) in enumerate(tracks)
    ]


def closed_score(tracks: Sequence[tuple[Track, Mapping[int, Syllable]]], ruler: Ruler) -> list[Group]:
    """Two to four voices on two staves: the upper ones on a treble staff, the lower ones on a bass staff.

    Words that a higher voice has too are printed once.
    """
    heights = [sum(note.pitch for note in track.notes) / len(track.notes) for track, _ in tracks]
    order = choir([track for track, _ in tracks]) or sorted(range(len(tracks)), key=lambda i: -heights[i])
    upper = (len(order) + 1) // 2
    groups: list[Group] = []
    printed: set[tuple[int, Syllable]] = set()
    for clef, indexes in ((TREBLE, order[:upper]), (BASS, order[upper:])):
        found: list[Line] = []
        for index in indexes:
            track, words = tracks[index]
            new = not set(words.items()) <= printed
            printed |= set(words.items())
            found.append((quantize.lines(track, ruler)[0], words if new else {}))
        staff = Staff(clef=clef, lines=found, choir=True)
        groups.append(Group(tracks=[tracks[index][0] for index in indexes], staves=[staff]))
    return groups


def check_voices(tracks: Sequence[Track], ruler: Ruler, *, staves: int) -> None:
    """Raise InputError where tracks cannot be the voices of a score of 2 or 4 staves."""
    voices = len(tracks)
    if staves == 4 and voices != len(VOICES):
        raise InputError(f"4 staves are for four voices and the score has {voices}: leave out the number of staves")
    if staves == 2 and not 2 <= voices <= len(VOICES):
        raise InputError(f"2 staves hold two to four voices and the score has {voices}: leave out the number of staves")
    for number, track in enumerate(tracks, 1):
        found = quantize.lines(track, ruler)
        if track.is_drums or len(found) > 1 or any(len(chord.notes) > 1 for line in found for chord in line):
            name = track.name or f"track {number}"
            what = "drums" if track.is_drums else "several notes at a time"
            raise InputError(f"{name} has {what}, and {staves} staves are for voices: leave out the number of staves")


def choir(tracks: Sequence[Track]) -> list[int] | None:
    """The places of soprano, alto, tenor and bass among four tracks, of which at most one has no name that says it."""
    if len(tracks) != len(VOICES):
        return None
    try:
        found = four_voices.assign(Score(tracks=tuple(tracks)))
    except InputError:
        return None
    named = len(found.parts) == len(VOICES) and len(found.named) >= len(VOICES) - 1
    return [found.parts[voice].track for voice in range(len(VOICES))] if named else None


def _staves(track: Track, ruler: Ruler, words: Mapping[int, Syllable], *, tenor: bool) -> list[Staff]:
    found = quantize.lines(track, ruler)
    if track.is_drums:
        return [Staff(clef=PERCUSSION, lines=[(line, {}) for line in found])]
    notes = [note for note in track.notes if note.end > note.start]
    chords = len(found) > 1 or any(len(chord.notes) > 1 for chord in found[0])
    clef = TENOR if tenor else _clef(track, notes)
    if chords and _mean(notes, clef=clef) > TOO_WIDE:
        low, high = ([note for note in notes if (note.pitch >= MIDDLE) == upper] for upper in (False, True))
        hands = [quantize.lines(dataclasses.replace(track, notes=tuple(hand)), ruler) for hand in (high, low)]
        return [
            Staff(clef=clef, lines=[(line, words if i == 0 and clef is TREBLE else {}) for i, line in enumerate(hand)])
            for clef, hand in zip((TREBLE, BASS), hands, strict=True)
        ]
    return [Staff(clef=clef, lines=[(line, words if i == 0 else {}) for i, line in enumerate(found)])]


def _clef(track: Track, notes: Sequence[Note]) -> Clef:
    """What a singer or guitarist reads; for others the clef with the fewest ledger lines."""
    if track.program in GUITARS:
        return TENOR
    sung = (clef for name, clef in SUNG.items() if track.name.strip().casefold().startswith(name))
    return next(sung, None) or min(CLEFS, key=lambda clef: clef.unusual + _mean(notes, clef=clef))


def _mean(notes: Iterable[Note], *, clef: Clef) -> float:
    """How far notes lie outside of the staff, in semitones a note."""
    far = [max(clef.lowest - note.pitch, note.pitch - clef.highest, 0) for note in notes]
    return sum(far) / max(len(far), 1)
