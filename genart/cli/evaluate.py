"""genart evaluate: figures of a model on music it was not trained on."""

import click

from genart.cli.output import columns, common, emit, note


@click.command()
@click.argument("model")
@click.argument("file")
@click.option("--split", default="valid", show_default=True, help="Which pieces of FILE.")
@click.option("--pieces", type=click.IntRange(min=1), help="Only the first so many.")
@click.option("--whole", is_flag=True, help="Whole pieces instead of one crop of 128 steps each.")
@click.option("--counterpoint", is_flag=True, help="Harmonize the sopranos and count faults beside Bach's own.")
@click.option("--seed", type=int, help="Of crops, masks, orders and takes.")
@common
def command(
    model: str, file: str, split: str, pieces: int | None, whole: bool, counterpoint: bool, seed: int | None
) -> None:
    """Measure MODEL (bach, or one of your own) on the pieces of FILE.

    Without --counterpoint: negative log-likelihoods in nats, each the mean over pieces with its standard error, by
    note and by frame, in random and in chronological order (protocols: genart.evaluation.likelihood). With it: rates
    a bar of faults and motion, with 95 % intervals, of harmonized sopranos and of the pieces themselves.
    """
    from genart import progress
    from genart.errors import InputError
    from genart.evaluation import harmony, likelihood
    from genart.families.bach import Bach
    from genart.families.registry import load
    from genart.music.chorales import read_chorales

    chosen = read_chorales(file, split=split)[:pieces]
    bach = load(model)
    if not isinstance(bach, Bach):
        raise InputError(f"{model} is of the family {bach.bundle.family}; models of four-part pieces can be evaluated")
    given = {} if seed is None else {"seed": seed}
    if counterpoint:
        seeds = (given.get("seed", 0),)
        with progress.shown("harmonizing sopranos") as on_piece:
            made = harmony.harmonized(bach, chosen, seeds=seeds, on_piece=on_piece)
        ours, bachs = harmony.rates(made), harmony.rates(chosen)
        note(f"{len(chosen)} pieces of {split}, {harmony.evaluations()} network evaluations each, rates a bar")
        table = [("", model, "Bach"), *((name, str(ours[name]), str(bachs[name])) for name in ours)]
        record = {name: {"model": vars(ours[name]), "bach": vars(bachs[name])} for name in ours}
    else:
        with progress.shown("evaluating") as on_piece:
            figures = likelihood.evaluate(bach, chosen, whole=whole, **given, on_piece=on_piece)
        note(f"{len(chosen)} pieces of {split}, {'whole' if whole else 'crops of 128 steps'}, nats")
        table = [(name, f"{mean:.3f} ± {error:.3f}") for name, (mean, error) in figures.items()]
        record = {name: {"mean": mean, "standard_error": error} for name, (mean, error) in figures.items()}
    emit({"model": model, "split": split, "pieces": len(chosen), "figures": record}, lines=columns(table))
