"""The GAN's loss, batches and watch: relativistic pairs with penalties on both sides.

R3GAN (Huang et al. 2024, arXiv 2501.05441): the critic is to put each training picture above a generated one, and its
gradient at both is kept small (R1 and R2, exact). Both networks learn from the same fakes at once: without
normalization a picture's gradient is its own, so one way back through the critic serves both.

The critic is shown what the loss network sees of pictures as well. That network does not learn, and knows from the
start what a critic takes most of a run to find: eyes and mouths are there after a third of the steps. By the same
features samples of whole pictures are kept apart, see :mod:`genart.training.crowding`.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.image.collection import Collection, rgba
from genart.image.picture import Picture
from genart.image.premultiplied import as_floats
from genart.nets.flat import flat_params, with_flat
from genart.nets.gan import Critic, GanConfig, Generator
from genart.nets.loss_network import LossNetwork
from genart.nets.places import smoothed
from genart.sampling.latent import draw
from genart.training.adversarial import Flat, Pair
from genart.training.augment import Augmentation, augmented
from genart.training.crowding import crowding, expected

MAPS = (("fire3", "fire4"), ("fire5", "fire8"))  # of the loss network, seen by the critic's first two layers
MAPS_PATCH = 4  # pixels, each way, of a place of the first of them
CROPS = 4  # shorter side of a texture's picture, of a crop's side
LOOKED_AT = 36  # samples a watch looks at
COMPARED = 500  # training pictures, at most, whose distances from each other are taken
ALIKE = 0.4  # variety below which samples are called alike, of the training pictures'
BY_HEART = 0.5  # share of the critic's gap that pictures kept aside may lie below those trained on


@dataclasses.dataclass(frozen=True, kw_only=True)
class GanTraining:
    """Training choices that are not the network's."""

    batch: int = 16
    rate: float = 3e-4
    gamma: float = 0.5  # weight of the penalties at 32 pixels, at first; grows with the number of pixels
    last_gamma: float = 0.1  # share of it that is left at the end: details come late
    penalty_every: int = 4  # steps; the penalties then weigh so many times as much, and so does crowding
    crowding: float = 16.0  # weight at the end of samples' being too near to each other; grows from 0: shapes first
    seed: int = 0


