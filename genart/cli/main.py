"""The entry point: a table of verbs, each loaded when it is used, and the one place where errors become sentences."""

import difflib
import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import click

import genart
from genart import interrupts
from genart.cli.output import Settings
from genart.errors import GenartError

# verb -> (where its click command is, its line in `genart --help`)
VERBS = {
    "harmonize": ("genart.cli.harmonize:command", "Add three voices to a melody, in Bach's manner."),
    "render": ("genart.cli.render:command", "Make sound, pictures and scores of a piece, or a practice track."),
    "inpaint": ("genart.cli.inpaint:command", "Write some voices and bars of a piece anew, or clear its faults."),
    "compose": ("genart.cli.compose:command", "Make a piece of four voices from nothing."),
    "melody": ("genart.cli.melody:command", "Write tunes, from nothing or from their first bars."),
    "transcribe": ("genart.cli.transcribe:command", "Write down a melody that was sung, hummed or whistled."),
    "stylize": ("genart.cli.stylize:command", "Paint pictures and films in a style."),
    "webcam": ("genart.cli.webcam:command", "Paint what the camera sees, live, on a page."),
    "gan": ("genart.cli.gan:command", "Make pictures and films with a model of your own pictures."),
    "check": ("genart.cli.check:command", "Name the faults of part-writing in a piece."),
    "info": ("genart.cli.info:command", "Say how a file was made, or what is in a MIDI file."),
    "again": ("genart.cli.again:command", "Make a work anew from the recipe in its file."),
    "models": ("genart.cli.models:command", "List the models there are, or show one."),
    "evaluate": ("genart.cli.evaluate:command", "Measure a model on what it was not trained on."),
    "train": ("genart.cli.train:command", "Train a model."),
}

INTERRUPTED = 130  # what a shell reports for Ctrl-C


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is used, and prints errors as one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        with interrupts.deferred():
            return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in VERBS and (close := difflib.get_close_matches(args[0], VERBS, n=1)):
            ctx.fail(f"There is no verb {args[0]!r}; did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(args, *rest, standalone_mode=False, **extra)
        settings = extra.setdefault("obj", Settings())
        try:
            code = super().main(args, *rest, standalone_mode=False, **extra) or 0
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except Exception as error:
            code = _report(error, settings)
        sys.exit(code)


def _report(error: Exception, settings: Settings) -> int:
    """Say what went wrong; returns the exit code."""
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, OSError):
        _abandon_stdout()
    if settings.debug:
        traceback.print_exception(error)
    if not isinstance(error, BrokenPipeError):  # a reader that has seen enough, as `genart models | head -1`
        click.echo(f"Error: {_sentence(error)}", err=True)
    return 1


def _abandon_stdout() -> None:
    """Where what is left to print cannot be printed, keep Python from trying again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(error: Exception) -> str:
    if isinstance(error, GenartError):
        return str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; try a shorter piece or fewer takes"
    return (
        f"something genart did not foresee ({type(error).__name__}: {str(error).partition(chr(10))[0]:.200}); "
        "run it again with --debug and report what it prints"
    )


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(genart.__version__, message="genart %(version)s")
def cli() -> None:
    """Generative music and art.

    genart VERB --help tells about each verb.
    """


def main() -> None:
    """Run the command line of this process, and exit."""
    if not sys.warnoptions:  # warnings are for programmers
        warnings.simplefilter("ignore")
    cli.main(prog_name="genart")
