import numpy as np
import pytest

from genart.audio.pitch import HOP, LOWEST, RATE, SPAN, candidates, path


def frames(sound: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), SPAN)[::HOP]


def tone(hertz: float, *, partials: int = 1, seconds: float = 0.3) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * k * hertz * time + k) / k for k in range(1, partials + 1)) * np.ones_like(time)


def midi(hertz: float) -> float:
    return 69 + 12 * np.log2(hertz / 440)


@pytest.mark.parametrize("hertz", [62, 82.4, 196, 440, 987.8, 2093])
@pytest.mark.parametrize("partials", [1, 8])
def test_the_likeliest_candidate_is_the_pitch(hertz, partials):
    pitch, probability = candidates(frames(tone(hertz, partials=partials)))
    best = np.take_along_axis(pitch, probability.argmax(axis=1)[:, None], axis=1)
    assert np.abs(best - midi(hertz)).max() < 0.1  # semitones
    assert probability.max(axis=1).min() > 0.7


def test_probabilities_leave_the_rest_to_silence():
    noise = np.random.default_rng(0).standard_normal(RATE)
    _, probability = candidates(frames(noise))
    assert (probability >= 0).all()
    assert (probability.sum(axis=1) <= 1 + 1e-6).all()
    assert probability.sum(axis=1).mean() < 0.05
    assert candidates(np.zeros((3, SPAN), np.float32))[1].sum() == 0


def test_a_missing_fundamental_is_heard():
    time = np.arange(RATE // 3) / RATE
    sound = sum(np.sin(2 * np.pi * k * 200 * time) for k in (2, 3, 4, 5))
    pitch, probability = candidates(frames(np.asarray(sound)))
    assert np.abs(np.take_along_axis(pitch, probability.argmax(axis=1)[:, None], 1) - midi(200)).max() < 0.1


def test_the_path_passes_over_a_slip_of_an_octave():
    pitch = np.tile(np.array([60.0, 72.0], np.float32), (40, 1))
    probability = np.tile(np.array([0.6, 0.3], np.float32), (40, 1))
    probability[20:22] = [0.3, 0.6]
    assert (path(pitch, probability) == 60).all()


def test_the_path_is_silent_where_nothing_is_likely():
    pitch = np.full((60, 2), 60, np.float32)
    probability = np.zeros((60, 2), np.float32)
    probability[20:40, 0] = 0.95
    silent = np.isnan(path(pitch, probability))
    assert silent[:20].all() and silent[40:].all() and not silent[20:40].any()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_it_agrees_with_librosas_pyin():
    import librosa

    time = np.arange(4 * RATE) / RATE
    pitch = 57 + 3 * np.floor(time * 2) + 0.3 * np.sin(2 * np.pi * 5.5 * time)
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE
    sound = sum(np.sin(k * phase) / k for k in range(1, 9)) * 0.3
    sound = (sound + 0.01 * np.random.default_rng(0).standard_normal(len(time))).astype(np.float32)
    ours = path(*candidates(frames(sound)))
    theirs = librosa.pyin(sound, fmin=LOWEST, fmax=1000, sr=RATE, hop_length=HOP, center=False)[0]
    both = min(len(ours), len(theirs))
    late = 3  # points that the middle of librosa's frames of 2,048 is later than that of ours
    apart = np.abs(ours[late:both] - librosa.hz_to_midi(theirs[: both - late]))
    assert np.nanmedian(apart) < 0.15  # semitones, of which librosa's bins are a tenth
    assert (apart[~np.isnan(apart)] < 0.5).mean() > 0.95
