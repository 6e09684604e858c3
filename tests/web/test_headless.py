"""What gives and takes frames beside the pages: clips, films, streams, cameras that are real or virtual."""

import io
import sys
from fractions import Fraction
from types import ModuleType

import av
import numpy as np
import pytest
from live_server import BLUE, RED, serving, two_colored, until

from genart.audio.audio import Audio
from genart.errors import InputError, MissingExtra
from genart.image.clip import Clip
from genart.image.film import film
from genart.recipe import read_recipe
from genart.web import camera, outlets
from genart.web.controls import Controls
from genart.web.desk import Desk
from genart.web.headless import paint_clip

FILM = 12  # by how much a film changes colors: it stores half of them


@pytest.fixture
def desk(style):
    return Desk(style, Controls.first("negative", names=style.names, strength=1.0).changed({"mirror": False}, names=[]))


@pytest.fixture
def clip(tmp_path):
    with film(tmp_path / "clip.mp4", size=(64, 40), rate=10) as made:
        for _ in range(5):
            made.add(two_colored())
    return Clip.open(tmp_path / "clip.mp4")


def test_every_frame_of_a_clip_is_painted(desk, clip, tmp_path):
    steps, out = [], str(tmp_path / "out.mp4")
    recipe = desk.recipe()
    with outlets.outlet(out, size=(64, 40), rate=clip.rate, sound=clip, stdout=io.BytesIO(), recipe=recipe) as add:
        painted = paint_clip(clip, desk, add, on_step=lambda done, total: steps.append((done, total)))
    made = Clip.open(out)
    frames = list(made)
    assert painted == len(frames) == 5 and made.rate == 10 and steps[-1] == (5, 5)
    np.testing.assert_allclose(frames[2][20, [8, -8]], 255 - np.array([RED, BLUE]), atol=FILM + 12)
    kept = read_recipe(out)
    assert kept is not None and kept.verb == "webcam"


def test_that_sound_is_left_out_is_said(desk, tmp_path):
    sound = Audio(samples=np.zeros((16000, 1), np.float32), rate=16000)
    with film(tmp_path / "loud.mp4", size=(64, 40), rate=10, sound=sound) as made:
        for _ in range(5):
            made.add(two_colored())
    loud, notes = Clip.open(tmp_path / "loud.mp4"), []
    out = str(tmp_path / "out.gif")
    with outlets.outlet(
        out, size=(64, 40), rate=loud.rate, sound=loud, stdout=io.BytesIO(), on_note=notes.append
    ) as add:
        paint_clip(loud, desk, add, on_step=lambda done, total: None)
    assert notes == ["the sound is left out, since .gif holds none; save as .mp4 or .webm to keep it"]


def test_ctrl_c_finishes_the_film(desk, clip, tmp_path):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    out = str(tmp_path / "out.mp4")
    with outlets.outlet(out, size=(64, 40), rate=clip.rate, stdout=io.BytesIO()) as add:
        assert paint_clip(clip, desk, add, on_step=stop) == 3
    assert len(list(Clip.open(out))) == 3


def test_a_stream_is_read_by_other_programs(tmp_path):
    stream = io.BytesIO()
    add = outlets.y4m(stream, size=(64, 40), rate=Fraction(30000, 1001))
    for _ in range(3):
        add(two_colored(200, 100))  # another shape is cut to the size
    stream.seek(0)
    with av.open(stream, "r") as read:
        assert (read.streams.video[0].average_rate, read.streams.video[0].width) == (Fraction(30000, 1001), 64)
        frames = [frame.to_ndarray(format="rgb24", src_colorspace="ITU709") for frame in read.decode(video=0)]
    assert len(frames) == 3
    np.testing.assert_allclose(frames[0][20, [8, -8]], [RED, BLUE], atol=FILM)


def test_frames_that_come_unevenly_are_recorded_evenly():
    now, added = 0.0, []
    take = outlets.steady(lambda frame: added.append(int(frame[0, 0, 0])), rate=Fraction(10), clock=lambda: now)
    for now, level in ((5.0, 1), (5.11, 2), (5.16, 3), (5.46, 4), (5.52, 5)):  # noqa: B007  # the clock reads it
        take(np.full((1, 1, 3), level, np.uint8))
    assert added == [1, 2, 3, 3, 4, 5]  # 3 came too early and stands until 4 comes, which is late


def test_a_virtual_camera_that_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setattr(outlets.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install pyvirtualcam; and a driver: v4l2loopback on Linux"):
        outlets.virtual_camera(size=(64, 40), fps=10).__enter__()


class Device:
    """What pyvirtualcam gives, which needs a driver of the system."""

    shown: list[np.ndarray] = []  # noqa: RUF012  # what was sent, for the test

    def __init__(self, *, width, height, fps):
        if fps > 60:
            raise RuntimeError("no device")
        self.size = (height, width, 3)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def send(self, frame):
        assert frame.shape == self.size and frame.flags.c_contiguous
        Device.shown.append(frame)


def test_a_virtual_camera_is_sent_frames_of_its_size_and_one_without_a_driver_says_so(monkeypatch):
    module = ModuleType("pyvirtualcam")
    module.__dict__["Camera"] = Device
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setattr(outlets.importlib.util, "find_spec", lambda name: module)
    with outlets.virtual_camera(size=(128, 72), fps=10) as add:
        add(two_colored())
    assert len(Device.shown) == 1
    with pytest.raises(InputError, match=r"no virtual camera to write to \(no device\): install v4l2loopback"):
        outlets.virtual_camera(size=(128, 72), fps=90).__enter__()


def test_a_server_that_captures_itself_paints_without_a_page(style, clip):
    with serving(style, source=camera.source(clip.path)) as live:
        until(lambda: live.studio.painted > 7)  # the clip has five frames and is played over and over
        assert live.studio.last is not None
        shown = live.studio.last.pixels
        np.testing.assert_allclose(shown[20, [8, -8]], 255 - np.array([RED, BLUE]), atol=FILM + 12)


def test_a_camera_that_is_pulled_out_is_said_and_taken_up_again(style, monkeypatch):
    monkeypatch.setattr(camera, "AGAIN", 0.05)
    opened = []

    def failing():
        opened.append(1)
        yield two_colored()
        if len(opened) < 3:
            raise InputError("camera 0 was pulled out; plug it in again")
        while True:
            yield two_colored()

    with serving(style) as live:
        news, tell = [], live.studio.on_news

        def heard(told):
            news.append(told)
            tell(told)

        live.studio.on_news = heard
        capture = camera.Capture(live.studio, failing)
        capture.start()
        until(lambda: live.studio.painted > 3 and len(opened) == 3)
        capture.stop()
    assert [told["text"] for told in news if told["type"] == "error"] == [
        "camera 0 was pulled out; plug it in again"
    ] * 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("camera:x", "camera:x: a camera is given by its number"), ("nothing.mp4", "nothing.mp4 does not exist")],
)
def test_a_source_that_is_none_is_refused(given, sentence):
    with pytest.raises(InputError) as error:
        camera.source(given)
    assert str(error.value).startswith(sentence)


def test_a_camera_that_is_not_there_is_said():
    with pytest.raises(InputError, match="there is no camera 93; plug one in, or give another number|reads no cameras"):
        next(camera.camera(93))
