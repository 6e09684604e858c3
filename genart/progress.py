"""Progress that shows by itself in a terminal or notebook, and nowhere else."""

import contextlib
import sys
from collections.abc import Callable, Iterator

OnStep = Callable[[int, int], None]  # (steps done, their total)


@contextlib.contextmanager
def shown(label: str, *, on_step: OnStep | None = None) -> Iterator[OnStep]:
    """A function to call with (done, total): `on_step` itself, or one that moves a bar named `label`.

    Until the first call the bar says that the model is being compiled, which is what takes the time then. Where
    stderr is no terminal and there is no notebook, nothing is shown.
    """
    if on_step is not None or not _visible():
        yield on_step or (lambda done, total: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{label} (compiling, once)", total=None)
        yield lambda done, total: bar.update(task, description=label, completed=done, total=total)


def _visible() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
