"""Dissonance, chords and rests, counted on music of a few beats."""

import numpy as np
import pytest

from genart.evaluation import harmony, manner
from genart.music.counterpoint import REST

C_MAJOR = (72, 67, 64, 48)
SIX_FOUR = (72, 64, 60, 55)  # a fourth above the bass
SEVENTH = (74, 65, 59, 55)  # G with B, D and F: 10 above the bass
MINOR = (72, 69, 64, 57)


def beats(*chords):
    return np.repeat(np.array(chords, np.int16), 4, axis=0)


@pytest.mark.parametrize(
    ("chords", "dissonances", "changes"),
    [
        ([C_MAJOR] * 4, 0, 0),
        ([C_MAJOR, SIX_FOUR], 1, 0),  # the same pitch classes
        ([C_MAJOR, SEVENTH, C_MAJOR], 1, 2),
        ([C_MAJOR, MINOR], 0, 1),
    ],
)
def test_counts(chords, dissonances, changes):
    found = manner.counts(beats(*chords))
    assert (found["dissonances"], found["chord_changes"], found["rests"]) == (dissonances, changes, 0)


def test_rests_of_the_lower_voices_count_once_each():
    piece = beats(C_MAJOR, MINOR, C_MAJOR)
    piece[2:7, 1] = REST
    piece[6:9, 3] = REST
    piece[:, 0] = REST
    assert manner.counts(piece)["rests"] == 2


def test_chords_have_a_number_for_each_inversion_in_any_key():
    first, moved = manner.chords(beats(C_MAJOR)), manner.chords(beats(np.add(C_MAJOR, 3)))
    assert first == moved == (1 << 0 | 1 << 4 | 1 << 7)
    assert manner.chords(beats(SIX_FOUR)) != first
    assert manner.chords(beats(SIX_FOUR), above_bass=False) == manner.chords(beats(C_MAJOR), above_bass=False)


def test_the_distance_of_histograms():
    ours, theirs = [beats(C_MAJOR, C_MAJOR, MINOR, MINOR)] * 5, [beats(C_MAJOR, C_MAJOR, C_MAJOR, SEVENTH)] * 5
    found = manner.chord_distance(ours, theirs)
    # shares (1/2, 1/2, 0) and (3/4, 0, 1/4): half of 1/4 + 1/2 + 1/4; all pieces are alike, so nothing varies
    assert found.value == found.low == found.high == pytest.approx(0.5)
    assert manner.chord_distance(ours, ours).value == 0


def test_rates_are_a_bar():
    rates = harmony.rates([beats(C_MAJOR, SEVENTH, C_MAJOR, SEVENTH)])
    assert rates["dissonances"].value == 2 and rates["chord_changes"].value == 3
