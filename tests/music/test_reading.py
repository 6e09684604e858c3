import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from mido import MetaMessage
from tunes import song, songs, tune

from genart.errors import InputError
from genart.music.key import KeyName
from genart.music.reading import fine, part_of, read
from genart.music.score import Event, Key, Meter, Note, Score, Tempo, Track

PATIENT = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy
SCALE = "G4 A4 B4 C5 D5 C5 B4 A4 G4 F#4 G4:2 "


def two_tracks():
    upper = Track.make(name="Flute", notes=tune("G5 A5 B5 C6 D6 C6 B5 A5 G5:4"), program=73)
    lower = Track.make(name="Left hand", notes=tune("G2:4 D3:4 G2:4", channel=1), channel=1)
    return Score.make(voices=[upper, lower])


def numbers(reading):
    return [(bar.number, bar.start) for bar in reading.bars]


def test_the_line_of_a_song():
    score = song("D4 " + "F4 E4 D4 A4 G4 F4 E4:3 " * 4 + "D4:2", meter="3/4", pickup=1, tempos=[Tempo(bpm=96)])
    assert (
        read(score).line(5)
        == 'track 2 "Tune" · D minor (estimated) · 3/4 · 96 bpm · pickup 1 beat · 13 bars · moved +5'
    )


def test_the_line_of_a_plain_song():
    score = song(SCALE, keys=[Key(name="G")])
    assert read(score).line(0) == 'track 2 "Tune" · G major · 4/4 · 120 bpm · 3 bars · not moved'


def test_the_line_says_what_changes():
    meters = [Meter(numerator=4, denominator=4), Meter(tick=1920, numerator=3, denominator=4)]
    voices = [Track.make(name="", notes=tune(SCALE))]
    score = Score.make(voices=voices, meters=meters, tempos=[Tempo(bpm=100), Tempo(tick=960, bpm=80)])
    line = read(score).line(-3)
    assert line == "track 2 · G major (estimated) · 4/4 (changes) · 100 bpm (changes) · 4 bars · moved -3"


def test_the_likeliest_track_is_the_melody_unless_another_is_named():
    score = two_tracks()
    assert read(score).melody.part.name == "Flute"
    assert read(score, track=3).melody.part.name == "Left hand"
    assert read(score, track="3").melody.part.name == "Left hand"
    assert read(score, track="left hand").melody.part.name == "Left hand"
    assert [note.pitch for note in read(score, track=3).melody.notes] == [43, 50, 43]


def test_chords_give_their_top_line():
    notes = tune("C4:4") + tune("E4:4") + tune("G4 A4 G4 A4")
    score = Score.make(voices=[Track.make(name="Piano", notes=notes)])
    assert [note.pitch for note in read(score).melody.notes] == [67, 69, 67, 69]


def test_several_voices_are_kept():
    found = read(two_tracks(), keep={"bass": 3, "soprano": "Flute"})
    assert {voice: kept.part.track for voice, kept in found.kept.items()} == {0: 1, 3: 2}
    assert found.melody is found.kept[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"track": 7}, "track 7 has no melody to keep; the tracks with pitched notes are: 2 Flute, 3 Left hand"),
        ({"track": 1}, "track 1 has no melody to keep; the tracks with pitched notes are: 2 Flute, 3 Left hand"),
        (
            {"track": "Oboe"},
            "track 'Oboe' has no melody to keep; the tracks with pitched notes are: 2 Flute, 3 Left hand",
        ),
        ({"track": "²"}, "track '²' has no melody to keep; the tracks with pitched notes are: 2 Flute, 3 Left hand"),
        ({"keep": "mezzo"}, "keep 'mezzo': the voices are soprano, alto, tenor, bass"),
        ({"keep": {}}, "0 voices are kept: keep one to three of soprano, alto, tenor, bass"),
        ({"keep": {"soprano": 2, "bass": 2}}, "track 2 is kept as two voices: name another track for the bass"),
        ({"keep": {"soprano": 2}, "track": 3}, "several kept voices name their own tracks: leave the track out"),
        ({"key": "H"}, "key 'H': write a tonic and a mode, such as C, F#m, Bb major or D minor"),
        ({"meter": "0/4"}, "meter 0/4 at tick 0: a meter is 1-255 beats over 1, 2, 4, 8, 16, 32 or 64, such as 3/4"),
        ({"meter": "three"}, "meter 'three': write it as two numbers, such as 3/4 or 6/8"),
        ({"pickup": 4}, "pickup 4: it is 0 or more beats and shorter than a bar of 4/4"),
        ({"pickup": -1}, "pickup -1: it is 0 or more beats and shorter than a bar of 4/4"),
        ({"pickup": float("nan")}, "pickup nan: it is 0 or more beats and shorter than a bar of 4/4"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError) as caught:
        read(two_tracks(), **options)
    assert str(caught.value) == message


