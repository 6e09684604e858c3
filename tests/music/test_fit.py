import numpy as np
import pytest

from genart.errors import InputError
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import RANGES, REST
from genart.music.fit import SINGABLE, checked, fit, parse_ranges


def line(*notes, steps=4):
    """Steps of pitches, each so many; None is a rest."""
    return np.repeat([REST if note is None else note for note in notes], steps)


def soprano(pitches, **options):
    return fit({0: pitches}, **options)[0]


def in_range(pitches, voice="soprano"):
    low, high = RANGES[voice]
    return ((pitches == REST) | ((low <= pitches) & (pitches <= high))).all()


def test_a_melody_that_fits_stays():
    found = soprano(line(60, 67, None, 81))
    assert found.semitones == 0
    assert found.moved == 0
    assert found.copy(line(60, 67, None, 81)).tolist() == line(60, 67, None, 81).tolist()


@pytest.mark.parametrize(("lowest", "semitones"), [(57, 3), (58, 2), (59, 1)])
def test_a_little_low_moves_up_by_the_fewest_semitones(lowest, semitones):
    melody = np.tile(line(*range(lowest, lowest + 13)), 4)
    found = soprano(melody)
    assert found.moved == semitones
    assert in_range(found.copy(melody))


def test_one_low_note_does_not_move_a_long_melody():
    """Nor is it folded: the model sees it a little under the range."""
    melody = np.concatenate([np.tile(line(64, 67, 69, 72), 16), line(59), np.tile(line(64, 67), 16)])
    found = soprano(melody)
    assert found.moved == 0
    assert not found.octaves.any()


@pytest.mark.parametrize(("top", "moved"), [(91, -12), (103, -24), (48, 24)])
def test_other_registers_move_by_octaves(top, moved):
    """So new voices stay where a choir sings."""
    assert soprano(line(top, top - 3, top - 7, top - 12)).moved == moved


def test_a_wide_melody_is_folded_where_it_breathes():
    low, high = [48, 50, 52, 53], [79, 81, 83, 84]
    pitches = np.concatenate([line(*low), line(None), line(*high)])
    found = soprano(pitches)
    copy = found.copy(pitches)
    assert in_range(copy)
    assert set(np.diff(found.octaves[:16])) | set(np.diff(found.octaves[20:])) == {0}  # within phrases, the same
    assert (np.diff(copy[:16:4]) == np.diff(low)).all()
    assert (np.diff(copy[20::4]) == np.diff(high)).all()


def test_over_three_octaves_in_one_breath():
    """Where it must break it breaks once, by two octaves: three semitones outside the range are cheaper than more."""
    pitches = line(*range(47, 96))
    found = soprano(pitches)
    copy = found.copy(pitches)
    assert (np.diff(found.octaves) != 0).sum() == 1
    assert copy.min() == RANGES["soprano"][0] - 3
    assert copy.max() <= RANGES["soprano"][1]


@pytest.mark.parametrize("pitch", [0, 20, 127])
def test_every_pitch_there_is_can_be_seen(pitch):
    for voice in range(4):
        copy = fit({voice: line(pitch)})[voice].copy(line(pitch))
        assert ((copy >= LOWEST) & (copy <= HIGHEST)).all()


def test_several_voices_move_together():
    found = fit({0: np.tile(line(57, 62), 8), 3: np.tile(line(40, 45), 8)})
    assert found[0].semitones == found[3].semitones == 3
    assert in_range(found[3].copy(line(40, 45, steps=32)), "bass")


@pytest.mark.parametrize(("transpose", "semitones", "moved"), [(5, 5, 5), (-2, -2, -2), (12, 0, 12), (9, -3, 9)])
def test_a_given_move_is_taken(transpose, semitones, moved):
    """9 up is an octave up and 3 down: new voices come back by the 3 alone."""
    found = soprano(line(64, 67), transpose=transpose)
    assert (found.semitones, found.moved) == (semitones, moved)


def test_a_given_move_out_of_sight_is_folded_back():
    melody = line(64, 67)
    found = soprano(melody, transpose=40)
    assert found.semitones == 4
    assert in_range(found.copy(melody))


def test_only_rests():
    assert soprano(line(None)).moved == 0


def test_ranges_in_words():
    assert parse_ranges("alto=G3-D5, bass=E2-C4") == {**SINGABLE, "alto": (55, 74), "bass": (40, 60)}
    assert checked({}) == SINGABLE
    assert checked({"tenor": (50, 70)})["tenor"] == (50, 70)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("treble=C4-C6", "ranges 'treble=C4-C6': write a voice and its lowest and highest note, alto=G3-D5"),
        ("alto", "ranges 'alto': write a voice and its lowest and highest note, alto=G3-D5"),
        ("alto=G3-", "ranges 'alto=G3-': write a voice and its lowest and highest note, alto=G3-D5"),
        ("alto=G3-B3", "the range of the alto is 4 semitones: give it an octave at least"),
        ("alto=C5-C4", "the range of the alto is -12 semitones: give it an octave at least"),
    ],
)
def test_bad_ranges(text, message):
    with pytest.raises(InputError) as caught:
        parse_ranges(text)
    assert str(caught.value) == message


def test_ranges_of_an_unknown_voice():
    with pytest.raises(InputError, match=r"^ranges of treble: the voices are soprano, alto, tenor, bass$"):
        checked({"treble": (60, 80)})
