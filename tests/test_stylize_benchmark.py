"""The benchmark of the style net: its optimization, its measures on pictures whose faults are known, its commands."""

import dataclasses
import importlib
import time
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner
from flax import nnx

from genart.errors import InputError
from genart.families import refine
from genart.families.bundle import write_bundle
from genart.image.picture import Picture
from genart.nets.flat import flat_params
from genart.nets.style_loss import STYLE_LAYERS, statistics
from genart.nets.stylizer import Stylizer, StylizerConfig
from genart.training.recipes.style import held_out

RNG = np.random.default_rng(5)
KERNELS = {name: jnp.asarray(RNG.normal(0, 0.4, (3, 3, 3, 6)), jnp.float32) for name in STYLE_LAYERS}
PICTURES = RNG.random((3, 72, 64, 3), np.float32) ** 2
PAINTING = 1 - RNG.random((1, 40, 40, 3), np.float32) ** 3


@pytest.fixture
def benchmark(monkeypatch):
    """Imports a benchmark, which is no part of a package and finds its neighbors beside it."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    return importlib.import_module


def features(pictures: jax.Array) -> dict[str, jax.Array]:
    """A loss network of random convolutions, one a layer."""
    numbers = ("NHWC", "HWIO", "NHWC")
    return {
        name: nnx.relu(jax.lax.conv_general_dilated(pictures, kernel, (2, 2), "VALID", dimension_numbers=numbers))
        for name, kernel in KERNELS.items()
    }


WANTED = statistics(features(jnp.asarray(PAINTING)))


@pytest.fixture
def gatys(benchmark) -> ModuleType:
    return benchmark("gatys")


def test_lbfgs_in_batches_is_that_of_the_library_picture_by_picture(gatys):
    found = gatys.curves(gatys.Judge(features), "lbfgs", PICTURES, WANTED, iterations=12)
    assert found.shape == (3, 13)
    for picture, losses in zip(PICTURES, found, strict=True):
        _, alone = refine.optimize(
            picture, picture, WANTED, lambda pictures: features(pictures[:, 16:-16, 16:-16]), steps=12
        )
        np.testing.assert_allclose(losses, alone, rtol=0.02)  # both round, and searches amplify it


def test_adam_goes_down_as_far_as_its_rate_lets_it(gatys):
    judge = gatys.Judge(features)
    slow, fast = (gatys.curves(judge, f"adam {rate}", PICTURES, WANTED, iterations=10) for rate in (0.001, 0.02))
    assert (np.diff(fast, axis=1) <= 0).all()
    np.testing.assert_allclose(slow[:, 0], fast[:, 0], rtol=1e-5)
    assert (fast[:, -1] < 0.8 * fast[:, 0]).all() and (fast[:, -1] < slow[:, -1]).all()


def test_curves_are_kept_and_gone_on_with(gatys, tmp_path):
    judge, path, told = gatys.Judge(features), tmp_path / "curves.json", []
    photographs = np.concatenate([PICTURES, PICTURES])

    def curves(until: float, **settings):
        return gatys.Curves(path, iterations=3, settings=settings, until=until)

    assert curves(0.0, side=48).of("a", judge, photographs, WANTED, say=told.append)[1].shape == (0, 4)  # no time
    better, some = curves(time.monotonic() + 600, side=48).of("a", judge, photographs[:4], WANTED, say=told.append)
    better_still, found = curves(time.monotonic() + 600, side=48).of("a", judge, photographs, WANTED, say=told.append)
    assert (
        better
        == better_still
        == min(
            gatys.OPTIMIZERS,
            key=lambda optimizer: gatys.curves(judge, optimizer, photographs[:4], WANTED, iterations=3)[:, -1].mean(),
        )
    )
    np.testing.assert_array_equal(found[:4], some)
    assert told == [f"a: {better}, 4 of 4 photographs", f"a: {better}, 6 of 6 photographs"]
    with pytest.raises(InputError, match=r"curves\.json holds curves of .*48.*, not of .*64"):
        curves(0.0, side=64)


def test_a_frame_is_seen(benchmark):
    painted = benchmark("painted")
    plain = np.full((2, 64, 72, 3), 100, np.uint8)
    framed = plain.copy()
    framed[:, :8], framed[:, -8:], framed[:, :, :8], framed[:, :, -8:] = 112, 112, 112, 112
    assert painted.frame_of(plain) == 0
    assert painted.frame_of(framed) == pytest.approx(12)


def test_calm_strokes_along_borders_are_seen(benchmark):
    painted = benchmark("painted")

    class Calm:
        """A net that paints noise as it is, but a border at half of its strength."""

        def __init__(self, border):
            self.border = border

        painter = property(lambda self: self)

        def frame(self, pixels, row, *, memory=None, fresh=1.0):
            out = (pixels.astype(float) - 128) / 2
            out[self.border : -self.border, self.border : -self.border] *= 2
            return np.rint(out + 128).astype(np.uint8), "the whole's" if memory is None else memory

    noise = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), np.uint8)
    assert painted.edge_of(Calm(64), np.zeros(1), noise) == pytest.approx(0.5, rel=0.01)
    assert painted.edge_of(Calm(4), np.zeros(1), noise) > 0.75


@pytest.mark.parametrize("period", [4, 8])
def test_a_grid_is_seen(benchmark, period):
    painted = benchmark("painted")
    rng = np.random.default_rng(0)
    plain = rng.normal(120, 20, (6, 128, 128, 3))
    lines = plain.copy()
    lines[:, ::period] += 2 * period
    plain, lines = (np.rint(np.clip(pictures, 0, 255)).astype(np.uint8) for pictures in (plain, lines))
    assert painted.grid_of(lines, period) - painted.grid_of(plain, period) == pytest.approx(2 * period, abs=3)
    assert painted.peak_of(plain, period) < 1.5
    assert painted.peak_of(lines, period) > 3


def test_what_moves_with_the_picture_does_not_flicker(benchmark, monkeypatch):
    painted = benchmark("painted")
    photograph = np.random.default_rng(1).integers(0, 256, (80, 96, 3), np.uint8)
    path = painted.moves(seed=3)
    assert np.abs(path).max() <= painted.REACH and np.abs(np.diff(path, axis=0)).sum(1).min() > 0
    noisy = painted._warp_errors(painted.film_of(photograph, path, seed=0), path)
    assert np.mean(noisy) == pytest.approx(2 * painted.NOISE**2, rel=0.1)  # of two frames, less what is cut off
    monkeypatch.setattr(painted, "NOISE", 0.0)
    assert painted._warp_errors(painted.film_of(photograph, path, seed=0), path) == [0.0] * (painted.FRAMES - 1)


def test_where_optimization_reaches_a_loss(benchmark):
    stylize_loss = benchmark("stylize_loss")
    curves = np.array([np.linspace(1.0, 0.0, 51), np.linspace(0.8, 0.2, 51)])
    record = stylize_loss.beside(curves, 0.6)  # the mean falls from 0.9 to 0.1, by 0.016 an iteration
    assert record["optimized"] == pytest.approx({10: 0.74, 25: 0.5, 50: 0.1})
    assert record["reached"] == 19
    assert stylize_loss.beside(curves, 0.05)["reached"] is None


@pytest.fixture
def folders(tmp_path):
    """A tiny model with a style, photographs of which two are kept aside for tests, and a painting."""
    config = StylizerConfig.tiny(styles=1)
    weights = flat_params(nnx.state(Stylizer(config, rngs=nnx.Rngs(0)), nnx.Param))
    write_bundle(
        tmp_path / "model",
        family="style",
        about="a test",
        network=dataclasses.asdict(config),
        codec={"styles": ["dots"]},
        weights=weights,
    )
    names = [Path(f"{number}.png") for number in range(100)]
    kept = [name for name in names if held_out(name) == "test"][:2]
    other = next(name for name in names if held_out(name) == "train")
    for folder, files in (("photos", [*kept, other]), ("others", [other]), ("paintings", [Path("dots.png")])):
        (tmp_path / folder).mkdir()
        for file in files:
            pixels = np.random.default_rng(len(file.name)).integers(0, 256, (40, 50, 3), np.uint8)
            Picture.of(pixels).save(tmp_path / folder / file)
    return tmp_path


def test_borders_from_the_command_line(benchmark, folders):
    stylize = benchmark("stylize")
    options = ["--model", folders / "model", "--paintings", folders / "paintings"]
    arguments = [str(part) for part in ("borders", *options, "--content", folders / "photos")]
    result = CliRunner().invoke(stylize.main, arguments, catch_exceptions=False)
    heading, plain, dots = result.output.splitlines()
    assert heading.split()[:2] == ["style", "frame"] and plain.startswith("plain ") and dots.startswith("dots ")
    arguments[-1] = str(folders / "others")
    with pytest.raises(InputError, match="others holds no photograph that training keeps aside for tests"):
        CliRunner().invoke(stylize.main, arguments, catch_exceptions=False)
