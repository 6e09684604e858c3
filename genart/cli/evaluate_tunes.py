"""``genart evaluate melody``: figures of a model of tunes."""

import shlex

import click

from genart.cli.output import columns, common, emit, note


@click.command()
@click.argument("model", metavar="[NAME]", default="melody")
@click.argument("paths", nargs=-1, metavar="[FOLDER]...")
@click.option("--split", default="valid", show_default=True, help="Which tunes: valid or test.")
@click.option("--samples", type=click.IntRange(min=0), default=1000, show_default=True, help="How many are drawn.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the samples.")
@click.option("--into-card", is_flag=True, help="Write the figures into the model's card too.")
@common
def command(model: str, paths: tuple[str, ...], split: str, samples: int, seed: int, into_card: bool) -> None:
    """Measure NAME, a model of tunes, on those that it was not trained on.

    They are the ones that come with music21, and those in any FOLDER that it was trained with. Nats a note, beside
    those of modified Kneser-Ney 5-grams on the same events; then of samples that are drawn without any mask: bars that
    are full, figures of eight intervals that stand in the training tunes, and how far histograms agree with the tunes'.
    """
    from genart import progress
    from genart.errors import InputError
    from genart.evaluation.tunes import measure, sides
    from genart.families.bundle import write_figures
    from genart.families.melody import Melody
    from genart.families.registry import load
    from genart.training.recipes.melody import tunes_of

    network = load(model)
    if not isinstance(network, Melody):
        raise InputError(f"{model} is not a model of tunes; name one of the family melody")
    tunes, _ = tunes_of(paths)
    parted = sides(tunes, split=split)
    with progress.shown("evaluating") as on_step:
        measured = measure(network, parted, samples=samples, seed=seed, on_step=on_step)
    note(f"{len(parted.held_out)} tunes of {split}; {measured.note}")
    emit({"model": model, "split": split, "figures": measured.record}, lines=columns(measured.table))
    if into_card:
        words = ["genart", "evaluate", "melody", model, *(["FOLDER"] if paths else []), f"--split={split}"]
        words += [f"--samples={samples}", f"--seed={seed}"]
        write_figures(network.bundle.folder, measured.figures(shlex.join(words)))
