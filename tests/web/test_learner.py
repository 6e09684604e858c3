"""Pictures that become styles while the old style goes on."""

import io
import threading

import numpy as np
import pytest
from live_server import quick_features, until
from PIL import Image

from genart.errors import InputError
from genart.families import looks
from genart.web import learner
from genart.web.controls import Controls
from genart.web.desk import Desk
from genart.web.learner import Learner


@pytest.fixture
def desk(style):
    return Desk(style, Controls.first(None, names=style.names, strength=1.0))


def picture(*, flat: bool = False) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(np.zeros_like(pixels) if flat else pixels).save(out, "PNG")
    return out.getvalue()


def test_a_picture_becomes_a_style_that_is_painted_with(desk, monkeypatch):
    monkeypatch.setattr(looks, "STEPS", 2)
    learning, news = Learner(desk, features=quick_features), []
    learning.on_news = news.append
    name = learning.learn(picture(), name="C:\\pictures\\Meine Skizze.png")
    assert name == "Meine_Skizze"
    until(lambda: learning.learning is None, seconds=300)
    assert desk.controls.style == name and desk.names[-1] == name
    assert {"type": "learned", "name": name} in news
    shares = [told["share"] for told in news if told["type"] == "learning"]
    assert shares[-1] is None and 1.0 in shares
    assert np.abs(desk.row(name) - desk.row("negative")).max() > 0


def test_a_flat_picture_is_refused(desk):
    learning, news = Learner(desk, features=quick_features), []
    learning.on_news = news.append
    learning.learn(picture(flat=True), name="flat.png")
    until(lambda: learning.learning is None)
    assert [told["text"] for told in news if told["type"] == "error"]
    assert desk.names == ["negative", "strokes"]


def test_one_at_a_time_under_names_of_their_own(desk, monkeypatch):
    held = threading.Event()

    def learned(path, **options):
        assert held.wait(timeout=30)
        return type("Own", (), {"row": desk.row("strokes")})

    monkeypatch.setattr(learner, "learned", learned)
    learning = Learner(desk)
    assert learning.learn(picture(), name="negative.png") == "negative_2"
    with pytest.raises(InputError, match="the style of negative_2 is being learned; wait until it is done"):
        learning.learn(picture(), name="other.png")
    held.set()
    until(lambda: learning.learning is None)
    assert learning.learn(picture(), name="../../.png") == "png"
    learning.stop()


def test_what_is_being_learned_is_given_up_when_the_server_stops(desk, monkeypatch):
    def learned(path, *, on_step, **options):
        while True:
            on_step(1, 10)

    monkeypatch.setattr(learner, "learned", learned)
    learning = Learner(desk)
    learning.learn(picture(), name="endless.png")
    learning.stop()
    assert learning.learning is None and desk.names == ["negative", "strokes"]