def test_four_given_voices_leave_nothing_to_do():
    voices = [Track.make(name=str(i), notes=tune("C4")) for i in range(4)]
    keep: dict[str, int | str] = {"soprano": 2, "alto": 3, "tenor": 4, "bass": 5}
    with pytest.raises(InputError, match="4 voices are kept: keep one to three"):
        read(Score.make(voices=voices), keep=keep)


def drums():
    return Score.make(voices=[Track.make(name="Drums", notes=tune("C2 C2 D2", channel=9), channel=9)])


def test_drums_have_no_melody():
    with pytest.raises(
        InputError, match=r"^there is no melody: the score has only drums; give one with a pitched part$"
    ):
        read(drums())
    with pytest.raises(InputError, match=r"^track 2 has no melody to keep; the tracks with pitched notes are: none$"):
        read(drums(), track=2)


def test_notes_of_no_length_are_no_melody():
    notes = [Note(start=tick, end=tick, pitch=60) for tick in range(5)]
    with pytest.raises(InputError, match="there is no melody"):
        read(Score.make(voices=[Track.make(name="Clicks", notes=notes)]))


def test_a_tempo_of_zero_is_refused():
    event = Event(tick=0, message=MetaMessage("set_tempo", tempo=0))
    with pytest.raises(InputError, match=r"^tempo 0 at tick 0: a tempo is at least 1 microsecond a quarter$"):
        read(Score(tracks=(Track(events=(event,), notes=tuple(tune("C4"))),))).line(0)


# keys


@pytest.mark.parametrize(
    ("signature", "text", "key", "estimated"),
    [
        ("G", SCALE, "G major", False),
        ("C", SCALE, "G major", True),  # the C major that programs write: F sharp is outside it
        ("C", "A4 C5 E5 D5 C5 B4 A4 G#4 A4:4", "A minor", True),  # of the same signature
        ("Am", "C5 D5 E5 F5 G5 E5 C5:2", "A minor", False),  # nobody writes this by chance
        ("D", "G4 A4 B4 C#5 D5 C#5 B4 A4 G4:4", "D major", False),  # all within the scale
        (None, SCALE, "G major", True),
    ],
)
def test_key_signatures_are_believed_if_they_fit(signature, text, key, estimated):
    found = read(song(text, keys=[Key(name=signature)] if signature else []))
    assert (str(found.key), found.key_estimated) == (key, estimated)


def test_the_key_that_is_understood_is_written():
    later = Key(tick=1920, name="D")
    assert read(song(SCALE, keys=[Key(name="G"), later])).keys == (Key(name="G"), later)
    assert read(song(SCALE, keys=[Key(name="C"), later])).keys == (Key(name="G"), later)
    assert read(song(SCALE)).keys == (Key(name="G"),)
    assert read(song(SCALE, keys=[Key(name="G"), later]), key="E minor").keys == (Key(name="Em"),)
    assert read(song(SCALE), key="Em").key == KeyName.parse("Em")
    assert not read(song(SCALE), key="Em").key_estimated


def test_a_signature_that_comes_later_says_nothing_of_the_beginning():
    assert read(song(SCALE, keys=[Key(tick=1920, name="D")])).key_estimated


# bars


def test_a_pickup_is_bar_0():
    found = read(song("D4 G4:3 A4:3 B4:2", meter="3/4", pickup=1))
    assert numbers(found) == [(0, 0), (1, 480), (2, 1920), (3, 3360)]
    assert found.pickup == 480
    assert found.meters == found.score.meters


def test_a_pickup_written_with_rests_is_bar_0():
    """All begins in the second half of bar 1."""
    found = read(song("r:2 D4 G4:3 A4:3 B4:2", meter="3/4"))
    assert numbers(found) == [(0, 0), (1, 1440), (2, 2880), (3, 4320)]
    assert found.pickup == 480
    assert found.meters == found.score.meters


@pytest.mark.parametrize("text", ["r D4 D4 G4:3 A4:3", "r:3 D4 D4 D4 G4:3", "D4 r G4 A4:3"])
def test_other_rests_at_the_start_are_no_pickup(text):
    found = read(song(text, meter="3/4"))
    assert found.bars[0].number == 1
    assert found.pickup == 0


def test_an_accompaniment_from_the_start_makes_bar_1():
    score = song("r:3 D4 G4:4 A4:4")
    chords = Track.make(name="Chords", notes=tune("G2:4 D3:4 G2:4"), channel=1)
    assert read(dataclasses.replace(score, tracks=(*score.tracks, chords))).bars[0].number == 1


def test_a_pickup_can_be_given():
    """A file whose bar lines are off by a beat."""
    found = read(song("D4 G4 A4 B4 G4 A4 B4"), meter="3/4", pickup=1)
    assert numbers(found) == [(0, 0), (1, 480), (2, 1920)]
    assert found.meters == (Meter(numerator=1, denominator=4), Meter(tick=480, numerator=3, denominator=4))


