"""Frames painted at one of a few sizes, each compiled before its first frame."""

import time
from collections.abc import Sequence

import numpy as np

from genart.families.painter import Painter
from genart.families.style import SMOOTHING
from genart.image.color import with_colors_of
from genart.nets.stylizer import row_parts
from genart.web.desk import Setting
from genart.web.messages import covering, scaled

Size = tuple[int, int]  # width and height in pixels
SIZES: tuple[Size, ...] = ((320, 180), (480, 272), (640, 360), (960, 544), (1280, 720))
TIMED = 3  # frames by which a size is timed
CUT = 0.1  # of its mean size: by how much a row may change and still be normalized with what is remembered


def sizes_for(width: int, height: int) -> list[Size]:
    """Sizes of the same heights in the shape of frames of `width` by `height`, at most as large as these."""
    shaped = [(max(8, 8 * round(size[1] * width / height / 8)), size[1]) for size in SIZES if size[1] < height]
    return [*shaped, (width, height)] if height <= SIZES[-1][1] else shaped


class Canvas:
    """Paints frames; `paint` is for one thread, `prepare` may run beside it in another.

    Parameters
    ----------
    sizes : width and height in pixels, from the smallest to the largest
    """

    def __init__(self, painter: Painter, sizes: Sequence[Size]):
        self.painter, self.sizes = painter, tuple(sizes)
        self.seconds: dict[Size, float] = {}  # that a frame takes, of the sizes that are compiled
        self._memory: np.ndarray | None = None
        self._row: np.ndarray | None = None

    def prepare(self, size: Size) -> float:
        """Compile a size, and the seconds that a frame takes then."""
        frame = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
        row, times = np.zeros(self.painter.config.row, np.float32), []
        for _ in range(1 + TIMED):
            start = time.perf_counter()
            self.painter.frame(frame, row)
            times.append(time.perf_counter() - start)
        self.seconds[size] = min(times[1:])
        return self.seconds[size]

    def paint(self, pixels: np.ndarray, setting: Setting, *, size: Size) -> tuple[np.ndarray, float]:
        """A frame painted, uint8 [h, w, 3] of `size`, and the seconds of it that the net took.

        Parameters
        ----------
        pixels : uint8 [h, w, 3], of any size; what stands out of the shape of `size` is cut off
        size : one that is compiled
        """
        controls, row = setting.controls, setting.row
        frame = covering(pixels[:, ::-1] if controls.mirror else pixels, size)
        inner = self._inner(size, brush=controls.brush)
        seen = scaled(frame, inner)
        memory = self._remembered(row) if controls.smoothing else None
        start = time.perf_counter()
        painted, moments = self.painter.frame(seen, row, memory=memory, fresh=1 - SMOOTHING)
        seconds = time.perf_counter() - start
        own = np.asarray(moments)
        self._memory = own if memory is None else SMOOTHING * memory + (1 - SMOOTHING) * own
        self._row = row
        if inner != size:
            painted = self._with_lost(scaled(painted, size), frame, scaled(seen, size), row)
        return (with_colors_of(painted, frame) if controls.keep_colors else painted), seconds

    def still(self, pixels: np.ndarray, row: np.ndarray) -> np.ndarray:
        """A picture by itself at the smallest size, uint8 [h, w, 3]."""
        return self.painter.frame(covering(pixels, self.sizes[0]), row)[0]

    def _inner(self, size: Size, *, brush: float) -> Size:
        """The size that the net sees: larger strokes are a smaller picture's."""
        if brush == 1:
            return size
        return min(self.seconds, key=lambda ready: abs(np.log(ready[1] * brush / size[1])))

    def _remembered(self, row: np.ndarray) -> np.ndarray | None:
        if self._row is None or np.abs(row - self._row).mean() > CUT * np.abs(self._row).mean():
            return None
        return self._memory

    def _with_lost(self, painted: np.ndarray, frame: np.ndarray, seen: np.ndarray, row: np.ndarray) -> np.ndarray:
        """What the smaller picture lost of the frame, as far as the style lets the frame's own colors through."""
        colors = np.asarray(row_parts(self.painter.config, row[None])["colors"][0])  # pyright: ignore[reportArgumentType]
        lost = (frame.astype(np.float32) - seen) @ colors
        return np.clip(painted + lost, 0, 255).astype(np.uint8)
