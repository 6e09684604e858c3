"""The controls, the cues and their fades."""

import numpy as np
import pytest

from genart.errors import InputError
from genart.web.controls import Controls
from genart.web.desk import Desk

NAMES = ["negative", "strokes"]
FIRST = Controls.first(None, names=NAMES, strength=1.0)


def test_a_change_leaves_the_rest():
    changed = FIRST.changed({"strength": 0.5, "mirror": False}, names=NAMES)
    assert (changed.strength, changed.mirror, changed.style) == (0.5, False, "negative")


@pytest.mark.parametrize("style", ["negative:1,strokes:3", {"negative": 0.5, "strokes": 1.5}])
def test_a_blend_sets_both_styles_and_their_shares(style):
    changed = FIRST.changed({"style": style}, names=NAMES)
    assert changed.mixture == {"negative": 0.25, "strokes": 0.75}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strength": 7}, "strength 7: it goes from 0 to 1.5"),
        ({"strength": "much"}, "strength 'much': a number is needed"),
        ({"strength": True}, "strength True: a number is needed"),
        ({"blend": float("nan")}, "blend nan: a number is needed"),
        ({"mirror": 1}, "mirror 1: true or false is needed"),
        ({"style": "negativ"}, "there is no style 'negativ': did you mean negative?"),
        ({"style": 3}, "style 3: a name or a blend"),
        ({"second": None}, "second None: a style's name is needed"),
        ({"colour": 1}, "there is no setting 'colour': there are style, second, blend"),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(InputError) as error:
        FIRST.changed(changes, names=NAMES)
    assert str(error.value).startswith(sentence)


def test_three_styles_are_too_many():
    with pytest.raises(InputError, match="3 styles are too many to blend live: two can be"):
        FIRST.changed({"style": {"a": 1, "b": 1, "c": 1}}, names=["a", "b", "c"])


def test_a_refused_change_changes_nothing(style):
    desk = Desk(style, FIRST)
    with pytest.raises(InputError):
        desk.change({"strength": 0.2, "brush": 9})
    assert desk.controls == FIRST


def test_a_cue_fades_in(style):
    now = 0.0
    desk = Desk(style, FIRST, clock=lambda: now)
    desk.change({"style": "strokes", "fade": 2.0})
    desk.change({"store": 4})
    desk.change({"style": "negative"})
    before, after = style.row("negative"), style.row("strokes")
    desk.change({"recall": 4})
    assert desk.controls.style == "strokes"
    for now, share in ((0.0, 0.0), (1.0, 0.5), (2.0, 1.0), (9.0, 1.0)):  # noqa: B007  # the clock reads it
        np.testing.assert_allclose(desk.look().row, (1 - share) * before + share * after, atol=1e-5)


def test_a_slider_is_heeded_at_once_and_within_a_fade_follows(style):
    desk = Desk(style, FIRST, clock=lambda: 0.0)
    desk.change({"strength": 0.0})
    np.testing.assert_array_equal(desk.look().row, style.row("negative", strength=0.0))


@pytest.mark.parametrize("number", [0, 10, "1", True, None])
def test_cues_are_numbered_one_to_nine(style, number):
    with pytest.raises(InputError, match="there are the cues 1 to 9"):
        Desk(style, FIRST).change({"store": number})


def test_an_empty_cue_says_so(style):
    with pytest.raises(InputError, match="the cue 3 is empty: store one there first"):
        Desk(style, FIRST).change({"recall": 3})


def test_a_new_style_is_painted_with_and_listeners_are_told(style):
    desk, told = Desk(style, FIRST.changed({"fade": 0}, names=NAMES)), []
    desk.listeners.append(lambda: told.append(desk.state()["styles"]))
    desk.add("mine", style.row("strokes"))
    assert told == [["negative", "strokes", "mine"]]
    np.testing.assert_array_equal(desk.look().row, style.row("strokes"))
