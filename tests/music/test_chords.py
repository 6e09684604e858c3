import pytest

from genart.errors import InputError
from genart.music.chords import Chord, parse


@pytest.mark.parametrize(
    ("name", "root", "classes"),
    [
        ("C", 0, (0, 4, 7)),
        ("Dm", 2, (2, 5, 9)),
        ("F#7", 6, (1, 4, 6, 10)),
        ("Bbmaj7", 10, (2, 5, 9, 10)),
        ("Cb", 11, (3, 6, 11)),
        ("A/C#", 9, (1, 4, 9)),
        ("G-7", 7, (2, 5, 7, 10)),
        ("N.C.", None, tuple(range(12))),
    ],
)
def test_names(name, root, classes):
    chord = Chord.parse(name)
    assert (chord.root, chord.classes) == (root, classes)


def test_bars_of_one_or_more_chords():
    bars = parse("| Dm | A7 Gm | % |")
    assert [[chord.name for chord in bar] for bar in bars] == [["Dm"], ["A7", "Gm"], ["Gm"]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Hm", "chord 'Hm': write a root and one of m, 5, 6"),
        ("dm", "chord 'dm': write a root"),
        ("Dm | | G", "chords 'Dm | | G': bar 2 has none; write them so"),
        ("", "chords '': bar 1 has none"),
        ("% | G", "chords '% | G': % repeats the chord before, and there is none yet"),
    ],
)
def test_what_is_no_chord_is_one_sentence(text, sentence):
    with pytest.raises(InputError) as refused:
        parse(text)
    assert str(refused.value).startswith(sentence)
