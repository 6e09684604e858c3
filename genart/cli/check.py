"""``genart check``: the faults of a piece."""

import sys
from pathlib import Path

import click

from genart.cli.output import common, emit, note
from genart.errors import InputError
from genart.files import refuse_existing
from genart.music.check import PICTURES, check
from genart.music.score import Score

STDIN = "-"


@click.command()
@click.argument("piece")
@click.option("--pickup", type=float, metavar="BEATS", help="Length of what comes before bar 1.")
@click.option("-o", "--out", metavar="FILE", help=f"A piano roll with the faults marked, {' or '.join(PICTURES)}.")
@click.option("--surprise", is_flag=True, help="Color the notes by how little the model expects them, and name some.")
@click.option("--model", default="bach", show_default=True, help="Name, folder or URL of the model that is surprised.")
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
@common
def command(piece: str, pickup: float | None, out: str | None, surprise: bool, model: str, force: bool) -> None:
    """Name the faults of part-writing in PIECE: where they are and whose.

    PIECE is a file of up to four voices, - for one on standard input.
    """
    if out is not None:
        if Path(out).suffix.lower() not in PICTURES:
            raise InputError(f"{out}: a picture of faults is saved as {' or '.join(PICTURES)}")
        refuse_existing(out, force=force)
    score = Score.read(sys.stdin.buffer if piece == STDIN else piece)
    report = check(score, pickup=pickup)
    note(f"{report.voices}")
    if surprise:
        from genart.families.surprise import surprised  # brings JAX, which takes a second

        report = surprised(report, pickup=pickup, model=model)
    if out is not None:
        report.save(out, force=force)
    pictures = [] if out is None else [out]
    emit(report.record() | {"paths": pictures}, lines=[*str(report).splitlines(), *pictures])