def test_a_given_pickup_counts_from_the_first_note():
    found = read(song("r:1 D4:1/2 E4:1/2 F4 G4:4 A4:4"), pickup=2)
    assert numbers(found) == [(0, 0), (1, 1440), (2, 3360)]
    assert found.pickup == 960


def test_a_given_pickup_after_empty_bars():
    found = read(song("r:7 D4 G4:4"), pickup=1)
    assert numbers(found) == [(0, 0), (0, 1920), (1, 3840)]
    assert found.pickup == 480


def test_a_played_pickup_is_where_it_was_meant():
    notes = [dataclasses.replace(note, start=note.start + 7) for note in tune("D4 G4 A4 B4 C5")]
    found = read(Score.make(voices=[Track.make(name="", notes=notes)]), pickup=1)
    assert numbers(found) == [(0, 0), (1, 480)]


def test_no_pickup_can_be_said():
    assert numbers(read(song("r:3 D4 G4:4"), pickup=0)) == [(1, 0), (2, 1920)]
    assert numbers(read(song("D4 G4:3 A4:3", meter="3/4", pickup=1), pickup=0)) == [(1, 0), (2, 1440), (3, 2880)]


def test_another_meter_keeps_the_pickup():
    found = read(song("D4 G4:3 A4:3 B4:3", meter="3/4", pickup=1), meter="6/8")
    assert numbers(found) == [(0, 0), (1, 480), (2, 1920), (3, 3360)]
    assert found.meters == (Meter(numerator=2, denominator=8), Meter(tick=480, numerator=6, denominator=8))
    assert found.line(0).split(" · ")[4] == "pickup 2 beats"


def test_a_melody_that_begins_after_the_pickup():
    bass = Track.make(name="Bass", notes=tune("G2 C3:4 C3:4", channel=1), channel=1)
    lead = Track.make(name="Lead", notes=tune("r:5 E4:4"))
    meters = [Meter(numerator=1, denominator=4), Meter(tick=480, numerator=4, denominator=4)]
    assert read(Score.make(voices=[lead, bass], meters=meters)).pickup == 480


@PATIENT
@given(songs())
def test_bars_are_those_of_the_score(score):
    found = read(score)
    own = score.bars()
    assert [(b.number, b.start, b.end) for b in found.bars] == [(b.number, b.start, b.end) for b in own]
    assert [bar.number for bar in found.bars] == list(
        range(found.bars[0].number, found.bars[0].number + len(found.bars))
    )
    assert found.bars[0].number in (0, 1)
    assert 0 <= found.pickup <= found.bars[0].end


@PATIENT
@given(songs())
def test_written_meters_give_the_bars_again(score):
    found = read(fine(score), meter="3/4")
    voices = [Track(notes=track.notes) for track in found.score.voices]
    again = Score.make(voices=voices, resolution=found.score.resolution, meters=found.meters).bars()
    assert [(bar.start, bar.number) for bar in again] == [(bar.start, bar.number) for bar in found.bars]


def test_what_comes_first_counts_as_bars_where_the_given_meter_fits_into_it():
    short = [Meter(numerator=12, denominator=16), Meter(tick=72, numerator=12, denominator=8)]  # 12/16 lasts 3 quarters
    notes = tuple(Note(start=24 * i, end=24 * i + 24, pitch=60 + i) for i in range(9))
    score = Score.make(voices=[Track(notes=notes)], resolution=24, meters=short)
    assert [bar.number for bar in score.bars()] == [0, 1]
    found = read(score, meter="3/4")
    assert [(bar.start, bar.number) for bar in found.bars] == [(0, 1), (72, 2), (144, 3)]
    assert found.pickup == 0
    found = read(score, meter="2/4")
    assert [(bar.start, bar.number) for bar in found.bars] == [(0, 0), (24, 1), (72, 2), (120, 3), (168, 4)]


# resolutions


@pytest.mark.parametrize(("resolution", "expected"), [(1, 24), (2, 24), (5, 25), (23, 46), (24, 24), (480, 480)])
def test_few_ticks_become_more(resolution, expected):
    score = song(SCALE, unit=resolution, resolution=resolution, tempos=[Tempo(bpm=90), Tempo(tick=3, bpm=100)])
    finer = fine(score)
    assert finer.resolution == expected
    assert [note.start for note in finer.tracks[1].notes] == [
        note.start * expected // resolution for note in score.tracks[1].notes
    ]
    assert finer.seconds(finer.end) == pytest.approx(score.seconds(score.end))
    assert [str(bar.meter) for bar in finer.bars()] == [str(bar.meter) for bar in score.bars()]
    assert fine(finer) is finer


def test_a_part_is_found_by_its_longest_channel():
    notes = tune("C4 D4 E4") + tune("C3", channel=1)
    part = part_of(Score(tracks=(Track(notes=tuple(notes)),)), 1)
    assert part.channel == 0
