import numpy as np
import pytest

from genart.errors import InputError
from genart.music import cadences
from genart.music.counterpoint import RANGES, VOICES, faults


def frame(**options):
    given = {"bars": 16, "meter": "4/4", "key": "C", "pickup": 0, "tempo": 84, "random": np.random.default_rng(1)}
    return cadences.frame(**given | options)


@pytest.mark.parametrize(
    ("options", "steps", "phrases", "line"),
    [
        ({}, 256, (0, 64, 128, 192), "C major · 4/4 · 84 bpm · 16 bars · 4 phrases"),
        (
            {"meter": "3/4", "key": "Gm", "pickup": 1},
            192,  # 16 bars of 12 steps, the pickup taken from the last
            (0, 48, 96, 144),
            "G minor · 3/4 · 84 bpm · pickup 1 beat · 16 bars · 4 phrases",
        ),
        ({"meter": "6/8", "bars": 4}, 32, (0,), "C major · 6/8 · 84 bpm · 4 bars · 1 phrase"),
        ({"bars": 7, "meter": "2/2"}, 112, (0, 64), "C major · 2/2 · 84 bpm · 7 bars · 2 phrases"),
    ],
)
def test_bars_and_phrases_are_laid_out(options, steps, phrases, line):
    made = frame(**options)
    assert (len(made.grid), made.phrases, str(made)) == (steps, phrases, line)


@pytest.mark.parametrize("key", ["C", "Gm", "F#", "Eb", "C#m", "Bm"])
@pytest.mark.parametrize("seed", range(10))
def test_it_ends_on_the_tonic_and_what_is_fixed_is_no_fault(key, seed):
    made = frame(key=key, random=np.random.default_rng(seed))
    bass, soprano = made.cells[-1, 3], made.cells[-1, 0]
    assert (bass % 12, soprano % 12) == (made.key.tonic, made.key.tonic)
    assert made.known[-16:, [0, 3]].all() and not made.known[:, 1:3].any()
    for voice in (0, 3):
        pitches = made.cells[made.known[:, voice], voice]
        low, high = RANGES[VOICES[voice]]
        assert ((pitches >= low) & (pitches <= high)).all()
    assert not [fault for fault in faults(made.cells) if fault.kind in ("fifths", "octaves")]


def test_phrases_end_on_two_beats_and_the_piece_on_a_bar():
    known = frame().known[:, 3]
    assert [known[begin + 48 : begin + 64].tolist() for begin in (0, 64, 128)] == [[True] * 8 + [False] * 8] * 3
    assert known[240:].all()


def test_the_score_has_its_meter_key_pickup_and_length():
    made = frame(meter="3/4", key="Gm", pickup=1)
    cells = np.tile((67, 62, 58, 43), (len(made.grid), 1))
    score = cadences.write(made, cells, programs=(52, 52, 52, 52))
    assert [voice.name for voice in score.voices] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert [str(meter) for meter in score.meters] == ["1/4", "3/4"]
    assert (score.keys[0].name, score.tempos[0].bpm) == ("Gm", pytest.approx(84, abs=0.01))
    assert [bar.number for bar in score.bars()] == list(range(17))
    assert score.end == 16 * 3 * 480
    assert [note.start for note in score.voices[1].notes] == [480 * 12 * i for i in range(4)]  # each phrase anew


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bars": 1}, "1 bars: ask for 2 to 256"),
        ({"meter": "3"}, "meter '3': write it as two numbers, such as 3/4 or 6/8"),
        ({"key": "H"}, "key 'H': write a tonic and a mode, such as C, F#m, Bb major or D minor"),
        ({"pickup": 4}, "pickup 4: it is 0 or more beats and shorter than a bar of 4/4"),
        ({"pickup": 0.3}, "pickup 0.3: write it in beats, halves or quarters of them, such as 1 or 0.5"),
    ],
)
def test_what_is_out_of_range_is_refused(options, sentence):
    with pytest.raises(InputError) as refused:
        frame(**options)
    assert str(refused.value) == sentence
