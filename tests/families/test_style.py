import numpy as np
import pytest
from style_models import STYLES, photograph, weights, write_style

from genart.errors import InputError, ModelError
from genart.families.bundle import read_bundle, write_bundle
from genart.families.style import Style, with_row
from genart.image.color import luma
from genart.image.picture import Picture


@pytest.fixture(scope="module")
def style(tmp_path_factory):
    return Style.read(write_style(tmp_path_factory.mktemp("models") / "style"))


def apart(first, second) -> float:
    """Mean difference in values 0..255."""
    return float(np.abs(np.asarray(first, int) - np.asarray(second, int)).mean())


def test_strength_leads_from_the_picture_to_the_style(style):
    picture = photograph()
    steps = [style.sample(picture, style="udnie", strength=strength).pixels for strength in (0, 0.5, 1)]
    assert apart(steps[0], picture.pixels) < 0.5
    assert 1 < apart(steps[1], picture.pixels) < apart(steps[2], picture.pixels)


def test_a_blend_is_the_mean_of_its_rows(style):
    first, second = (style.row(name) for name in STYLES)
    np.testing.assert_allclose(style.row("great_wave:3,udnie:1"), 0.75 * first + 0.25 * second, atol=1e-6)
    assert np.array_equal(style.row(first), first)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"strength": 2}, "strength 2: it goes from 0 to 1.5"),
        ({"brush": 5}, "brush 5: it goes from 0.5 to 2"),
        ({"brush": 0}, "brush 0: it goes from 0.5 to 2"),
        ({"mask": np.ones((5, 5), np.float32)}, "a mask of shape (5, 5) for a picture of shape (48, 64, 3)"),
    ],
)
def test_options_that_do_not_fit(style, options, told):
    with pytest.raises(InputError) as refused:
        style.sample(photograph(), style="udnie", **options)
    assert str(refused.value).startswith(told)


def test_masks_and_transparency(style):
    picture = Picture(pixels=photograph().pixels, alpha=np.full((48, 64), 99, np.uint8))
    painted = style.sample(picture, style="udnie")
    half = style.sample(picture, style="udnie", mask=np.repeat([[0.0, 1.0]], 48, axis=0).repeat(32, axis=1))
    assert np.array_equal(painted.alpha, picture.alpha)  # pyright: ignore[reportArgumentType]
    assert np.array_equal(half.pixels[:, :32], picture.pixels[:, :32])
    assert np.array_equal(half.pixels[:, 32:], painted.pixels[:, 32:])


def test_kept_colors_have_the_light_of_the_painting(style):
    picture = photograph()
    painted, kept = (style.sample(picture, style="udnie", keep_colors=keep).pixels for keep in (False, True))
    assert np.abs(luma(painted) - luma(kept)).max() < 0.01
    assert apart(painted, kept) > 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (64, 48)])
@pytest.mark.parametrize("brush", [0.5, 2.0])
def test_strokes_of_another_size(style, size, brush):
    picture = photograph(*size)
    painted = style.sample(picture, style="udnie", brush=brush)
    assert painted.size == size
    assert apart(style.sample(picture, style="udnie", brush=brush, strength=0).pixels, picture.pixels) < 1.5


def test_brushes_give_other_paintings(style):
    picture = photograph()
    plain, broad = (style.sample(picture, style="udnie", brush=brush).pixels for brush in (1.0, 2.0))
    assert apart(plain, broad) > 1


def test_a_film_without_smoothing_is_its_frames(style):
    frames = [photograph(128, 64, seed=seed).pixels for seed in range(3)]  # sides that stills do not fill up
    painted = list(style.stream(frames, style="udnie", smoothing=0.0))
    for frame, one in zip(frames, painted, strict=True):
        assert apart(style.sample(Picture(pixels=frame), style="udnie").pixels, one) < 0.5


def test_a_film_remembers(style):
    frames = [photograph(seed=seed).pixels for seed in (0, 1, 1)]
    steady = list(style.stream(frames, style="udnie", smoothing=1.0))
    fresh = list(style.stream(frames, style="udnie", smoothing=0.0))
    assert np.array_equal(steady[0], fresh[0])
    assert apart(steady[1], fresh[1]) > 0.5


@pytest.mark.parametrize("options", [{"brush": 2.0}, {"keep_colors": True}, {"strength": 0.5}])
def test_films_heed_the_options_of_stills(style, options):
    picture = photograph(256, 128)
    (frame,) = style.stream([picture.pixels], style="udnie", **options)
    assert apart(frame, style.sample(picture, style="udnie", **options).pixels) < 0.5


def test_a_model_with_one_more_style(style, tmp_path):
    row = style.row("udnie") + 0.5
    about = {"family": "style", "about": ""}
    more = Style(write_bundle(tmp_path / "more", **about, **with_row(style, "mine", row)))
    assert more.names == (*STYLES, "mine")
    np.testing.assert_allclose(more.row("mine"), row, rtol=1e-3, atol=1e-3)  # float16
    picture = photograph()
    assert more.sample(picture, style="udnie") == style.sample(picture, style="udnie")


@pytest.mark.parametrize("codec", [{}, {"styles": ["one"]}])
def test_bundles_that_do_not_fit(style, tmp_path, codec):
    bundle = read_bundle(style.bundle.folder)
    folder = write_bundle(
        tmp_path / "wrong", family="style", about="", network=bundle.network, codec=codec, weights=weights()
    )
    with pytest.raises(ModelError, match=r"is not one this genart knows|names 1 styles and has 2"):
        Style(folder)
