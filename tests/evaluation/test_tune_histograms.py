import numpy as np
import pytest

from genart.evaluation.tune_histograms import FEATURES, histograms, overlaps
from genart.music.tunes.tune import Section, Tune


def tune(pitches, lengths, *, bar=192) -> Tune:
    starts = np.cumsum([0, *lengths])
    notes = tuple(zip(starts[:-1].tolist(), lengths, pitches, strict=True))
    return Tune(sections=(Section(notes=notes, length=int(starts[-1])),), meter=(bar // 48, 4), tonic=0)


def values(name: str, made: Tune) -> list[float]:
    return list(FEATURES[name][0](made))


def test_what_is_counted():
    made = tune([60, 62, 60, 90], [48, 48, 96, 192])
    assert values("interval", made) == [2, -2, 12]  # 30 counts as 12
    assert values("density", made) == [3, 1]
    assert values("range", made) == [30]
    assert values("pitch-class entropy", made) == [pytest.approx(1.5)]  # shares 1/2, 1/4, 1/4
    assert [float(d) for d in values("duration", made)] == [10, 10, 13, 15]


def test_repetition_is_of_figures_of_two_bars():
    figure = [60, 62, 64, 65]
    again = tune(figure * 4, [96] * 16)  # bars a b a b a b a b: all seven figures, ab and ba, come more than once
    assert values("repetition", again) == [1]
    assert values("repetition", tune(range(60, 76), [96] * 16)) == [0]
    assert values("repetition", tune([60], [192])) == []  # no two bars


def test_histograms_add_up_and_overlap_with_themselves():
    first = [tune([60, 64, 67, 72], [48] * 4)]
    second = [tune([60, 61, 60, 61], [96] * 4)]
    assert all(shares.sum() == pytest.approx(1) for name, shares in histograms(first).items() if name != "repetition")
    assert overlaps(first, first)["interval"] == pytest.approx(1)
    found = overlaps(first, second)
    assert found["interval"] == 0 and found["duration"] == 0
