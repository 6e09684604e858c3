"""genart evaluate: figures of a model on what it was not trained on."""

import dataclasses
import shlex
from typing import Any

import click

from genart.cli import evaluate_tunes
from genart.cli.output import columns, common, emit, note


class Kinds(click.Group):
    """A group whose command for pieces of music needs not be named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["pieces", *args])


@click.group(cls=Kinds)
def command() -> None:
    """Measure a model: bach FILE on chorales, melody on tunes, gan NAME FOLDER on pictures."""


command.add_command(evaluate_tunes.command, "melody")


@command.command()
@click.argument("model")
@click.argument("file")
@click.option("--split", default="valid", show_default=True, help="Which pieces of FILE.")
@click.option("--pieces", "most", type=click.IntRange(min=1), help="Only the first so many.")
@click.option("--whole", is_flag=True, help="Whole pieces instead of one crop of 128 steps each.")
@click.option("--notes", is_flag=True, help="Only the figures by note, ten times as fast as those by frame.")
@click.option("--spread", type=click.IntRange(min=1), help="Only so many steps of each piece, spread over it: faster.")
@click.option("--counterpoint", is_flag=True, help="Harmonize the sopranos and count faults beside Bach's own.")
@click.option("--seeds", default="0", show_default=True, help="Of crops, masks and orders; of takes, several: 0,1,2.")
@click.option("--into-card", is_flag=True, help="Write the figures into the model's card too.")
@common
def pieces(
    model: str,
    file: str,
    split: str,
    most: int | None,
    whole: bool,
    notes: bool,
    spread: int | None,
    counterpoint: bool,
    seeds: str,
    into_card: bool,
) -> None:
    """Measure MODEL (bach, or one of your own) on the pieces of FILE.

    Without --counterpoint: negative log-likelihoods in nats, each the mean over pieces with its standard error, by
    note and by frame, in random and in chronological order (protocols: genart.evaluation.likelihood). With it: rates
    a bar of faults and motion, with 95 % intervals, of harmonized sopranos and of the pieces themselves.
    """
    from genart import progress
    from genart.errors import InputError
    from genart.evaluation import figures
    from genart.families.bach import Bach
    from genart.families.bundle import write_figures
    from genart.families.registry import load
    from genart.music.chorales import read_chorales

    numbers = [int(seed) for seed in seeds.split(",") if seed.strip().isdigit()]
    if len(numbers) != len(seeds.split(",")) or (len(numbers) > 1 and not counterpoint):
        raise InputError(f"seeds {seeds!r}: give one whole number, or several with --counterpoint, such as 0,1,2")
    chosen = read_chorales(file, split=split)[:most]
    bach = load(model)
    if not isinstance(bach, Bach):
        raise InputError(f"{model} is of the family {bach.bundle.family}; models of four-part pieces can be evaluated")
    options: dict[str, Any] = {} if counterpoint else {"whole": whole, "notes": notes, "spread": spread}
    measure = figures.counterpoint if counterpoint else figures.likelihood
    with progress.shown("evaluating") as on_piece:
        measured = measure(bach, chosen, seeds=numbers, on_piece=on_piece, **options)
    note(f"{len(chosen)} pieces of {split}; {measured.note}")
    emit(
        {"model": model, "split": split, "pieces": len(chosen), "figures": measured.record},
        lines=columns(measured.table),
    )
    if into_card:
        words = ["evaluate", model, "FILE", f"--split={split}", *(["--whole"] if whole else [])]
        words += [f"--pieces={most}"] if most else []
        words += [f"--spread={spread}"] if spread else []
        words += ["--counterpoint"] if counterpoint else ["--notes"] if notes else []
        write_figures(bach.bundle.folder, measured.figures(shlex.join(["genart", *words, f"--seeds={seeds}"])))


@command.command()
@click.argument("model", metavar="NAME")
@click.argument("folder")
@click.option("-n", "n", type=int, help="Samples, and at most so many pictures of FOLDER.  [default: 1000]")
@click.option("--seed", type=int, help="Of the first sample.  [default: 0]")
@click.option("--fit", type=click.Choice(("crop", "letterbox", "pad")), help="As the model was trained.")
@click.option(
    "--features", metavar="FILE", help="Judge by SqueezeNet 1.0 as safetensors; else by genart's own network."
)
@click.option("--into-card", is_flag=True, help="Write the figures into the model's card too.")
@common
def gan(model: str, folder: str, into_card: bool, **given: Any) -> None:
    """Measure NAME, a GAN, on the pictures in FOLDER that it was trained on.

    Kernel distance of samples to training pictures, with its 95 % interval, beside that of pictures kept aside; how
    near samples come to training pictures, over how near those kept aside do (1 is no nearer: nothing is copied); and
    how often samples repeat each other (0.01 where they vary as the pictures do).
    """
    from genart.cli.gan import loaded
    from genart.cli.pictures import bar
    from genart.evaluation.gan import measure
    from genart.families.bundle import write_figures

    options = {name: value for name, value in given.items() if value is not None}
    network = loaded(model)
    with bar("evaluating") as step:
        measured = measure(network, folder, on_step=step, **options)
    told = options | ({"features": measured.features} if "features" in options else {}) | {"n": measured.samples}
    words = [f"-n{value}" if name == "n" else f"--{name}={value}" for name, value in told.items()]
    figures = measured.figures(shlex.join(["genart", "evaluate", "gan", network.name, "FOLDER", *words]))
    note(f"{measured.samples} samples, {measured.pictures} training pictures, {measured.aside} kept aside")
    for seed, name, far in measured.nearest:
        note(f"nearest: seed {seed} to {name}, {far:.1f}")
    rows = [(figure.name, f"{figure.value:.4g}" + _interval(figure.error)) for figure in figures]
    emit(dataclasses.asdict(measured), lines=columns(rows))
    if into_card:
        write_figures(network.bundle.folder, figures)


def _interval(error: float | None) -> str:
    return "" if error is None else f" ± {1.96 * error:.2g}"
