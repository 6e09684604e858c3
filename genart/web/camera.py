"""Frames that the server captures itself: of a camera of this machine, or of a clip that is played over and over."""

import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.image.clip import Clip
from genart.image.pyav import pyav
from genart.web.studio import Frame, Studio

AGAIN = 1.0  # seconds after which a camera that was pulled out is looked for again
OPTIONS = {"video_size": "1280x720", "framerate": "30"}  # asked for first; what a camera gives otherwise will do

Source = Callable[[], Generator[np.ndarray, None, None]]  # opens, and gives frames uint8 [h, w, 3] in their own time


def source(given: str) -> Source:
    """What ``--input`` names: camera, camera:1, a film or a folder of pictures. InputError where it is not there."""
    name, _, number = given.partition(":")
    if name == "camera":
        if number and not number.isdecimal():
            raise InputError(f"{given}: a camera is given by its number, as in camera:1")
        return lambda: camera(int(number or 0))
    clip = Clip.open(given)
    return lambda: played(clip)


def camera(number: int) -> Generator[np.ndarray, None, None]:
    """Frames of a camera, uint8 [h, w, 3]. Raises InputError where there is none, it is in use, or it ends."""
    av = pyav()
    container = _opened(number)
    try:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")
    except av.error.FFmpegError:
        pass
    finally:
        container.close()
    raise InputError(f"camera {number} was pulled out; plug it in again")


def played(clip: Clip) -> Generator[np.ndarray, None, None]:
    """Frames of a clip at its rate, over and over."""
    began, number = time.monotonic(), 0
    while True:
        for frame in clip:
            time.sleep(max(0.0, began + float(number / clip.rate) - time.monotonic()))
            yield frame
            number += 1


class Capture:
    """Takes frames from a source and offers them to a studio, in a thread of its own.

    When the source fails it says so and tries again, until it is stopped.
    """

    def __init__(self, studio: Studio, source: Source):
        self.studio, self.source = studio, source
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capturing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a camera that gives no more frames is not waited for."""
        self._ended.set()
        self._thread.join(timeout=AGAIN)

    def _run(self) -> None:
        number = 0
        while not self._ended.is_set():
            try:
                for pixels in self.source():
                    if self._ended.is_set():
                        return
                    number += 1
                    self.studio.offer(
                        Frame(number=number, captured=1e3 * time.time(), pixels=lambda pixels=pixels: pixels)
                    )
            except InputError as error:
                self.studio.on_news({"type": "error", "text": str(error)})
            self._ended.wait(AGAIN)


def _opened(number: int) -> Any:
    av = pyav()
    format, place = _place(number)
    errors = []
    for options in (OPTIONS, {}):
        try:
            return av.open(place, format=format, options=options)
        except av.error.FFmpegError as error:
            errors.append(error)
        except ValueError as error:  # a PyAV that was built without this kind of device
            raise InputError(f"the PyAV that is installed reads no cameras here ({error}); use the page") from error
    if any(isinstance(error, av.error.PermissionError) for error in errors):
        raise InputError(f"no permission to use camera {number}; allow it in the system's settings")
    if any(getattr(error, "errno", None) == 16 for error in errors):  # EBUSY
        raise InputError(f"camera {number} is used by another program; close that")
    raise InputError(f"there is no camera {number}; plug one in, or give another number, as in camera:1")


def _place(number: int) -> tuple[str, str]:
    """FFmpeg's input format for cameras on this system, and what it calls the camera."""
    if sys.platform == "darwin":
        return "avfoundation", f"{number}:none"
    if sys.platform == "win32":
        import av.device

        names = [device.name for device in av.device.enumerate_input_devices("dshow") if "video" in device.media_types]
        if number >= len(names):
            raise InputError(f"there is no camera {number}; there are {len(names)}")
        return "dshow", f"video={names[number]}"
    return "v4l2", f"/dev/video{number}"
