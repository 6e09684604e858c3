"""How many parallel fifths and octaves `genart inpaint --fix` clears.

    python benchmarks/fix.py Jsb16thSeparated.json

The sopranos of the first 50 pieces of the split valid are harmonized in 8 steps, a third of the usual ones, and then
fixed with the soprano kept. More parallels to clear come with a higher temperature.
"""

import json
from pathlib import Path

import click
import numpy as np
from check import score_of  # beside this file

import genart
from genart.music.check import check
from genart.music.chorales import read_chorales

PARALLELS = ("fifths", "octaves")
HASTE = 8  # steps


def parallels(score: genart.Score) -> int:
    """Parallel fifths and octaves, of any two voices."""
    return sum(finding.kind in PARALLELS for finding in check(score).findings)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--pieces", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--model", default="bach", show_default=True, help="Name or folder.")
@click.option("--temperature", default=0.9, show_default=True, help="Of the harmonizations.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record.")
def main(file: str, pieces: int, model: str, temperature: float, seed: int, as_json: bool) -> None:
    """Harmonize sopranos in haste, and clear what parallels that gave."""
    bach = genart.load(model)
    before, after, other, touched = [], [], [], 0
    for number, cells in enumerate(read_chorales(Path(file), split="valid")[:pieces]):
        soprano = genart.Score(tracks=score_of(cells).tracks[:2])
        (hasty,) = genart.harmonize(
            soprano, model=bach, steps=HASTE, temperature=temperature, seed=seed + number, grid="1/16", on_step=_silent
        )
        (fixed,) = genart.inpaint(hasty, fix=True, model=bach, seed=seed + number, grid="1/16", on_step=_silent)
        before.append(parallels(hasty))
        after.append(parallels(fixed))
        other.append(len(check(fixed).findings) - after[-1] - (len(check(hasty).findings) - before[-1]))
        touched += fixed.voices[0] != hasty.voices[0]
    gone = 1 - sum(after) / max(1, sum(before))
    record = {
        "pieces": pieces,
        "parallels": sum(before),
        "left": sum(after),
        "gone": gone,
        "worse": int(sum(np.array(after) > np.array(before))),
        "more_of_other_faults": sum(other),
        "sopranos_touched": touched,
    }
    lines = [
        f"{pieces} sopranos harmonized in {HASTE} steps: {sum(before)} parallels; fixed: {sum(after)}, {gone:.0%} gone",
        f"pieces with more than before: {record['worse']}; faults of other kinds: {sum(other):+d}",
        f"kept voices that were touched: {touched}",
    ]
    click.echo(json.dumps(record) if as_json else "\n".join(lines))


def _silent(done: int, total: int) -> None:
    """No progress bar."""


if __name__ == "__main__":
    main()
