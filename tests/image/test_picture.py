import io
import os
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from genart.errors import InputError
from genart.image.picture import Picture
from genart.recipe import PREFIX, Recipe, Source, read_recipe

RECIPE = Recipe(
    verb="stylize",
    model="style",
    weights="ab" * 32,
    seed=7,
    parameters={"style": {"great_wave": 0.6, "mine": 0.4}, "strength": 0.8, "title": "Grüße <&>"},
    sources=(Source(name="Grüße.jpg", sha256="cd" * 32),),
    versions={"genart": "0.1.0", "jax": "0.10.0"},
    device="cpu",
)
FORMATS = [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"]
EXACT, WITH_ALPHA = [".png", ".tif"], [".png", ".webp", ".tif"]


def ramp(width=40, height=30):
    """A smooth picture of three channels that differ, which JPEG keeps closely."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.rint(np.stack([x, y, (x + y) / 2], axis=-1)).astype(np.uint8)


def picture(*, alpha=False, recipe=None, **size) -> Any:
    pixels = ramp(**size)
    ramp_down = 255 - pixels[:, :, :1]
    return Picture.of(np.concatenate([pixels, ramp_down], axis=2) if alpha else pixels, recipe=recipe)


sides = st.integers(1, 12)
noise = st.tuples(sides, sides, st.sampled_from([3, 4])).flatmap(lambda shape: arrays(np.uint8, shape))


@pytest.mark.parametrize("extension", EXACT)
@given(array=noise)
@settings(max_examples=40, deadline=None)
def test_lossless_formats_keep_every_pixel(extension, array):
    made = Picture.of(array)
    read = Picture.read(io.BytesIO(made.encoded(extension)))
    np.testing.assert_array_equal(read.pixels, array[:, :, :3])
    assert read == made


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_keeps_a_smooth_picture(tmp_path, extension):
    picture().save(tmp_path / f"a{extension}")
    read = Picture.read(tmp_path / f"a{extension}")
    assert np.abs(read.floats() - picture().floats()).max() < 0.04  # ten steps of 255


@pytest.mark.parametrize("extension", WITH_ALPHA)
def test_transparency_is_kept(extension):
    made = picture(alpha=True)
    np.testing.assert_array_equal(Picture.read(io.BytesIO(made.encoded(extension))).alpha, made.alpha)


def test_transparency_lies_over_white_in_jpeg():
    array = np.zeros((16, 16, 4), np.uint8)
    array[:, :8, 3], array[:, 8:, 3] = 0, 255
    read = Picture.read(io.BytesIO(Picture.of(array).encoded(".jpg")))
    assert read.alpha is None
    assert read.pixels[8, 2].min() > 250 and read.pixels[8, 13].max() < 5


def test_over_mixes_by_alpha():
    half = Picture.of(np.array([[[200, 100, 0, 51]]], np.uint8))  # 51 of 255 is a fifth
    assert half.over((0, 50, 255)).pixels.tolist() == [[[40, 60, 204]]]
    assert picture().over((0, 0, 0)) == picture()


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("alpha", [False, True])
def test_the_recipe_goes_along(tmp_path, extension, alpha):
    path = tmp_path / f"a{extension}"
    picture(alpha=alpha, recipe=RECIPE).save(path)
    assert read_recipe(path) == RECIPE
    assert Picture.read(path).recipe == RECIPE
    assert Picture.read(io.BytesIO(path.read_bytes())).recipe == RECIPE
    picture(recipe=RECIPE).save(path, recipe=False, force=True)
    assert read_recipe(path) is None
    assert Picture.read(path).recipe is None
    assert PREFIX.encode() not in path.read_bytes()


words = st.dictionaries(st.text(max_size=8), st.text(max_size=40) | st.integers() | st.lists(st.booleans()), max_size=4)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
@given(parameters=words)
@settings(max_examples=20, deadline=None)
def test_any_recipe_goes_along(extension, parameters):
    recipe = Recipe(verb="stylize", seed=1, parameters=parameters, versions={}, device="cpu")
    data = picture(recipe=recipe).encoded(extension)
    assert Picture.read(io.BytesIO(data)).recipe == recipe


def test_other_programs_find_the_text():
    comment = Image.open(io.BytesIO(picture(recipe=RECIPE).encoded(".jpg"))).getexif().get_ifd(0x8769)[0x9286]
    assert comment == b"ASCII\0\0\0" + (PREFIX + RECIPE.to_json()).encode()  # UserComment, Exif 2.3
    assert Image.open(io.BytesIO(picture(recipe=RECIPE).encoded(".png"))).info["genart"] == RECIPE.to_json()


def test_a_recipe_too_long_for_the_format(tmp_path):
    recipe = Recipe(verb="a", seed=1, parameters={"text": "C4 " * 30_000}, versions={}, device="cpu")
    with pytest.raises(InputError, match=r"a recipe of 9\d+ bytes is too long for \.jpg; save as \.png, or leave it"):
        picture(recipe=recipe).save(tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())
    for name in ("a.png", "a.tif"):
        picture(recipe=recipe).save(tmp_path / name)
        assert read_recipe(tmp_path / name) == recipe


def test_a_damaged_recipe_spoils_no_picture(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0@genart {"
    Image.fromarray(ramp()).save(tmp_path / "a.jpg", exif=exif)
    assert Picture.read(tmp_path / "a.jpg").recipe is None
    with pytest.raises(InputError, match="recipe is damaged"):
        read_recipe(tmp_path / "a.jpg")


def test_captions_of_others_are_no_recipes(tmp_path):
    exif = Image.Exif()
    exif[0x010E], exif.get_ifd(0x8769)[0x9286] = "a sunset", b"UNICODE\0s\0u\0n\0"
    Image.fromarray(ramp()).save(tmp_path / "a.jpg", exif=exif)
    assert read_recipe(tmp_path / "a.jpg") is None


def test_of_takes_arrays_of_every_kind():
    grey = np.array([[0, 128], [255, 1]], np.uint8)
    assert Picture.of(grey).pixels[:, :, 1].tolist() == grey.tolist()
    assert Picture.of(np.array([[[0, 0.5, 1]]], np.float64)).pixels.tolist() == [[[0, 128, 255]]]
    assert Picture.of(np.array([[-0.2, 1.3]], np.float32)).pixels[0, :, 0].tolist() == [0, 255]  # overshoot
    assert Picture.of((ramp() / 255).astype(np.float16)) == picture()
    with_alpha: Any = Picture.of(np.array([[[1, 2, 3, 4]]], np.uint8))
    assert (with_alpha.pixels.tolist(), with_alpha.alpha.tolist()) == ([[[1, 2, 3]]], [[4]])
    assert Picture.of(np.full((2, 2, 4), 255, np.uint8)).alpha is None


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"shape \(3,\): a picture is \[h, w\], \[h, w, 3\] or \[h, w, 4\]"),
        (np.zeros((1, 2, 2)), r"shape \(1, 2, 2\)"),
        (np.zeros((0, 4, 3)), r"pixels of shape \(0, 4, 3\), uint8: \[height, width, 3\] of uint8 is needed"),
        (np.zeros((4, 4), np.int64), "an array of int64: a picture is of uint8, or of floats 0..1"),
        (np.array([[0, 255]], np.float32), r"floats up to 255: the floats of a picture are 0\.\.1; divide by 255\?"),
        (np.array([[0, np.nan]], np.float32), "floats up to nan"),
        (np.array([[0, -np.inf]], np.float32), "floats up to inf"),
    ],
)
def test_of_refuses_what_is_no_picture(array, message):
    with pytest.raises(InputError, match=message):
        Picture.of(array)


def test_fields_that_do_not_fit():
    with pytest.raises(InputError, match=r"alpha of shape \(2, 2\), uint8: \[3, 4\] of uint8 is needed"):
        Picture(pixels=np.zeros((3, 4, 3), np.uint8), alpha=np.zeros((2, 2), np.uint8))
    with pytest.raises(InputError, match=r"pixels of shape \(3, 4, 3\), float64"):
        Picture(pixels=np.zeros((3, 4, 3)))


def test_nobody_changes_a_picture():
    array = np.concatenate([ramp(), ramp()[:, :, :1]], axis=2)
    made: Any = Picture.of(array)
    before = made.pixels.copy()
    array[:] = 0
    np.testing.assert_array_equal(made.pixels, before)
    for part in (made.pixels, made.alpha, made.cropped(3, 3).pixels, made.resized(long=4).pixels):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 1


def test_equal_pictures():
    assert picture() == picture(recipe=RECIPE)
    assert hash(picture()) == hash(picture(recipe=RECIPE))
    assert picture() != picture(alpha=True)
    assert picture() != picture(width=41)
    assert picture() != "a picture"
    assert repr(picture(alpha=True)) == "Picture(40 x 30, alpha)"


def test_sizes():
    made = picture(recipe=RECIPE)
    assert (made.width, made.height, made.size) == (40, 30, (40, 30))
    assert made.floats().dtype == np.float32
    np.testing.assert_array_equal(np.rint(made.floats() * 255), made.pixels)
    assert made.resized(short=15).size == (20, 15)
    assert made.resized(long=80).size == (80, 60)
    assert made.resized(size=(7, 50)).size == (7, 50)
    assert made.resized(short=30) is made
    assert made.resized(long=80).recipe == RECIPE
    assert Picture.of(np.zeros((5000, 1), np.uint8)).resized(long=100).size == (1, 100)


@given(width=st.integers(1, 60), height=st.integers(1, 60), short=st.integers(1, 90))
@settings(max_examples=30, deadline=None)
def test_the_aspect_stays(width, height, short):
    made = Picture.of(np.zeros((height, width), np.uint8)).resized(short=short)
    assert min(made.size) == short
    other = short * max(width, height) / min(width, height)
    assert abs(max(made.size) - other) <= 0.5


def test_resizing_keeps_a_ramp_and_mixes_no_hidden_colors():
    small = picture(width=80, height=60).resized(long=40)
    assert np.abs(small.floats() - picture().floats()).max() < 0.03
    array = np.zeros((8, 8, 4), np.uint8)
    array[:, :4] = 255  # white and opaque beside black that is transparent
    made: Any = Picture.of(array).resized(long=4)
    assert made.pixels[made.alpha > 128].min() >= 250


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of short, long and size"),
        ({"short": 3, "long": 3}, "exactly one of short, long and size"),
        ({"short": 0}, "a side of 0 pixels: at least 1 is needed"),
        ({"long": -4}, "a side of -4 pixels"),
        ({"size": (0, 4)}, "of 40 x 30 pixels cannot be made 0 x 4: 1 to 200 million pixels can be had"),
        ({"long": 50_000}, "cannot be made 50000 x 37500"),
    ],
)
def test_sizes_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        picture().resized(**options)


def test_cropping_takes_the_middle():
    made = picture(alpha=True, recipe=RECIPE).cropped(10, 30)
    np.testing.assert_array_equal(made.pixels, ramp()[:, 15:25])
    np.testing.assert_array_equal(made.alpha, 255 - ramp()[:, 15:25, 0])
    assert made.recipe == RECIPE
    for size in [(41, 30), (40, 0)]:
        with pytest.raises(InputError, match=f"of 40 x 30 pixels has no middle of {size[0]} x {size[1]}"):
            picture().cropped(*size)


def test_a_file_that_exists_stays(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"a\.png exists; pass --force"):
        picture().save(path)
    assert path.read_bytes() == b"mine"
    picture().save(path, force=True)
    assert Picture.read(path) == picture()
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_disk_that_fills_leaves_nothing(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(InputError, match=r"cannot write .*a\.png: the disk is full"):
        picture().save(tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.gif", {}, r"a\.gif: a picture is saved as \.png, \.jpg, \.webp or \.tif"),
        ("a", {}, "a picture is saved as"),
        ("missing/a.png", {}, "the folder does not exist"),
        ("a.jpg", {"quality": 101}, "quality 101: 1 to 100 is needed"),
    ],
)
def test_what_cannot_be_saved(tmp_path, name, options, message):
    with pytest.raises(InputError, match=message):
        picture().save(tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("extension", "most"), [(".webp", 16_383), (".jpg", 65_500)])
def test_formats_with_a_largest_side(extension, most):
    assert Picture.read(io.BytesIO(Picture.of(np.zeros((1, most), np.uint8)).encoded(extension))).width == most
    with pytest.raises(InputError, match=f"{most + 1} x 1 pixels are too many for {extension}: its sides are at most"):
        Picture.of(np.zeros((1, most + 1), np.uint8)).encoded(extension)


def test_quality_costs_bytes():
    noisy = Picture.of(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    for extension in (".jpg", ".webp"):
        assert len(noisy.encoded(extension, quality=20)) < len(noisy.encoded(extension)) / 2


def test_notebooks_show_it():
    shown = picture(width=3000, height=100)
    assert Picture.read(io.BytesIO(shown._repr_png_())).size == (1024, 34)
    assert shown._repr_html_().startswith('<img alt="3000 x 100 pixels" src="data:image/jpeg;base64,')
    assert "image/png" in picture(alpha=True)._repr_html_()


def test_a_mask_is_its_brightness_or_its_transparency(tmp_path):
    grey = np.array([[0, 51], [102, 255]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    mask = Picture.read_mask(tmp_path / "grey.png", size=(2, 2))
    assert mask.dtype == np.float32
    np.testing.assert_allclose(mask, [[0, 0.2], [0.4, 1]], atol=1e-6)
    shape = np.dstack([np.full((2, 2, 3), 9, np.uint8), grey])
    Picture.of(shape).save(tmp_path / "shape.png")
    np.testing.assert_allclose(Picture.read_mask(tmp_path / "shape.png", size=(2, 2)), [[0, 0.2], [0.4, 1]], atol=1e-6)


def test_a_mask_of_another_size_is_scaled(tmp_path):
    half = np.zeros((50, 100), np.uint8)
    half[:, 50:] = 255
    Image.fromarray(half).save(tmp_path / "m.png")
    for size in [(640, 320), (640, 326), (10, 5)]:
        mask = Picture.read_mask(tmp_path / "m.png", size=size)
        assert mask.shape == size[::-1]
        assert (mask.min(), mask.max()) == (0, 1)
        assert mask.mean() == pytest.approx(0.5, abs=0.01)
    message = r"m\.png is 100 x 50 pixels and its picture 640 x 360: a mask needs the size of its picture, or its shape"
    with pytest.raises(InputError, match=message):
        Picture.read_mask(tmp_path / "m.png", size=(640, 360))


def test_one_pixel_and_a_line(tmp_path):
    for width, height in [(1, 1), (1, 5000), (5000, 1)]:
        made = picture(width=width, height=height)
        made.save(tmp_path / "a.png", force=True)
        assert Picture.read(tmp_path / "a.png") == made


def test_reading_imports_no_more_than_it_needs(python):
    code = "import sys, genart; genart.Picture; print([name for name in ('PIL', 'jax', 'mido') if name in sys.modules])"
    assert python("-c", code).stdout == "[]\n"
    assert sys.modules["genart"].Picture is Picture
