import numpy as np
import pytest

from genart.errors import InputError
from genart.music import key
from genart.music.key import KeyName
from genart.music.timing import KEYS


@pytest.mark.parametrize(
    ("text", "name", "midi"),
    [
        ("C", "C major", "C"),
        ("Dm", "D minor", "Dm"),
        ("D minor", "D minor", "Dm"),
        ("c minor", "C minor", "Cm"),
        ("F#", "F# major", "F#"),
        ("Gb", "Gb major", "Gb"),
        ("Bb major", "Bb major", "Bb"),
        ("bbm", "Bb minor", "Bbm"),
        ("b", "B major", "B"),
        ("bb", "Bb major", "Bb"),
        ("E flat", "Eb major", "Eb"),
        ("f-sharp minor", "F# minor", "F#m"),
        ("A♭maj", "Ab major", "Ab"),
        (" g MIN ", "G minor", "Gm"),
        ("CM", "C major", "C"),
        ("D#", "Eb major", "Eb"),  # nine sharps: no key signature has them
        ("Gbm", "F# minor", "F#m"),
        ("E#m", "F minor", "Fm"),
    ],
)
def test_names_are_read_and_written(text, name, midi):
    parsed = KeyName.parse(text)
    assert (str(parsed), parsed.midi) == (name, midi)
    assert KeyName.parse(str(parsed)) == KeyName.parse(midi) == parsed


def test_every_midi_key_is_itself():
    assert [KeyName.parse(name).midi for name in KEYS.split()] == KEYS.split()


def test_tonics():
    assert [KeyName.parse(name).tonic for name in ("C", "C#", "Db", "Bb", "Cb", "B")] == [0, 1, 1, 10, 11, 11]
    assert KeyName.parse("F#") == KeyName.parse("Gb") == KeyName(tonic=6, mode="major")
    assert KeyName(tonic=8, mode="minor").midi == "G#m"


@pytest.mark.parametrize("text", ["", "H", "C##", "D dorian", "Cm major", "minor", "7"])
def test_other_names_are_refused(text):
    with pytest.raises(InputError, match="write a tonic and a mode, such as C, F#m, Bb major or D minor"):
        KeyName.parse(text)


def test_values_are_checked():
    with pytest.raises(InputError, match="a tonic is 0-11, a mode is major or minor"):
        KeyName(tonic=12, mode="major")
    with pytest.raises(InputError, match="mode 'dorian'"):
        KeyName(tonic=2, mode="dorian")


MELODIES = {  # pitches and durations in quarters, written out by ear
    "D major": ([66, 66, 67, 69, 69, 67, 66, 64, 62, 62, 64, 66, 64, 62, 62], [1] * 12 + [1.5, 0.5, 2]),  # Ode to Joy
    "A minor": ([69, 71, 72, 74, 76, 77, 76, 74, 72, 71, 68, 69], [1] * 11 + [2]),
    "G major": ([67, 67, 74, 74, 76, 76, 74, 72, 72, 71, 71, 69, 69, 67], [1] * 6 + [2] + [1] * 6 + [2]),  # Twinkle
}


@pytest.mark.parametrize("name", MELODIES)
@pytest.mark.parametrize("shift", range(-6, 6))
def test_melodies_are_in_their_keys_wherever_they_are_moved(name, shift):
    pitches, durations = MELODIES[name]
    at_home = KeyName.parse(name)
    estimated = key.estimate([pitch + shift for pitch in pitches], durations)
    assert estimated == KeyName(tonic=(at_home.tonic + shift) % 12, mode=at_home.mode)


def test_the_last_note_tells_relatives_apart():
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62]
    assert str(key.estimate([*scale, 60])) == "C major"
    assert str(key.estimate([69, *scale, 69])) == "A minor"


def test_weights_count():
    pitches = [60, 64, 67, 63, 60]
    assert str(key.estimate(pitches, [4, 4, 4, 0.1, 4])) == "C major"
    assert str(key.estimate(pitches, [4, 0.1, 4, 4, 4])) == "C minor"
    assert key.estimate(pitches, [0] * 5) == key.estimate(pitches)


def test_one_note_and_all_twelve():
    assert str(key.estimate([65])) == "F major"
    assert key.estimate(np.arange(60, 72)).tonic == 11  # all alike: the last note decides


def test_nothing_to_estimate_from_is_said():
    with pytest.raises(InputError, match="there are no notes to estimate a key from: give the key"):
        key.estimate([])
    with pytest.raises(InputError, match="3 pitches with 2 weights: give one weight for each pitch"):
        key.estimate([60, 62, 64], [1, 1])
