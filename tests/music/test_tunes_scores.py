import dataclasses
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from melodies import tunes

from genart.errors import InputError
from genart.music.score import Key, Meter, Note, Score, Track
from genart.music.tunes.scores import from_score, to_score
from genart.music.tunes.tune import Section, Tune

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def waltz(*sections: Section, **facts) -> Tune:
    return Tune(sections=sections, meter=(3, 4), **{"tonic": 2, "mode": "major", **facts})


def spans(score: Score) -> list[tuple[int, int, int]]:
    return [(note.start, note.end, note.pitch) for note in score.voices[0].notes]


def test_a_score_of_a_tune():
    tune = waltz(
        Section(notes=((0, 48, 69), (48, 96, 74)), length=144, pickup=48),
        Section(notes=((0, 144, 62),), length=144),
        form="AAB",
        title="Test",
        mode="mixolydian",
    )
    score = to_score(tune, tempo=140)
    assert spans(score) == [(0, 480, 69), (480, 1440, 74), (1920, 3360, 62)]  # a section that ends early rests
    assert [(meter.tick, str(meter)) for meter in score.meters] == [(0, "1/4"), (480, "3/4")]
    assert (score.keys[0].name, score.tempos[0].bpm, score.voices[0].name) == (
        "G",
        pytest.approx(140, rel=1e-5),
        "Test",
    )
    assert [bar.number for bar in score.bars()] == [0, 1, 2]


def test_repeats_fit_bars_to_pickups():
    tune = waltz(Section(notes=((0, 48, 69), (48, 96, 74)), length=144, pickup=48))
    assert spans(to_score(tune, repeats="AA")) == [(0, 480, 69), (480, 1440, 74), (1440, 1920, 69), (1920, 2880, 74)]


def test_a_last_note_gives_way_to_a_pickup():
    full = Section(notes=((0, 144, 62),), length=144)
    late = Section(notes=((0, 24, 69), (24, 144, 74)), length=168, pickup=24)
    assert spans(to_score(waltz(full, late)))[:2] == [(0, 1200, 62), (1200, 1440, 69)]
    short = Section(notes=((0, 120, 62), (120, 24, 64)), length=144)
    assert spans(to_score(waltz(short, late)))[1:3] == [(1200, 1440, 64), (2640, 2880, 69)]  # a rest before it


def test_bars_out_of_place_are_bars_of_their_own():
    tune = waltz(Section(notes=((0, 96, 69), (96, 144, 74)), length=240, breaks=(96,)))
    assert [(meter.tick, str(meter)) for meter in to_score(tune).meters] == [(0, "2/4"), (960, "3/4")]


@pytest.mark.parametrize(
    ("tonic", "mode", "name"),
    [
        (9, "dorian", "Em"),
        (2, "major", "D"),
        (10, "major", "Bb"),
        (6, "major", "F#"),
        (3, "minor", "Ebm"),
        (5, "lydian", "C"),
    ],
)
def test_key_signatures(tonic, mode, name):
    tune = Tune(sections=(Section(notes=((0, 48, 60),), length=48),), meter=(4, 4), tonic=tonic, mode=mode)
    assert to_score(tune).keys == (Key(name=name),)


def test_sections_that_are_not_there():
    tune = waltz(Section(notes=((0, 48, 60),), length=48))
    with pytest.raises(InputError, match="form 'AB': write the sections in order, such as AABB; this tune has A"):
        to_score(tune, repeats="AB")


@PATIENT
@given(tunes(), st.integers(1, 3))
def test_every_tune_can_be_heard(tune, times):
    repeats = "ABC"[: len(tune.sections)] * times
    score = to_score(tune, repeats=repeats)
    notes = score.voices[0].notes
    assert len(notes) == times * len(tune.pitches)
    assert all(a.end <= b.start for a, b in itertools.pairwise(notes))
    assert tuple(note.pitch for note in notes) == tune.pitches * times


@PATIENT
@given(tunes(lengths=st.sampled_from([24, 48, 72, 96])))
def test_a_written_tune_is_read_again_from_its_score(tune):
    section = tune.sections[0]
    end = section.notes[-1][0] + section.notes[-1][1]
    begin = section.notes[0][0]
    plain = Section(
        notes=tuple((onset - begin, duration, pitch) for onset, duration, pitch in section.notes), length=end - begin
    )
    tune = dataclasses.replace(tune, sections=(plain,), meter=(4, 4), form="")
    again = from_score(to_score(tune))
    assert (again.sections, again.meter) == (tune.sections, tune.meter)


def test_a_score_becomes_a_tune():
    score = Score.parse("A4 | D5:2 E5 | F5 E5 D5", meter="3/4", key="Dm", tempo=133)
    tune = from_score(score, kind="waltz")
    assert tune.sections == (
        Section(
            notes=((0, 48, 69), (48, 96, 74), (144, 48, 76), (192, 48, 77), (240, 48, 76), (288, 48, 74)),
            length=336,
            pickup=48,
        ),
    )
    assert (tune.meter, tune.tonic, tune.mode, tune.kind) == ((3, 4), 2, "minor", "waltz")


def test_a_polyphonic_score_is_reduced_to_its_melody():
    melody = [Note(start=480 * i, end=480 * i + 470, pitch=pitch) for i, pitch in enumerate((72, 74, 76, 77))]
    chords = [Note(start=0, end=1920, pitch=pitch) for pitch in (48, 52, 55)]
    drums = [Note(start=0, end=10, pitch=38, channel=9)]
    score = Score.make(
        voices=[
            Track.make(name="Bass", notes=chords),
            Track.make(name="Melody", notes=melody),
            Track.make(name="Drums", notes=drums, channel=9),
        ]
    )
    assert from_score(score).sections[0].notes == ((0, 48, 72), (48, 48, 74), (96, 48, 76), (144, 48, 77))


def test_silence_at_the_start_is_left_out():
    notes = [Note(start=2 * 1920 + 1440, end=2 * 1920 + 1920, pitch=67), Note(start=5760, end=7680, pitch=72)]
    tune = from_score(Score.make(voices=[Track.make(name="Late", notes=notes)]))
    assert tune.sections == (Section(notes=((0, 48, 67), (48, 192, 72)), length=240, pickup=48),)


def test_a_change_of_meter_is_told_by_bar_lines():
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=60 + i) for i in range(10)]
    meters = [Meter(numerator=4, denominator=4), Meter(numerator=3, denominator=4, tick=1920)]
    tune = from_score(Score.make(voices=[Track.make(name="Change", notes=notes)], meters=meters))
    assert (tune.meter, tune.sections[0].breaks) == ((4, 4), (336,))


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (Score.make(voices=[]), "there is no melody: the score has no notes"),
        (
            Score.make(voices=[Track.make(name="", notes=[Note(start=0, end=9, pitch=38, channel=9)], channel=9)]),
            "there is no melody: the score has only drums",
        ),
    ],
)
def test_scores_without_a_melody(score, message):
    with pytest.raises(InputError, match=message):
        from_score(score)
