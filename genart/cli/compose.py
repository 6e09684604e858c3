"""``genart compose``: four parts from nothing."""

import inspect
from pathlib import Path
from typing import Any

import click

from genart.cli.harmonize import given
from genart.cli.output import common
from genart.cli.works import deliver, saved
from genart.families.compose import compose
from genart.music.parts import PROGRAMS

DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(compose).parameters.items()}


def _default(name: str) -> str:
    return f"  [default: {DEFAULTS[name]}]"


@click.command()
@click.option("--bars", type=int, help=f"How many, 2 to 256.{_default('bars')}")
@click.option("--meter", help=f"Such as 3/4 or 6/8.{_default('meter')}")
@click.option("--key", help="Such as Gm or Bb; drawn where none is given.")
@click.option("--pickup", type=float, metavar="BEATS", help="Length of what comes before bar 1; none by default.")
@click.option("--tempo", type=float, metavar="BPM", help=f"Quarters a minute.{_default('tempo')}")
@click.option(
    "-n", "--takes", "n", type=int, help=f"How many takes; they are saved best first as -1, -2 ...{_default('n')}"
)
@click.option("--seed", type=int, help="The number of the first take, which gives it again; drawn where none is given.")
@click.option("--model", help=f"Name, folder or URL of a model.{_default('model')}")
@click.option("--programs", metavar=f"[{'|'.join(PROGRAMS)}]", help=f"Sounds of the voices.{_default('programs')}")
@click.option("--temperature", type=float, help=f"Above 0; less is safer, more is bolder.{_default('temperature')}")
@click.option("--steps", type=int, help=f"Sweeps of the sampler; more take longer.{_default('steps')}")
@saved
@common
def command(out: tuple[str, ...], force: bool, recipe: bool, **options: Any) -> None:
    """Make a piece of four voices in Bach's manner, in phrases with cadences.

    Without -o it is saved in the current folder as composed.mid, then as composed-2.mid ...
    """
    deliver(
        lambda: compose(**given(options)),
        n=options["n"] or DEFAULTS["n"],
        out=out,
        default=Path("composed.mid"),
        force=force,
        recipe=recipe,
    )
