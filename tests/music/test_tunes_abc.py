"""What ABC text means; expected notes follow the standard 2.1 unless a comment says otherwise."""

import random
import re
import warnings
from fractions import Fraction

import pytest

from genart.errors import InputError
from genart.music.tunes import abc
from genart.music.tunes.abc_fields import key_of, meter_of, unit_of
from genart.music.tunes.tune import Tune

C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71


def read(music: str, *, key: str = "C", meter: str = "4/4", header: str = "", unit: str = "L:1/8\n") -> Tune:
    tunes, left_out = abc.parse(f"X:1\nT:Test\nM:{meter}\n{unit}{header}K:{key}\n{music}\n")
    assert not left_out, left_out
    return tunes[0]


def notes(music: str, **options: str) -> list[tuple[int, int]]:
    """Pitches and durations in 48ths of a quarter, as many as an eighth has: 24."""
    return [(pitch, duration) for section in read(music, **options).sections for _, duration, pitch in section.notes]


@pytest.mark.parametrize(
    ("music", "expected"),
    {
        "C,Cc'": [(48, 24), (60, 24), (84, 24)],
        "C2C/C//C3/2C3/C/4": [(C, 48), (C, 12), (C, 6), (C, 36), (C, 36), (C, 6)],
        "C>DE<F": [(C, 36), (D, 12), (E, 12), (F, 36)],
        "C>>D E<<<F": [(C, 42), (D, 6), (E, 3), (F, 45)],
        'C "4"> .D': [(C, 36), (D, 12)],
        "(3CDE (2FG": [(C, 16), (D, 16), (E, 16), (F, 36), (G, 36)],
        "(3:2:2C2D E": [(C, 32), (D, 16), (E, 24)],
        "(5C/D/E/F/G/": [(C, 5), (D, 5), (E, 4), (F, 5), (G, 5)],  # in the time of two 16ths, on whole 48ths
        "(3C>DE": [(C, 24), (D, 8), (E, 16)],
        "C-C D-E": [(C, 48), (D, 24), (E, 24)],  # a tie between different notes is a slur
        "C4-|C4": [(C, 192)],
        "^F4-|F4|F2": [(66, 192), (F, 48)],  # a tie carries the accidental, but no further
        "^FFf|F=F_B^^G__A": [(66, 24), (66, 24), (78, 24), (F, 24), (F, 24), (70, 24), (69, 24), (67, 24)],
        "{cd}C {/c}D": [(C, 24), (D, 24)],
        "[CEG]2 [C2E2]/": [(G, 48), (E, 24)],
        "[C-G-]2 G": [(G, 72)],
        "+CE+2D": [(E, 48), (D, 24)],
        '"Am"!trill!C+f+D vuTC .~HD': [(C, 24), (D, 24), (C, 24), (D, 24)],
        "C z D x2 E": [(C, 24), (D, 24), (E, 24)],
        "C`D\\\n E % F\n": [(C, 24), (D, 24), (E, 24)],
        "CDEF!\nGABc": [(C, 24), (D, 24), (E, 24), (F, 24), (G, 24), (A, 24), (B, 24), (72, 24)],
        "C4 & E4|D8": [(C, 96), (D, 192)],
        "[K:D]F[K:C]F": [(66, 24), (F, 24)],
        "C\nK:D\nF": [(C, 24), (66, 24)],
        "[L:1/4]C[L:1/16]D": [(C, 48), (D, 12)],
        "V:1\nC\nV:2\nE\nV:1\nD": [(C, 24), (D, 24)],
        "[V:1]C|\n[V:2]E|\n[V:1]D|": [(C, 24), (D, 24)],
        "w: la la\nC": [(C, 24)],
        "E:|\n": [(E, 24)],  # no field
    }.items(),
)
def test_notes(music, expected):
    assert notes(music) == expected


@pytest.mark.parametrize(
    ("key", "tonic", "mode", "raised"),
    [
        ("D", 2, "major", {"F": 1, "C": 1}),
        ("Dmix", 2, "mixolydian", {"F": 1}),
        ("E Dorian", 4, "dorian", {"F": 1, "C": 1}),
        ("Bb", 10, "major", {"B": -1, "E": -1}),
        ("F#m", 6, "minor", {"F": 1, "C": 1, "G": 1}),
        ("GM", 7, "major", {"F": 1}),
        ("A Minor", 9, "minor", {}),
        ("HP", 9, "mixolydian", {"F": 1, "C": 1}),
        ("D =c", 2, "major", {"F": 1, "C": 0}),
        ("D exp ^f", 2, "major", {"F": 1}),
        ("none", 0, "major", {}),
        ("C#", 1, "major", dict.fromkeys("FCGDAEB", 1)),
    ],
)
def test_keys(key, tonic, mode, raised):
    found = key_of(key)
    assert (found.tonic, found.mode, found.signs) == (tonic, mode, raised)


