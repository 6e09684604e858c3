"""How the loss network is distilled from SqueezeNet: pairs of crops that differ a little, and both networks' maps."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError
from genart.families.bundle import Bundle, Figure, TrainingData, write_bundle
from genart.files import refuse_existing
from genart.image.folder import pictures_in
from genart.nets.features import SqueezeNet, read_squeezenet
from genart.nets.flat import flat_params, with_flat
from genart.nets.loss_network import LAYERS, LossNetwork, LossNetworkConfig
from genart.training import loop, schedule
from genart.training.checkpoint import same_run
from genart.training.recipes.style import Photographs, held_out

ABOUT = """Measures content and style: a small network distilled to SqueezeNet's feature maps.

Each map holds the leading principal components, about zero, of the map of SqueezeNet 1.0 with the same name, so
squared distances of maps and of Gram matrices can be used as SqueezeNet's are. It has not learned to classify, and it
knows SqueezeNet only near photographs, paintings and drawings: far from them (plain noise) it measures something else.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeaturesTraining:
    """Training choices that are not the network's."""

    batch: int = 3  # pairs of crops a step: few and small, since every place is an example
    side: int = 112  # pixels of a crop, a multiple of 8
    change: float = 1.0  # weight of how maps change within a pair, beside how they are
    even: float = 0.5  # 0 weighs errors of all components alike, 1 by the inverse of the component's mean square
    measured: int = 64  # crops whose maps the principal components are those of
    seed: int = 0

    @classmethod
    def tiny(cls) -> "FeaturesTraining":
        """Few and small crops, for tests."""
        return cls(batch=2, side=64, measured=8)


PRESETS = {
    "standard": (LossNetworkConfig, FeaturesTraining),
    "tiny": (LossNetworkConfig.tiny, FeaturesTraining.tiny),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Components:
    """The leading principal components, about zero, of a map of C channels.

    Attributes
    ----------
    basis : float32 [C, k], orthogonal columns, scaled so that a place's mean square, over all C components, is 1
    weights : float32 [k], of the components' squared errors; the mean square of a place is 1 when weighed
    """

    basis: jax.Array
    weights: jax.Array

    @classmethod
    def of(cls, maps: np.ndarray, count: int, *, even: float) -> "Components":
        """Of maps [..., C]; signs are fixed, so that the same maps always give the same components."""
        places = maps.reshape(-1, maps.shape[-1]).astype(np.float64)  # [places, C]
        squares, vectors = np.linalg.eigh(places.T @ places / len(places))
        squares, vectors = np.maximum(squares[::-1], 1e-12 * squares[-1]), vectors[:, ::-1]
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(squares))])
        shares = squares[:count] / squares.sum()
        weights = shares**-even / (shares ** (1 - even)).sum()
        return cls(
            basis=jnp.asarray(vectors[:, :count] / np.sqrt(squares.sum()), jnp.float32),
            weights=jnp.asarray(weights, jnp.float32),
        )


