"""When a run ends, and the learning rate on the way there."""

import dataclasses

from genart.errors import InputError

WARM_UP_STEPS = 200
DECAY_SHARE = 0.2  # the rate falls to zero over the last fifth of a run


@dataclasses.dataclass(frozen=True, kw_only=True)
class Span:
    """The length of a run, as a number of steps or as seconds of training; one of the two."""

    steps: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.seconds is None):
            raise InputError("a run needs either a number of steps or a time budget; give one of --steps and --budget.")
        if (self.steps or self.seconds or 0) <= 0:
            raise InputError(f"a run of {self.steps or self.seconds or 0} is empty; give a positive length.")

    def progress(self, step: int, elapsed: float) -> float:
        """The share of the run that lies behind, 0 to 1."""
        done = step / self.steps if self.steps is not None else elapsed / (self.seconds or 1.0)
        return min(done, 1.0)


def rate(step: int, progress: float) -> float:
    """Learning rate as a share of its peak: warm-up, constant, then a linear fall over the last fifth.

    The constant stretch lets a run be prolonged from the state before its fall (Hägele et al. 2024, arXiv 2405.18392).
    """
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm * min(1.0, max(0.0, (1.0 - progress) / DECAY_SHARE))


def parse_duration(text: str) -> float:
    """Seconds in "90s", "60m", "1.5h" or a plain number of seconds.

    Raises
    ------
    InputError
        If the text is none of these or not positive.
    """
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], units[text[-1]]) if text and text[-1] in units else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise InputError(f"{text!r} is not a length of time; write for instance 90s, 60m or 1.5h.")
    return seconds
