import json
import math
import shutil
from fractions import Fraction

import numpy as np
import pytest
import video_files as files
from PIL import Image

from genart.errors import InputError, MissingExtra
from genart.image.clip import Clip, moves

LEVELS = list(range(20, 240, 10))  # of grey, 22 frames


def levels(clip):
    """Of each frame, the mean grey as the nearest of LEVELS."""
    return [min(LEVELS, key=lambda level: abs(level - frame.mean())) for frame in clip]


def greys(levels=LEVELS, **options):
    return [files.flat(level, **options) for level in levels]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm"])
@pytest.mark.parametrize("rate", [Fraction(30), Fraction(30000, 1001), Fraction(12)])
def test_a_constant_rate_gives_each_frame_once(tmp_path, name, rate):
    path = files.write(tmp_path / name, greys(), rate=rate, codec="libvpx-vp9" if name == "a.webm" else "libx264")
    with Clip.open(path) as clip:
        assert (clip.width, clip.height, clip.rate, clip.has_sound) == (64, 48, rate, False)
        assert clip.frames == len(LEVELS)
        assert clip.seconds == pytest.approx(len(LEVELS) / rate)
        assert levels(clip) == LEVELS
        assert levels(clip) == LEVELS  # a second time


def test_frames_are_read_only_arrays(tmp_path):
    for frame in Clip.open(files.write(tmp_path / "a.mp4", greys()[:3])):
        assert frame.shape == (48, 64, 3)
        assert frame.dtype == np.uint8
        assert not frame.flags.writeable
        assert frame.flags.c_contiguous


# Pure colors by the definitions of BT.601 and BT.709: what comes back is the color, whatever the file is coded in.
@pytest.mark.parametrize(
    "matrix",
    [("ITU709", 1, "MPEG", 1), ("ITU709", 1, "JPEG", 2), ("ITU601", 6, "MPEG", 1), ("ITU601", 5, "JPEG", 2)],
    ids=["709", "709-full", "601", "601-full"],
)
@pytest.mark.parametrize("color", [(200, 30, 60), (30, 200, 60), (30, 60, 200), (128, 128, 128), (255, 255, 255)])
def test_colors_come_back_as_the_file_says_they_are_coded(tmp_path, matrix, color):
    path = files.write(tmp_path / "a.mp4", [files.flat(color)] * 2, matrix=matrix)
    frame = next(iter(Clip.open(path)))
    np.testing.assert_allclose(frame.mean(axis=(0, 1)), color, atol=2.5)


@pytest.mark.parametrize(("size", "name"), [((64, 48), "ITU601"), ((64, 720), "ITU709")])
def test_colors_of_files_that_do_not_say_go_by_their_size(tmp_path, size, name):
    color = (200, 30, 60)
    path = files.write(tmp_path / "a.mp4", [files.flat(color, size=size)] * 2, matrix=(name, 2, "MPEG", 1))
    np.testing.assert_allclose(next(iter(Clip.open(path))).mean(axis=(0, 1)), color, atol=2.5)