class FeaturesTask:
    """Batches, loss and validation of the loss network, as :class:`genart.training.loop.Task`.

    Parameters
    ----------
    training_files : files to train on, in groups that are drawn from alike
    kept_aside : others for validation
    teacher : with its weights
    """

    peak_rate = 3e-3

    def __init__(
        self,
        training_files: Sequence[Sequence[Path]],
        kept_aside: Sequence[Path],
        teacher: SqueezeNet,
        *,
        config: LossNetworkConfig,
        training: FeaturesTraining,
    ):
        self.config, self.training, self._teacher = config, training, teacher
        self._groups = [Photographs(files, side=training.side) for files in training_files]
        abstract = nnx.eval_shape(lambda: LossNetwork(config, rngs=nnx.Rngs(0)))
        self._graph, self._abstract = nnx.split(abstract, nnx.Param)
        self._components = self._principal()
        self._errors = jax.jit(self._left_over)
        aside = Photographs(kept_aside, side=training.side)
        rng = np.random.default_rng((training.seed, 1))
        self._valid = [
            np.stack([aside.crop((8 * i + j) % len(aside), training.side, rng=rng) for j in range(8)])
            for i in range(-(-min(len(aside), 48) // 8))
        ]

    def init(self) -> dict[str, jax.Array]:
        """Fresh parameters, drawn from the seed; the first convolution has the teacher's strongest filters."""
        network = LossNetwork(self.config, rngs=nnx.Rngs(self.training.seed))
        filters = self._teacher.conv1.kernel[:6, :6]  # [6, 6, 3, 96]; the seventh row and column are far out
        strongest = jnp.argsort(-jnp.square(filters).sum(axis=(0, 1, 2)))[: self.config.half]
        filters, bias = filters[..., strongest], jnp.asarray(self._teacher.conv1.bias)[strongest]
        first = getattr(network, LAYERS[0]).conv
        scale = jnp.sqrt(jnp.square(first.kernel[...]).sum() / jnp.square(filters / 2).sum())
        folded = filters.reshape(3, 2, 3, 2, 3, -1).transpose(0, 2, 1, 3, 4, 5).reshape(first.kernel.shape)
        first.kernel[...] = scale * folded / 2  # the network takes -1..1, the teacher 0..1
        first.bias[...] = scale * (bias + filters.sum(axis=(0, 1, 2)) / 2)
        return flat_params(nnx.state(network, nnx.Param))

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """{"pictures": float32 [2 B, side, side, 3]}: B crops, then for each another that differs a little.

        A function of the seed and the number of the step alone.
        """
        rng = np.random.default_rng((self.training.seed, 0, step))
        crops = np.stack([self._crop(rng) for _ in range(self.training.batch)])
        return {"pictures": np.concatenate([crops, crops + self._differences(crops, rng)]).astype(np.float32)}

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array:
        """Mean over layers of the relative squared error of maps and of their change within pairs, a scalar."""
        wanted = self._wanted(batch["pictures"])
        found = self._network(params)(batch["pictures"])
        total = jnp.zeros(())
        for name in LAYERS:
            weights, error = self._components[name].weights, found[name] - wanted[name]
            total += _power(error, weights) / _power(wanted[name], weights)
            total += self.training.change * _power(_change(error), weights) / _power(_change(wanted[name]), weights)
        return total / len(LAYERS)

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]:
        """Share of the variance of SqueezeNet's maps that is not explained, by layer and their mean ("loss")."""
        sums = [self._errors(params, np.float32(crops) / 255) for crops in self._valid]
        left = {name: float(sum(of[name][0] for of in sums) / sum(of[name][1] for of in sums)) for name in LAYERS}
        return left | {"loss": sum(left.values()) / len(left)}

    def _network(self, params: dict[str, jax.Array]) -> LossNetwork:
        return nnx.merge(self._graph, with_flat(self._abstract, params))

    def _wanted(self, pictures: jax.Array) -> dict[str, jax.Array]:
        maps = self._teacher(pictures, upto=LAYERS[-1])
        return {name: maps[name] @ self._components[name].basis for name in LAYERS}

    def _left_over(self, params: dict[str, jax.Array], pictures: jax.Array) -> dict[str, tuple[jax.Array, jax.Array]]:
        """By layer, the squared error of SqueezeNet's map as the components give it, and the map's variance."""
        maps, found = self._teacher(pictures, upto=LAYERS[-1]), self._network(params)(pictures)
        sums = {}
        for name in LAYERS:
            basis, whole = self._components[name].basis, maps[name]
            given = found[name] @ (basis / jnp.square(basis).sum(axis=0)).T
            sums[name] = jnp.square(whole - given).sum(), jnp.square(whole - whole.mean((0, 1, 2))).sum()
        return sums

    def _principal(self) -> dict[str, Components]:
        rng = np.random.default_rng((self.training.seed, 2))
        teach = jax.jit(lambda pictures: self._teacher(pictures, upto=LAYERS[-1]))
        crops = np.stack([self._crop(rng) for _ in range(self.training.measured)]).astype(np.float32)
        maps = [teach(crops[i : i + 8]) for i in range(0, len(crops), 8)]
        return {
            name: Components.of(
                np.concatenate([of[name] for of in maps]), self.config.components[name], even=self.training.even
            )
            for name in LAYERS
        }

    def _crop(self, rng: np.random.Generator) -> np.ndarray:
        """float64 [side, side, 3]: a crop in other colors, or two over each other as in a painted photograph."""
        crop = self._colored(rng)
        if rng.random() < 0.25:
            share = rng.uniform(0.2, 0.8)
            crop = share * crop + (1 - share) * self._colored(rng)
        return crop

    def _colored(self, rng: np.random.Generator) -> np.ndarray:
        group = self._groups[rng.integers(len(self._groups))]
        crop = group.crop(int(rng.integers(len(group))), self.training.side, rng=rng) / 255
        contrast, brightness = rng.uniform(0.7, 1.2), rng.uniform(-0.1, 0.1)
        return np.clip(((crop - 0.5) * contrast + 0.5 + brightness) * rng.uniform(0.85, 1.15, 3), 0, 1)

    def _differences(self, crops: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise, fine or in squares of up to 16 pixels, or some way towards the batch's next crop. [B, side, side, 3]

        A picture that is being optimized moves along the gradient of the maps, so the maps have to agree in how they
        change, too.
        """
        kinds = []
        for here, there in zip(crops, np.roll(crops, 1, axis=0), strict=True):
            if rng.random() < 0.3:
                kinds.append(rng.uniform(0.05, 0.4) * (there - here))
                continue
            size = int(2 ** rng.integers(0, 5))
            coarse = rng.standard_normal((-(-self.training.side // size),) * 2 + (3,))
            noise = coarse.repeat(size, axis=0).repeat(size, axis=1)[: self.training.side, : self.training.side]
            kinds.append(rng.uniform(0.01, 0.1) * noise)
        return np.stack(kinds)


def _power(x: jax.Array, weights: jax.Array) -> jax.Array:
    return jnp.mean(jnp.square(x) @ weights)


def _change(x: jax.Array) -> jax.Array:
    first, second = jnp.split(x, 2)
    return second - first


def train_features(
    photos: Sequence[str | Path],
    *,
    teacher: str | Path,
    out: str | Path = "features-mine",
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
    on_status: Callable[[loop.Status], None] = lambda status: None,
) -> Bundle:
    """Distill the loss network and write its bundle; the same call goes on where a killed one stopped.

    Parameters
    ----------
    photos : folders of pictures, or patterns; each is drawn from as often. One in twenty, by a hash of the name, is
        kept aside for validation and one in twenty for later
    teacher : SqueezeNet 1.0 as safetensors, see :func:`genart.nets.features.read_squeezenet`
    out : folder of the bundle; the training state lies beside it in OUT-training
    budget, steps : length of the run over all sittings, in seconds or in steps; one of the two
    seed : of the first weights and the batches
    preset : "standard", or "tiny" for a network that shows in seconds how all this works
    on_status : called every ten steps

    Raises
    ------
    InputError
        A file cannot be read, an option does not fit, or `out` exists and was not trained here.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r}: it is one of {', '.join(PRESETS)}")
    network, choices = PRESETS[preset]
    config, training = network(), dataclasses.replace(choices(), seed=seed)
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(out)
    state = out.with_name(f"{out.name}-training")
    if not state.exists():
        refuse_existing(out)
    groups = [pictures_in(folder) for folder in photos]
    training_files = [[file for file in group if held_out(file) == "train"] for group in groups]
    kept_aside = [file for group in groups for file in group if held_out(file) == "valid"]
    if not kept_aside or not all(training_files):
        raise InputError(
            f"{sum(map(len, groups))} pictures are too few to train on and keep some aside; give 100 or more"
        )
    squeezenet = read_squeezenet(teacher)
    same_run(state, {"network": dataclasses.asdict(config), "training": dataclasses.asdict(training)})
    task = FeaturesTask(training_files, kept_aside, squeezenet, config=config, training=training)
    settings = loop.LoopConfig(seed=seed, weight_decay=0.0, average=0.998)
    trained = loop.train(task, state, span, config=settings, on_status=on_status)
    explained = task.validate({name: jnp.asarray(value) for name, value in trained.weights.items()})
    return write_bundle(
        out,
        family="features",
        about=ABOUT,
        network=dataclasses.asdict(config),
        codec={},
        weights=trained.weights,
        data=[
            TrainingData(name=Path(folder).name, license="see its source", note=f"{len(files)} pictures")
            for folder, files in zip(photos, training_files, strict=True)
        ],
        figures=[
            *(
                Figure(
                    name=f"variance of SqueezeNet's {name} explained, pictures kept aside", value=1 - explained[name]
                )
                for name in LAYERS
            ),
            Figure(name="training steps", value=trained.steps),
            Figure(name="training time", value=round(trained.seconds), unit="s"),
        ],
        force=True,
    )
