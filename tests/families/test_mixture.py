from pathlib import Path

import pytest

from genart.errors import InputError
from genart.families.mixture import check_range, files_in, is_normalized, parse_mixture

NAMES = ("great_wave", "udnie", "the_scream")


@pytest.mark.parametrize(
    ("style", "weights"),
    [
        ("udnie", {"udnie": 1.0}),
        ("great_wave:0.6,udnie:0.4", {"great_wave": 0.6, "udnie": 0.4}),
        ("great_wave:3, udnie:1", {"great_wave": 0.75, "udnie": 0.25}),
        ("great_wave,udnie", {"great_wave": 0.5, "udnie": 0.5}),
        ("udnie:1,udnie:1", {"udnie": 1.0}),
        ({"udnie": 2, "great_wave": 2}, {"udnie": 0.5, "great_wave": 0.5}),
    ],
)
def test_blends_sum_to_one(style, weights):
    assert parse_mixture(style, NAMES) == pytest.approx(weights)


@pytest.mark.parametrize(
    ("style", "told"),
    [
        (
            "Udni",
            "there is no style 'Udni': did you mean udnie? there are great_wave, udnie, the_scream; "
            "or give a picture, as in mine.jpg",
        ),
        (
            "zzz",
            "there is no style 'zzz': there are great_wave, udnie, the_scream; or give a picture, as in mine.jpg",
        ),
        (
            "udnie:1,great_wave:-1",
            "the weights of the blend 'udnie:1,great_wave:-1' must be numbers of at least 0, and not all 0",
        ),
        ("udnie:0", "the weights of the blend 'udnie:0' must be numbers of at least 0, and not all 0"),
        ("udnie:nan", "the weights of the blend 'udnie:nan' must be numbers of at least 0, and not all 0"),
        ("udnie:inf", "the weights of the blend 'udnie:inf' must be numbers of at least 0, and not all 0"),
        ("udnie:x", "'udnie:x' in the blend 'udnie:x': write NAME:WEIGHT, as in great_wave:0.6,udnie:0.4"),
    ],
)
def test_what_is_no_blend(style, told):
    with pytest.raises(InputError) as refused:
        parse_mixture(style, NAMES)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("style", "normalized"),
    [
        ("udnie", True),
        ("udnie,great_wave", True),
        ("udnie:0.6,great_wave:0.4", True),
        ("udnie:0.6,great_wave:0.6", False),
        ({"udnie": 2}, False),
    ],
)
def test_whether_weights_sum_to_one(style, normalized):
    assert is_normalized(style) is normalized


@pytest.mark.parametrize(
    ("style", "files", "named"),
    [
        ("udnie", {}, "udnie"),
        ("mine.jpg", {"mine.jpg": Path("mine.jpg")}, {"mine.jpg": 1.0}),
        (Path("in/mine"), {"mine": Path("in/mine")}, {"mine": 1.0}),
        ("in/mine", {"mine": Path("in/mine")}, {"mine": 1.0}),
        ("in/mine.jpg:3,udnie:1", {"mine.jpg": Path("in/mine.jpg")}, {"mine.jpg": 3.0, "udnie": 1.0}),
    ],
)
def test_pictures_among_styles(style, files, named):
    assert files_in(style) == (files, named)


def test_a_picture_that_is_there_may_have_commas_and_colons_in_its_name(here):
    (here / "a:1,b.jpg").touch()
    assert files_in("a:1,b.jpg") == ({"a:1,b.jpg": Path("a:1,b.jpg")}, {"a:1,b.jpg": 1.0})


def test_two_pictures_of_one_name_are_refused():
    with pytest.raises(InputError, match=r"two style pictures are named mine.jpg: rename one"):
        files_in("a/mine.jpg,b/mine.jpg")


@pytest.mark.parametrize("value", [-0.1, 1.6, float("nan")])
def test_values_out_of_range(value):
    with pytest.raises(InputError, match=rf"strength {value:g}: it goes from 0 to 1.5"):
        check_range("strength", value, (0.0, 1.5))
