"""Style models and loss networks that know nothing and are quick, and pictures to try them on."""

import dataclasses
from pathlib import Path

import numpy as np
from flax import nnx

from genart.families.bundle import write_bundle
from genart.image.picture import Picture
from genart.nets.flat import flat_params
from genart.nets.loss_network import LossNetwork, LossNetworkConfig
from genart.nets.stylizer import Stylizer, StylizerConfig

STYLES = ("great_wave", "udnie")


def weights(*, styles: int = len(STYLES)) -> dict[str, np.ndarray]:
    """Of a tiny style net whose rows differ, so that its styles do."""
    network = Stylizer(StylizerConfig.tiny(styles=styles), rngs=nnx.Rngs(0))
    drawn = {name: np.array(value) for name, value in flat_params(nnx.state(network, nnx.Param)).items()}
    drawn["rows"][1:] += 0.3 * np.random.default_rng(0).standard_normal(drawn["rows"][1:].shape)
    drawn["stamps"] *= 3
    return drawn


def write_style(folder: Path) -> Path:
    """A bundle of the family style; its folder."""
    return write_bundle(
        folder,
        family="style",
        about="Paints at random.",
        network=dataclasses.asdict(StylizerConfig.tiny(styles=len(STYLES))),
        codec={"styles": list(STYLES)},
        weights=weights(),
    ).folder


def write_features(folder: Path) -> Path:
    """A bundle of the family features; its folder."""
    config = LossNetworkConfig.tiny()
    return write_bundle(
        folder,
        family="features",
        about="Measures at random.",
        network=dataclasses.asdict(config),
        codec={},
        weights=flat_params(nnx.state(LossNetwork(config, rngs=nnx.Rngs(0)), nnx.Param)),
    ).folder


def photograph(width: int = 64, height: int = 48, *, seed: int = 0) -> Picture:
    """Soft patches of color."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return Picture(pixels=coarse).resized(size=(width, height))


def painting(*, seed: int = 1) -> Picture:
    """Stripes of two colors."""
    colors = np.random.default_rng(seed).integers(0, 256, (2, 3))
    return Picture(pixels=np.tile(np.repeat(colors, 4, axis=0)[None], (64, 8, 1)).astype(np.uint8))
