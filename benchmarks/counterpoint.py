"""Harmonized sopranos of valid chorales beside Bach's: rates against the sampler's steps, and a page of piano rolls.

    pip install "genart[bench]"
    python benchmarks/counterpoint.py sweeps FILE -o sweeps.png
    python benchmarks/counterpoint.py page FILE -o page.png

FILE is that of `genart evaluate bach FILE --counterpoint`, which has all rates at the default steps.
"""

import json
import time
from pathlib import Path

import check
import click
import numpy as np

import genart
from genart.evaluation import harmony
from genart.families.bach import Bach
from genart.music.chorales import read_chorales
from genart.sampling.policy import Annealing
from genart.show.roll import piano_roll_png

SWEEPS = (2, 4, 8, 16, 24, 48)
SHOWN = {
    "fifths": "parallel fifths, 16ths",
    "octaves": "parallel octaves, 16ths",
    "fifths_on_beats": "parallel fifths, quarters",
    "octaves_on_beats": "parallel octaves, quarters",
}
BARS = 8  # of a piece on the page
PAGE = 10  # pieces


@click.group()
def main() -> None:
    """Harmonized sopranos beside Bach's."""


@main.command()
@click.argument("file")
@click.option("-o", "--out", default="sweeps.png", show_default=True)
@click.option("--pieces", default=38, show_default=True, help="Sopranos, spread over the split.")
@click.option("--model", default="bach", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a record.")
def sweeps(file: str, out: str, pieces: int, model: str, seed: int, as_json: bool) -> None:
    """Rates a bar of parallels for some numbers of network evaluations, as a table and as a plot."""
    bach, chosen = _of(model, file, pieces)
    record = {"bach": {name: rate.value for name, rate in harmony.rates(chosen).items()}, "pieces": len(chosen)}
    for count in SWEEPS:
        policy = Annealing(sweeps=count)
        harmony.harmonized(bach, chosen[:1], seeds=[seed], policy=policy)  # compiles
        started = time.perf_counter()
        made = harmony.harmonized(bach, chosen, seeds=[seed], policy=policy)
        seconds = (time.perf_counter() - started) / len(made)
        rates = harmony.rates(made)
        record[str(count)] = {name: (rate.value, rate.low, rate.high) for name, rate in rates.items()}
        record[str(count)]["seconds a piece"] = seconds
        told = ", ".join(f"{text} {rates[name]}" for name, text in SHOWN.items())
        click.echo(f"{count} evaluations, {seconds:.1f} s a piece: {told}", err=as_json)
    _plot(record, out)
    click.echo(json.dumps(record) if as_json else out)


def _plot(record: dict, out: str) -> None:
    """A panel for each rate: ours with its interval, and Bach's as a line."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 2, figsize=(9, 6), sharex=True, layout="constrained")
    for panel, (name, text) in zip(panels.flat, SHOWN.items(), strict=True):
        value, low, high = np.array([record[str(count)][name] for count in SWEEPS]).T
        panel.errorbar(SWEEPS, value, yerr=[value - low, high - value], marker="o", capsize=3, label="genart")
        panel.axhline(record["bach"][name], color="black", linestyle="--", label="Bach")
        panel.set(xscale="log", xticks=SWEEPS, xticklabels=SWEEPS, title=text, ylim=(0, None))
        panel.minorticks_off()
    panels[0, 0].legend()
    figure.supxlabel("network evaluations (steps), best of four takes")
    figure.supylabel("a bar, with 95 % intervals")
    figure.savefig(out, dpi=110)


@main.command()
@click.argument("file")
@click.option("-o", "--out", default="page.png", show_default=True)
@click.option("--model", default="bach", show_default=True)
@click.option("--seed", default=0, show_default=True)
def page(file: str, out: str, model: str, seed: int) -> None:
    """Ten sopranos, spread over the split: left as Bach set them, right harmonized, their first eight bars."""
    from PIL import Image

    bach, chosen = _of(model, file, PAGE)
    chosen = [piece[: 16 * BARS] for piece in chosen]
    made = harmony.harmonized(bach, chosen, seeds=[seed])
    rows = []
    for number, (theirs, ours) in enumerate(zip(chosen, made, strict=True)):
        rolls = [
            piano_roll_png(check.score_of(grid), kept=kept, title=f"{number + 1}, {who}")
            for grid, who, kept in ((theirs, "Bach", ()), (ours, f"genart, seed {seed}", (0,)))
        ]
        rows.append([roll.resize((roll.width // 2, roll.height // 2), Image.Resampling.LANCZOS) for roll in rolls])
    sheet = Image.new("RGB", (sum(r.width for r in rows[0]), sum(max(r.height for r in row) for row in rows)), "white")
    top = 0
    for row in rows:
        left = 0
        for roll in row:
            sheet.paste(roll, (left, top))
            left += roll.width
        top += max(roll.height for roll in row)
    sheet.save(out)
    click.echo(out)


def _of(model: str, file: str, count: int) -> tuple[Bach, list[np.ndarray]]:
    """The model, and so many valid pieces at even distances."""
    pieces = read_chorales(Path(file), split="valid")
    bach = genart.load(model)
    assert isinstance(bach, Bach)
    return bach, [pieces[i] for i in np.unique(np.linspace(0, len(pieces) - 1, min(count, len(pieces))).astype(int))]


if __name__ == "__main__":
    main()
