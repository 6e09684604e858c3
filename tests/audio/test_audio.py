import base64
import io
import re

import numpy as np
import pytest
import soundfile

from genart.audio.audio import MP3_RATES, Audio, check_target, write
from genart.errors import InputError
from genart.recipe import Recipe, read_recipe


def recipe(text="C4 D4"):
    return Recipe(verb="harmonize", seed=7, parameters={"song": text}, versions={"genart": "0.1.0"}, device="cpu")


def tone(*, seconds=0.5, rate=44100, channels=2, level=0.5):
    wave = level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return Audio(samples=np.stack([wave] * channels, axis=1), rate=rate, recipe=recipe())


@pytest.mark.parametrize(("extension", "tolerance"), [("wav", 1 / 32767), ("flac", 1 / 32767), ("mp3", 0.02)])
@pytest.mark.parametrize("channels", [1, 2])
def test_files_keep_sound_rate_and_recipe(tmp_path, extension, tolerance, channels):
    sound = tone(channels=channels)
    sound.save(tmp_path / f"a.{extension}")
    read = Audio.read(tmp_path / f"a.{extension}")
    assert (read.rate, read.samples.shape) == (44100, sound.samples.shape)
    assert read.recipe == recipe()
    # MP3 fades the edges of a file, so only the middle is compared.
    np.testing.assert_allclose(read.samples[2000:-2000], sound.samples[2000:-2000], atol=tolerance)


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3"])
def test_long_recipes_survive(tmp_path, extension):
    long = recipe("C4 D4 E4 F4 | " * 1000)
    Audio(samples=tone().samples, recipe=long).save(tmp_path / f"a.{extension}")
    assert read_recipe(tmp_path / f"a.{extension}") == long


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3"])
def test_recipe_is_left_out_on_request(tmp_path, extension):
    tone().save(tmp_path / f"a.{extension}", recipe=False)
    assert read_recipe(tmp_path / f"a.{extension}") is None
    assert b"@genart" not in (tmp_path / f"a.{extension}").read_bytes()


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3"])
def test_same_sound_same_bytes(tmp_path, extension):
    for name in "ab":
        tone().save(tmp_path / f"{name}.{extension}")
    assert (tmp_path / f"a.{extension}").read_bytes() == (tmp_path / f"b.{extension}").read_bytes()


def test_too_loud_is_turned_down_and_never_clipped(tmp_path):
    sound = tone(level=3.0)
    assert sound.peak == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(sound.samples, tone(level=1.0).samples, atol=1e-4)
    sound.save(tmp_path / "a.wav")
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert (
        np.abs(stored[:, 0].astype(int)) >= 32767
    ).mean() < 0.01  # a clipped sine of level 3 stays there 78 % of the time


def test_mono_may_have_one_axis():
    assert Audio(samples=np.zeros(10)).samples.shape == (10, 1)


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros(0), 44100, r"a sound of shape \(0, 1\): frames and channels are needed"),
        (np.zeros((4, 0)), 44100, r"a sound of shape \(4, 0\)"),
        (np.zeros((4, 2, 2)), 44100, r"a sound of shape \(4, 2, 2\)"),
        (np.array([0, np.nan]), 44100, "not finite numbers"),
        (np.array([0, -np.inf]), 44100, "not finite numbers"),
        (np.zeros(4), 0, "rate 0: a sound has 1000 to 384000 frames a second"),
    ],
)
def test_what_is_no_sound_is_refused(samples, rate, message):
    with pytest.raises(InputError, match=message):
        Audio(samples=samples, rate=rate)


def test_bad_files_are_refused_in_one_sentence(tmp_path):
    for name, data in [("a.wav", b"no sound"), ("a.mp3", b""), ("a.raw", b"1234"), ("a.flac", b"fLaC" + bytes(40))]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=rf"{re.escape(name)} is not a sound file that can be read"):
            Audio.read(tmp_path / name)
    with pytest.raises(InputError, match=r"cannot read .*missing\.wav: No such file"):
        Audio.read(tmp_path / "missing.wav")
    with pytest.raises(InputError, match=r"cannot read .*: Is a directory"):
        Audio.read(tmp_path)


def test_empty_and_not_finite_files_are_refused(tmp_path):
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2)), 44100)
    with pytest.raises(InputError, match=r"empty\.wav holds no sound"):
        Audio.read(tmp_path / "empty.wav")
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), 44100, subtype="FLOAT")
    with pytest.raises(InputError, match="not finite numbers"):
        Audio.read(tmp_path / "nan.wav")


def test_a_header_that_claims_days_is_refused(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(4096, np.int16), 8000)
    data = bytearray(path.read_bytes())
    data[21:26] = bytes([data[21] | 0x0F, 255, 255, 255, 255])  # the 36 bits of STREAMINFO that count the frames
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.flac is longer than 4 hours"):
        Audio.read(path)


def test_damaged_recipe_does_not_keep_the_sound_from_being_read(tmp_path):
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 44100, 1) as file:
        file.comment = "@genart {damaged"
        file.write(np.zeros(100))
    assert Audio.read(tmp_path / "a.flac").recipe is None


def test_nothing_is_overwritten_without_force(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"a\.wav exists; pass --force"):
        tone().save(path)
    assert path.read_bytes() == b"mine"
    tone().save(path, force=True)
    assert Audio.read(path).seconds == 0.5


def test_targets_are_checked_before_anything_is_written(tmp_path):
    for name, rate, channels, message in [
        ("a.txt", 44100, 2, "a sound is saved as .wav, .flac or .mp3"),
        ("a.mp3", 44100, 3, "MP3 has one or two channels, not 3"),
        ("a.mp3", 12345, 2, "MP3 has no rate of 12345 Hz; save as .wav or .flac"),
    ]:
        with pytest.raises(InputError, match=message):
            check_target(tmp_path / name, rate=rate, channels=channels)
    with pytest.raises(InputError, match="the folder does not exist"):
        tone().save(tmp_path / "missing" / "a.wav")


def test_mp3_is_written_at_every_rate_that_is_promised(tmp_path):
    for rate in MP3_RATES:
        tone(rate=rate).save(tmp_path / f"{rate}.mp3")


def test_interrupted_writing_leaves_nothing(tmp_path):
    def blocks():
        yield np.zeros((100, 2), np.float32)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.flac", blocks(), rate=44100, channels=2)
    assert list(tmp_path.iterdir()) == []


def test_player_holds_the_sound():
    html = tone()._repr_html_()
    kind, data = re.fullmatch(r'<audio controls .*src="data:audio/(\w+);base64,([^"]+)"></audio>', html).groups()  # pyright: ignore
    assert kind == "mpeg"
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert rate == 44100
    assert len(sound) == 22050
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.05)


def test_player_is_cut_and_says_so():
    long = Audio(samples=np.zeros(8000 * 95), rate=8000)
    assert "the first 90 s" in long.player()
    assert "the first" not in Audio(samples=np.zeros(8000 * 90), rate=8000).player()


def test_player_of_a_rate_that_mp3_lacks_is_flac():
    assert tone(rate=96000).data_uri().startswith("data:audio/flac;base64,")


def test_repr_is_short():
    assert repr(tone()) == "Audio(0.5 s, channels=2, rate=44100)"
