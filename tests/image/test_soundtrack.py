from typing import Any

import av
import numpy as np
import pytest
import video_files as files

from genart.audio.audio import Audio
from genart.image.clip import Clip
from genart.image.film import film

SECONDS, RATE = 2.0, 25
FRAME = 1 / RATE


def stored(path, *, seconds=SECONDS, **options):
    """A film of grey with a tone, by PyAV alone."""
    frames = [files.flat(90)] * round(seconds * RATE)
    settings: Any = {"sound": files.sine(seconds)} | options
    return files.write(path, frames, rate=RATE, **settings)


def remade(source, path, *, frames=None):
    """The clip written anew, or its first `frames`; the film's notes."""
    with Clip.open(source) as clip, film(path, size=(64, 48), rate=clip.rate, sound=clip) as out:
        for index, frame in enumerate(clip):
            if frames is None or index < frames:
                out.add(frame)
    return out.notes


def lengths(path):
    with av.open(str(path)) as opened:
        container: Any = opened
        ends = {}
        for packet in container.demux():
            if packet.pts is not None:
                kind = packet.stream.type
                ends[kind] = max(ends.get(kind, 0), float((packet.pts + packet.duration) * packet.time_base))
    return ends


def pitch(samples):
    """Hertz of the strongest tone in the middle of a sound, 48,000 a second."""
    middle = samples[len(samples) // 4 : -len(samples) // 4, 0]
    return np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * 48000 / len(middle)


@pytest.mark.parametrize(
    ("source", "codec", "target"),
    [
        ("a.mp4", "aac", "b.mp4"),
        ("a.mp4", "aac", "b.mov"),
        ("a.mp4", "aac", "b.mkv"),
        ("a.mov", "pcm_s16le", "b.mov"),
        ("a.ts", "aac", "b.mp4"),
        ("a.mkv", "libopus", "b.webm"),
        ("a.mkv", "libopus", "b.mp4"),
        ("a.mkv", "flac", "b.mkv"),
        ("a.mkv", "libmp3lame", "b.mp4"),
    ],
)
def test_sound_the_format_takes_is_kept_bit_for_bit(tmp_path, source, codec, target):
    path = stored(tmp_path / source, sound_codec=codec)
    assert remade(path, tmp_path / target) == []
    before, after = files.packets(path), files.packets(tmp_path / target)
    if source == "a.ts":  # whose packets have headers that MP4 keeps elsewhere
        before = [packet[7:] for packet in before]
    assert after == before[: len(after)]
    assert len(before) - len(after) <= 2  # what lies behind the last frame
    ends = lengths(tmp_path / target)
    begin = float(Clip.open(tmp_path / target).begin)  # Matroska has no times below 0, where AAC begins
    assert ends["video"] - begin == pytest.approx(SECONDS, abs=0.002)
    assert ends["audio"] == pytest.approx(SECONDS, abs=FRAME)


@pytest.mark.parametrize(
    ("source", "codec", "target", "expected"),
    [
        ("a.mp4", "aac", "b.webm", "opus"),
        ("a.mkv", "ac3", "b.webm", "opus"),
        ("a.mkv", "flac", "b.webm", "opus"),
        ("a.mkv", "pcm_s16le", "b.mp4", "aac"),
    ],
)
def test_other_sound_is_encoded(tmp_path, source, codec, target, expected):
    path = stored(tmp_path / source, sound_codec=codec)
    assert remade(path, tmp_path / target) == []
    with av.open(str(tmp_path / target)) as container:
        assert container.streams.audio[0].codec_context.name == expected
    sound = files.heard(tmp_path / target)
    assert pitch(sound) == pytest.approx(440, abs=2)
    assert len(sound) / 48000 == pytest.approx(SECONDS, abs=FRAME)


@pytest.mark.parametrize("target", ["b.mp4", "b.webm"])
def test_sound_ends_with_the_film(tmp_path, target):
    path = stored(tmp_path / "a.mp4")
    remade(path, tmp_path / target, frames=20)
    assert lengths(tmp_path / target) == pytest.approx({"video": 0.8, "audio": 0.8}, abs=FRAME)


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv", "b.webm"])
def test_sound_stays_in_step_where_the_picture_begins_late(tmp_path, target):
    sound = np.zeros(96000, np.float32)
    sound[48000:52800] = files.sine(0.1)  # at 1 s of the file's clock
    path = stored(tmp_path / "a.mkv", sound=sound, begin=400)
    remade(path, tmp_path / target)
    samples = files.heard(tmp_path / target)[:, 0]
    assert np.flatnonzero(np.abs(samples) > 0.1)[0] / 48000 == pytest.approx(0.6, abs=FRAME)


@pytest.mark.parametrize("rate", [44100, 48000, 22050, 7000])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("target", ["b.mp4", "b.webm"])
def test_a_sound_of_its_own(tmp_path, target, rate, channels):
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    sound = Audio(samples=np.stack([wave] * channels, axis=1).astype(np.float32), rate=rate)
    with film(tmp_path / target, size=(64, 48), rate=RATE, sound=sound) as out:
        for _ in range(25):
            out.add(files.flat(90))
    assert out.notes == []
    samples = files.heard(tmp_path / target)
    assert samples.shape[1] == {1: 1, 2: 2, 3: 1}[channels]
    assert pitch(samples) == pytest.approx(440, abs=2)
    assert len(samples) / 48000 == pytest.approx(1.0, abs=FRAME)


def test_a_sound_shorter_than_the_film(tmp_path):
    sound = Audio(samples=files.sine(0.5), rate=48000)
    with film(tmp_path / "b.mp4", size=(64, 48), rate=RATE, sound=sound) as out:
        for _ in range(25):
            out.add(files.flat(90))
    assert lengths(tmp_path / "b.mp4") == pytest.approx({"video": 1.0, "audio": 0.5}, abs=FRAME)


@pytest.mark.parametrize("target", ["b.mp4", "b.webm"])
def test_a_broken_track_is_left_out_with_a_note(tmp_path, target):
    path = stored(tmp_path / "a.mp4")
    data = path.read_bytes()
    for packet in files.packets(path):
        data = data.replace(packet, b"\xff" * len(packet))
    path.write_bytes(data)
    assert remade(path, tmp_path / target) == [f"the sound of {path} cannot be decoded and is left out"]
    with Clip.open(tmp_path / target) as clip:
        assert not clip.has_sound
        assert len(list(clip)) == SECONDS * RATE


def test_a_clip_without_sound_makes_a_film_without(tmp_path):
    path = stored(tmp_path / "a.mp4", sound=None)
    assert remade(path, tmp_path / "b.mp4") == []
    assert not Clip.open(tmp_path / "b.mp4").has_sound


@pytest.mark.parametrize("target", ["b.gif", "b.webp", "frames"])
def test_silent_formats_say_so(tmp_path, target):
    path = stored(tmp_path / "a.mp4", seconds=0.2)
    (note,) = remade(path, tmp_path / target)
    assert "the sound is left out, since" in note
    assert remade(stored(tmp_path / "c.mp4", seconds=0.2, sound=None), tmp_path / f"silent-{target}") == []
