"""Which size holds the frame rate that was asked for."""

from collections.abc import Mapping

from genart.web.canvas import Canvas, Size

FULL = 0.85  # share of a frame's time that the work on it may take, so that there is some left
PATIENCE = 2.0  # seconds that a larger size must look possible before it is taken
STRAIN = 0.7  # seconds that frames must come too slowly before a smaller one is
FOLLOWS = 0.2  # share of the newest frame in the mean of how slow the machine is


class Pace:
    """Chooses the size of the frames by how long they take.

    Parameters
    ----------
    fps : frames a second that are to be held
    """

    def __init__(self, canvas: Canvas, *, fps: float):
        self.canvas, self.budget = canvas, 1 / fps
        self.size: Size = canvas.sizes[0]
        self._slow = 1.0  # how many times what was measured at the start a frame takes now
        self._since: float | None = None
        self._toward = 0

    def choose(self) -> Size:
        """The largest of the sizes that are compiled that holds the rate, or the smallest."""
        seconds = self.canvas.seconds
        fitting = [size for size in self.canvas.sizes if size in seconds and seconds[size] <= FULL * self.budget]
        self.size = fitting[-1] if fitting else self.canvas.sizes[0]
        return self.size

    def wanted(self) -> Size | None:
        """A size yet to be compiled that would hold the rate as things stand, if there is one."""
        place = self.canvas.sizes.index(self.size) + 1
        if place == len(self.canvas.sizes) or self.canvas.sizes[place] in self.canvas.seconds:
            return None
        size = self.canvas.sizes[place]
        return size if self._slow * _predicted(self.canvas.seconds, size) <= FULL * self.budget else None

    def heed(self, seconds: float, *, now: float) -> bool:
        """Take note of the seconds that a frame took, at the time `now`, and change the size where that is due.

        Returns
        -------
        Whether the size is another now.
        """
        self._slow += FOLLOWS * (seconds / self.canvas.seconds[self.size] - self._slow)
        step = self._step(seconds)
        if step == 0 or step != self._toward:
            self._since, self._toward = now, step
            return False
        if self._since is None or now - self._since < (PATIENCE if step > 0 else STRAIN):
            return False
        self.size = self.canvas.sizes[self.canvas.sizes.index(self.size) + step]
        self._since, self._toward = now, 0
        return True

    def _step(self, seconds: float) -> int:
        place, sizes = self.canvas.sizes.index(self.size), self.canvas.sizes
        if self._slow * self.canvas.seconds[self.size] > self.budget and seconds > self.budget:
            return -1 if place else 0
        if place + 1 < len(sizes) and (larger := self.canvas.seconds.get(sizes[place + 1])):
            return 1 if self._slow * larger < FULL * self.budget else 0
        return 0


def _predicted(seconds: Mapping[Size, float], size: Size) -> float:
    """Seconds that a frame of a size will take, by its pixels and the largest one timed."""
    largest = max(seconds, key=lambda known: known[0] * known[1])
    return seconds[largest] * size[0] * size[1] / (largest[0] * largest[1])
