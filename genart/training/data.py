"""Batches by number: step i of a run always sees the same batch, so a resumed run repeats itself exactly."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any


def prefetch(batch_of: Callable[[int], Any], first: int, *, depth: int = 4) -> Generator[Any, None, None]:
    """Yield batch_of(first), batch_of(first + 1), ... made ahead in a thread.

    An exception in `batch_of` is raised where the batch is taken. Closing the iterator ends the thread.
    """
    ready: queue.Queue = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def offer(item: tuple[Any, BaseException | None]) -> None:
        while not stop.is_set():
            try:
                return ready.put(item, timeout=0.1)
            except queue.Full:
                continue

    def produce() -> None:
        step = first
        while not stop.is_set():
            try:
                offer((batch_of(step), None))
            except Exception as error:
                return offer((None, error))
            step += 1

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    try:
        while True:
            batch, error = ready.get()
            if error is not None:
                raise error
            yield batch
    finally:
        stop.set()
        thread.join()
