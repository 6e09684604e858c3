"""``genart melody``: tunes from nothing, from chords or from a beginning."""

import inspect
from pathlib import Path
from typing import Any

import click

from genart.cli.harmonize import given
from genart.cli.output import common
from genart.cli.works import deliver, saved
from genart.families.songs import is_text
from genart.families.tunes import melody
from genart.music.tunes.tune import KINDS

DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(melody).parameters.items()}


def _default(name: str) -> str:
    return f"  [default: {DEFAULTS[name]}]"


@click.command()
@click.option("--primer", metavar="FILE", help="Music or a recording that the tune begins with; it is kept exactly.")
@click.option("--notes", metavar="TEXT", help='Notes that it begins with, such as "D4 F4 A4:2 | D5".')
@click.option("--bars", type=int, help="How many in all, 1 to 256; 16, or as many as the chords if more.")
@click.option("--meter", help="Such as 6/8; that of the primer, the usual one of the kind, or 4/4.")
@click.option("--key", help='Such as Dm, Bb or "D dorian"; that of the primer or the chords, or D.')
@click.option("--range", metavar="C4-A5", help="Lowest and highest new note.")
@click.option("--kind", metavar=f"[{'|'.join(KINDS[1:])}]", help="What the tune is for.")
@click.option("--chords", metavar='"Dm | A7 | ..."', help="Of each bar; what sounds on strong beats is from them.")
@click.option("--max-leap", type=int, metavar="SEMITONES", help="From one note to the next, at most.")
@click.option("--repeat", metavar="AABB", help="The order in which sections are played.")
@click.option("--tempo", type=float, metavar="BPM", help="Quarters a minute; that of the primer, or 100.")
@click.option(
    "-n", "--takes", "n", type=int, help=f"How many takes; they are saved likeliest first as -1, -2 ...{_default('n')}"
)
@click.option("--seed", type=int, help="The number of the first take, which gives it again; drawn where none is given.")
@click.option("--model", help=f"Name, folder or URL of a model.{_default('model')}")
@click.option("--temperature", type=float, help=f"Above 0; less is safer, more is bolder.{_default('temperature')}")
@click.option("--nucleus", type=float, help=f"Leave out what is unlikelier than this share.{_default('nucleus')}")
@saved
@common
def command(
    primer: str | None, notes: str | None, out: tuple[str, ...], force: bool, recipe: bool, **options: Any
) -> None:
    """Write tunes in any key, meter and length, from nothing or from a beginning.

    What is said of a take is how much of it stands in the tunes that the model learned from.

    Without -o it is saved in the current folder as melody.mid or, after a primer, as PRIMER.continued.mid, then as
    melody-2.mid ...
    """
    if primer is not None and notes is not None:
        raise click.UsageError("a tune begins with --primer or with --notes: give one of them")
    if notes is not None and not is_text(notes):
        notes = f"{notes} |"  # a single note, which could be a file's name
    begun = primer if notes is None else notes
    deliver(
        lambda: melody(begun, **given(options)),
        n=options["n"] or DEFAULTS["n"],
        out=out,
        default=Path("melody.mid" if primer is None else f"{Path(primer).stem}.continued.mid"),
        force=force,
        recipe=recipe,
    )