class Whole:
    """Batches of whole pictures of a collection."""

    def __init__(self, collection: Collection, *, channels: int, mirror: bool = False):
        self.collection, self.channels, self.mirror = collection, channels, mirror

    def __len__(self) -> int:
        return len(self.collection.names)

    def batch(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """{"pictures": float32 [n, H, W, C]} of those to train on."""
        found = self._of(rng.choice(self.collection.training, n))
        if self.mirror:
            found = np.where(rng.random(n)[:, None, None, None] < 0.5, found[:, :, ::-1], found)
        return {"pictures": found}

    def known(self, n: int) -> np.ndarray:
        """At most n of those to train on, evenly over all, float32 [n, H, W, C]."""
        training = self.collection.training
        return self._of(training[:: -(-len(training) // n)])

    def aside(self, n: int) -> np.ndarray | None:
        """At most n of those kept aside, float32 [n, H, W, C]; None where there are none."""
        return self._of(self.collection.aside[:n]) if self.collection.aside else None

    def _of(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        pixels = np.stack([self.collection.pixels[index] for index in indices])
        return as_floats(pixels, channels=self.channels)


class Textures:
    """Batches of crops; none is kept aside. The picture a crop is of is its class."""

    def __init__(self, pictures: Sequence[Picture], *, size: tuple[int, int], channels: int):
        self.size, self.channels = size, channels
        short = CROPS * min(size)
        self._pixels = []
        for picture in pictures:
            least = max(size[0] / picture.height, size[1] / picture.width)  # a crop fits into it
            scale = max(least, min(1.0, short / min(picture.size)))
            shape = (max(size[1], round(picture.width * scale)), max(size[0], round(picture.height * scale)))
            self._pixels.append(rgba(picture.resized(size=shape)))

    def __len__(self) -> int:
        return len(self._pixels)

    def batch(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """{"pictures": float32 [n, H, W, C], "classes": float32 [n, pictures]}."""
        chosen = rng.integers(0, len(self), n)
        crops = []
        for index in chosen:
            pixels, (height, width) = self._pixels[index], self.size
            top, left = (int(rng.integers(0, a - b + 1)) for a, b in zip(pixels.shape, self.size, strict=False))
            crops.append(pixels[top : top + height, left : left + width])
        pictures = as_floats(np.stack(crops), channels=self.channels)
        return {"pictures": pictures, "classes": np.eye(len(self), dtype=np.float32)[chosen]}

    def aside(self, n: int) -> np.ndarray | None:
        """None: crops of a picture are all alike to the critic."""
        return None


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Advice:
    """What a watch saw.

    Attributes
    ----------
    samples : float32 [36, H, W, C], from the same latents each time
    sentences : what to worry about
    """

    samples: np.ndarray
    sentences: tuple[str, ...]


OnWatch = Callable[[int, GanConfig, Flat, Flat, Advice], None]


class GanDuel:
    """What the loop of :mod:`genart.training.adversarial` needs.

    Parameters
    ----------
    data : gives batches
    features : whose maps the critic sees, as `config.maps` says, see :func:`map_channels`; None where it says none
    begin : weights to start from instead of fresh ones, {"generator": ..., "critic": ...}
    on_watch : called with the step, the averaged generator, the critic and what was seen
    """

    def __init__(
        self,
        data: Whole | Textures,
        *,
        config: GanConfig,
        training: GanTraining,
        features: LossNetwork | None = None,
        begin: Pair | None = None,
        on_watch: OnWatch = lambda step, config, generator, critic, advice: None,
    ):
        self.data, self.config, self.training, self.on_watch = data, config, training, on_watch
        self.peak_rate, self._begin = training.rate, begin
        self.gamma = training.gamma * config.height * config.width / 32**2
        self._graphs = {
            name: nnx.split(nnx.eval_shape(lambda kind=kind: kind(config, rngs=nnx.Rngs(0))), nnx.Param)
            for name, kind in (("generator", Generator), ("critic", Critic))
        }
        self._features = features
        self._wanted: np.ndarray | None = None
        if features is not None and not isinstance(data, Textures):
            self._wanted = self._expected(data.known(COMPARED))
        self._look = jax.jit(self._looked)

    def init(self) -> Pair:
        """Fresh weights of both networks, drawn from the seed, or those to start from."""
        if self._begin is not None:
            return {name: {key: jnp.asarray(a) for key, a in flat.items()} for name, flat in self._begin.items()}
        rngs = nnx.Rngs(self.training.seed)
        both = {"generator": Generator(self.config, rngs=rngs), "critic": Critic(self.config, rngs=rngs)}
        return {name: flat_params(nnx.state(network, nnx.Param)) for name, network in both.items()}

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Training pictures and their classes, the same for each step."""
        found = self.data.batch(np.random.default_rng((self.training.seed, step)), self.training.batch)
        return found if self.config.classes else {"pictures": found["pictures"]}

    def gradients(
        self, pair: Pair, batch: dict[str, Any], key: jax.Array, share: jax.Array, *, penalized: bool
    ) -> tuple[Pair, jax.Array]:
        """Gradients of both networks' losses, and the critic's loss, a scalar, without the penalties.

        `share` of the run is over, 0..1, a scalar.
        """
        n = len(batch["pictures"])
        keys = jax.random.split(key, 3)
        latent = draw(jax.random.split(keys[0], n), self.config)
        classes = batch.get("classes")
        if classes is not None:
            latent = dataclasses.replace(latent, classes=classes)  # pairs are of one class
        made, into_generator = jax.vjp(lambda flat: self.generator(flat)(latent), pair["generator"])
        fakes, into_made = jax.vjp(lambda made: self.seen(keys[1], made), made)
        reals = self.seen(keys[2], batch["pictures"])

        def judged(flat: Flat, fakes: jax.Array) -> jax.Array:
            twice = None if classes is None else jnp.concatenate([classes, classes])
            return self.judge(flat, jnp.concatenate([reals, fakes]), twice)

        values, into_critic = jax.vjp(judged, pair["critic"], fakes)
        lead = values[:n] - values[n:]
        wrong = jax.nn.sigmoid(-lead) / n  # slope of the critic's loss, mean softplus(-lead)
        critic, at_fakes = into_critic(jnp.concatenate([-wrong, wrong]))
        # The generator's loss is mean softplus(lead): another slope for each pair, the same way back.
        turn = -jnp.exp(jnp.clip(lead, -30, 30))  # -sigmoid(lead) / sigmoid(-lead)
        (at_made,) = into_made(at_fakes * turn[:, None, None, None])
        if penalized and (wanted := self._wanted) is not None:
            crowded = jax.grad(lambda made: crowding(self._known_by(made), wanted))(made)
            at_made = at_made + self.training.penalty_every * self.training.crowding * share * crowded
        (generator,) = into_generator(at_made)
        if penalized:
            both = jnp.concatenate([reals, jax.lax.stop_gradient(fakes)])
            twice = None if classes is None else jnp.concatenate([classes, classes])
            penalty = jax.grad(self.penalty)(pair["critic"], both, twice)
            last = self.training.last_gamma
            weight = self.training.penalty_every * (last + (1 - last) * (1 + jnp.cos(jnp.pi * share)) / 2)
            critic = jax.tree.map(lambda a, b: a + weight * b, critic, penalty)
        return {"generator": generator, "critic": critic}, jnp.mean(jax.nn.softplus(-lead))

    def penalty(self, flat: Flat, pictures: jax.Array, classes: jax.Array | None) -> jax.Array:
        """R1 + R2 of n training pictures and n others together [2n, H, W, C]: gamma / 2 of the squared slopes.

        The slopes are held and the critic is followed along them, which gives the same value and the same gradient
        in `flat`: XLA's convolutions take a seventh of the time of differentiating a gradient.
        """
        slopes = jax.lax.stop_gradient(jax.grad(lambda seen: self.judge(flat, seen, classes).sum())(pictures))
        _, rise = jax.jvp(lambda seen: self.judge(flat, seen, classes), (pictures,), (slopes,))
        return self.gamma / 2 * (2 * rise.sum() - jnp.square(slopes).sum()) / (len(pictures) / 2)

    def seen(self, key: jax.Array, pictures: jax.Array) -> jax.Array:
        """Pictures as the critic sees them, training pictures and others in the same way."""
        return augmented(key, pictures, Augmentation())

    def generator(self, flat: Flat) -> Generator:
        """The network with these weights."""
        graph, shapes = self._graphs["generator"]
        return nnx.merge(graph, with_flat(shapes, flat))

    def judge(self, flat: Flat, pictures: jax.Array, classes: jax.Array | None) -> jax.Array:
        """What the critic with these weights says of pictures: [N, H, W, C] -> [N]."""
        graph, shapes = self._graphs["critic"]
        return nnx.merge(graph, with_flat(shapes, flat))(pictures, classes, self._maps(pictures))

    def _maps(self, pictures: jax.Array) -> tuple[jax.Array, ...]:
        """What the loss network sees of pictures, over white where they are transparent."""
        if self._features is None:
            return ()
        n, h, w, c = pictures.shape
        if c == 4:
            pictures = pictures[..., :3] + 1 - pictures[..., 3:]
        times = MAPS_PATCH // self.config.patch
        pictures = jax.image.resize(pictures, (n, times * h, times * w, 3), "linear")
        found = self._features.everywhere((pictures + 1) / 2, upto=MAPS[-1][-1])
        return tuple(
            jnp.concatenate([found[name] * np.sqrt(found[name].shape[-1]) for name in names], -1) for names in MAPS
        )

    def _known_by(self, pictures: jax.Array) -> jax.Array:
        """What pictures are told apart by: means over places of what the loss network sees, [N, channels].

        It sees them blurred: grain would be the cheapest way to differ.
        """
        return self._maps(smoothed(smoothed(pictures)))[-1].mean((1, 2))

    def _expected(self, known: np.ndarray) -> np.ndarray:
        """How far apart the pictures of a batch are, nearest pair first, if they are as those known are."""
        n = self.training.batch
        look = jax.jit(self._known_by)
        parts = [np.resize(known[i : i + n], (n, *known.shape[1:])) for i in range(0, len(known), n)]  # compiled once
        return expected(np.concatenate([np.asarray(look(part)) for part in parts])[: len(known)], n)

    def watch(self, step: int, average: Flat, critic: Flat) -> dict[str, float]:
        """Samples from fixed latents, their variety, and how far the critic knows the training pictures by heart."""
        shown = self.data.batch(np.random.default_rng(1), LOOKED_AT)
        reals, aside = shown["pictures"], self.data.aside(LOOKED_AT)
        classes = shown.get("classes") if self.config.classes else None
        samples, on_reals, on_fakes = (np.asarray(x) for x in self._look(average, critic, reals, classes))
        figures = {"variety": variety(samples) / max(variety(reals), 1e-6), "lead": float((on_reals - on_fakes).mean())}
        if aside is not None:
            filled = np.resize(aside, reals.shape)  # one shape, compiled once
            on_aside = np.asarray(self._look(average, critic, filled, None)[1])[: len(aside)]
            figures["by_heart"] = float((on_reals.mean() - on_aside.mean()) / max(figures["lead"], 1e-6))
        self.on_watch(step, self.config, average, critic, Advice(samples=samples, sentences=tuple(worries(figures))))
        return figures

    def _looked(self, average: Flat, critic: Flat, reals: jax.Array, classes: jax.Array | None) -> Any:
        latent = draw(jax.random.split(jax.random.key(self.training.seed), LOOKED_AT), self.config)
        samples = self.generator(average)(latent)
        return samples, self.judge(critic, reals, classes), self.judge(critic, samples, latent.classes)


def map_channels(features: LossNetwork) -> tuple[int, ...]:
    """`GanConfig.maps` of critics that see this network's maps."""
    return tuple(sum(features.config.components[name] for name in names) for names in MAPS)


def variety(pictures: np.ndarray) -> float:
    """Root mean square difference of pictures [n, H, W, C] to their mean, seen at 4 x 4 places."""
    n, h, w, c = pictures.shape
    small = pictures.reshape(n, 4, h // 4, 4, w // 4, c).mean((2, 4))
    return float(np.sqrt(np.square(small - small.mean(0)).mean()))


def worries(figures: dict[str, float]) -> list[str]:
    """Sentences about what a watch saw, none where all is well."""
    found = []
    if figures["variety"] < ALIKE:
        found.append(f"the samples are much alike: {figures['variety']:.0%} of the training pictures' variety")
    if figures["lead"] > 0.5 and figures.get("by_heart", 0) > BY_HEART:
        found.append(
            "the critic knows the training pictures by heart: what it learns now are their accidents; more pictures "
            "would help, or end the run here"
        )
    return found
