import pytest

from genart.errors import InputError
from genart.music.four_voices import assign, chosen
from genart.music.score import Note, Score, Track


def track(pitch: int, name: str = "", *, channel: int = 0, chord: bool = False) -> Track:
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=pitch + step) for i, step in enumerate((0, 2, 4, 2))]
    notes += [Note(start=480 * i, end=480 * i + 480, pitch=pitch - 4) for i in range(4)] if chord else []
    return Track.make(name=name, notes=notes, channel=channel)


def told(*tracks: Track) -> dict[int, int]:
    """Voice -> place among the tracks."""
    return {voice: part.track - 1 for voice, part in assign(Score.make(voices=tracks)).parts.items()}


@pytest.mark.parametrize(
    "names",
    [
        ("Soprano", "Alto", "Tenor", "Bass"),
        ("S", "A", "T", "B"),
        ("Sopran 1", "Alt", "TENORE", "Basso continuo"),
        ("Canto", "Contralto", "ténor", "Basse"),
    ],
)
def test_names_count_more_than_ranges(names):
    assert told(*(track(48 + 7 * i, name) for i, name in enumerate(names))) == {0: 0, 1: 1, 2: 2, 3: 3}


def test_ranges_tell_what_names_do_not():
    assert told(track(50), track(71), track(58), track(64)) == {0: 1, 1: 3, 2: 2, 3: 0}
    assert told(track(67, "Melody"), track(64, "Alto"), track(55, "Tenor"), track(48, "Bass")) == dict(
        enumerate(range(4))
    )
    assert told(track(46), track(70)) == {0: 1, 3: 0}
    assert told(track(58)) == {2: 0}  # the tenor's range, 48-69, is centered at 58.5


def test_a_name_that_two_tracks_have_tells_nothing():
    assert told(track(71, "Voice S"), track(64, "Bass"), track(50, "Bass")) == {0: 0, 1: 1, 3: 2}


def test_channels_of_one_track_are_voices():
    notes = [note for i, pitch in enumerate((71, 64, 57, 48)) for note in track(pitch, channel=i).notes]
    voices = assign(Score.make(voices=[Track(notes=tuple(notes))]))
    assert [part.channel for part in voices.parts.values()] == [0, 1, 2, 3]


def test_it_says_how():
    voices = assign(Score.make(voices=[track(72, "Melody"), track(48, "Bass")]))
    assert str(voices) == 'soprano is track 2 "Melody" (by range), bass is track 3 "Bass" (by name)'


@pytest.mark.parametrize(
    ("tracks", "sentence"),
    [
        ([], "there are no voices: the score has no notes but drums'"),
        (
            [track(80 - 6 * i, f"V{i}") for i in range(5)],
            "the piece has 5 voices (V0, V1, V2, V3, V4): at most four can be worked with",
        ),
        (
            [track(64, "Piano", chord=True)],
            'track 2 "Piano" sounds several notes at once: give each voice its own track',
        ),
        (
            [track(64, "Violin I"), track(64, "Violin II"), track(48, "Bass")],
            'tracks 2 "Violin I" and 3 "Violin II" cannot be told apart, for they lie equally high: '
            "name them soprano, alto or tenor",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_refused(tracks, sentence):
    with pytest.raises(InputError) as refused:
        assign(Score.make(voices=tracks))
    assert str(refused.value) == sentence


def test_voices_are_chosen_by_name():
    assert chosen("tenor, Alto") == (1, 2)
    assert chosen(["bass"]) == (3,)
    with pytest.raises(InputError, match="voice 'mezzo': the voices are soprano, alto, tenor, bass"):
        chosen("mezzo")
    with pytest.raises(InputError, match="the piece has no alto: its voices are soprano, bass"):
        chosen("alto", among=("soprano", "bass"))


def test_missing_voices_rest_in_the_columns():
    score = Score.make(voices=[track(72), track(48)])
    ticks, pitches = assign(score).columns(score)
    assert ticks.tolist() == [0, 480, 960, 1440, 1920]
    assert pitches[:4].tolist() == [[72, -1, -1, 48], [74, -1, -1, 50], [76, -1, -1, 52], [74, -1, -1, 50]]
