"""Ctrl-C where it would do harm, or be lost."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C wait until the block has ended, or calls the function that it is given; a second one does not wait.

    Imports of compiled modules, JAX's and NumPy's, crash on Ctrl-C, fail as something else, or swallow it; so do
    callbacks of JAX's at any time. Nothing changes outside the main thread, where Ctrl-C never arrives.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield lambda: None
        return
    arrived: list[tuple[int, FrameType | None]] = []

    def wait(number: int, frame: FrameType | None) -> None:
        arrived.append((number, frame))
        if len(arrived) > 1:
            handler(number, frame)

    def heed() -> None:
        if arrived:
            handler(*arrived.pop())

    signal.signal(signal.SIGINT, wait)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, handler)
    heed()
