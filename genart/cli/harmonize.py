"""``genart harmonize``: three voices added to a melody."""

import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from genart.cli.output import common, note, settings
from genart.cli.works import deliver, saved
from genart.families.harmonize import harmonize
from genart.families.songs import is_text
from genart.music.lyrics import TEXTS
from genart.music.parts import ARTICULATIONS, PROGRAMS

F = TypeVar("F", bound=Callable[..., Any])

STDIN = "-"
DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(harmonize).parameters.items()}


def _number_or_name(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _keep(_: click.Context, __: click.Parameter, text: str | None) -> str | dict[str, int | str] | None:
    """soprano, or soprano=1,bass=4."""
    if text is None or "=" not in text:
        return text
    given = (item.partition("=") for item in text.split(","))
    return {voice.strip(): _number_or_name(track.strip()) for voice, _, track in given}


def _track(_: click.Context, __: click.Parameter, text: str | None) -> int | str | None:
    return None if text is None else _number_or_name(text)


def asked(*, defaults: bool = True) -> Callable[[F], F]:
    """Give a command an option for every parameter of :func:`genart.harmonize`, None where it is not given.

    Parameters
    ----------
    defaults : whether the help tells the library's defaults
    """

    def decorate(command: F) -> F:
        for name, kind in reversed(OPTIONS.items()):
            kind = {"flags": (f"--{name.replace('_', '-')}",), **kind}
            default = DEFAULTS[name]
            if defaults and default is not None and default is not False:
                kind["help"] += f"  [default: {default}]"
            command = click.option(name, *kind.pop("flags"), default=None, **kind)(command)
        return command

    return decorate


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, and how the library is to tell what happens."""
    found = {name: value for name, value in options.items() if value is not None}
    silent = {"on_step": lambda done, total: None} if settings().quiet else {}
    return found | {"on_understood": _say} | silent


def _say(understood: str, remarks: Sequence[str]) -> None:
    for line in (understood, *remarks):
        note(line)


OPTIONS: dict[str, dict[str, Any]] = {
    "keep": {
        "callback": _keep,
        "metavar": "VOICE",
        "help": "The voice that the melody is, or several with their tracks: soprano=1,bass=4.",
    },
    "n": {
        "flags": ("-n", "--takes"),
        "type": int,
        "help": "How many takes; they are saved best first as -1, -2 ...",
    },
    "seed": {"type": int, "help": "The number of the first take, which gives it again; drawn where none is given."},
    "model": {"help": "Name, folder or URL of a model."},
    "track": {"callback": _track, "help": "Track of the melody: its name, or its number in `genart info SONG`."},
    "key": {"help": "Key of the song, such as Dm or Bb."},
    "meter": {"help": "Meter of the song, such as 3/4."},
    "pickup": {"type": float, "metavar": "BEATS", "help": "Length of what comes before bar 1."},
    "transpose": {
        "type": int,
        "metavar": "SEMITONES",
        "help": "Move the model's copy by so much; by default by as little as brings it into range.",
    },
    "grid": {
        "metavar": "[auto|1/4|1/8|1/16|1/32]",
        "help": "Note value of one step of the model; it sets the harmonic rhythm.",
    },
    "bars": {"metavar": "5-8", "help": "New voices in these bars only, numbered as in print."},
    "through_rests": {
        "flags": ("--through-rests/--no-through-rests",),
        "help": "Whether new voices go on where the melody rests for a bar or more.",
    },
    "articulation": {
        "metavar": f"[{'|'.join(ARTICULATIONS)}]",
        "help": "When new voices strike a held pitch again: where the harmony moves, with the melody, or never.",
    },
    "text": {
        "metavar": f"[{'|'.join(TEXTS)}]",
        "help": "Who sings the melody's words; all: new voices have the syllables with which their notes begin.",
    },
    "programs": {"metavar": f"[{'|'.join(PROGRAMS)}]", "help": "Sounds of the new voices."},
    "ranges": {"metavar": "alto=G3-D5,...", "help": "Lowest and highest notes of new voices."},
    "with_song": {
        "flags": ("--with-song/--no-with-song",),
        "help": "Whether the new voices are put beside all of the song's tracks.",
    },
    "temperature": {"type": float, "help": "Above 0; less is safer, more is bolder."},
    "steps": {"type": int, "help": "Sweeps of the sampler; more take longer."},
}


@click.command()
@click.argument("song")
@asked()
@saved
@common
def command(song: str, out: tuple[str, ...], force: bool, recipe: bool, **options: Any) -> None:
    """Add three voices to the melody of SONG, in Bach's manner; the melody stays exactly as it is.

    SONG is a MIDI file, - for one on standard input, or notes such as "C4 C4 G4 G4 | A4 A4 G4:2".

    Without -o the result is saved in the current folder as SONG.harmonized.mid, then as SONG.harmonized-2.mid ...
    """
    piped = song == STDIN
    stem = "harmonized" if piped or is_text(song) else f"{Path(song).stem}.harmonized"
    deliver(
        lambda: harmonize(sys.stdin.buffer if piped else song, **given(options)),
        n=options["n"] or DEFAULTS["n"],
        out=out,
        default=Path(f"{stem}.mid"),
        force=force,
        recipe=recipe,
    )
