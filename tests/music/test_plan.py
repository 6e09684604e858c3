import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tunes import filled, song, songs, tune

from genart.errors import InputError
from genart.music import plan as plans
from genart.music import reading
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import REST
from genart.music.fit import SINGABLE, checked
from genart.music.plan import FINAL
from genart.music.score import Note, Score, Track

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def planned(text, *, meter="4/4", keep="soprano", value="1/16", **options):
    return plans.make(reading.read(song(text, meter=meter), keep=keep), value=value, **options)


def phrases(text, **options):
    return [(phrase.first, phrase.last, phrase.end) for phrase in planned(text, **options).phrases]


def test_the_copy_is_the_melody_and_nothing_else():
    plan = planned("C5 D5 E5:2")
    assert plan.copy()[:16, 0].tolist() == [72] * 4 + [74] * 4 + [76] * 8
    assert (plan.copy()[:, 1:] == REST).all()
    assert plan.new == (1, 2, 3)


def test_the_melody_may_be_another_voice():
    plan = planned("C4 D4 E4:2", keep="tenor")
    assert plan.copy()[0].tolist() == [REST, REST, 60, REST]
    assert plan.new == (0, 1, 3)
    assert plan.melody is plan.lines[2]


def test_short_rests_are_played_through():
    """What the model sees is held; what sounds is not."""
    plan = planned("C5 D5 r:2 E5 r F5:2")
    assert plan.copy()[:32, 0].tolist() == [72] * 4 + [74] * 12 + [76] * 8 + [77] * 8
    assert plan.lines[0].pitches[8] == REST
    assert [phrase.first for phrase in plan.phrases] == [0]


def test_rests_of_a_bar_part_phrases():
    assert [(first, end) for first, _, end in phrases("C5:4 r:4 D5:4 r:3 E5 F5:4 r:5 G5:3")] == [
        (0, 16), (32, 80), (100, 112),
    ]  # fmt: skip


def test_a_bar_of_the_meter_counts():
    assert len(phrases("C5:3 r:3 D5:3 E5:3", meter="3/4")) == 2
    assert len(phrases("C5:3 r:3 D5:3 E5:3 r", meter="4/4")) == 1


def test_a_rest_of_a_bar_that_was_played_a_little_short_parts_phrases():
    notes = [Note(start=0, end=1950, pitch=72), Note(start=3830, end=5730, pitch=74)]
    plan = plans.make(reading.read(Score.make(voices=[Track.make(name="", notes=notes)])), value="1/16")
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(0, 16), (32, 48)]


def test_rests_can_be_played_through():
    plan = planned("C5:4 r:8 D5:4", through_rests=True)
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(0, 64)]
    assert (plan.copy()[16:48, 0] == REST).all()


def test_last_notes_are_as_long_as_bachs():
    """FINAL steps to the model, whatever they are; no longer than up to the next phrase."""
    assert phrases("C5 D5 E5 F5") == [(0, 12 + FINAL, 16)]
    assert phrases("C5 D5:7") == [(0, 4 + FINAL, 32)]
    assert phrases("C5 r:4 D5:3 r:4 E5:4", value="1/4") == [(0, 5, 1), (5, 12, 8), (12, 20, 16)]


def test_last_notes_are_held_in_the_copy():
    copy = planned("C5 D5 E5 F5").copy()
    assert copy[12:, 0].tolist() == [77] * FINAL + [REST] * 4


def test_columns_are_held_or_cut_to_where_phrases_end():
    held = planned("C5 D5:7")
    cells = filled(held, longest=1)
    sounding = held.sounding(cells)
    assert (sounding[4 : 4 + FINAL, 1:] == cells[4 : 4 + FINAL, 1:]).all()
    assert (sounding[4 + FINAL :, 1:] == cells[4 + FINAL - 1, 1:]).all()
    cut = planned("C5 D5 E5 r")
    assert (cut.sounding(filled(cut))[12:, 1:] == REST).all()


def test_new_voices_come_back_by_the_semitones_alone():
    plan = planned("C6 D6 E6 F6 " * 4, transpose=-14)
    cells = filled(plan)
    assert (plan.copy()[:4, 0] == 84 - 14).all()
    assert (plan.sounding(cells)[:64, 1:] == cells[:64, 1:] + 2).all()


@pytest.mark.parametrize(("bars", "expected"), [("2", [(16, 32)]), ("2-3", [(16, 48)]), (" 1 - 2 ", [(0, 32)])])
def test_bars(bars, expected):
    assert [(first, end) for first, _, end in phrases("C5 D5 E5 F5 " * 4, bars=bars)] == expected


def test_bars_count_from_the_first_whole_one():
    plan = plans.make(reading.read(song("C5 D5 E5 F5 G5 D5 E5 F5 G5", pickup=1)), bars="1")
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(4, 20)]
    plan = plans.make(reading.read(song("C5 D5 E5 F5 G5 D5 E5 F5 G5", pickup=1)), bars="0")
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(0, 4)]


def test_a_phrase_that_goes_on_does_not_end_with_the_bars():
    text = "C5 D5 E5 F5 " * 4
    assert phrases(text, bars="2") == [(16, 32, 32)]
    assert phrases(text, bars="4") == [(48, 60 + FINAL, 64)]


