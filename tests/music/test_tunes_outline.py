"""What is asked of a tune, before there is a model."""

import pytest

from genart.errors import InputError
from genart.music.score import Note, Score, Track
from genart.music.tunes.outline import outline

BEGINNING = Score.parse("A4 | D4 F4 A4:2 | D5:2", key="Dm")  # a pickup, a bar, and half of another


def test_what_is_not_asked_is_as_usual():
    plan = outline()
    assert str(plan) == "16 bars · 4/4 · D major" and plan.sections == (8, 8) and not plan.remarks
    assert outline(kind="slip-jig").head.meter == (9, 8)
    assert outline(bars=20).sections == (8, 12)
    assert outline(bars=5).sections == (5,)


def test_the_tonic_lies_below_the_middle_of_the_range():
    low, high = outline(key="Bb", pitches="C3-C4"), outline(key="Bb", pitches=(72, 96))
    assert (low.head.anchor, high.head.anchor) == (46, 82)
    assert (low.lowest, low.highest) == (48, 60)


def test_modes_are_named():
    plan = outline(key="A dorian", meter="6/8", kind="jig", max_leap=5)
    assert str(plan) == "16 bars · 6/8 · A dorian · jig" and plan.leap == 5


def test_a_beginning_brings_its_key_meter_and_tempo():
    plan = outline(primer=BEGINNING, bars=12)
    assert str(plan) == "12 bars · 4/4 · D minor · begins with 5 given notes"
    assert plan.begun is not None and plan.begun.sections[0].pickup == 48 and plan.tempo == 100
    assert [note.pitch for note in plan.played] == [69, 62, 65, 69, 74]
    assert outline(primer=BEGINNING, key="A minor").head.anchor % 12 == 9


def test_a_section_holds_the_beginning():
    long = Score.parse(" | ".join(["C4 D4 E4 F4"] * 9))
    assert outline(primer=long, bars=24).sections == (16, 8)
    assert outline(primer=long, bars=30, repeat="AABB").sections == (15, 15)


def test_chords_go_round_and_tell_the_key():
    plan = outline(chords="Dm | Gm A7 | Dm")
    assert (plan.head.anchor % 12, plan.head.mode) == (2, "minor")
    assert [chord.name for bar in plan.chords[-2:] for chord in bar] == ["Dm", "Dm"]  # bars 15 and 16 of rounds of 3
    assert plan.remarks == ("the chords of 3 bars go round, and stop in the middle of a round",)
    assert [(at, chord.name) for at, chord in plan.strong[1]] == [(0, "Gm"), (96, "A7")]
    assert [at for at, _ in outline(chords="C", meter="6/8").strong[0]] == [0, 72]
    assert [at for at, _ in outline(chords="C", meter="3/4").strong[0]] == [0]
    assert outline(chords="C | " * 20).bars == 20


def test_what_is_unusual_is_remarked_upon():
    assert outline(meter="7/8").remarks == (
        "no tune that it learned from is in 7/8, but in 2/2, 4/4, 2/4, 3/4, 6/8, 9/8, 12/8, 3/8, 3/2, 6/4",
    )
    assert outline(kind="jig", meter="4/4").remarks == ("a jig is mostly in 6/8",)
    assert outline(pitches="D#4-E4").remarks == ("the range has no tonic, and so the tune cannot end on it",)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bars": 0}, "0 bars: ask for 1 to 256"),
        ({"bars": 10_000}, "10000 bars: ask for 1 to 256"),
        ({"meter": "44"}, "meter '44': write it as two numbers"),
        ({"meter": "40/4"}, "meter 40/4: a bar has at most 16 quarters"),
        ({"key": "H"}, "key 'H': write a tonic and a mode, such as C, F#m, Bb major or D dorian"),
        ({"key": "D swing"}, "key 'D swing': write a tonic and a mode"),
        ({"pitches": "C4"}, "range 'C4': write the lowest and the highest note, such as C4-A5"),
        ({"pitches": "A5-C4"}, "range 'A5-C4': write the lowest note first"),
        ({"pitches": "C4-H5"}, "'H5' is no note"),
        ({"kind": "tango"}, "kind 'tango': the kinds are air, hornpipe"),
        ({"max_leap": 0}, "largest leap 0: it is 1 semitone or more"),
        ({"tempo": 5}, "tempo 5: it is 10 to 400 quarters a minute"),
        ({"repeat": "BB"}, "repeat 'BB': name the sections in order from A on"),
        ({"repeat": "ABC"}, "16 bars cannot be parted into 3 sections of as many"),
        ({"chords": "C | G | C", "bars": 2}, "chords for 3 bars and only 2 bars"),
        ({"primer": BEGINNING, "bars": 1}, "the beginning fills 1 bars, and the tune is to have 1 in all"),
        ({"primer": Score.parse("C4:4 | C4:4 | C4:4"), "bars": 4, "repeat": "AB"}, "the beginning fills 3 bars, and"),
        ({"primer": Score(tracks=())}, "there is no melody: the score has no notes"),
        (
            {"primer": Score(tracks=(Track(notes=(Note(start=0, end=9, pitch=40, channel=9),)),))},
            "there is no melody: ",
        ),
    ],
)
def test_what_does_not_go_is_one_sentence(options, sentence):
    with pytest.raises(InputError) as refused:
        outline(**options)
    assert str(refused.value).startswith(sentence)
