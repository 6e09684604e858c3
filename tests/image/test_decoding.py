import io
import os
import struct
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import picture_files as files
import pytest
from PIL import Image

from genart.errors import InputError
from genart.image.color import to_srgb
from genart.image.picture import Picture

RAMP = np.rint(np.mgrid[0:255:30j, 0:255:40j].transpose(1, 2, 0)).astype(np.uint8)  # [30, 40, 2]
RGB = np.dstack([RAMP, 255 - RAMP[:, :, 0]])
SIXTEEN = np.array([[0, 128, 129, 32768, 65279, 65535]], np.uint16)
EIGHT = [0, 0, 1, 128, 254, 255]  # SIXTEEN / 257, rounded


def encoded(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def read(data) -> Any:
    return Picture.read(io.BytesIO(data))


def outcome(data):
    """The picture, or the sentence that refuses it; anything else that is raised fails the test."""
    try:
        return read(data)
    except InputError as error:
        return str(error)


def refusal(data, name, folder):
    path = folder / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        Picture.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{folder}{os.sep}")


# How a camera that was held so stores the picture (Exif 2.3, tag 0x0112: where row 0 and column 0 of the file are).
HELD = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: upright.transpose(1, 0, 2)[::-1],
    7: lambda upright: upright.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda upright: upright.transpose(1, 0, 2)[:, ::-1],
}


@pytest.mark.parametrize("orientation", HELD)
@pytest.mark.parametrize(("format", "off"), [("PNG", 0), ("TIFF", 0), ("WEBP", 0), ("JPEG", 12)])
def test_pictures_are_turned_upright(orientation, format, off):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(HELD[orientation](RGB)))
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}.get(format, {})
    upright = read(encoded(stored, format, exif=exif, **options))
    assert upright.size == (40, 30)
    np.testing.assert_allclose(upright.pixels.astype(int), RGB, atol=off)


def test_transparency_is_turned_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    rgba = np.dstack([RGB, RAMP[:, :, 1]])
    upright = read(encoded(Image.fromarray(np.ascontiguousarray(HELD[6](rgba))), "PNG", exif=exif))
    np.testing.assert_array_equal(upright.alpha, RAMP[:, :, 1])


