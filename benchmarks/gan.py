"""The GAN measured: what it learns in a while beside a DCGAN, painting beside PyTorch, and walks into films.

    python benchmarks/gan.py painting    milliseconds a picture in batches, beside the same generator in PyTorch
    python benchmarks/gan.py learning FOLDER --features SQUEEZENET    KID beside a DCGAN's, after as many minutes
    python benchmarks/gan.py walking     frames a second into an mp4, and the memory of a short and of a long walk

Without --model, of a generator with drawn weights: what it paints does not change how long it takes.
"""

import dataclasses
import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
from flax import nnx
from stylize_time import fastest, measured, threads

from genart.device import configure
from genart.evaluation.kid import Judge, kid
from genart.families.bundle import write_bundle
from genart.families.gan import GENERATOR, Gan, Point, part
from genart.image.collection import collect
from genart.image.picture import Picture
from genart.image.premultiplied import on_white
from genart.nets.flat import flat_params
from genart.nets.gan import GanConfig, Generator
from genart.show.sheet import contact_sheet
from genart.training.gan import Whole
from genart.training.recipes.gan import refined_channels, train_gan

BATCH = 64
SAMPLES = 1000  # of each that are judged
STARTS = range(0, SAMPLES, BATCH)
WALK = "import sys; from genart.families.gan import Gan; from genart.families.walk_film import film_of; \
film_of(Gan.read(sys.argv[1]), [], sys.argv[2], short=int(sys.argv[4]), seconds=float(sys.argv[3]), seed=1)"


@click.group()
def main() -> None:
    """Measure the GAN."""
    configure()


@main.command()
@click.option("--model", type=click.Path(exists=True), help="Folder of a GAN of pictures.")
@click.option("--repeats", type=click.IntRange(min=1), default=10, show_default=True, help="The fastest counts.")
def painting(model: str | None, repeats: int) -> None:
    """Batches of 64 pictures of 64 pixels, beside the same weights in PyTorch on as many threads."""
    if find_spec("torch") is None:
        raise click.ClickException('PyTorch is not installed; pip install ".[bench]" brings it')
    import torch  # pyright: ignore[reportMissingImports]
    from gan_torch import TorchGenerator

    with tempfile.TemporaryDirectory() as folder:
        gan = Gan.read(model or drawn(Path(folder) / "drawn", side=64))
    torch.set_num_threads(threads())
    peer = TorchGenerator(gan.config, part(gan.bundle, GENERATOR))
    latent = gan.latent([Point(seed=seed) for seed in range(BATCH)])
    whole = torch.from_numpy(np.array(latent.whole))
    with torch.inference_mode():
        apart = np.abs(gan.paint(latent) - peer(whole).permute(0, 2, 3, 1).numpy()).max()
        found = fastest({"genart": lambda: gan.paint(latent), "PyTorch": lambda: peer(whole)}, repeats=repeats)
    _print(
        {f"{name}, ms a picture": 1e3 * seconds / BATCH for name, seconds in found.items()}
        | {"largest difference": float(apart), "size": gan.config.width}
    )


@main.command()
@click.option("--side", type=click.IntRange(min=32), default=128, show_default=True, help="Pixels.")
@click.option("--short", default=128, show_default=True, help="Shorter side of the film.")
@click.option("--seconds", default=20.0, show_default=True, help="Of the long walk; the short one is a tenth of it.")
def walking(side: int, short: int, seconds: float) -> None:
    """Walks of 30 frames a second in processes of their own; what the long one takes beyond the short one counts."""
    with tempfile.TemporaryDirectory() as folder:
        model = drawn(Path(folder) / "drawn", side=side)
        runs = [
            measured([sys.executable, "-c", WALK, str(model), f"{folder}/{length}.mp4", str(length), str(short)])
            for length in (seconds / 10, seconds)
        ]
    frames = 0.9 * seconds * 30
    _print(
        {
            "frames a second": frames / (runs[1]["seconds"] - runs[0]["seconds"]),
            "short, MB": runs[0]["peak_mb"],
            "long, MB": runs[1]["peak_mb"],
            "size": side,
        }
    )


@main.command()
@click.argument("folder", type=click.Path(exists=True))
@click.option("--features", type=click.Path(exists=True), required=True, help="SqueezeNet 1.0 as safetensors.")
@click.option("--side", type=click.IntRange(min=32), default=32, show_default=True, help="Pixels.")
@click.option("--minutes", default=30.0, show_default=True, help="Of each run.")
@click.option("--seeds", type=click.IntRange(min=1), default=2, show_default=True, help="Runs of each.")
@click.option("--sheets", type=click.Path(file_okay=False), default=".", show_default=True, help="Where to show.")
def learning(folder: str, features: str, side: int, minutes: float, seeds: int, sheets: str) -> None:
    """Train ours and a DCGAN on the same pictures, one after the other, and judge 1,000 samples of each."""
    if find_spec("torch") is None:
        raise click.ClickException('PyTorch is not installed; pip install ".[bench]" brings it')
    import torch  # pyright: ignore[reportMissingImports]
    from dcgan import drawn as drawn_by_dcgan

    torch.set_num_threads(threads())
    judge = Judge.open(features)
    with tempfile.TemporaryDirectory() as temporary:
        found = collect([folder], Path(temporary) / "pictures", size=(side, side), fit="crop")
        data = Whole(found, channels=4 if found.transparent else 3)
        reals = judge.features(on_white(data.batch(np.random.default_rng(0), SAMPLES)["pictures"]))
        for seed in range(seeds):
            ours = train_gan(folder, out=Path(temporary) / f"ours-{seed}", size=side, budget=60 * minutes, seed=seed)
            gan = Gan.read(ours.folder)
            samples = [on_white(gan.paint(gan.latent([Point(seed=i + k) for k in range(BATCH)]))) for i in STARTS]
            steps = next(figure.value for figure in ours.figures if figure.name == "training steps")
            theirs, their_steps = drawn_by_dcgan(
                lambda rng, n: data.batch(rng, n)["pictures"], seconds=60 * minutes, seed=seed, n=SAMPLES
            )
            for name, made, count in (
                ("genart", np.concatenate(samples)[:SAMPLES], steps),
                ("DCGAN", on_white(theirs), their_steps),
            ):
                contact_sheet([Picture.of(picture) for picture in made[:36]], size=96).save(
                    Path(sheets) / f"{name}-{seed}.png", force=True
                )
                distance = kid(reals, judge.features(made))
                _print({"by": name, "seed": seed, "steps": count, "minutes": minutes} | dataclasses.asdict(distance))


def drawn(folder: Path, *, side: int) -> Path:
    """A bundle with weights that are drawn."""
    config = GanConfig(height=side, width=side, refined=refined_channels(side, side))
    rng = np.random.default_rng(0)
    shapes = flat_params(nnx.state(nnx.eval_shape(lambda: Generator(config, rngs=nnx.Rngs(0))), nnx.Param))
    return write_bundle(
        folder,
        family="gan",
        about="Paints at random.",
        network=dataclasses.asdict(config),
        codec={"classes": []},
        weights={GENERATOR + name: 0.03 * rng.standard_normal(shape.shape) for name, shape in shapes.items()},
    ).folder


def _print(record: dict[str, Any]) -> None:
    click.echo(json.dumps(record | {"threads": threads(), "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