# Rotations against the clock, as np.rot90 counts them; the mirror comes after.
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_frames_are_upright(tmp_path, degrees, mirrored):
    stored = files.quarters()
    path = files.write(tmp_path / "a.mp4", [stored] * 2, rotation=degrees, mirrored=mirrored)
    upright = np.rot90(stored, degrees // 90)
    upright = upright[:, ::-1] if mirrored else upright
    with Clip.open(path) as clip:
        assert (clip.height, clip.width) == upright.shape[:2]
        frame = next(iter(clip))
    middles = np.s_[np.array([upright.shape[0] // 4, -upright.shape[0] // 4])]
    for y in middles:
        for x in (upright.shape[1] // 4, -upright.shape[1] // 4):
            np.testing.assert_allclose(frame[y, x], upright[y, x], atol=12)


def test_pixels_become_square(tmp_path):
    path = files.write(tmp_path / "a.mp4", [files.quarters()] * 2, ratio=Fraction(4, 3))
    with Clip.open(path) as clip:
        assert (clip.width, clip.height) == (85, 48)  # 64 * 4 / 3
        assert next(iter(clip)).shape == (48, 85, 3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_varying_rate_is_made_constant_by_the_times_frames_are_shown_at(tmp_path, name):
    gaps = [33, 33, 34, 33, 67, 33, 100, 33, 33, 34, 16, 17, 33, 34, 33, 33, 34, 33, 33, 34, 33]
    times = [0, *np.cumsum(gaps).tolist()]
    clip = Clip.open(files.write(tmp_path / name, greys(), times=times), rate=30)
    slots = [math.floor(time * 0.03 + 0.5) for time in times]  # the frames of 1/30 s that they begin in, or next to
    expected = [LEVELS[max(k for k, slot in enumerate(slots) if slot <= index)] for index in range(slots[-1] + 1)]
    assert expected != LEVELS[: len(expected)]  # some twice, one not at all
    assert levels(clip) == expected


def test_a_varying_rate_finds_a_usual_one(tmp_path):
    times = [0, *np.cumsum([100, 16, 400, 17] * 5 + [33]).tolist()]
    clip = Clip.open(files.write(tmp_path / "a.mp4", greys(), times=times))
    assert clip.rate == 8  # 22 frames in 2.7 s
    assert len(list(clip)) / clip.rate == pytest.approx(times[-1] / 1000, abs=0.5)


@pytest.mark.parametrize(("rate", "expected"), [(15, LEVELS[::2]), (60, np.repeat(LEVELS, 2).tolist())])
def test_another_rate_leaves_out_or_repeats_frames(tmp_path, rate, expected):
    clip = Clip.open(files.write(tmp_path / "a.mp4", greys()), rate=rate)
    found = levels(clip)
    assert (clip.rate, clip.frames) == (rate, len(expected))
    assert len(found) == len(expected)
    assert np.abs(np.array(found) - expected).max() <= 10  # of two frames as near, either


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_animations(tmp_path, name):
    pictures = [Image.fromarray(frame) for frame in greys()]
    pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=100, loop=0, lossless=True)
    with Clip.open(tmp_path / name) as clip:
        assert (clip.width, clip.height, clip.rate, clip.frames) == (64, 48, 10, len(LEVELS))
        assert levels(clip) == LEVELS
    assert moves(tmp_path / name)


def test_animations_of_a_varying_rate(tmp_path):
    pictures = [Image.fromarray(frame) for frame in greys([20, 120, 220])]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[100, 300, 200])
    clip = Clip.open(tmp_path / "a.gif")
    assert (clip.rate, clip.frames) == (10, 6)
    assert levels(clip) == [20, 120, 120, 120, 220, 220]


def test_animations_that_are_transparent_lie_on_white(tmp_path):
    pictures = [Image.new("RGBA", (8, 8), (0, 0, 0, alpha)) for alpha in (0, 255)]
    pictures[0].save(tmp_path / "a.webp", save_all=True, append_images=pictures[1:], duration=100, lossless=True)
    assert [frame.mean() for frame in Clip.open(tmp_path / "a.webp")] == [255, 0]


def test_frames_too_fast_for_browsers_last_as_long_as_browsers_show_them(tmp_path):
    pictures = [Image.fromarray(frame) for frame in greys([20, 120])]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=10)
    assert Clip.open(tmp_path / "a.gif").rate == 10


def test_a_folder_is_counted_as_people_count(tmp_path):
    for index, frame in enumerate(greys()):
        Image.fromarray(frame).save(tmp_path / f"frame{index}.png")
    (tmp_path / ".hidden.png").write_bytes(b"")
    with Clip.open(tmp_path) as clip:
        assert (clip.width, clip.height, clip.rate, clip.frames) == (64, 48, 24, len(LEVELS))
        assert levels(clip) == LEVELS
    assert Clip.open(tmp_path, rate=10).seconds == len(LEVELS) / 10
    assert not moves(tmp_path)


def test_frames_of_a_folder_need_one_size(tmp_path):
    Image.fromarray(files.flat(0)).save(tmp_path / "1.png")
    Image.fromarray(files.flat(0, size=(64, 50))).save(tmp_path / "2.png")
    with pytest.raises(InputError, match=r"2\.png is 64 x 50 pixels and the first of its folder 64 x 48"):
        list(Clip.open(tmp_path))


def test_closing_ends_what_runs(tmp_path):
    path = files.write(tmp_path / "a.mp4", greys())
    with Clip.open(path) as clip:
        frames = iter(clip)
        next(frames)
    assert list(frames) == []


def test_where_the_first_frame_lies_on_the_files_clock(tmp_path):
    path = files.write(tmp_path / "a.mkv", greys(), begin=500, sound=files.sine(1.0))
    clip = Clip.open(path)
    assert clip.has_sound
    assert float(clip.begin) == pytest.approx(0.5, abs=0.03)
    assert levels(clip) == LEVELS


def test_a_video_cut_short_gives_what_is_left(tmp_path):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(60)]
    path = files.write(tmp_path / "a.mp4", frames, options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 10 < len(list(Clip.open(path))) < 60


def test_damage_in_the_middle_is_passed_over(tmp_path):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(60)]
    path = files.write(tmp_path / "a.mkv", frames)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    assert 20 < len(list(Clip.open(path))) <= 61


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.mp4", b"", "is empty: a video is expected"),
        ("a.mp4", b"no video" * 100, r"is not a video that can be read \(\.mp4"),
        ("a.txt", b"no video" * 100, r"is not a video that can be read \(\.mp4"),
        ("a.nfo", b"no video" * 100, r"is not a video that can be read \(\.mp4"),
        ("a.m3u8", b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/a.ts\n", r"is not a video that can be read"),
        ("a.gif", b"GIF89a" + bytes(20), r"damaged"),
        ("a.gif", b"GIF89a", r"damaged"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=rf"{name}.*{message}"):
        Clip.open(tmp_path / name)


def test_a_video_without_its_index_is_refused(tmp_path):
    path = files.write(tmp_path / "a.mp4", greys())
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(InputError, match=r"a\.mp4 is a video that is cut short: its index is missing"):
        Clip.open(path)


def test_a_video_without_a_frame_is_refused(tmp_path):
    path = files.write(tmp_path / "a.mp4", greys(), options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat")])
    with pytest.raises(InputError, match=r"a\.mp4 holds no frame that can be read"):
        Clip.open(path)


def test_sound_alone_is_refused(tmp_path):
    from genart.audio.audio import Audio

    Audio(samples=files.sine(0.2), rate=48000).save(tmp_path / "a.wav")
    with pytest.raises(InputError, match=r"a\.wav holds sound but no picture: a video is needed"):
        Clip.open(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.bmp", "a.tif"])
def test_stills_are_refused(tmp_path, name):
    Image.fromarray(files.flat(90)).save(tmp_path / name)
    with pytest.raises(InputError, match="is a still picture: a video, an animation or a folder of pictures is needed"):
        Clip.open(tmp_path / name)
    assert not moves(tmp_path / name)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.mp4 does not exist"):
        Clip.open(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="http://127.0.0.1:1/a.mp4 does not exist"):
        Clip.open("http://127.0.0.1:1/a.mp4")
    with pytest.raises(InputError, match="holds no pictures"):
        Clip.open(tmp_path)


@pytest.mark.parametrize("rate", [0, -1, 1001, float("nan")])
def test_rates_that_cannot_be_are_refused(tmp_path, rate):
    with pytest.raises(InputError, match="frames a second: above 0 and at most 1000 are needed"):
        Clip.open(tmp_path, rate=rate)


def test_without_pyav_a_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    path = files.write(tmp_path / "a.mp4", greys())
    monkeypatch.setattr("genart.image.pyav.importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r'pip install "genart\[video\]"'):
        Clip.open(path)


def test_names_with_colons_are_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(files.write(tmp_path / "a.mp4", greys()), "concat:a.mp4")
    assert levels(Clip.open("concat:a.mp4")) == LEVELS


def test_reading_neither_imports_jax_nor_holds_every_frame(python, tmp_path):
    path = files.write(tmp_path / "a.mp4", (files.flat(90, size=(640, 360)) for _ in range(300)))
    code = f"""
import json, resource, sys
from genart.image.clip import Clip
frames = iter(Clip.open({str(path)!r}))
for _ in range(30): next(frames)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for frame in frames: pass
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, "jax" in sys.modules]))
"""
    grown, jax = json.loads(python("-c", code).stdout)
    assert grown < 30_000  # kilobytes; 270 frames are 187 MB
    assert not jax
