import numpy as np
import pytest

from genart.music import pulse

STRAIGHT = [0, 12, 24, 30, 36, 48, 60, 66, 72, 81, 84, 96, 120, 132, 144]  # twelfths of a beat
TRIPLETS = [0, 12, 16, 20, 24, 36, 40, 44, 48, 60, 64, 68, 72, 96]


def seconds(ticks, *, bpm: float, jitter: float = 0.0) -> list[float]:
    times = np.array(ticks) / 12 * 60 / bpm
    return np.sort(times + np.random.default_rng(0).normal(0, 1, len(ticks)) * jitter).tolist()


@pytest.mark.parametrize("ticks", [STRAIGHT, TRIPLETS], ids=["straight", "triplets"])
@pytest.mark.parametrize("bpm", [66, 92, 120])
@pytest.mark.parametrize("jitter", [0.0, 0.02])
def test_onsets_are_put_on_the_beat(ticks, bpm, jitter):
    assert pulse.find(seconds(ticks, bpm=bpm, jitter=jitter), tempo=bpm).tolist() == ticks


@pytest.mark.parametrize("bpm", [80, 100, 120])
def test_the_tempo_is_found(bpm):
    assert pulse.find(seconds(STRAIGHT, bpm=bpm, jitter=0.01)).tolist() == STRAIGHT


def test_a_tempo_that_is_known_decides_between_halves_and_doubles():
    onsets = seconds([0, 12, 24, 36, 48], bpm=60)
    assert np.diff(pulse.find(onsets, tempo=60)).tolist() == [12] * 4
    assert np.diff(pulse.find(onsets, tempo=120)).tolist() == [24] * 4


def test_a_tempo_that_drifts_is_followed():
    beats = np.cumsum([0, *60 / np.linspace(80, 120, 40)])  # half as fast again within 40 beats
    assert np.diff(pulse.find(beats.tolist())).tolist() == [12] * 40


def test_compound_beats_have_three_parts():
    ticks = [0, 8, 12, 16, 20, 24, 36, 44, 48]
    assert pulse.find(seconds(ticks, bpm=60), tempo=60, compound=True).tolist() == ticks


def test_the_place_of_the_first_may_be_known():
    onsets = seconds([6, 12, 24, 36], bpm=90)
    assert pulse.find(onsets, tempo=90, first=6).tolist() == [6, 12, 24, 36]


def test_one_onset_is_on_the_beat():
    assert pulse.find([1.3]).tolist() == [0]


def test_bars_begin_with_long_notes():
    waltz = np.array([0, 24, 36, 60, 72, 96, 108])  # half, quarter, half ...
    assert pulse.downbeat(waltz, [60] * 7, bar=36) == 0
    assert pulse.downbeat(waltz[1:], [60] * 6, bar=36) == 0  # of which the first is missing: a pickup
