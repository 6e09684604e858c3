import contextlib
import json
import os
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
import video_files as files
from av.codec.codec import UnknownCodecError
from PIL import Image

from genart.audio.audio import Audio
from genart.errors import InputError, MissingExtra
from genart.image.clip import Clip
from genart.image.film import film
from genart.recipe import Recipe, read_recipe

FORMATS = ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a.webp", "frames/"]
WITH_SOUND = FORMATS[:4]
SIZE = (64, 48)
RECIPE = Recipe(
    verb="gan walk",
    model="gan-emoji",
    weights="ab" * 32,
    seed=7,
    parameters={"seeds": [3, 14, 15], "title": "Grüße <&> \N{SNOWMAN}"},
    versions={"genart": "0.1.0"},
    device="cpu",
)
LONG = Recipe(verb="gan walk", seed=7, parameters={"text": "C4 D4 | " * 2000}, versions={}, device="cpu")


def sweep(count=20, size=SIZE):
    """Frames in which a bright bar moves from left to right over a slope of color."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    slope = np.stack([x, y, 255 - x], axis=-1) * 0.8
    for index in range(count):
        frame = slope.copy()
        frame[:, index * size[0] // count :][:, :4] = 255
        yield np.rint(frame).astype(np.uint8)


def save(path, frames=None, *, size=SIZE, rate=20, **options):
    with film(path, size=size, rate=rate, **options) as out:
        for frame in sweep() if frames is None else frames:
            out.add(frame)
    return out


def failing(failure, *, after):
    yield from sweep(after)
    raise failure


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read(tmp_path, name):
    frames = list(sweep())
    out = save(f"{tmp_path}/{name}", frames)
    assert out.notes == []
    with Clip.open(f"{tmp_path}/{name}", rate=20) as clip:
        assert (clip.width, clip.height, clip.frames) == (*SIZE, 20)
        back = list(clip)
    assert len(back) == 20
    for frame, again in zip(frames, back, strict=True):
        assert np.abs(frame.astype(float) - again).mean() < (0.1 if name == "frames/" else 12)
    assert os.listdir(tmp_path) == [name.rstrip("/")]


@pytest.mark.parametrize("name", FORMATS[:-1])
def test_the_same_frames_make_the_same_file(tmp_path, name):
    made = set()
    for _ in range(3):
        save(tmp_path / name, size=(160, 96), frames=sweep(size=(160, 96)), force=True)
        made.add((tmp_path / name).read_bytes())
    assert len(made) == 1


@pytest.mark.parametrize("name", FORMATS[:-1])
@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001), 12.5])
def test_the_rate_is_kept(tmp_path, name, rate):
    save(tmp_path / name, rate=rate)
    clip = Clip.open(tmp_path / name)
    assert float(clip.rate) == pytest.approx(float(rate), rel=0.001 if name not in ("a.gif", "a.webp") else 0.01)
    assert clip.seconds == pytest.approx(20 / rate, abs=0.02)


@pytest.mark.parametrize("name", WITH_SOUND)
@pytest.mark.parametrize("size", [(63, 47), (64, 47), (63, 48), (1, 1)])
def test_odd_sides_get_one_row_or_column_more(tmp_path, name, size):
    save(tmp_path / name, sweep(size=size, count=3), size=size)
    clip = Clip.open(tmp_path / name)
    width, height = size
    assert (clip.width, clip.height) == (width + width % 2, height + height % 2)
    again = next(iter(clip))
    if height % 2:
        assert np.abs(again[-1].astype(int) - again[-2]).mean() < 12


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "frames/"])
def test_other_formats_keep_odd_sides(tmp_path, name):
    save(f"{tmp_path}/{name}", sweep(3, size=(63, 47)), size=(63, 47))
    clip = Clip.open(f"{tmp_path}/{name}")
    assert (clip.width, clip.height) == (63, 47)


@pytest.mark.parametrize("name", WITH_SOUND)
def test_players_are_told_how_colors_are_coded(tmp_path, name):
    save(tmp_path / name, [files.flat((255, 0, 0))] * 3)
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == {"a.webm": "vp9"}.get(name, "h264")
        assert stream.pix_fmt == "yuv420p"
        frame = next(container.decode(video=0))
    assert (frame.colorspace, frame.color_range) == (1, 1)  # BT.709, limited
    y, u, v = (np.frombuffer(bytes(plane), np.uint8)[0] for plane in frame.planes)
    np.testing.assert_allclose([y, u, v], [63, 102, 240], atol=1.5)  # red, by the definition of BT.709


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_the_index_stands_first(tmp_path, name):
    save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.webp"])
def test_quality_is_paid_for_in_bytes(tmp_path, name):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(10)]
    sizes = []
    for quality in (10, 50, 90):
        save(tmp_path / f"{quality}{name}", frames, quality=quality)
        sizes.append((tmp_path / f"{quality}{name}").stat().st_size)
    assert sizes[0] * 1.3 < sizes[1] < sizes[2] / 1.3


def test_gif_frames_last_hundredths_that_add_up_and_loop(tmp_path):
    save(tmp_path / "a.gif", rate=30)
    with Image.open(tmp_path / "a.gif") as image:
        lengths = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            lengths.append(image.info["duration"])
        assert image.info["loop"] == 0
    assert set(lengths) <= {30, 40}
    assert sum(lengths) == pytest.approx(20 / 30 * 1000, abs=10)


def test_gif_leaves_out_what_browsers_would_slow_down(tmp_path):
    save(tmp_path / "a.gif", [files.flat(10 * index) for index in range(20)], rate=100)
    clip = Clip.open(tmp_path / "a.gif")
    assert (clip.rate, clip.frames) == (50, 10)
    assert [round(frame.mean() / 10) for frame in clip] == list(range(0, 20, 2))


def test_webp_loops(tmp_path):
    save(tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (20, 0)


@pytest.mark.parametrize("recipe", [RECIPE, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", FORMATS[:-1])
def test_the_recipe_travels_with_the_film(tmp_path, name, recipe):
    save(tmp_path / name, recipe=recipe)
    assert read_recipe(tmp_path / name) == recipe
    assert len(list(Clip.open(tmp_path / name))) == 20
    save(tmp_path / f"plain{name}")
    assert read_recipe(tmp_path / f"plain{name}") is None


def test_each_frame_of_a_folder_carries_the_recipe(tmp_path):
    save(tmp_path / "frames", recipe=RECIPE)
    assert sorted(os.listdir(tmp_path / "frames"))[::19] == ["000001.png", "000020.png"]
    assert read_recipe(tmp_path / "frames" / "000020.png") == RECIPE


def test_the_recipe_of_a_webp_of_one_frame(tmp_path):
    save(tmp_path / "a.webp", [files.quarters()], recipe=RECIPE)
    assert read_recipe(tmp_path / "a.webp") == RECIPE
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == SIZE
        assert np.asarray(image.convert("RGB"))[5, 5, 0] > 200
    data = (tmp_path / "a.webp").read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.gif"])
def test_the_recipe_of_a_film_that_is_cut_short(tmp_path, name):
    save(tmp_path / name, recipe=RECIPE)
    data = (tmp_path / name).read_bytes()
    for length in range(0, len(data), 97):
        (tmp_path / name).write_bytes(data[:length])
        with contextlib.suppress(InputError):  # anything else that is raised fails the test
            assert read_recipe(tmp_path / name) in (RECIPE, None)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("after", [0, 5])
def test_nothing_is_left_of_a_film_that_fails(tmp_path, name, failure, after):
    sound = Audio(samples=files.sine(1), rate=48000)
    with pytest.raises(failure):
        save(f"{tmp_path}/{name}", failing(failure, after=after), sound=sound)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_film_without_a_frame_is_not_written(tmp_path, name):
    with (
        pytest.raises(InputError, match="would be a film without a frame, so it is not written"),
        film(f"{tmp_path}/{name}", size=SIZE, rate=20),
    ):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", FORMATS)
def test_frames_need_the_size_of_the_film(tmp_path, name):
    message = r"a frame of shape \(47, 64, 3\), uint8: .* has frames of \[48, 64, 3\], uint8"
    with pytest.raises(InputError, match=message), film(f"{tmp_path}/{name}", size=SIZE, rate=20) as out:
        out.add(np.zeros((47, 64, 3), np.uint8))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, python, name):
    code = f"""
