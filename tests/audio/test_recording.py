import io
import os
import threading

import numpy as np
import pytest
import soundfile

from genart.audio.audio import Audio
from genart.audio.recording import Blocks, is_recording, name_of, settled
from genart.errors import InputError
from genart.recipe import sha256_of


def read(recording, *, rate: int = 22050, on_step=lambda done, total: None) -> np.ndarray:
    return np.concatenate(list(Blocks(recording, rate=rate, on_step=on_step)))


def tone(hertz: float = 440, *, rate: int = 22050, seconds: float = 2, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 192000])
def test_every_rate_becomes_the_one_that_is_asked_for(rate):
    heard = read(Audio(samples=tone(rate=rate), rate=rate))
    assert len(heard) == pytest.approx(2 * 22050, abs=2)
    middle = slice(5000, 35000)
    assert np.abs(heard[middle]).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.fft.rfft(heard[:22050])).argmax() == 440


def test_blocks_do_not_show(monkeypatch):
    sound = Audio(samples=np.random.default_rng(0).standard_normal(5 * 48000).astype(np.float32) / 9, rate=48000)
    whole = read(sound)
    monkeypatch.setattr("genart.audio.recording.BLOCK", 1)
    np.testing.assert_allclose(read(sound), whole, atol=1e-6)


def test_rumble_and_offset_are_gone():
    heard = read(Audio(samples=0.4 + 0.4 * tone(15), rate=22050))
    assert np.abs(heard[11025:]).max() < 0.04  # 15 Hz is 20 dB softer


def test_channels_are_mixed_and_never_cancel():
    left = tone()
    for samples in (left, np.stack([left, left], 1), np.stack([left, -left], 1), np.stack([0 * left, left], 1)):
        assert np.abs(read(Audio(samples=samples, rate=22050))).max() >= 0.25


def test_clipping_is_counted():
    # A sine of 4 is above 1 for 1 - 2 asin(1/4) / pi = 0.84 of the time; the first of each 25 frames is not counted.
    for gain, clipped in ((0.9, 0.0), (4.0, 0.80)):
        blocks = Blocks(Audio(samples=np.clip(gain * tone(level=1), -1, 1), rate=22050), rate=22050, on_step=_silent)
        list(blocks)
        assert blocks.clipped == pytest.approx(clipped, abs=0.01)


def _silent(done: int, total: int) -> None:
    pass


def test_progress_is_told_from_nothing_to_all():
    steps: list[tuple[int, int]] = []
    read(Audio(samples=tone(seconds=11), rate=22050), on_step=lambda *step: steps.append(step))
    assert steps == [(0, 242550), (110250, 242550), (220500, 242550), (242550, 242550)]


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", "ogg"])
def test_files_are_read_by_path_and_open(tmp_path, extension):
    path = tmp_path / f"hum.{extension}"
    soundfile.write(path, tone(rate=44100), 44100)
    assert np.abs(np.fft.rfft(read(path)[:22050])).argmax() == 440
    with open(path, "rb") as file:
        held, (source,) = settled(file)
    assert (source.name, source.sha256) == (path.name, sha256_of(path))
    np.testing.assert_array_equal(read(held), read(path))
    np.testing.assert_array_equal(read(held), read(path))  # twice


def test_a_pipe_is_read_once(tmp_path):
    buffer, pipe = io.BytesIO(), tmp_path / "hum.wav"
    soundfile.write(buffer, tone(), 22050, format="WAV")
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(buffer.getvalue()))
    writer.start()
    held, (source,) = settled(pipe)
    writer.join()
    assert source.sha256 == sha256_of(buffer.getvalue())
    assert len(read(held)) == 44100


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "hum.wav is empty"),
        (b"la la la", "hum.wav is no sound file that can be read; convert it to .wav, .flac or .mp3"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0", "hum.wav is no sound file that can be read"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "hum.wav is no sound file that can be read"),
    ],
)
def test_what_is_no_sound_is_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "hum.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read(path)


def test_other_sounds_that_cannot_be_used_are_one_sentence(tmp_path):
    path = tmp_path / "hum.wav"
    soundfile.write(path, np.zeros(0), 22050)
    with pytest.raises(InputError, match="hum.wav holds no sound"):
        read(path)
    soundfile.write(path, np.array([0.1, np.nan]), 22050, subtype="FLOAT")
    with pytest.raises(InputError, match="hum.wav holds values that are not finite numbers"):
        read(path)
    soundfile.write(path, np.zeros(100), 500)
    with pytest.raises(InputError, match="hum.wav has 500 frames a second; a recording has 1000 to 384000"):
        read(path)
    with pytest.raises(InputError, match=r"the recording is 60\.02 minutes long, and 60 can be transcribed"):
        read(Audio(samples=np.zeros(3601 * 1000), rate=1000))
    with pytest.raises(InputError, match="cannot read gone.wav: No such file or directory"):
        read("/nowhere/gone.wav")
    with pytest.raises(InputError, match="cannot read .*: Is a directory"):
        read(tmp_path)
    with pytest.raises(InputError, match="open the file for reading bytes, not text"):
        settled(io.StringIO("la"))  # pyright: ignore[reportArgumentType]


def test_a_damaged_file_is_one_sentence(tmp_path):
    path = tmp_path / "hum.flac"
    soundfile.write(path, np.random.default_rng(0).standard_normal(66150) / 9, 22050)
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(InputError, match="hum.flac is no sound file that can be read"):
        read(path)


def test_names_tell_recordings_from_songs():
    assert is_recording("my hum.WAV") and is_recording("memo.m4a")
    assert not is_recording("song.mid") and not is_recording("C4 D4") and not is_recording(3)
    assert name_of(r"C:\music\hum.wav") == "hum.wav"
    assert name_of(io.BytesIO()) == "the recording"
