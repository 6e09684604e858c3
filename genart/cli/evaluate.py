"""genart evaluate: figures of a model on music it was not trained on."""

import shlex
from typing import Any

import click

from genart.cli.output import columns, common, emit, note


@click.command()
@click.argument("model")
@click.argument("file")
@click.option("--split", default="valid", show_default=True, help="Which pieces of FILE.")
@click.option("--pieces", type=click.IntRange(min=1), help="Only the first so many.")
@click.option("--whole", is_flag=True, help="Whole pieces instead of one crop of 128 steps each.")
@click.option("--notes", is_flag=True, help="Only the figures by note, ten times as fast as those by frame.")
@click.option("--counterpoint", is_flag=True, help="Harmonize the sopranos and count faults beside Bach's own.")
@click.option("--seeds", default="0", show_default=True, help="Of crops, masks and orders; of takes, several: 0,1,2.")
@click.option("--into-card", is_flag=True, help="Write the figures into the model's card too.")
@common
def command(
    model: str,
    file: str,
    split: str,
    pieces: int | None,
    whole: bool,
    notes: bool,
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
    chosen = read_chorales(file, split=split)[:pieces]
    bach = load(model)
    if not isinstance(bach, Bach):
        raise InputError(f"{model} is of the family {bach.bundle.family}; models of four-part pieces can be evaluated")
    options: dict[str, Any] = {} if counterpoint else {"whole": whole, "notes": notes}
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
        words += [f"--pieces={pieces}"] if pieces else []
        words += ["--counterpoint"] if counterpoint else ["--notes"] if notes else []
        write_figures(bach.bundle.folder, measured.figures(shlex.join(["genart", *words, f"--seeds={seeds}"])))
