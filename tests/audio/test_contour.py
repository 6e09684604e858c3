import numpy as np
import pytest

from genart.audio.audio import Audio
from genart.audio.contour import follow
from genart.audio.pitch import HOP, RATE

SECOND = RATE / HOP  # points


def glide(seconds: float = 8.0) -> Audio:
    """An octave up from A3, then silence."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(220 * 2 ** (time / seconds)) / RATE
    return Audio(samples=np.concatenate([0.5 * np.sin(phase), np.zeros(RATE)]).astype(np.float32), rate=RATE)


def test_pitch_and_level_stand_where_they_sound():
    heard = follow(glide())
    points = np.arange(len(heard.pitch))
    sounding = points[10 : int(8 * SECOND) - 5]
    assert np.abs(heard.pitch[sounding] - (57 + 12 * sounding / (8 * SECOND))).max() < 0.1
    assert heard.level[sounding] == pytest.approx(20 * np.log10(0.5), abs=0.2)  # of a sine at half of full scale
    assert heard.level[int(8 * SECOND) + 6 :].max() < -50
    assert not heard.polyphonic and heard.clipped == 0


def test_it_is_heard_alike_in_blocks_of_any_size(monkeypatch):
    whole = follow(glide())
    monkeypatch.setattr("genart.audio.recording.BLOCK", 1)
    monkeypatch.setattr("genart.audio.contour.BATCH", 64)
    parts = follow(glide())
    assert len(parts.pitch) >= len(whole.pitch) - 8
    both = min(len(parts.pitch), len(whole.pitch))
    np.testing.assert_allclose(parts.pitch[:both], whole.pitch[:both], atol=1e-3)
    np.testing.assert_allclose(parts.level[:both], whole.level[:both], atol=1e-3)


@pytest.mark.slow
def test_memory_stays_small(python):
    """Twenty minutes at 48,000 Hz in stereo, 460 MB as float32, are heard in a tenth of that beside what is there."""
    code = """
import resource, numpy as np, soundfile, tempfile
from genart.audio.contour import follow
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
tone = (0.3 * np.sin(2 * np.pi * 330 * np.arange(48000 * 10) / 48000)).astype(np.float32)
with tempfile.TemporaryDirectory() as place:
    for minutes in (1, 20):
        with soundfile.SoundFile(f"{place}/{minutes}.flac", "w", 48000, 2) as file:
            for _ in range(6 * minutes):
                file.write(np.stack([tone, tone], 1))
        follow(f"{place}/{minutes}.flac")
        print(peak())
"""
    small, large = map(float, python("-c", code).stdout.split())
    assert large - small < 100
