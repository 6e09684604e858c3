"""Where painted frames go beside the pages: films, other programs' standard input, virtual cameras."""

import contextlib
import importlib
import importlib.util
import math
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from genart.errors import InputError, MissingExtra
from genart.image.clip import Clip
from genart.image.film import film
from genart.image.pyav import pyav
from genart.recipe import Recipe
from genart.web.canvas import Size
from genart.web.messages import covering

Outlet = Callable[[np.ndarray], None]  # takes a painted frame, uint8 [h, w, 3]


def steady(add: Outlet, *, rate: Fraction, clock: Callable[[], float] = time.monotonic) -> Outlet:
    """An outlet for frames as they come, which gives `add` frames at a constant rate.

    A frame is repeated until the next one comes, or left out where it comes too early.
    """
    began: float | None = None
    given, shown = 0, np.zeros((1, 1, 3), np.uint8)

    def take(frame: np.ndarray) -> None:
        nonlocal began, given, shown
        began = clock() if began is None else began
        due = math.floor((clock() - began) * rate)
        for _ in range(given, due):
            add(shown)
        if due >= given:
            add(frame)
        given, shown = max(given, due + 1), frame

    return take


@contextlib.contextmanager
def outlet(
    path: str,
    *,
    size: Size,
    rate: Fraction,
    stdout: BinaryIO,
    sound: Clip | None = None,
    recipe: Recipe | None = None,
    force: bool = False,
    on_note: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Outlet]:
    """A film, a folder of pictures, or with "-" a stream in the format YUV4MPEG2 for another program to read.

    `on_note` is called at the end with what could not be done as asked, such as sound that was left out.

    Raises
    ------
    InputError
        It exists and `force` is not set, or cannot be written.
    """
    if path == "-":
        yield y4m(stdout, size=size, rate=rate)
        return
    with film(path, size=size, rate=rate, sound=sound, recipe=recipe, force=force) as made:
        yield lambda frame: made.add(covering(frame, size))
    for sentence in made.notes:
        on_note(sentence)


def y4m(stream: BinaryIO, *, size: Size, rate: Fraction) -> Outlet:
    """Frames as YUV4MPEG2, which ffmpeg, ffplay and mpv read from their standard input."""
    av = pyav()
    width, height = (2 * (side // 2) for side in size)  # colors are stored for two by two pixels
    stream.write(b"YUV4MPEG2 W%d H%d F%d:%d Ip A1:1 C420mpeg2\n" % (width, height, rate.numerator, rate.denominator))

    def add(frame: np.ndarray) -> None:
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(covering(frame, (width, height))), format="rgb24")
        planes = rgb.reformat(format="yuv420p", dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG")
        stream.write(b"FRAME\n" + planes.to_ndarray().tobytes())
        stream.flush()

    return add


@contextlib.contextmanager
def virtual_camera(*, size: Size, fps: float) -> Iterator[Outlet]:
    """A camera that other programs find among those of this machine.

    Raises
    ------
    MissingExtra
        pyvirtualcam is not installed.
    InputError
        There is no driver for it.
    """
    if importlib.util.find_spec("pyvirtualcam") is None:
        raise MissingExtra(
            "a virtual camera needs pyvirtualcam: pip install pyvirtualcam; and a driver: v4l2loopback on Linux, OBS "
            "on macOS and Windows. Or show /output in OBS and start its virtual camera"
        )
    module: Any = importlib.import_module("pyvirtualcam")
    try:
        device = module.Camera(width=size[0], height=size[1], fps=fps)
    except RuntimeError as error:
        raise InputError(
            f"there is no virtual camera to write to ({error}): install v4l2loopback on Linux, OBS on macOS and Windows"
        ) from error
    with device:
        yield lambda frame: device.send(np.ascontiguousarray(covering(frame, size)))
