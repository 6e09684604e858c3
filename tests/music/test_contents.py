from pathlib import Path

import pytest
from mido import Message

from genart.music.contents import contents, note_name
from genart.music.score import Event, Key, Meter, Note, Score, Tempo, Track

ASSETS = Path(__file__).parents[2] / "assets"


def track(name="", pitches=(60,), *, channel=0, program=None, every=480):
    notes = [Note(start=i * every, end=(i + 1) * every, pitch=pitch) for i, pitch in enumerate(pitches)]
    return Track.make(name=name, notes=notes, channel=channel, program=program)


@pytest.mark.parametrize(("pitch", "name"), [(0, "C-1"), (60, "C4"), (61, "Db4"), (69, "A4"), (127, "G9")])
def test_pitches_have_names(pitch, name):
    assert note_name(pitch) == name


def test_a_band_is_listed_as_its_description_says():
    """See assets/README.md: drums, bass, piano, and the singer last; one beat of pickup; 120 bpm."""
    found = contents(Score.read(ASSETS / "oh_susanna.mid"))
    assert [(one.number, one.name, one.programs, one.channels, one.drums) for one in found.tracks] == [
        (1, "", (), (), False),
        (2, "Drums", ("drums",), (10,), True),
        (3, "Bass", ("Acoustic Bass",), (3,), False),
        (4, "Piano", ("Acoustic Grand Piano",), (2,), False),
        (5, "Vocal", ("Choir Aahs",), (1,), False),
    ]
    assert (found.tracks[4].lowest, found.tracks[4].highest) == ("G4", "E5")
    assert found.melody is not None
    assert (found.melody.track, found.melody.name, found.melody.channel) == (5, "Vocal", 1)
    assert found.melody.reason.startswith("its name, fewer notes at once, its lyrics")
    assert (found.key, found.key_estimated) == ("G major", False)
    assert (found.meters, found.tempos, found.pickup, found.bars) == (((0, "4/4"),), ((0, 120.0),), 1.0, 16)


def test_changes_are_told_with_their_bars():
    score = Score.make(
        voices=[track("Tune", range(60, 72))],
        tempos=[Tempo(bpm=60), Tempo(tick=4 * 480, bpm=60), Tempo(tick=8 * 480, bpm=120)],
        meters=[Meter(numerator=4, denominator=4), Meter(tick=4 * 480, numerator=2, denominator=4)],
    )
    found = contents(score)
    assert found.meters == ((1, "4/4"), (2, "2/4"))
    assert found.tempos == ((1, 60.0), (4, 120.0))
    assert (found.bars, found.seconds) == (5, 8 + 4 / 2)


def test_a_written_key_is_told_from_a_heard_one():
    tune = track("Tune", (62, 64, 66, 67, 69, 71, 73, 74))
    assert contents(Score.make(voices=[tune], keys=[Key(name="Bm")])).key == "B minor"
    heard = contents(Score.make(voices=[tune]))
    assert (heard.key, heard.key_estimated) == ("D major", True)


def test_the_only_part_needs_no_other_reason():
    found = contents(Score.make(voices=[track("Bass"), track("Kit", channel=9)]))
    assert found.melody is not None
    assert (found.melody.track, found.melody.reason) == (2, "the only part with pitched notes")


def test_parts_that_are_alike_are_said_to_be():
    found = contents(Score.make(voices=[track(), track(channel=1)]))
    assert found.melody is not None
    assert (found.melody.track, found.melody.reason) == (2, "the first of parts that are alike")


def test_what_speaks_against_another_is_no_merit_of_its_own():
    found = contents(Score.make(voices=[track("Bass", (72,)), track("I", (60,))]))
    assert found.melody is not None
    assert (found.melody.name, found.melody.reason) == ("I", "the first of parts that are alike")


def test_channels_of_one_track_have_each_a_sound():
    notes = [Note(start=0, end=480, pitch=60 + channel, channel=channel) for channel in (0, 3, 9)]
    change = Event(tick=0, message=Message("program_change", program=73, channel=3))
    found = contents(Score(tracks=(Track(notes=tuple(notes), events=(change,)),)))
    assert (found.tracks[0].channels, found.tracks[0].programs) == ((1, 4, 10), ("Flute", "drums"))
    assert not found.tracks[0].drums


def test_drums_alone_have_no_melody_and_no_key():
    found = contents(Score.make(voices=[track("Kit", (36, 38), channel=9)]))
    assert (found.melody, found.key, found.bars, found.tracks[1].drums) == (None, None, 1, True)


def test_a_score_without_notes():
    found = contents(Score.make(voices=[]))
    assert (found.melody, found.key, found.bars, found.seconds) == (None, None, 0, 0.0)
    assert (found.meters, found.tempos) == (((1, "4/4"),), ((1, 120.0),))