def test_bars_within_a_last_note():
    assert phrases("C5:16", bars="3") == [(32, 32 + FINAL, 48)]
    assert phrases("C5:16", bars="1") == [(0, FINAL, 16)]


@pytest.mark.parametrize(
    ("bars", "message"),
    [
        ("9", "bars '9': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("3-9", "bars '3-9': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("0", "bars '0': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("3-2", "bars '3-2': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("x", "bars 'x': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("", "bars '': write one bar or the first and last, such as 5-8; the piece has bars 1-4"),
        ("3", "the melody rests in the bars to harmonize; choose others"),
    ],
)
def test_bad_bars(bars, message):
    with pytest.raises(InputError) as caught:
        planned("C5:4 D5:4 r:4 E5:4", bars=bars)
    assert str(caught.value) == message


def test_new_voices_may_sing_what_is_in_their_ranges_and_never_rest():
    plan = planned("C5 D5 E5 F5", transpose=2, ranges=checked({"alto": (60, 72)}))
    pitches = {voice: [LOWEST + i for i in np.flatnonzero(row)] for voice, row in enumerate(plan.allowed)}
    assert (pitches[1][0], pitches[1][-1]) == (62, 74)  # of the copy, two above what sounds
    assert (pitches[3][0], pitches[3][-1]) == tuple(2 + limit for limit in SINGABLE["bass"])
    assert not plan.allowed[:, HIGHEST - LOWEST + 1].any()


def test_a_range_that_the_model_cannot_write():
    with pytest.raises(InputError) as caught:
        planned("C5", ranges=checked({"bass": (12, 30)}))
    assert str(caught.value) == "the range of the bass, 12-30, lies outside what the model can write; widen it"


def test_remarks():
    assert planned("C5 D5 E5").remarks == ()
    assert planned("C5 D5 E5:0 F5:0 G5").remarks == ("notes of zero length are kept but not harmonized: 2",)
    wide = planned("C3 D3 E3 F3 " * 4 + "r:4 " + "C6 D6 E6 F6 " * 4)
    assert wide.remarks == ("the melody is wider than its voice: parts of the model's copy were moved by octaves",)


def test_a_kept_bass_may_rest_while_the_soprano_sings():
    upper = Track.make(name="Upper", notes=tune("C5 D5 E5 F5 G5 F5 E5 D5 C5:4"))
    lower = Track.make(name="Lower", notes=tune("C3:2 r:6 C3:2 G3 C3", channel=1), channel=1)
    score = Score.make(voices=[upper, lower])
    plan = plans.make(reading.read(score, keep={"soprano": 2, "bass": 3}))
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(0, 48)]
    assert plan.copy()[[0, 8, 31, 32], 3].tolist() == [48, REST, REST, 48]
    assert plan.new == (1, 2)


def test_two_hours_are_planned_at_once():
    """14,400 quarters; the copy is four voices of two bytes a step, whatever else there is."""
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=60 + i * 7 % 17) for i in range(14400)]
    plan = plans.make(reading.read(Score.make(voices=[Track.make(name="", notes=notes)])))
    assert [(phrase.first, phrase.end) for phrase in plan.phrases] == [(0, 57600)]
    assert plan.copy().nbytes == 8 * (57600 + FINAL)


def test_a_stray_note_far_away_makes_two_phrases():
    notes = [*tune("C5 D5 E5 F5"), Note(start=90000 * 1920, end=90000 * 1920 + 480, pitch=72)]
    plan = plans.make(reading.read(Score.make(voices=[Track.make(name="", notes=notes)])))
    assert [phrase.end - phrase.first for phrase in plan.phrases] == [16, 4]


@PATIENT
@given(songs())
def test_every_song_has_a_plan(score):
    """Phrases are apart, in order, within the copy, hold every onset, and can be cut at any bar."""
    read = reading.read(reading.fine(score))
    plan = plans.make(read)
    copy = plan.copy()
    for phrase in plan.phrases:
        assert 0 <= phrase.first < min(phrase.last, phrase.end)
        assert max(phrase.last, phrase.end) <= len(copy)
        assert phrase.last - phrase.first >= min(FINAL, phrase.end - phrase.first)
        assert (copy[phrase.first : max(phrase.last, phrase.end), 0] != REST).all()
    for a, b in itertools.pairwise(plan.phrases):
        assert max(a.last, a.end) <= b.first
    assert all(any(phrase.first <= step < phrase.end for phrase in plan.phrases) for step in plan.melody.onsets)
    assert ((copy == REST) | ((copy >= LOWEST) & (copy <= HIGHEST))).all()


@PATIENT
@given(songs())
def test_every_bar_that_is_sung_can_be_had_alone(score):
    read = reading.read(reading.fine(score))
    plan = plans.make(read)
    for bar in read.bars[:1] + read.bars[-2:]:
        begin, end = plan.grid.nearest(bar.start), plan.grid.nearest(bar.end)
        if any(phrase.first < end and begin < phrase.end for phrase in plan.phrases):
            cut = plans.make(read, bars=str(bar.number))
            assert all(begin <= phrase.first < min(phrase.last, phrase.end) for phrase in cut.phrases)
            assert all(phrase.end <= end for phrase in cut.phrases)
            sounding = cut.sounding(filled(cut))
            assert (sounding[:begin, 1:] == REST).all()
            assert (sounding[end:, 1:] == REST).all()
