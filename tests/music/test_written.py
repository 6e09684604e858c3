import itertools

import numpy as np
import pytest

from genart.errors import InputError
from genart.music.heard import Heard
from genart.music.timing import Meter
from genart.music.written import Measure, write


def sung(*lengths: float, bpm: float = 90, rests: tuple[int, ...] = (), level: float = -20) -> list[Heard]:
    """Notes of so many quarters, one after the other; those numbered in `rests` are silent."""
    notes, now = [], 3.0  # seconds of silence before
    for number, length in enumerate(lengths):
        end = now + length * 60 / bpm
        if number not in rests:
            notes.append(Heard(start=now, end=end, pitch=60 + number % 5, level=level))
        now = end
    return notes


def measure(meter: str = "4/4", **options) -> Measure:
    return Measure(meter=Meter.parse(meter), **options)


def quarters(written) -> list[tuple[float, float]]:
    return [(note.start / 480, note.end / 480) for note in written.notes]


def test_note_values_tempo_and_bars():
    written = write(sung(1, 1, 1.5, 0.5, 2, 2), measure())
    assert quarters(written) == [(0, 1), (1, 2), (2, 3.5), (3.5, 4), (4, 6), (6, 8)]
    assert [tempo.bpm for tempo in written.tempos] == [90]
    assert [str(meter) for meter in written.meters] == ["4/4"]


def test_a_pickup_is_a_bar_of_its_own():
    written = write(sung(1, 3, 1, 3, 1, 3), measure(pickup=1))
    assert [(str(meter), meter.tick) for meter in written.meters] == [("1/4", 0), ("4/4", 480)]
    assert quarters(written)[:2] == [(0, 1), (1, 4)]
    assert write(sung(1, 3, 1, 3, 1, 3), measure(pickup=0)).meters[0].numerator == 4


def test_a_rest_is_written_where_one_is_heard_and_a_breath_is_not():
    assert quarters(write(sung(1, 1, 1, 1, 2, rests=(1,)), measure(tempo=90))) == [(0, 1), (2, 3), (3, 4), (4, 6)]
    short = [Heard(start=n.start, end=n.end - 0.1, pitch=n.pitch, level=n.level) for n in sung(1, 1, 2)]
    assert quarters(write(short, measure(tempo=90)))[:2] == [(0, 1), (1, 2)]


def test_the_tempo_that_is_given_stands():
    assert write(sung(1, 1, 1, 1, bpm=88), measure(tempo=90)).tempos[0].bpm == 90


def test_tempos_follow_a_voice_that_slows_down():
    starts = np.cumsum([0, *60 / np.linspace(110, 80, 40)]).tolist()
    notes = [Heard(start=start, end=end, pitch=60, level=-20) for start, end in itertools.pairwise(starts)]
    bpms = [tempo.bpm for tempo in write(notes, measure(pickup=0)).tempos]
    assert len(bpms) == 10
    assert bpms[0] == pytest.approx(108, rel=0.03)  # in the middle of the first bar, and of the last
    assert bpms[-1] == pytest.approx(82, rel=0.03)
    assert bpms == sorted(bpms, reverse=True)


def test_louder_notes_are_struck_harder():
    soft, loud = sung(1, 1)[0], sung(1, 1, level=-12)[1]
    velocities = [note.velocity for note in write([soft, loud], measure(tempo=90)).notes]
    assert velocities == [70, 90]  # 2.5 a dB, 4 dB around their median


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"meter": "4/32"}, "meter 4/32: a melody is written down in 16ths or longer notes, as in 3/4 or 6/8"),
        ({"tempo": 10}, "tempo 10: it is 20 to 400 quarters a minute"),
        ({"tempo": 401}, "tempo 401: it is 20 to 400"),
        ({"tempo": float("nan")}, "tempo nan: it is 20 to 400"),
        ({"pickup": 4}, "pickup 4: it is 0 or more beats, fewer than a bar of 4/4 has"),
        ({"pickup": -1}, "pickup -1: it is 0 or more beats"),
    ],
)
def test_what_does_not_fit_is_one_sentence(options, sentence):
    with pytest.raises(InputError, match=sentence):
        measure(**options)
