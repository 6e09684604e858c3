"""Progress that shows by itself in a terminal or notebook, and nowhere else."""

import contextlib
import html
import sys
from collections.abc import Callable, Iterator

OnStep = Callable[[int, int], None]  # (steps done, their total)
COMPILING = "(compiling, once)"  # said until the first step is done, which is what takes the time then


@contextlib.contextmanager
def shown(label: str, *, on_step: OnStep | None = None) -> Iterator[OnStep]:
    """A function to call with (done, total): `on_step` itself, or one that moves a bar named `label`.

    Until the first call the bar says that the model is being compiled. Where stderr is no terminal and there is no
    notebook, nothing is shown.
    """
    if on_step is not None:
        yield on_step
    elif _in_notebook():
        with _notebook_bar(label) as step:
            yield step
    elif sys.stderr.isatty():
        with _terminal_bar(label) as step:
            yield step
    else:
        yield lambda done, total: None


@contextlib.contextmanager
def _terminal_bar(label: str) -> Iterator[OnStep]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{label} {COMPILING}", total=None)
        yield lambda done, total: bar.update(task, description=label, completed=done, total=total)


@contextlib.contextmanager
def _notebook_bar(label: str) -> Iterator[OnStep]:
    """A bar of plain HTML: rich's shows only where ipywidgets are installed, and else a warning in its place."""
    from IPython.display import HTML, DisplayHandle

    name, bar = html.escape(label), DisplayHandle()
    bar.display(HTML(f"<progress></progress> {name} {COMPILING}"))
    try:
        yield lambda done, total: bar.update(HTML(f'<progress value="{done}" max="{total}"></progress> {name}'))
    finally:
        bar.update(HTML(""))


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code; that somebody has imported one is not enough."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
