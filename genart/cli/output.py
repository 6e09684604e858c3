"""What every verb has in common: its options, and what goes to stdout and what to stderr."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from genart.device import DEVICES, choose

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(kw_only=True)
class Settings:
    """The common options of a run."""

    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    json: bool = False


def settings() -> Settings:
    """Those of the command that runs."""
    return click.get_current_context().find_root().ensure_object(Settings)


def common(command: F) -> F:
    """Give a command ``--device -q -v --debug --json``; it needs no parameters for them.

    Put it below ``@click.command``. What they say is in :func:`settings`, and :func:`note` and :func:`emit` heed it.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def note(text: str) -> None:
    """Say something to the person: one line on stderr, unless ``--quiet``."""
    if not settings().quiet:
        click.echo(text, err=True)


def emit(record: Mapping[str, Any], *, lines: Iterable[str]) -> None:
    """The result, on stdout: `lines`, or with ``--json`` the record as one line of JSON."""
    if settings().json:
        click.echo(json.dumps(record, ensure_ascii=False, default=str))
        return
    for line in lines:
        click.echo(line)


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Rows as lines with aligned columns, two spaces apart; columns numbered in `right` are aligned right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _set(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.find_root().ensure_object(Settings), name, True)

    return callback


def _verbose(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        _set("verbose")(ctx, param, value)
        logging.basicConfig(format="%(name)s: %(message)s")
        logging.getLogger("genart").setLevel(logging.INFO)


def _device(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        choose(value)


def _flag(*names: str, callback: Callable[[click.Context, click.Parameter, bool], None], help: str) -> Any:
    return click.option(*names, is_flag=True, is_eager=True, expose_value=False, callback=callback, help=help)


_OPTIONS = (
    click.option(
        "--device",
        type=click.Choice(DEVICES),
        expose_value=False,
        callback=_device,
        help="Where to compute.",
    ),
    _flag("--json", callback=_set("json"), help="Print one JSON record."),
    _flag("-q", "--quiet", callback=_set("quiet"), help="Say nothing but results and errors."),
    _flag("-v", "--verbose", callback=_verbose, help="Say more of what happens."),
    _flag("--debug", callback=_set("debug"), help="Show the traceback of an error."),
)
