"""The thread that owns the net. It takes the newest frame, always; what came before it is forgotten."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.image.picture import Picture
from genart.image.stock import stock_pictures
from genart.web.canvas import Canvas, Size
from genart.web.desk import Desk
from genart.web.messages import Timing, encoded
from genart.web.pace import Pace


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """A frame to be painted.

    Attributes
    ----------
    number, captured : as its sender counts, and milliseconds of its clock
    pixels : decodes it, uint8 [h, w, 3]; called in the painting thread, for frames that are painted alone
    refused : called with a sentence where it cannot be decoded
    arrived : seconds of :func:`time.perf_counter`
    """

    number: int
    captured: float
    pixels: Callable[[], np.ndarray]
    refused: Callable[[str], None] | None = None
    arrived: float = dataclasses.field(default_factory=time.perf_counter)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Painted:
    """A painted frame: uint8 [h, w, 3], its JPEG, and where the time went."""

    number: int
    captured: float
    pixels: np.ndarray
    picture: bytes
    timing: Timing

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


class Studio:
    """Paints frames as they come.

    Parameters
    ----------
    fps : frames a second to hold, by the size of the frames

    Attributes
    ----------
    painted_to : functions that are called with each :class:`Painted`, in the painting thread
    on_news : called with what changed, as JSON values with a "type", in any thread
    dropped, painted : how many frames were
    """

    def __init__(self, desk: Desk, canvas: Canvas, *, fps: float = 24.0):
        self.desk, self.canvas, self.fps, self.pace = desk, canvas, fps, Pace(canvas, fps=fps)
        self.painted_to: list[Callable[[Painted], None]] = []
        self.on_news: Callable[[dict[str, Any]], None] = lambda news: None
        self.status: dict[str, Any] = {"type": "status", "ready": False, "text": "starting"}
        self._thumbs: dict[str, bytes] = {}
        self.dropped = self.painted = 0
        self.last: Painted | None = None
        self.last_seen: np.ndarray | None = None
        self._newest: Frame | None = None
        self._wake = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="painting", daemon=True)
        self._warming: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with compiling; frames that are offered meanwhile wait."""
        self._thread.start()

    def stop(self) -> None:
        """End, when the frame that is being painted is done."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        for thread in (self._thread, self._warming):
            if thread is not None and thread.ident is not None:
                thread.join()

    def offer(self, frame: Frame) -> None:
        """The newest frame; one that still waits is dropped."""
        with self._wake:
            self.dropped += self._newest is not None
            self._newest = frame
            self._wake.notify()

    def size(self) -> Size:
        """Width and height that frames are painted at now."""
        return self.pace.size

    def snapshot(self) -> Picture | None:
        """The last frame, with its recipe; None before the first."""
        return None if self.last is None else Picture.of(self.last.pixels, recipe=self.desk.recipe())

    def thumb(self, name: str) -> bytes:
        """JPEG of a small picture in a style, in any thread. Raises KeyError where there is no such style."""
        if name not in self._thumbs:
            row = self.desk.row(name)
            self._thumbs[name] = encoded(self.canvas.still(stock_pictures()[0].pixels, row))
        return self._thumbs[name]

    def _run(self) -> None:
        try:
            self._prepare()
            while (frame := self._next()) is not None:
                self._paint(frame)
        except Exception as error:  # a dead painter must not look like a slow one
            self._say(ready=False, text=f"painting has stopped: {error}; start genart webcam anew")
            raise

    def _next(self) -> Frame | None:
        with self._wake:
            while self._newest is None and not self._ended:
                self._wake.wait()
            frame, self._newest = self._newest, None
            return None if self._ended else frame

    def _prepare(self) -> None:
        """Compile sizes from the smallest up, as long as one more may still hold the rate."""
        size: Size | None = self.canvas.sizes[0]
        while size is not None and not self._ended:
            self._say(ready=False, text=f"getting ready for {size[0]} x {size[1]}, once")
            self.canvas.prepare(size)
            self.pace.choose()
            size = self.pace.wanted()
        for name in self.desk.names:
            self.thumb(name)
        self._say(ready=True, text="ready")

    def _paint(self, frame: Frame) -> None:
        began = time.perf_counter()
        try:
            pixels = frame.pixels()
        except InputError as error:
            if frame.refused is not None:
                frame.refused(str(error))
            return
        setting = self.desk.look()
        painted, net = self.canvas.paint(pixels, setting, size=self.pace.size)
        picture = encoded(painted)
        seconds = time.perf_counter() - began
        timing = Timing(waited=1e3 * (began - frame.arrived), net=1e3 * net, beside=1e3 * (seconds - net))
        self.last_seen = pixels
        self.last = Painted(
            number=frame.number, captured=frame.captured, pixels=painted, picture=picture, timing=timing
        )
        self.painted += 1
        for show in self.painted_to:
            show(self.last)
        if self.pace.heed(seconds, now=time.monotonic()):
            self._say(ready=True, text=f"painting at {self.pace.size[0]} x {self.pace.size[1]}")
        self._warm()

    def _warm(self) -> None:
        """Compile the next larger size beside the painting, where the machine has become quick enough for it."""
        size = self.pace.wanted()
        if size is None or (self._warming is not None and self._warming.is_alive()):
            return
        self._warming = threading.Thread(target=self.canvas.prepare, args=(size,), name="compiling", daemon=True)
        self._warming.start()

    def _say(self, *, ready: bool, text: str) -> None:
        self.status = {"type": "status", "ready": ready, "text": text, "size": list(self.pace.size)}
        self.on_news(self.status)
