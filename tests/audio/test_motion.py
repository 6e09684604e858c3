"""What of a sound moves pictures."""

import numpy as np
import pytest

from genart.audio.audio import Audio
from genart.audio.motion import motion_of
from genart.errors import InputError

RATE = 22050


@pytest.fixture(scope="module")
def clicks():
    """Eight seconds of an A of 440 Hz, struck twice a second, the last four seconds at a tenth."""
    time = np.arange(8 * RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * time) * np.exp(-6 * (time % 0.5))
    return Audio(samples=np.where(time < 4, tone, 0.1 * tone).astype(np.float32), rate=RATE)


@pytest.fixture(scope="module")
def heard(clicks):
    return motion_of(clicks, fps=20)


def test_there_is_a_value_for_each_frame(heard):
    assert heard.loudness.shape == heard.onsets.shape == (160,) and heard.chroma.shape == (160, 12)
    assert heard.loudness.min() >= 0 and heard.loudness.max() == pytest.approx(1, abs=0.1)


def test_onsets_jump_where_something_is_struck_and_fade(heard):
    jumps = np.flatnonzero(np.diff(heard.onsets) > 0.1) + 1
    assert len(jumps) >= 5
    assert all(min(frame % 10, 10 - frame % 10) <= 2 for frame in jumps)  # every half second, ten frames
    assert heard.onsets[18] < 0.5 * heard.onsets[10:15].max()


def test_loudness_is_in_decibels(heard):
    assert heard.loudness[:80].mean() - heard.loudness[80:].mean() == pytest.approx(0.5, abs=0.1)  # 20 of 40 dB


def test_harmony_is_the_note_that_sounds(heard):
    assert (heard.chroma[5:70].argmax(1) == 9).all()  # A, the tenth from C on
    assert np.linalg.norm(heard.chroma, axis=1).max() <= 1 + 1e-6


def test_beats_come_twice_a_second(heard):
    assert len(heard.beats) >= 6  # the quiet ones may be left out
    assert np.median(np.diff(heard.beats)) == pytest.approx(10, abs=1)


def test_silence_moves_nothing():
    silent = motion_of(Audio(samples=np.zeros(RATE, np.float32), rate=RATE), fps=10)
    assert silent.loudness.max() == silent.onsets.max() == silent.chroma.max() == 0


def test_a_sound_that_is_too_short_is_said_so():
    with pytest.raises(
        InputError, match=r"a sound of 0.05 seconds is too short to be followed: half a second is needed"
    ):
        motion_of(Audio(samples=np.zeros(1100, np.float32), rate=RATE), fps=10)
