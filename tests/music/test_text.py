import contextlib
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genart.errors import InputError
from genart.music.score import Key, Score
from genart.music.text import parse, pitch_of

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def notes(text: str, **options) -> list[tuple[int, int, int]]:
    return [(note.start, note.end, note.pitch) for note in parse(text, **options).voices[0].notes]


def test_a_melody():
    assert notes("C4 C4 G4 G4 | A4 A4 G4:2") == [
        (0, 480, 60),
        (480, 960, 60),
        (960, 1440, 67),
        (1440, 1920, 67),
        (1920, 2400, 69),
        (2400, 2880, 69),
        (2880, 3840, 67),
    ]


@pytest.mark.parametrize(
    ("name", "pitch"),
    {
        "C4": 60,
        "A4": 69,
        "c4": 60,
        "B3": 59,
        "b3": 59,
        "bb3": 58,
        "Bb3": 58,
        "bbb3": 57,
        "Cb4": 59,
        "B#3": 60,
        "F##4": 67,
        "Fx4": 67,
        "E♭5": 75,
        "F♯5": 78,
        "C-1": 0,
        "G9": 127,
    }.items(),
)
def test_names_of_notes(name, pitch):
    assert notes(name)[0][2] == pitch


@pytest.mark.parametrize(
    ("length", "ticks"), {"2": 960, "1/2": 240, "0.5": 240, ".5": 240, "3/2": 720, "1.5": 720, "1/3": 160}.items()
)
def test_lengths(length, ticks):
    assert notes(f"C4:{length}")[0][1] == ticks


def test_lengths_count_in_the_lower_number_of_the_meter():
    assert notes("C4 D4:2 E4:3", meter="6/8") == [(0, 240, 60), (240, 720, 62), (720, 1440, 64)]
    assert notes("C4", meter="2/2") == [(0, 960, 60)]


def test_rests_move_on():
    assert notes("r C4 R:2 | D4") == [(480, 960, 60), (1920, 2400, 62)]


def test_triplets_add_up():
    assert notes("C4:1/3 D4:1/3 E4:1/3 F4:3 | G4")[-1] == (1920, 2400, 67)


def test_parts_of_ticks_do_not_add_up_to_drift():
    assert notes("C4:1/7 " * 28 + "| D4")[-1][0] == 1920


def test_ties_join_notes_over_bars():
    assert notes("C4:4~ | C4:2~ C4 D4") == [(0, 3360, 60), (3360, 3840, 62)]
    assert notes("C#4~ Db4") == [(0, 960, 61)]


def test_meter_key_and_tempo_are_written():
    score = parse("D4:3", meter="3/4", key="D minor", tempo=96)
    assert str(score.meters[0]) == "3/4"
    assert score.keys == (Key(name="Dm"),)
    assert score.tempos[0].bpm == 96
    assert score.resolution == 480
    assert score.voices[0].name == "Melody"


def test_score_parse_is_the_same():
    assert Score.parse("C4 D4", meter="3/4", key="C", tempo=80) == parse("C4 D4", meter="3/4", key="C", tempo=80)


@pytest.mark.parametrize(
    ("text", "meter", "first", "bars"),  # meter of the pickup, numbers and starts of the bars
    [
        ("G4 | C4:4 | D4", "4/4", "1/4", [(0, 0), (1, 480), (2, 2400)]),
        ("G4:1/2 | C4:4 | D4", "4/4", "1/8", [(0, 0), (1, 240), (2, 2160)]),
        ("G4:3/2 | C4:4 | D4", "4/4", "3/8", [(0, 0), (1, 720), (2, 2640)]),
        ("G4:2 | C4:6 | D4", "6/8", "2/8", [(0, 0), (1, 480), (2, 1920)]),
        ("G4:3 | C4:4", "4/4", "3/4", [(0, 0), (1, 1440)]),
    ],
)
def test_a_short_first_bar_is_a_pickup(text, meter, first, bars):
    score = parse(text, meter=meter)
    assert [str(m) for m in score.meters] == [first, meter]
    assert [(bar.number, bar.start) for bar in score.bars()] == bars


def test_a_pickup_that_no_meter_can_name_begins_with_a_rest():
    score = parse("G4:1/3 | C4:4")
    assert [str(meter) for meter in score.meters] == ["1/4", "4/4"]
    assert [note.start for note in score.voices[0].notes] == [320, 480]


def test_no_pickup_without_a_second_bar_or_when_the_first_is_full():
    for text in ("C4 D4", "C4 D4 |", "| C4 D4 |", "C4:4 | D4", "C4 D4 E4 F4 G4"):
        assert len(parse(text).meters) == 1


def test_double_and_outer_bar_lines_and_new_lines():
    assert notes("| C4:4 || D4:4\n|E4:4|F4:4 ||") == notes("C4:4 | D4:4 | E4:4 | F4:4")


