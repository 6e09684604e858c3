"""The line that tells how a run is going."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from genart.training.loop import Status

EVERY = 250  # steps between lines where there is no terminal


@contextlib.contextmanager
def shown(*, quiet: bool = False) -> Iterator[Callable[[Status], None]]:
    """A function that shows each status: on one line of a terminal that is written over, else a line now and then."""
    if quiet:
        yield lambda status: None
        return
    if not sys.stderr.isatty():
        yield lambda status: print(text(status), file=sys.stderr) if status.step % EVERY == 0 else None
        return
    from rich.console import Console

    with Console(stderr=True).status("compiling") as line:
        yield lambda status: line.update(text(status))


def text(status: Status) -> str:
    """Such as "step 1250 · 34 % · loss 0.462 · valid 0.448 · 2.1 steps/s · 41 min left"."""
    valid = "" if status.valid_loss is None else f" · valid {status.valid_loss:.3f}"
    left = status.seconds_left
    time = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    return (
        f"step {status.step} · {status.progress:.0%} · loss {status.loss:.3f}{valid} · "
        f"{status.steps_a_second:.1f} steps/s · {time} left"
    )