import os, resource
import numpy as np
from genart.errors import InputError
from genart.image.film import film
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))  # the file system refuses more, with EFBIG
rng = np.random.default_rng(0)
try:
    with film({f"{tmp_path}/{name}"!r}, size=(128, 96), rate=20) as out:
        for _ in range(60):
            out.add(rng.integers(0, 255, (96, 128, 3), dtype=np.uint8))
except InputError as error:
    print(error)
print(os.listdir({str(tmp_path)!r}))
"""
    done = python("-c", code)
    sentence, left = done.stdout.splitlines()
    reason = "File too large" if name == "frames/" else "the file would be too large for this disk"
    assert sentence == f"cannot write {tmp_path}/{name}: {reason}"
    assert left == "[]"
    assert done.stderr == ""


def test_what_exists_stays(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"a\.mp4 exists; pass --force to overwrite it"):
        save(path)
    with pytest.raises(RuntimeError):
        save(path, failing(RuntimeError, after=1), force=True)
    assert path.read_bytes() == b"mine"
    save(path, force=True)
    assert Clip.open(path).frames == 20


def test_folders_that_exist_stay(tmp_path):
    path = tmp_path / "frames"
    path.mkdir()
    save(path)  # an empty one is taken
    with pytest.raises(InputError, match="frames exists; pass --force to overwrite it"):
        save(path)
    save(path, sweep(3), force=True)
    assert len(os.listdir(path)) == 3
    with pytest.raises(RuntimeError):
        save(path, failing(RuntimeError, after=1), force=True)
    assert len(os.listdir(path)) == 3
    (path / "poem.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files than numbered frames; name another folder"):
        save(path, force=True)
    assert len(os.listdir(path)) == 4
    with pytest.raises(InputError, match="exists and is no folder; name another"):
        save(f"{path}/poem.txt/")
    assert os.listdir(tmp_path) == ["frames"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "a.avi",
            {},
            r"a\.avi: a film is saved as \.mp4, \.mov, \.mkv, \.webm, \.gif, \.webp, or as a folder of pictu",
        ),
        ("a.mp4", {"rate": 0}, "0 frames a second: above 0 and at most 1000 are needed"),
        ("a.mp4", {"quality": 0}, "quality 0: 1 to 100 is needed"),
        ("a.mp4", {"size": (0, 5)}, "a film of 0 x 5 pixels: sides of 1 to 16384 are needed"),
        ("a.mp4", {"size": (5, 20000)}, "a film of 5 x 20000 pixels"),
        ("nowhere/a.mp4", {}, r"cannot write .*nowhere/a\.mp4: the folder does not exist"),
        ("nowhere/frames/", {}, r"cannot write .*nowhere/frames/: No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, options, message):
    options = {"size": SIZE, "rate": 20} | options
    with pytest.raises(InputError, match=message), film(f"{tmp_path}/{name}", **options):
        pytest.fail("the block was entered")
    assert os.listdir(tmp_path) == []


def test_an_encoder_that_is_missing_is_named(tmp_path, monkeypatch):
    def none(name, mode):
        raise UnknownCodecError(name)

    monkeypatch.setattr(av, "Codec", none)
    with pytest.raises(MissingExtra, match=r"has no encoder for it \(libx264, libopenh264, .*pip install"):
        save(tmp_path / "a.mp4")
    assert os.listdir(tmp_path) == []


def test_other_encoders_step_in(tmp_path, monkeypatch):
    known = av.Codec

    def without_x264(name, mode):
        if name in ("libx264", "libopenh264"):
            raise UnknownCodecError(name)
        return known("mpeg4" if name == "h264_videotoolbox" else name, mode)  # any that takes a bit rate

    monkeypatch.setattr(av, "Codec", without_x264)
    save(tmp_path / "a.mp4")
    assert len(list(Clip.open(tmp_path / "a.mp4"))) == 20


def test_memory_does_not_grow_with_the_length(tmp_path, python):
    code = f"""
import json, resource
import numpy as np
from genart.image.film import film
frame = np.random.default_rng(0).integers(0, 255, (360, 640, 3), dtype=np.uint8)
with film({str(tmp_path / "a.mp4")!r}, size=(640, 360), rate=30, quality=20) as out:
    for index in range(250):
        out.add(np.roll(frame, index, axis=1))
        if index == 99:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""
    assert json.loads(python("-c", code).stdout) < 20_000  # kilobytes; 150 frames are 104 MB
