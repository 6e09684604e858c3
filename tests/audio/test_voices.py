import numpy as np
import pytest

from genart.audio import contour
from genart.audio.audio import Audio
from genart.audio.pitch import RATE
from genart.audio.voices import WINDOW, candidates, together, top


def chord(*pitches: float, seconds: float = 2.0, partials: int = 8, fall: float = 0.6) -> np.ndarray:
    """Notes whose harmonics fall off alike, not as the spectra they are explained by."""
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
    sound = sum(fall**k * np.sin(2 * np.pi * k * f * time + k * k) for f in hertz for k in range(1, partials + 1))
    return (0.1 * sound * np.ones_like(time)).astype(np.float32)


def looks(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return candidates(np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::1024])


def test_the_notes_of_a_chord_are_found_from_the_top():
    pitch, strength = looks(chord(48, 55, 64, 72))
    for notes, strengths in zip(pitch, strength, strict=True):
        found = notes[strengths > 0.2 * strengths.max()].round().tolist()
        assert found == sorted(found, reverse=True)
        assert {72, 64, 55, 48} <= set(found)


def test_several_voices_are_told_from_one():
    assert together(*looks(chord(48, 55, 64, 72))) == 1
    assert together(*looks(chord(57, 61))) == 1
    assert together(*looks(chord(60))) == 0
    tune = np.concatenate([chord(pitch, seconds=0.25) for pitch in (60, 62, 64, 65, 67, 69, 71, 72)])
    assert together(*looks(tune)) < 0.1


def test_a_buzz_is_one_voice_though_its_harmonics_are_strong():
    # Some of twelve equal harmonics of a low note look like notes of their own, but all have one period.
    sound = Audio(samples=chord(45, partials=12, fall=1.0), rate=RATE)
    assert together(*looks(sound.samples[:, 0])) > 0.5
    assert not contour.follow(sound).polyphonic


def test_the_top_line_is_likeliest():
    pitch, strength = looks(chord(48, 55, 64, 72))
    weights = top(pitch, strength)
    assert weights.sum(axis=1) == pytest.approx(0.99)
    assert (np.take_along_axis(pitch, weights.argmax(axis=1)[:, None], 1).round() == 72).all()


def test_the_contour_of_a_chord_is_its_top_line():
    sound = np.concatenate([chord(48, 55, 64, top) for top in (72, 70)])
    heard = contour.follow(Audio(samples=sound, rate=RATE))
    assert heard.polyphonic
    settled = heard.pitch[20:-20].round()
    assert set(settled[~np.isnan(settled)]) == {72, 70}
