"""The style net measured: against optimization, against Johnson's net, and for what users see go wrong.

    python benchmarks/stylize.py quality    loss beside Gatys' optimization, painting by painting
    python benchmarks/stylize.py speed      frames a second beside the net of Johnson et al. 2016, in one process
    python benchmarks/stylize.py strength   whether strength 0 is the picture, and the way to 1 even
    python benchmarks/stylize.py tiles      a picture of 3840 x 2160 in tiles and in one piece; memory
    python benchmarks/stylize.py flicker    change between the frames of a film, of two models
    python benchmarks/stylize.py rows       styles fitted afterwards, beside those of the table
    python benchmarks/stylize.py borders    frames and grids

Photographs are those that training never sees, also not for validation, the shorter side at 256 pixels, the middle
square. The loss is the one that is trained with, on SqueezeNet 1.0, seen 16 pixels from each border.
"""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import painted
import stylize_time
from gatys import BATCH, Curves
from stylize_loss import BAR, Test, compared, kept_curves, painted_loss, quality_lines, terms

import genart
from genart.errors import GenartError
from genart.families.style import Style
from genart.image.picture import Picture
from genart.image.stock import stock_pictures
from genart.training.recipes.style import loss_network
from genart.training.recipes.style_row import fit_row

CHOICE = (
    "The optimizer is chosen for each painting on the first {batch} photographs, by the loss after 25 iterations, "
    "among L-BFGS and Adam at 0.01, 0.02 and 0.05; the others are optimized with it alone."
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What most measurements take; the command gets `test` for the photographs, the paintings and the loss network."""

    @functools.wraps(command)
    def tested(*, content: Path, paintings: Path, features: Path | None, photos: int, **rest: Any) -> None:
        command(test=Test.of(content=content, paintings=paintings, features=features, photos=photos), **rest)

    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return _with(
        tested,
        click.option("--model", default="style", show_default=True, help="Name or folder."),
        click.option("--content", type=folder, required=True, help="The photographs of the training."),
        click.option("--paintings", type=folder, required=True, help="The styles, named as the model names them."),
        click.option("--features", type=click.Path(path_type=Path), help="SqueezeNet 1.0; else genart's loss network."),
        click.option("--photos", type=click.IntRange(min=1), default=40, show_default=True, help="How many."),
        click.option("--styles", default="all", show_default=True, help="Names with commas between them."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON record."),
    )


def optimizing(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a measurement takes besides that needs optimization; the command gets `curves`."""

    @functools.wraps(command)
    def with_curves(*, test: Test, curves: Path | None, iterations: int, budget: float, **rest: Any) -> None:
        command(test=test, curves=kept_curves(test, path=curves, iterations=iterations, budget=budget), **rest)

    return _with(
        with_curves,
        click.option("--curves", type=click.Path(path_type=Path), help="A file that keeps the curves of optimization."),
        click.option("--iterations", type=click.IntRange(min=BAR), default=100, show_default=True, help="How many."),
        click.option("--budget", type=float, default=float("inf"), help="Minutes after which no batch is begun."),
    )


def _with(command: Callable[..., Any], *parameters: Callable[..., Any]) -> Callable[..., Any]:
    for parameter in reversed(parameters):
        command = parameter(command)
    return command


def chosen(style: Style, styles: str) -> list[str]:
    """The names that --styles means."""
    names = list(style.names) if styles == "all" else styles.split(",")
    for name in names:
        style.row(name)  # says which there are
    return names


def tell(record: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    click.echo(json.dumps(record) if as_json else "\n".join(lines))


def say(text: str) -> None:
    click.echo(text, err=True)


@click.group()
def main() -> None:
    """Measure the style model."""


@main.command()
@options
@optimizing
def quality(test: Test, curves: Curves, model: str, styles: str, as_json: bool) -> None:
    """Loss of each style, and how long optimization takes to get there."""
    style = genart.load(model)
    rows = {name: (name, style.row(name)) for name in chosen(style, styles)}
    records = compared(test, style, rows, curves, say=say)
    tell({"styles": records}, [CHOICE.format(batch=BATCH), *quality_lines(records, curves.iterations)], as_json=as_json)


@main.command()
@options
@optimizing
@click.option("--fitted", default="udnie,water_lilies", show_default=True, help="Styles that are fitted afterwards.")
@click.option("--seconds", type=float, help="How long each is fitted, with either loss network.")
@click.option("--steps", type=click.IntRange(min=1), help="Or for how many steps.")
def rows(
    test: Test, curves: Curves, model: str, styles: str, as_json: bool,
    fitted: str, seconds: float | None, steps: int | None,
) -> None:  # fmt: skip
    """Rows fitted on the stock pictures: loss over that of 25 iterations, beside the median of the table's."""
    style = genart.load(model)
    names = fitted.split(",")
    table = [name for name in chosen(style, styles) if name not in names]
    each = {name: (name, style.row(name)) for name in style.names if name in table or name in names}
    known = np.stack([style.rows[0], *(style.row(name) for name in table)])
    for with_, network in {"SqueezeNet": test.features, "genart": None}.items():
        for name in names:
            painting = Picture.read(test.paintings[name])
            loss = loss_network(network)
            row = fit_row(
                style.painter, known, painting, contents=stock_pictures(), features=loss, seconds=seconds, steps=steps
            )
            each[f"{name} by {with_}"] = (name, row)
            say(f"fitted {name} with {with_}")
    records = compared(test, style, each, curves, say=say)
    ratios = {record["style"]: record["total"] / record["optimized"][BAR] for record in records}
    median = float(np.median([ratios[name] for name in table if name in ratios]))
    lines = [f"loss over that of {BAR} iterations, median of the table: {median:.3f}"]
    lines += [
        f"{label}: {ratio:.3f}, {ratio / median:.2f} times the median"
        for label, ratio in ratios.items()
        if label not in table
    ]
    tell({"ratios": ratios, "median": median}, lines, as_json=as_json)


@main.command()
@click.option("--model", default="style", show_default=True, help="Name or folder.")
@click.option("--repeats", type=click.IntRange(min=1), default=8, show_default=True, help="Runs, the fastest counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record.")
def speed(model: str, repeats: int, as_json: bool) -> None:
    """Frames a second beside Johnson's net in PyTorch, in turns."""
    records = stylize_time.speed(genart.load(model), repeats=repeats)
    lines = [f"{stylize_time.threads()} threads, best of {repeats} each, in turns, PyTorch {records[0]['torch']}"]
    lines += [
        f"{r['width']} x {r['height']}: {1000 * r['genart']:.1f} ms, {1 / r['genart']:.1f} frames a second; "
        f"Johnson's net {1000 * r['peer']:.0f} ms, {r['peer'] / r['genart']:.1f} times as long "
        f"(load average {r['load']:.1f} before)"
        for r in records
    ]
    tell({"threads": stylize_time.threads(), "sizes": records}, lines, as_json=as_json)


@main.command()
@options
def strength(test: Test, model: str, styles: str, as_json: bool) -> None:
    """Strength 0, 0.1 ... 1 on four photographs, or as many as --photos says."""
    style = genart.load(model)
    judge, photographs, names = test.judge(), test.photographs(), chosen(style, styles)
    wanted = {name: test.wanted(judge, name) for name in names}
    records = painted.strengths(
        style, names, photographs, lambda name, pictures: terms(judge, pictures, photographs, wanted[name])[0]
    )
    lines = [f"{'style':28}{'PSNR at 0':>10}{'largest step':>14}{'falling':>9}  style loss at 0, 0.1 ... 1"]
    for r in records:
        losses = " ".join(f"{loss:.3f}" for loss in r["losses"])
        lines.append(f"{r['style']:28}{r['psnr']:10.1f}{r['step']:14.2f}{r['falling']:9.0%}  {losses}")
    tell({"styles": records}, lines, as_json=as_json)


@main.command()
@options
def tiles(test: Test, model: str, styles: str, as_json: bool) -> None:
    """A picture of 3840 x 2160 pixels, in the first style."""
    style = genart.load(model)
    found = stylize_time.tiles(style, model, test.files[0], name=chosen(style, styles)[0])
    process = found["process"]
    lines = [
        f"in tiles less in one piece: {found['difference']:.4f}/255 in the mean, {found['line']:.3f}/255 in the row or "
        f"column of pixels where it is the largest",
        f"in tiles: {found['seconds']:.1f} s",
        f"a fresh process, PNG to PNG: {process['seconds']:.1f} s, at most {process['peak_mb']:.0f} MB",
    ]
    tell(found, lines, as_json=as_json)


@main.command()
@options
@click.option("--without", help="Another model, trained without the stability loss.")
def flicker(
    test: Test, model: str, styles: str, as_json: bool,
    without: str | None,
) -> None:  # fmt: skip
    """Warp error of moved, noisy stills, frame by frame and as a film, and the style loss."""
    judge, photographs, record = test.judge(), test.photographs(), {}
    for label, source in {"model": model, "without": without}.items():
        if source is None:
            continue
        style = genart.load(source)
        names = chosen(style, styles)
        losses = [
            painted_loss(judge, style, style.row(name), photographs, test.wanted(judge, name))["style_loss"]
            for name in names
        ]
        found = painted.flicker(style, names, photographs)
        means = {way: float(np.mean(list(each.values()))) for way, each in found.items()}
        record[label] = {"styles": found, **means, "style_loss": float(np.mean(losses))}
    lines = [
        f"{label}: warp error {1e4 * r['frames']:.3f}e-4 frame by frame, {1e4 * r['film']:.3f}e-4 as a film; "
        f"style loss {r['style_loss']:.4f}"
        for label, r in record.items()
    ]
    if without is not None:
        with_, other = record["model"], record["without"]
        lines.append(
            f"lower by {1 - with_['frames'] / other['frames']:.0%} frame by frame, "
            f"{1 - with_['film'] / other['film']:.0%} as a film; "
            f"style loss {with_['style_loss'] / other['style_loss'] - 1:+.1%}"
        )
    tell(record, lines, as_json=as_json)


@main.command()
@options
def borders(test: Test, model: str, styles: str, as_json: bool) -> None:
    """Frames and grids, of photographs and of grey."""
    style = genart.load(model)
    records = painted.borders(style, chosen(style, styles), test.photographs())
    heads = ("frame", "on grey", "edge", "grid 4, 8", "on grey", "peak 4, 8")
    lines = [f"{'style':28}" + "".join(f"{head:>14}" for head in heads)]
    for r in records:
        pairs = [f"{r[key][4]:.2f} {r[key][8]:.2f}" for key in ("grid", "flat_grid", "peak")]
        cells = [*(f"{r[key]:.2f}" for key in ("frame", "flat_frame", "edge")), *pairs]
        lines.append(f"{r['style']:28}" + "".join(f"{cell:>14}" for cell in cells))
    tell({"styles": records}, lines, as_json=as_json)


def run() -> None:
    """The command line, with mistakes told in a sentence."""
    try:
        main()
    except GenartError as error:
        raise SystemExit(f"{error}") from None


if __name__ == "__main__":
    run()
