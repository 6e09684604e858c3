import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genart.errors import InputError
from genart.image.color import composited, floats, luma, to_linear, to_srgb, with_colors_of

pictures = arrays(np.float32, (2, 3, 3), elements=st.floats(0, 1, width=32))


def test_linear_light_and_back():
    values = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(np.rint(255 * to_srgb(to_linear(values))), values)
    assert to_linear(np.array([188], np.uint8))[0] == pytest.approx(0.5, abs=0.004)  # half the light, by the standard
    assert to_linear(values).dtype == to_srgb(floats(values)).dtype == np.float32


def test_luma_of_the_primaries():
    assert luma(np.eye(3, dtype=np.float32)).tolist() == pytest.approx([0.2126, 0.7152, 0.0722])  # BT.709
    assert luma(np.full((2, 2, 3), 51, np.uint8)) == pytest.approx(np.full((2, 2), 0.2))


def chroma(picture):
    """Cb and Cr of BT.709."""
    light = luma(picture)
    return np.stack([(picture[..., 2] - light) / 1.8556, (picture[..., 0] - light) / 1.5748], axis=-1)


@given(first=pictures, colors=pictures)
def test_light_of_one_and_hue_of_the_other(first, colors):
    mixed = with_colors_of(first, colors)
    assert mixed.dtype == np.float32
    assert mixed.min() >= 0 and mixed.max() <= 1
    np.testing.assert_allclose(luma(mixed), luma(first), atol=1e-5)
    given, found = chroma(colors), chroma(mixed)
    cross = given[..., 0] * found[..., 1] - given[..., 1] * found[..., 0]
    np.testing.assert_allclose(cross, 0, atol=1e-5)  # the same direction, so the same hue
    assert ((given * found).sum(axis=-1) >= -1e-5).all()
    assert (np.linalg.norm(found, axis=-1) <= np.linalg.norm(given, axis=-1) + 1e-5).all()


def test_colors_that_fit_are_kept_whole():
    colors = np.array([[[0.5, 0.4, 0.6]]], np.float32)
    mixed = with_colors_of(np.full((1, 1, 3), 0.5, np.float32), colors)
    np.testing.assert_allclose(chroma(mixed), chroma(colors), atol=1e-6)
    np.testing.assert_allclose(luma(mixed), 0.5, atol=1e-6)


def test_a_picture_in_its_own_colors_is_itself():
    picture = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(with_colors_of(picture, picture), picture)


def test_grey_makes_grey_and_black_stays_black():
    red = np.array([[[255, 0, 0], [255, 0, 0]]], np.uint8)
    assert with_colors_of(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8), red).tolist() == [[[0] * 3, [255] * 3]]
    assert with_colors_of(red, np.full((1, 2, 3), 9, np.uint8)).tolist() == [[[54] * 3] * 2]  # 0.2126 of 255


def test_compositing():
    styled, original = np.full((1, 3, 3), 200, np.uint8), np.full((1, 3, 3), 100, np.uint8)
    mask = np.array([[0, 0.25, 1]], np.float32)
    assert composited(styled, original, mask)[..., 0].tolist() == [[100, 125, 200]]
    mixed = composited(floats(styled), original, mask)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed[0, 1] * 255, 125, atol=1e-3)


def test_sizes_that_differ():
    first, second = np.zeros((2, 2, 3)), np.zeros((2, 3, 3))
    for call in (lambda: with_colors_of(first, second), lambda: composited(first, second, np.zeros((2, 2)))):
        with pytest.raises(InputError, match=r"shapes \(2, 2, 3\) and \(2, 3, 3\): both need one shape that ends in 3"):
            call()
    with pytest.raises(InputError, match=r"a mask of shape \(3, 2\) for a picture of shape \(2, 2, 3\)"):
        composited(first, first, np.zeros((3, 2)))
