import numpy as np
import pytest

from genart.music.tunes.novelty import Known
from genart.music.tunes.tune import Section, Tune


def tune(pitches: list[int]) -> Tune:
    notes = tuple((24 * i, 24, pitch) for i, pitch in enumerate(pitches))
    return Tune(sections=(Section(notes=notes, length=24 * len(pitches)),), meter=(4, 4), tonic=0)


def line(seed: int, notes: int) -> list[int]:
    return np.random.default_rng(seed).integers(60, 80, notes).tolist()


def test_shares_of_windows_found():
    known = Known.of([tune(line(0, 30)), tune(line(1, 30))])
    assert known.share(tune(line(0, 30)).transposed(7)) == 1
    assert known.share(tune(line(2, 30))) == 0
    # 12 known notes have 4 windows; with 8 others after them the tune has 12.
    assert known.share(tune(line(0, 12) + line(3, 8))) == pytest.approx(4 / 12)
    assert known.shares([tune(line(0, 12)), tune(line(3, 20))]) == pytest.approx(4 / 16)


def test_what_is_too_short_is_no_copy():
    assert Known.of([tune(line(0, 30))]).share(tune(line(0, 8))) == 0
    assert Known.of([]).share(tune(line(0, 30))) == 0
