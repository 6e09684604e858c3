"""The loss networks measured: the teacher on photographs, and the shipped network in the teacher's place.

    python benchmarks/features.py top1     share of photographs that SqueezeNet 1.0 names
    python benchmarks/features.py fitting  SqueezeNet's loss of pictures that were optimized with the shipped network
    python benchmarks/features.py cost     processor time of the style loss and its gradient, with either

Photographs for fitting are those that training never sees, the middle 192 x 192 pixels.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jax
import jax.numpy as jnp
import numpy as np
import optax

import genart
from genart.families.bundle import Figure, write_figures
from genart.image.folder import pictures_in
from genart.image.picture import Picture
from genart.nets.features import read_squeezenet
from genart.nets.loss_network import LAYERS
from genart.nets.style_loss import CONTENT_WEIGHT, STYLE_WEIGHT, content_loss, statistics, style_loss
from genart.training.recipes.style import PAINTING_SIDE, held_out

SIDE = 192
RATE = 0.02  # Adam's, of pixels 0..1
CLASSES = 1000

file = click.Path(exists=True, dir_okay=False, path_type=Path)
folder = click.Path(exists=True, file_okay=False, path_type=Path)
squeezenet = click.option("--squeezenet", type=file, required=True, help="Weights as safetensors.")
model = click.option("--model", default="features", show_default=True, help="Name or folder.")
Network = Callable[..., dict[str, jax.Array]]


@click.group()
def main() -> None:
    """Measure the loss networks."""


@main.command()
@squeezenet
@click.option("--photos", type=folder, required=True, help="One photograph a class, <WordNet id>_<class>.jpg.")
def top1(squeezenet: Path, photos: Path) -> None:
    """Share of photographs whose class is SqueezeNet's first guess.

    Classes are numbered by WordNet id, and photographs of some are missing: the numbers are those, increasing with
    the id, under which the photographs are likeliest as a whole.
    """
    network = read_squeezenet(squeezenet)
    guess = jax.jit(lambda x: jax.nn.log_softmax(network(x, upto="conv10")["conv10"].mean((1, 2))))
    pictures = (Picture.read(path).resized(short=256).cropped(227, 227).floats() for path in pictures_in(photos))
    scores = np.concatenate([np.asarray(guess(picture[None])) for picture in pictures])
    print(json.dumps({"photographs": len(scores), "top1": float((scores.argmax(1) == _numbers(scores)).mean())}))


def _numbers(scores: np.ndarray) -> np.ndarray:
    """The increasing numbers [n] of the highest total score [n, classes]."""
    count = len(scores)
    skipped = CLASSES - count  # number of photograph i less i, at most
    best, came = np.zeros(skipped + 1), np.zeros((count, skipped + 1), int)
    for i in range(count):
        came[i] = [best[: s + 1].argmax() for s in range(skipped + 1)]
        best = best[came[i]] + scores[i, i : i + skipped + 1]
    numbers, s = np.empty(count, int), int(best.argmax())
    for i in reversed(range(count)):
        numbers[i], s = i + s, came[i, s]
    return numbers


@main.command()
@squeezenet
@model
@click.option("--photos", type=folder, required=True)
@click.option("--paintings", type=folder, required=True)
@click.option("--pairs", type=int, default=8, show_default=True, help="Photographs, each with another painting.")
@click.option("--steps", type=int, default=50, show_default=True, help="Of Adam, from the photograph.")
@click.option("--write", is_flag=True, help="Put the figures into the model's card.")
def fitting(squeezenet: Path, model: str, photos: Path, paintings: Path, pairs: int, steps: int, write: bool) -> None:
    """SqueezeNet's style and content loss after optimizing with its own loss, and with the shipped network's."""
    teacher, shipped = read_squeezenet(squeezenet), genart.load(model)
    networks: dict[str, Network] = {
        "squeezenet": lambda x: teacher(x, upto=LAYERS[-1]),
        "shipped": shipped.network,
    }
    contents = [path for path in pictures_in(photos) if held_out(path) == "test"][:pairs]
    styles = pictures_in(paintings)
    judge, optimize = jax.jit(_loss(networks["squeezenet"])), {n: _optimizer(of) for n, of in networks.items()}
    rows = []
    for number, path in enumerate(contents):
        content = jnp.asarray(Picture.read(path).resized(short=256).cropped(SIDE, SIDE).floats()[None])
        painting = Picture.read(styles[number % len(styles)]).over((255, 255, 255)).resized(short=PAINTING_SIDE)
        targets = {n: jax.jit(_targets(of))(content, painting.floats()[None]) for n, of in networks.items()}
        curves = {
            name: [float(judge(x, targets["squeezenet"])) for x in run(content, targets[name], steps)]
            for name, run in optimize.items()
        }
        own, ours = curves["squeezenet"], curves["shipped"]
        same = next((step for step, loss in enumerate(own) if loss <= ours[-1]), steps)
        rows.append({"before": own[0], "squeezenet": own[-1], "shipped": ours[-1], "steps": same})
        print(f"{path.stem[:24]:24} {styles[number % len(styles)].stem:24} {json.dumps(rows[-1])}", flush=True)
    removed = [(row["before"] - row["shipped"]) / (row["before"] - row["squeezenet"]) for row in rows]
    figures = [
        Figure(
            name=f"share of the loss that SqueezeNet's {steps} steps remove, removed by as many with this",
            value=float(np.mean(removed)),
            error=float(np.std(removed) / np.sqrt(len(removed))),
            command="python benchmarks/features.py fitting",
        ),
        Figure(
            name="steps of SqueezeNet's to as low a loss, median",
            value=float(np.median([row["steps"] for row in rows])),
            command="python benchmarks/features.py fitting",
        ),
    ]
    print(json.dumps({figure.name: figure.value for figure in figures}))
    if write:
        write_figures(shipped.bundle.folder, figures)


def _targets(network: Network) -> Callable[..., Any]:
    return lambda content, painting: (network(content), statistics(network(painting)))


def _loss(network: Network) -> Callable[..., jax.Array]:
    def loss(x: jax.Array, targets: Any) -> jax.Array:
        found, (content, style) = network(x), targets
        terms = STYLE_WEIGHT * style_loss(statistics(found), style) + CONTENT_WEIGHT * content_loss(found, content)
        return terms.mean()

    return loss


def _optimizer(network: Network) -> Callable[..., Any]:
    """A generator of the pictures on the way, the first one included."""
    gradient, adam = jax.grad(_loss(network)), optax.adam(RATE)

    @jax.jit
    def step(x: jax.Array, state: Any, targets: Any) -> Any:
        change, state = adam.update(gradient(x, targets), state)
        moved: Any = optax.apply_updates(x, change)
        return jnp.clip(moved, 0, 1), state

    def run(content: jax.Array, targets: Any, steps: int) -> Any:
        x, state = content, adam.init(content)
        yield x
        for _ in range(steps):
            x, state = step(x, state, targets)
            yield x

    return run


@main.command()
@squeezenet
@model
@click.option("--repeats", type=int, default=10, show_default=True)
@click.option("--write", is_flag=True, help="Put the figure into the model's card.")
def cost(squeezenet: Path, model: str, repeats: int, write: bool) -> None:
    """Least processor time, over all threads, of the loss and its gradient of four pictures of 192 x 192 pixels."""
    teacher, shipped = read_squeezenet(squeezenet), genart.load(model)
    networks: dict[str, Network] = {"squeezenet": lambda x: teacher(x, upto=LAYERS[-1]), "shipped": shipped.network}
    x = jax.random.uniform(jax.random.key(0), (4, SIDE, SIDE, 3))
    times = {}
    for name, network in networks.items():
        targets = jax.jit(_targets(network))(x, x[::-1])
        gradient, spent = jax.jit(jax.value_and_grad(_loss(network))), []
        for _ in range(repeats + 1):
            begun = time.process_time()
            jax.block_until_ready(gradient(x, targets))
            spent.append(time.process_time() - begun)
        times[name] = round(1000 * min(spent[1:]), 1)
    print(json.dumps({"milliseconds": times, "ratio": round(times["squeezenet"] / times["shipped"], 2)}))
    if write:
        figure = Figure(
            name="processor time of the style loss and its gradient, SqueezeNet's over this one's",
            value=times["squeezenet"] / times["shipped"],
            unit="times",
            command="python benchmarks/features.py cost",
        )
        write_figures(shipped.bundle.folder, [figure])


if __name__ == "__main__":
    main()