def test_pitches_from_names_and_numbers():
    assert [pitch_of(name) for name in ("F#3", "bb4", "54", "127")] == [54, 70, 54, 127]
    for name in ("", "H4", "C4:2", "C4~", "r", "128", "G#9", "²"):
        with pytest.raises(InputError, match=f"^'{name}' is no note: write a letter, an accidental and an octave"):
            pitch_of(name)


def test_lyrics():
    score = parse("C4 D4~ D4 r E4", lyrics="Szép - la")
    assert score.lyrics == ((0, "Szép"), (1920, "la"))
    assert parse("C4 D4", lyrics="la").lyrics == ((0, "la"),)


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "H4": "'H4' in bar 1: write notes such as C4, F#3 or Bb4:1/2, r for a rest, | between bars",
        "C4:4 | D4:x": "'D4:x' in bar 2: write notes such as C4, F#3 or Bb4:1/2, r for a rest, | between bars",
        "C4 | D": "'D' in bar 1: write notes such as C4, F#3 or Bb4:1/2, r for a rest, | between bars",
        "C4:99999": "'C4:99999' in bar 1: write notes such as C4, F#3 or Bb4:1/2, r for a rest, | between bars",
        "G#9": "'G#9' in bar 1: notes go from C-1 to G9",
        "Cb-1": "'Cb-1' in bar 1: notes go from C-1 to G9",
        "C4:0": "'C4:0' in bar 1: a length is at least 1/480",
        "C4:1/0": "'C4:1/0' in bar 1: a length is at least 1/480",
        "C4:1/481": "'C4:1/481' in bar 1: a length is at least 1/480",
        "": 'the text has no notes: write some, such as "C4 D4 E4:2"',
        "r r | r": 'the text has no notes: write some, such as "C4 D4 E4:2"',
        "C4:4 | D4 E4 F4 | G4": "counted in quarters, bar 2 (D4 E4 F4) holds 3 where 4/4 has 4",
        "B3 | C4:4 | D4 E4 F4 | G4": "counted in quarters, bar 2 (D4 E4 F4) holds 3 where 4/4 has 4",
        "C4:9/2 | D4": "counted in quarters, bar 1 (C4:9/2) holds 9/2 where 4/4 has 4",
        "C4:4 | D4:5": "counted in quarters, bar 2 (D4:5) holds 5 where 4/4 has 4",
        "C4:5 |": "counted in quarters, bar 1 (C4:5) holds 5 where 4/4 has 4",
        "C4:4 | | D4": "counted in quarters, bar 2 (nothing) holds 0 where 4/4 has 4",
        "C4~ D4": "C4~ is tied to D4: a tie joins notes of the same pitch",
        "C4~ r": "C4~ is tied to r: a tie joins notes of the same pitch",
        "r~ r C4~": "C4~ at the end is tied to nothing: leave out the ~",
    }.items(),
)
def test_mistakes_are_told_in_one_sentence(text, message):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_mistakes_outside_the_text():
    with pytest.raises(InputError, match="^meter '4': write it as two numbers"):
        parse("C4", meter="4")
    with pytest.raises(InputError, match="^meter 0/4 at tick 0: "):
        parse("C4", meter="0/4")
    with pytest.raises(InputError, match="^key 'X': "):
        parse("C4", key="X")
    with pytest.raises(InputError, match="^tempo 0 at tick 0: "):
        parse("C4", tempo=0)
    with pytest.raises(InputError, match="^3 syllables for 2 notes: write one a note, - to pass one over$"):
        parse("C4 D4", lyrics="a b c")


def test_long_bars_are_shortened_in_messages():
    with pytest.raises(InputError) as caught:
        parse("C4:1/3 " * 500 + "|")
    assert len(str(caught.value)) < 150


@PATIENT
@given(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 64)), min_size=1, max_size=40))
def test_any_melody_can_be_written(melody):
    """Sixteenths at 4/4, split and tied at the bar lines."""
    names = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    bars, left, words = [], 16, []
    for pitch, steps in melody:
        name = f"{names[pitch % 12]}{pitch // 12 - 1}"
        while steps:
            part = min(steps, left)
            steps, left = steps - part, left - part
            words.append(f"{name}:{Fraction(part, 4)}" + ("~" if steps else ""))
            if not left:
                bars, words, left = [*bars, words], [], 16
    text = " | ".join(" ".join(words) for words in [*bars, words])
    found = notes(text)
    assert [pitch for _, _, pitch in found] == [pitch for pitch, _ in melody]
    assert [(end - start) // 120 for start, end, _ in found] == [steps for _, steps in melody]


@PATIENT
@given(st.text(alphabet="CGb#x4-1:/.~| r\n0", max_size=30))
def test_any_text_gives_a_score_or_an_input_error(text):
    with contextlib.suppress(InputError):
        assert parse(text).bars()
