"""genart train: a model of one's own."""

from pathlib import Path
from typing import Any

import click

from genart.cli.output import common, emit, note, settings


@click.group()
def command() -> None:
    """Train a model; the same command goes on where a killed run stopped."""


@command.command()
@click.argument("file")
@click.option("--budget", help="How long to train in all: 90s, 60m, 1.5h.")
@click.option("--steps", type=int, help="How many steps to train in all, instead of a budget.")
@click.option("-o", "--out", help="Folder of the model; by default bach-FILE here.")
@click.option("--seed", type=int, help="Of the first weights, the batches and the dropout.")
@click.option("--preset", help="standard, or tiny to see in seconds how it works.")
@click.option(
    "--from", "begin", metavar="MODEL", help="Go on, at half the rate, from a Bach model that is trained already."
)
@common
def bach(budget: str | None, **given: Any) -> None:
    """Train the Bach model on FILE, JSON with four-part pieces on the 16th grid.

    FILE holds {"train": [piece, ...], "valid": [...]}, a piece a list of steps, a step four MIDI pitches (soprano,
    alto, tenor, bass; -1 is a rest), such as Jsb16thSeparated.json. A finished run is prolonged by a longer --budget.
    """
    from genart.device import configure
    from genart.training.recipes.bach import train_bach
    from genart.training.schedule import parse_duration

    options = {name: value for name, value in given.items() if value is not None}
    if budget is not None:
        options["budget"] = parse_duration(budget)
    configure()
    with _line() as on_status:
        bundle = train_bach(**options, on_status=on_status)
    for figure in bundle.figures:
        note(f"{figure.name}: {figure.value:g} {figure.unit}".rstrip())
    known_by_name = bundle.folder.parent == Path.cwd()
    note(f"Next: genart harmonize SONG --model {bundle.name if known_by_name else bundle.folder}")
    emit({"path": str(bundle.folder), "figures": {f.name: f.value for f in bundle.figures}}, lines=[str(bundle.folder)])


@command.command()
@click.option("--photos", multiple=True, required=True, help="Folder of pictures; may be given several times.")
@click.option("--teacher", required=True, help="SqueezeNet 1.0 as safetensors, with torchvision's or Caffe's names.")
@click.option("--budget", help="How long to train in all: 90s, 60m, 1.5h.")
@click.option("--steps", type=int, help="How many steps to train in all, instead of a budget.")
@click.option("-o", "--out", help="Folder of the model; by default features-mine here.")
@click.option("--seed", type=int, help="Of the first weights and the batches.")
@click.option("--preset", help="standard, or tiny to see in seconds how it works.")
@common
def features(budget: str | None, **given: Any) -> None:
    """Train the network that measures content and style: a small one that has learned SqueezeNet's feature maps.

    A tenth of the pictures of each folder is kept aside, by a hash of their names.
    """
    from genart.device import configure
    from genart.training.recipes.features import train_features
    from genart.training.schedule import parse_duration

    options = {name: value for name, value in given.items() if value is not None}
    if budget is not None:
        options["budget"] = parse_duration(budget)
    configure()
    with _line() as on_status:
        bundle = train_features(**options, on_status=on_status)
    for figure in bundle.figures:
        note(f"{figure.name}: {figure.value:g} {figure.unit}".rstrip())
    emit({"path": str(bundle.folder), "figures": {f.name: f.value for f in bundle.figures}}, lines=[str(bundle.folder)])


@command.command()
@click.argument("paths", nargs=-1, metavar="[FOLDER]...")
@click.option("--budget", help="How long to train in all: 90s, 25m, 1.5h.")
@click.option("--steps", type=int, help="How many steps to train in all, instead of a budget.")
@click.option("-o", "--out", help="Folder of the model; by default melody-mine here.")
@click.option("--seed", type=int, help="Of the first weights, the batches and the dropout.")
@click.option("--preset", help="standard, or tiny to see in seconds how it works.")
@click.option("--describe", is_flag=True, help="Tell what the tunes are and how they are split, and do not train.")
@common
def melody(paths: tuple[str, ...], budget: str | None, describe: bool, **given: Any) -> None:
    """Train the melody model on the 4,200 tunes that come with music21, and on those in any FOLDER or file.

    Files are ABC, MIDI or MusicXML, one tune each but for ABC. A finished run is prolonged by a longer --budget.
    """
    from genart.training.recipes.melody import train_melody, tunes_of

    tunes, left_out = tunes_of(paths)
    if describe:
        from genart.music.tunes.report import describe as described

        told = described(tunes, left_out=left_out)
        return emit(told.to_dict(), lines=str(told).splitlines())
    from genart.device import configure
    from genart.training.schedule import parse_duration

    options = {name: value for name, value in given.items() if value is not None}
    if budget is not None:
        options["budget"] = parse_duration(budget)
    configure()
    with _line() as on_status:
        bundle = train_melody(tunes, **options, on_status=on_status)
    for figure in bundle.figures:
        note(f"{figure.name}: {figure.value:g} {figure.unit}".rstrip())
    emit({"path": str(bundle.folder), "figures": {f.name: f.value for f in bundle.figures}}, lines=[str(bundle.folder)])