@pytest.mark.parametrize(
    ("text", "meter"), {"C": (4, 4), "C|": (2, 2), "6/8": (6, 8), "2+3/8": (5, 8), "none": (4, 4)}.items()
)
def test_meters(text, meter):
    assert meter_of(text) == meter


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (key_of, "Bn", "key 'Bn': ABC writes a tonic and a mode, such as G, Edor or F#m"),
        (meter_of, "3/5", "meter '3/5': ABC writes C, C| or two numbers, such as 6/8"),
        (unit_of, "1/0", "unit of length '1/0': ABC writes a part of a whole note, such as 1/8"),
    ],
)
def test_fields_that_cannot_be_read(read, text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read(text)


def test_the_unit_depends_on_the_meter_where_it_is_not_given():
    assert notes("C", meter="2/4", unit="") == [(C, 12)]
    assert notes("C", meter="3/4", unit="") == [(C, 24)]


@pytest.mark.parametrize(
    ("field", "title", "kind"),
    [
        ("R:double Jig\n", "", "jig"),
        ("R:slipjig\n", "", "slip jig"),
        ("R: Highland fling\n", "", "strathspey"),
        ("", "Lady Bell's Reel", "reel"),
        ("R:hornpipe\n", "Lady Bell's Reel", "hornpipe"),
        ("", "The Fair Maid", "unknown"),
        ("", "Quick Step. 25th Regt.", "march"),
    ],
)
def test_kinds(field, title, kind):
    tunes, _ = abc.parse(f"X:1\nT:{title}\n{field}K:C\nC\n")
    assert tunes[0].kind == kind


def test_a_file_of_many_tunes_says_what_is_left_out():
    text = """% a collection
R:reel

X:12
T:First
K:G
G|

Words between tunes: CDE

X:13
T:No key
CDE

X:14
T:Silent
K:C
z4|

X:15
T:Two meters
M:6/8
K:C
CDE|[M:4/4]CDEF
X:16
T:Without an empty line before
R:jig
K:C
C
"""
    tunes, left_out = abc.parse(text, source="many")
    assert [(tune.number, tune.title, tune.kind, tune.source) for tune in tunes] == [
        (12, "First", "reel", "many"),
        (16, "Without an empty line before", "jig", "many"),
    ]
    assert [(out.number, out.title, out.reason) for out in left_out] == [
        (13, "No key", "it has no key, a line K:"),
        (14, "Silent", "it has no notes"),
        (15, "Two meters", "its meter changes: 6/8, 4/4"),
    ]


def test_notes_out_of_reach_leave_the_tune_out():
    _, left_out = abc.parse("X:1\nK:C\nC''''''''''\n\nX:2\nK:C\nC99999\n")
    assert [out.reason for out in left_out] == [
        "the note C'''''''''' is beyond MIDI's range",
        "a note 99999 units long: a note has at most 4,096",
    ]


@pytest.mark.slow
def test_music21_reads_the_same():
    """30 tunes of the collections, without what music21 10 leaves out or takes otherwise.

    That is: notes with a fermata H, broken rhythms with an annotation or a dot between, accidentals that hold for later
    notes of the bar, and ties between different notes, which it takes for ties.
    """
    music21 = pytest.importorskip("music21")
    from genart.music.tunes.corpora import _corpus, _files, _text

    blocks = [block for file in _files(_corpus()) for block in abc._blocks(_text(file.read_bytes()))]
    plain = [lines for _, lines in blocks if not re.search('[H"^=_!~TuvR.S{+&-]', abc._header(lines)[1])]
    compared = 0
    for lines in random.Random(0).sample(plain, 30):
        if not any(line.startswith("L:") for line in lines):
            continue  # files that say the unit once for all
        source = "\n".join(lines)
        tunes, _ = abc.parse(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = music21.converter.parse(source, format="abc").flatten().notes
        heard = [(note.pitches[-1].midi, round(Fraction(note.quarterLength) * 48)) for note in theirs]
        key = abc._header(lines)[0]
        written = abc.measures(
            abc._header(lines)[1], key=key_of(key["K"]), meter=meter_of(key["M"]), unit=unit_of(key["L"])
        )
        ours = [
            (sound.pitch, round(sound.length)) for bar in written for sound in bar.sounds if sound.pitch is not None
        ]
        assert ours == heard, lines[:3]
        compared += bool(tunes)
    assert compared > 20