def test_sixteen_bits_and_palettes_are_turned_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    for stored in (Image.fromarray(SIXTEEN[:, ::-1].T), Image.fromarray(np.array([EIGHT], np.uint8).T).convert("P")):
        assert read(encoded(stored, "PNG", exif=exif)).size == (6, 1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_are_none(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(read(encoded(Image.fromarray(RGB), "PNG", exif=exif)).pixels, RGB)


def test_damaged_exif_spoils_no_picture():
    data = encoded(Image.fromarray(RGB), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff\0")
    assert read(data).size == (40, 30)


def in_srgb(values, primaries, gamma):
    """What a picture in a color space looks like in sRGB: the formula, in floats."""
    linear = (values / 255.0) ** gamma @ np.array(primaries)  # to XYZ
    return np.rint(255 * to_srgb(np.clip(linear @ np.linalg.inv(np.array(files.SRGB)), 0, 1)))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colors_are_converted_from_their_profile(format):
    muted = np.rint(64 + RGB * 0.5).astype(np.uint8)[:16, :16] // 8 * 8  # all within sRGB
    muted = np.repeat(np.repeat(muted[::8, ::8], 8, axis=0), 8, axis=1)  # flat blocks, which JPEG keeps
    profile = files.color_profile(files.P3, gamma=2.2)
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(format, {})
    found = read(encoded(Image.fromarray(muted), format, icc_profile=profile, **options))
    expected = in_srgb(muted, files.P3, 2.2)
    assert np.abs(expected - muted).max() >= 8
    np.testing.assert_allclose(found.pixels.astype(int), expected, atol=4 if format == "JPEG" else 2)


def test_a_profile_leaves_transparency_alone():
    profile = files.color_profile(files.P3, gamma=2.2)
    rgba = Image.fromarray(np.dstack([RGB, RAMP[:, :, 1]]))
    found = read(encoded(rgba, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(found.alpha, RAMP[:, :, 1])
    np.testing.assert_array_equal(found.pixels, read(encoded(rgba.convert("RGB"), "PNG", icc_profile=profile)).pixels)


def test_grey_with_a_profile_of_grey():
    profile = files.color_profile([], gamma=1.0)
    found = read(encoded(Image.fromarray(RAMP[:, :, 0]), "PNG", icc_profile=profile)).pixels
    expected = 255 * to_srgb(RAMP[:, :, :1] / 255.0)
    np.testing.assert_allclose(found.astype(int), np.broadcast_to(expected, found.shape), atol=1.5)


@pytest.mark.parametrize("profile", [b"no profile", b"\0" * 200, files.color_profile(files.P3, gamma=2.2)[:200]])
def test_a_broken_profile_is_passed_over(profile):
    np.testing.assert_array_equal(read(encoded(Image.fromarray(RGB), "PNG", icc_profile=profile)).pixels, RGB)


def test_a_profile_of_another_kind_is_passed_over():
    data = encoded(Image.fromarray(RGB), "PNG", icc_profile=files.color_profile([], gamma=1.0))
    np.testing.assert_array_equal(read(data).pixels, RGB)


@pytest.mark.parametrize("write", [files.png, files.tiff, lambda array: files.tiff(array, order=">")])
def test_grey_of_sixteen_bits(write):
    found = read(write(SIXTEEN)).pixels[0]
    assert found[:, 0].tolist() == EIGHT
    assert (found == found[:, :1]).all()


def test_where_zero_is_white():
    assert read(files.tiff(SIXTEEN, photometric=0)).pixels[0, :, 0].tolist() == [255, 255, 254, 127, 1, 0]
    assert read(files.tiff(np.array([[0, 9]], np.uint8), photometric=0)).pixels[0, :, 0].tolist() == [255, 246]


@pytest.mark.parametrize("write", [files.png, lambda array: files.tiff(array, photometric=2)])
def test_colors_of_sixteen_bits(write):
    array = np.dstack([SIXTEEN, SIXTEEN[:, ::-1], SIXTEEN])
    found = read(write(array)).pixels.astype(int)
    np.testing.assert_allclose(found, array / 257.0, atol=1)  # the upper eight bits


def test_sixteen_bits_with_transparency():
    array = np.dstack([SIXTEEN, SIXTEEN[:, ::-1]])
    found = read(files.png(array))
    np.testing.assert_allclose(found.alpha.astype(int), SIXTEEN[:, ::-1] / 257.0, atol=1)


def test_floats_in_a_tiff(tmp_path):
    grey = np.array([[0, 0.5, 1]], np.float32)
    assert read(encoded(Image.fromarray(grey), "TIFF")).pixels[0, :, 0].tolist() == [0, 128, 255]
    message = "a.tif holds values outside 0 to 1; export it with 8 or 16 bits a channel"
    for value in (2.5, -0.1, np.nan):
        data = encoded(Image.fromarray(np.array([[0, value]], np.float32)), "TIFF")
        assert refusal(data, "a.tif", tmp_path) == message


def test_integers_in_a_tiff(tmp_path):
    whole = Image.fromarray(SIXTEEN.astype(np.int32))
    assert whole.mode == "I"
    assert read(encoded(whole, "TIFF")).pixels[0, :, 0].tolist() == EIGHT
    data = encoded(Image.fromarray(np.array([[0, 65536]], np.int32)), "TIFF")
    assert refusal(data, "a.tif", tmp_path).startswith("a.tif holds values outside 0 to 65535")


def test_black_and_white():
    assert read(encoded(Image.new("1", (3, 2), 1), "PNG")) == Picture.of(np.full((2, 3), 255, np.uint8))


def test_grey_becomes_three_channels():
    found = read(encoded(Image.fromarray(RAMP[:, :, 0]), "PNG"))
    np.testing.assert_array_equal(found.pixels, np.repeat(RAMP[:, :, :1], 3, axis=2))
    with_alpha = read(encoded(Image.fromarray(RAMP, "LA"), "PNG"))
    np.testing.assert_array_equal(with_alpha.pixels, found.pixels)
    np.testing.assert_array_equal(with_alpha.alpha, RAMP[:, :, 1])


def test_palettes():
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 200, 100, 0, 7, 7, 7])
    image.putdata([0, 1, 2])
    found = read(encoded(image, "PNG"))
    assert found.pixels.tolist() == [[[10, 20, 30], [200, 100, 0], [7, 7, 7]]]
    assert found.alpha is None
    for transparency, alpha in [(1, [255, 0, 255]), (b"\x80\xff\x00", [128, 255, 0])]:
        found = read(encoded(image, "PNG", transparency=transparency))
        assert found.alpha.tolist() == [alpha]
        assert found.pixels[0, 1].tolist() == [200, 100, 0] or alpha[1] == 0


def test_a_transparent_color():
    image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert read(encoded(image, "PNG", transparency=(4, 5, 6))).alpha.tolist() == [[255, 0]]


def test_cmyk():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan, all magenta and yellow: red
    for format in ("JPEG", "TIFF"):
        np.testing.assert_allclose(read(encoded(image, format)).pixels[8, 8].astype(int), [255, 0, 0], atol=4)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_gives_its_first_frame(format):
    first, second = (Image.new("RGB", (8, 8), color) for color in ((255, 0, 0), (0, 0, 255)))
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(first, format, save_all=True, append_images=[second], **options)
    frames: Any = Image.open(io.BytesIO(data))
    assert frames.n_frames == 2
    assert read(data) == Picture.of(np.array([[[255, 0, 0]]], np.uint8).repeat(8, 0).repeat(8, 1))


def test_bmp():
    np.testing.assert_array_equal(read(encoded(Image.fromarray(RGB), "BMP")).pixels, RGB)


def test_a_name_that_says_another_format(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(RGB), "BMP"))
    np.testing.assert_array_equal(Picture.read(tmp_path / "a.png").pixels, RGB)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"I am a text that somebody has named a picture.\n"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
        ("a.webp", b"RIFF\x24\0\0\0WAVEfmt "),
        ("a.nef", files.tiff(np.zeros((8, 8), np.uint8))),
        ("a.png", b"\0" * 1000),
        ("a.ps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    ],
)
def test_what_is_no_picture(tmp_path, name, data):
    message = f"{name} is not a picture that can be read: PNG, JPEG, WebP, TIFF, GIF and BMP files are"
    assert refusal(data, name, tmp_path) == message


def test_an_empty_file(tmp_path):
    assert refusal(b"", "a.png", tmp_path) == "a.png is empty: a picture is expected"


def test_what_cannot_be_opened(tmp_path):
    for path, message in [(tmp_path, "is a folder, not a file"), (tmp_path / "b.png", r"b\.png does not exist")]:
        with pytest.raises(InputError, match=message):
            Picture.read(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions bind neither root nor Windows")
def test_no_permission(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(files.png(RGB))
    path.chmod(0)
    with pytest.raises(InputError, match=r"no permission to read .*a\.png"):
        Picture.read(path)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_cut_short_anywhere(format, tmp_path):
    rough = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(rough), format)
    whole, name = read(data), {"WEBP": "WebP"}.get(format, format)
    sentence = f"the picture is a {name} picture that is cut short or damaged; copy or export it anew"
    refused = 0
    for length in [*range(12, 200), *range(200, len(data), 97), *range(len(data) - 20, len(data))]:
        found = outcome(data[:length])
        assert found in (whole, sentence)  # whole where only what comes after the pixels is missing
        refused += length * (found == sentence)
    assert refused >= sum([*range(12, 200), *range(200, len(data) - 60, 97)])


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_lower_half_is_refused(tmp_path, progressive):
    data = encoded(Image.fromarray(RGB).resize((400, 300)), "JPEG", progressive=progressive)
    assert "JPEG picture that is cut short" in refusal(data[: len(data) // 2], "a.jpg", tmp_path)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_damage_anywhere_is_a_picture_or_a_refusal(format):
    data = encoded(Image.fromarray(RGB), format)
    draw = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(data)
        for place in draw.integers(0, len(data), 3):
            broken[place] = draw.integers(256)
        found = outcome(bytes(broken))
        assert "\n" not in found if isinstance(found, str) else min(found.size) > 0


def jpeg_of_size(width, height):
    data = bytearray(encoded(Image.fromarray(RGB), "JPEG"))
    frame = data.index(b"\xff\xc0\0\x11\x08")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of_size(width, height):
    data = bytearray(encoded(Image.fromarray(RGB), "WEBP", lossless=True))
    start = data.index(b"VP8L") + 9  # after the length and the signature: 14 bits each of width - 1 and height - 1
    flags = int.from_bytes(data[start : start + 4], "little") >> 28 << 28
    data[start : start + 4] = (flags | width - 1 | height - 1 << 14).to_bytes(4, "little")
    return bytes(data)


BOMBS = {
    "PNG": files.png(RGB, size=(20_000, 10_001)),
    "larger PNG": files.png(RGB, size=(2**31 - 1, 2**31 - 1)),
    "TIFF": files.tiff(RGB, photometric=2, size=(20_000, 10_001)),
    "JPEG": jpeg_of_size(65_500, 65_500),
    "WebP": webp_of_size(16_383, 16_383),
    "GIF": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
    "BMP": encoded(Image.fromarray(RGB), "BMP")[:18] + struct.pack("<ii", 30_000, 30_000) + b"\1\0\x18\0" + b"\0" * 100,
}


@pytest.mark.parametrize("format", BOMBS)
def test_bombs_are_refused_by_their_header(tmp_path, format):
    tracemalloc.start()
    message = refusal(BOMBS[format], "a.png", tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message.endswith("pixels: at most 200 million can be read; make it smaller")
    assert peak < 10_000_000


def test_a_header_of_nothing(tmp_path):
    assert "is a PNG picture that is cut short or damaged" in refusal(files.png(RGB, size=(0, 5)), "a.png", tmp_path)


def test_pillows_own_limit_stays(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for data in (files.png(RGB), files.tiff(RGB, photometric=2)):
        np.testing.assert_array_equal(read(data).pixels, RGB)  # 1200 pixels: neither refused nor warned of
        assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.slow
def test_ninety_million_pixels_are_read_without_a_warning():
    image = Image.new("1", (10_000, 9_000), 1)
    assert read(encoded(image, "PNG")).size == (10_000, 9_000)


def test_threads_read_side_by_side_and_leave_the_process_as_it_was():
    limit, filters, data = Image.MAX_IMAGE_PIXELS, list(warnings.filters), [files.png(RGB), BOMBS["PNG"]] * 40
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(outcome, data))
    assert found[::2] == [Picture.of(RGB)] * 40
    assert all("at most 200 million" in sentence for sentence in found[1::2])
    assert limit == Image.MAX_IMAGE_PIXELS and list(warnings.filters) == filters
