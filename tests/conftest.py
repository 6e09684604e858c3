"""Switches of the suite. Set before jax is imported, and inherited by the processes that tests start.

What a developer has in caches, in a home folder or on the network never takes part. Warnings are errors; the
exceptions stand in pyproject.toml, each with its reason.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

_place = tempfile.TemporaryDirectory(prefix="genart-tests-")
os.environ.update(
    GENART_CACHE=f"{_place.name}/cache",
    GENART_OFFLINE="1",
    XDG_DATA_HOME=f"{_place.name}/data",  # where models of the user's are
    JAX_PLATFORMS="cpu",
    JAX_LEGACY_PRNG_KEY="error",  # keys are typed: jax.random.key, not PRNGKey
    NO_COLOR="1",
)


def pytest_unconfigure() -> None:
    _place.cleanup()


# A suite that runs in the background of a script inherits that Ctrl-C is ignored, and so would what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions in float32 on every processor, where what they give is compared closely."""
    from genart.nets import convolution

    monkeypatch.setattr(convolution, "has_tiles", lambda: False)


Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def python() -> Python:
    """``python(*arguments, devices=1, **environment)`` runs in a fresh process; its result, whatever the exit code.

    With `devices` above 1 the processor poses as that many, for what is laid over several.
    """

    def run(*arguments: str, devices: int = 1, cwd: Path | None = None, **environment: str):
        flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"} if devices > 1 else {}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **flags, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def tiny_bach(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of the family bach that knows nothing and is quick: tiny, its weights random."""
    import dataclasses

    import numpy as np
    from flax import nnx

    from genart.families.bundle import write_bundle
    from genart.nets.flat import flat_params
    from genart.nets.inpainter import Inpainter, InpainterConfig

    config = InpainterConfig.tiny()
    shapes = flat_params(nnx.state(nnx.eval_shape(lambda: Inpainter(config, rngs=nnx.Rngs(0))), nnx.Param))
    draw = np.random.default_rng(0)
    return write_bundle(
        tmp_path_factory.mktemp("models") / "tiny",
        family="bach",
        about="Draws notes at random.",
        network=dataclasses.asdict(config),
        codec={},
        weights={name: 0.1 * draw.standard_normal(shape.shape) for name, shape in shapes.items()},
    ).folder


@pytest.fixture(scope="session")
def tiny_melody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of the family melody that knows nothing and is quick: tiny, its weights random."""
    import dataclasses

    import numpy as np
    from flax import nnx

    from genart.families.bundle import write_bundle
    from genart.music.tokens import Codec
    from genart.nets.flat import flat_params
    from genart.nets.melody import MelodyNet
    from genart.training.recipes.melody import PRESETS, config_of

    config = config_of(Codec(), **PRESETS["tiny"][0])
    shapes = flat_params(nnx.state(nnx.eval_shape(lambda: MelodyNet(config, rngs=nnx.Rngs(0))), nnx.Param))
    draw = np.random.default_rng(0)
    return write_bundle(
        tmp_path_factory.mktemp("models") / "tiny",
        family="melody",
        about="Draws notes at random.",
        network=dataclasses.asdict(config),
        codec=Codec().to_dict(),
        weights={name: 0.3 * draw.standard_normal(shape.shape) for name, shape in shapes.items()},
    ).folder