@command.command()
@click.argument("paintings", nargs=-1, required=True, metavar="PAINTING...")
@click.option("--content", metavar="FOLDER", help="Photographs to paint while training; a tenth is kept aside.")
@click.option("--from", "model", metavar="MODEL", help="Start from this model; with one PAINTING, add its style.")
@click.option("--budget", help="How long to train in all: 90s, 100m, 1.5h.")
@click.option("--steps", type=int, help="How many steps to train in all, instead of a budget.")
@click.option("--loss-network", "features", metavar="FILE", help="SqueezeNet 1.0 as safetensors; genart's own if none.")
@click.option("-o", "--out", help="Folder of the model; by default style-mine here.")
@click.option("--seed", type=int, help="Of the first weights and the batches.")
@click.option("--preset", help="standard, or tiny to see in seconds how it works.")
@common
def style(paintings: tuple[str, ...], model: str | None, budget: str | None, **given: Any) -> None:
    """Train the style model on each PAINTING, a style named as its file, with --content PHOTOS.

    With --from MODEL a single PAINTING becomes one more of its styles, in minutes, and the net stays as it is. With
    several, the whole net is trained on, and styles named as the model's begin as they are there.
    """
    from genart.device import configure
    from genart.image.folder import pictures_in
    from genart.training.recipes.style import train_style
    from genart.training.recipes.style_row import train_row
    from genart.training.schedule import parse_duration

    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if budget is not None:
        options["budget"] = parse_duration(budget)
    configure()
    if model is not None and "preset" in options:
        raise click.UsageError("--from takes the model's network: leave out --preset")
    if model is not None and len(files := pictures_in(*paintings)) == 1:
        if settings().quiet:
            options["on_step"] = lambda done, total: None
        bundle = train_row(files[0], model=model, **options)
    else:
        if "content" not in options:
            raise click.UsageError("the net learns on photographs: name their folder with --content")
        with _line() as on_status:
            bundle = train_style(paintings, begin=model, **options, on_status=on_status)
        for figure in bundle.figures:
            note(f"{figure.name}: {figure.value:g} {figure.unit}".rstrip())
    names = bundle.codec["styles"]
    note(f"Next: genart stylize IN --model {bundle.folder} --style {names[-1]}")
    emit({"path": str(bundle.folder), "styles": names}, lines=[str(bundle.folder)])


@command.command()
@click.argument("source", metavar="FOLDER")
@click.option("--budget", help="How long to train in all: 90s, 30m, 2h.")
@click.option("--steps", type=int, help="How many steps to train in all, instead of a budget.")
@click.option("--kind", type=click.Choice(("picture", "texture")), help="texture learns from one picture or a few.")
@click.option("--size", help="Pixels of the shorter side, 32 to 256, or 64x96; by default what the budget buys.")
@click.option("--fit", type=click.Choice(("crop", "letterbox", "pad")), help="How pictures are brought to one shape.")
@click.option("--mirror", is_flag=True, default=None, help="Show half of the pictures mirrored.")
@click.option("--from", "begin", metavar="MODEL", help="Start from a GAN that is trained already.")
@click.option("--new", is_flag=True, default=None, help="Start over, where a run could go on.")
@click.option("-o", "--out", help="Folder of the model; by default FOLDER-gan here.")
@click.option("--seed", type=int, help="Of the first weights, the batches and the samples on the sheets.")
@click.option("--preset", help="standard, or tiny to see in seconds how it works.")
@common
def gan(budget: str | None, **given: Any) -> None:
    """Train a GAN on the pictures in FOLDER: a model that makes others like them.

    A tenth of the pictures is kept aside. reals.png shows them as the networks see them, sheet-000250.png and so on
    what the model makes so far, both in FOLDER-gan-training. A finished run is prolonged by a longer --budget.
    """
    from genart.device import configure
    from genart.training.recipes.gan import train_gan
    from genart.training.schedule import parse_duration

    options = {name: value for name, value in given.items() if value is not None}
    if budget is not None:
        options["budget"] = parse_duration(budget)
    configure()
    with _line() as on_status:
        bundle = train_gan(**options, on_status=on_status, on_message=note)
    for figure in bundle.figures:
        note(f"{figure.name}: {figure.value:g} {figure.unit}".rstrip())
    known_by_name = bundle.folder.parent == Path.cwd()
    note(f"Next: genart gan sample {bundle.name if known_by_name else bundle.folder} -n 16 -o out/")
    emit({"path": str(bundle.folder), "figures": {f.name: f.value for f in bundle.figures}}, lines=[str(bundle.folder)])


def _line() -> Any:
    from genart.training.report import shown

    return shown(quiet=settings().quiet)
