"""``genart inpaint``: voices and bars of a piece written anew."""

import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from genart.cli.harmonize import given
from genart.cli.output import common, note
from genart.cli.works import deliver, saved
from genart.families.inpaint import inpaint
from genart.families.takes import Takes

STDIN = "-"
DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(inpaint).parameters.items()}


@click.command()
@click.argument("piece")
@click.option("--voices", metavar="alto,tenor", help="Voices to write anew; all by default, with --fix all not kept.")
@click.option("--bars", metavar="5-8", help="Bars to write anew, numbered as in print; all by default.")
@click.option("--fix", is_flag=True, default=None, help="Draw anew only what clears the faults that check finds.")
@click.option("--keep", metavar="VOICE,...", help=f"Voices that --fix leaves alone.  [default: {DEFAULTS['keep']}]")
@click.option("--rewrite", is_flag=True, default=None, help="Draw everything anew, and nothing as it was.")
@click.option(
    "--similarity",
    type=float,
    metavar="0..1",
    help="Stop --rewrite as soon as no more of the piece than this sounds as it did.",
)
@click.option(
    "-n", "--takes", "n", type=int, help="How many takes; they are saved best first as -1, -2 ...  [default: 1]"
)
@click.option("--seed", type=int, help="The number of the first take, which gives it again; drawn where none is given.")
@click.option("--model", help=f"Name, folder or URL of a model.  [default: {DEFAULTS['model']}]")
@click.option("--pickup", type=float, metavar="BEATS", help="Length of what comes before bar 1.")
@click.option(
    "--grid",
    metavar="[auto|1/4|1/8|1/16|1/32]",
    help=f"Note value of one step of the model.  [default: {DEFAULTS['grid']}]",
)
@click.option("--ranges", metavar="alto=G3-D5,...", help="Lowest and highest notes of what is written.")
@click.option(
    "--temperature",
    type=float,
    help=f"Above 0; less is safer, more is bolder.  [default: {DEFAULTS['temperature']}]",
)
@click.option(
    "--steps",
    type=int,
    help=f"Sweeps of the sampler; more take longer.  [default: {DEFAULTS['steps']}]",
)
@saved
@common
def command(piece: str, out: tuple[str, ...], force: bool, recipe: bool, **options: Any) -> None:
    """Write some voices and bars of PIECE anew; everything else stays exactly as it is.

    PIECE is a file of up to four voices, - for one on standard input. They are told apart by the names of their
    tracks, else by their ranges. Notes that reach over the edge of the chosen bars are kept.

    Without -o the result is saved in the current folder as PIECE.inpainted.mid, then as PIECE.inpainted-2.mid ...
    """
    piped = piece == STDIN

    def make() -> Takes:
        asked = given(options)
        tell, said = asked["on_understood"], []

        def listen(understood: str, remarks: Sequence[str]) -> None:
            said.extend(remarks)
            tell(understood, remarks)

        asked["on_understood"] = listen
        takes = inpaint(
            sys.stdin.buffer if piped else piece,
            **asked,
        )
        for remark in takes.remarks[len(said) :]:
            note(remark)
        return takes

    deliver(
        make,
        n=options["n"] or DEFAULTS["n"],
        out=out,
        default=Path("inpainted.mid" if piped else f"{Path(piece).stem}.inpainted.mid"),
        force=force,
        recipe=recipe,
    )
