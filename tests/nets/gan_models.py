"""Small GANs with weights that are drawn, and pictures to train on."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from genart.families.bundle import write_bundle
from genart.families.gan import CRITIC, GENERATOR
from genart.image.picture import Picture
from genart.nets.flat import flat_params
from genart.nets.gan import Critic, GanConfig, Generator

SMALL: dict[str, Any] = {"height": 16, "width": 16, "latent": 8, "widths": (8, 8)}  # two layers: quick to compile
TEXTURE: dict[str, Any] = {**SMALL, "local": 4, "waves": 2, "classes": 2}


def drawn(kind: type[Generator] | type[Critic], config: GanConfig) -> dict[str, np.ndarray]:
    """Weights that leave nothing at zero."""
    rng = np.random.default_rng(0)
    shapes = flat_params(nnx.state(nnx.eval_shape(lambda: kind(config, rngs=nnx.Rngs(0))), nnx.Param))
    return {name: 0.2 * rng.standard_normal(shape.shape, np.float32) for name, shape in sorted(shapes.items())}


def write_gan(folder: Path, *, names: tuple[str, ...] = (), **sizes: Any) -> Path:
    """A bundle of a GAN that paints drawn colors."""
    config = GanConfig(**(sizes or SMALL))
    networks = {GENERATOR: Generator, CRITIC: Critic}
    weights = {prefix + name: a for prefix, kind in networks.items() for name, a in drawn(kind, config).items()}
    return write_bundle(
        folder,
        family="gan",
        about="Paints at random.",
        network=dataclasses.asdict(config),
        codec={"classes": list(names)},
        weights=weights,
    ).folder


def write_pictures(folder: Path, count: int, *, size: tuple[int, int] = (40, 36)) -> Path:
    """A folder of flat pictures with a square in each."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = np.empty((size[1], size[0], 3), np.uint8)
        pixels[:] = rng.integers(0, 256, 3)
        pixels[10:26, 10:26] = rng.integers(0, 256, 3)
        Picture.of(pixels).save(folder / f"{number}.png")
    return folder
