"""Generator and critic of the GAN: no normalization, residual blocks, most of the work at 8x8 and 16x16 places.

The recipe is R3GAN's (Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv 2501.05441): plain residual
networks whose blocks begin as the identity. Four things differ:

- *Space is folded into channels* where pictures enter and leave, since XLA's convolutions are fast where channels are
  many. A place of the generator's last layer paints a patch that overlaps its neighbors' and tapers off.
- *The latent scales channels in every block*, beside being where the first layer begins.
- *What is drawn is gone over* (:class:`Refiner`): patches are sums of a few strokes, which alone leave a weave in plain
  areas.
- *Textures* are painted by the same generator from a grid of latents (Bergmann et al. 2017, PSGAN, arXiv 1705.06566):
  each place has numbers of its own, numbers all places share, and waves whose lengths the shared numbers decide. Its
  borders meet, so canvases of any size tile.

Pictures are float [N, H, W, C] in -1..1, of three channels or four: with transparency, colors are multiplied by it.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.nets.convolution import Beyond, Conv, convolved, mixed
from genart.nets.places import doubled, fold, halved, smoothed, taper, unfold

GRID = 4  # places of the coarsest layer along the shorter side
WIDTHS = (128, 96, 64, 48, 32)  # channels of layers, coarsest first
LEAK = 0.2  # slope of the activation below zero


@dataclasses.dataclass(frozen=True, kw_only=True)
class GanConfig:
    """Sizes of a :class:`Generator` and its :class:`Critic`."""

    height: int = 64  # pixels; the shorter side is a power of two, both are multiples of a quarter of it
    width: int = 64
    channels: int = 3  # 4 with transparency
    latent: int = 128  # numbers a picture is made from; of textures, those that all places share
    local: int = 0  # numbers of each place's own, of textures; 0 makes pictures
    waves: int = 0  # of textures
    classes: int = 0  # kinds of pictures that can be asked for; 0 leaves that out
    widths: tuple[int, ...] = WIDTHS
    refined: int = 0  # channels of the layer that goes over what is drawn; 0 leaves it out
    maps: tuple[int, ...] = ()  # channels of the feature maps that the critic sees at each of its first layers

    def __post_init__(self) -> None:
        for name in ("widths", "maps"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # a list, where it was read from JSON

    @property
    def patch(self) -> int:
        """Pixels folded into a place of the finest layer, each way."""
        return 2 if min(self.height, self.width) <= 32 else 4

    @property
    def stages(self) -> int:
        """Layers of different resolution, each twice the one before."""
        return (min(self.height, self.width) // self.patch // GRID).bit_length()

    @property
    def stride(self) -> int:
        """Pixels of a place of the coarsest layer, each way."""
        return self.patch << (self.stages - 1)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the coarsest layer."""
        return self.height // self.stride, self.width // self.stride

    @property
    def work(self) -> int:
        """Multiplications in the convolutions of both networks for one picture; without the maps."""
        rows, columns = self.grid
        blocks = sum(rows * columns * 4**stage * 18 * w * w for stage, w in enumerate(self.widths[: self.stages]))
        last, patch = self.widths[self.stages - 1], self.patch**2 * self.channels
        drawn = rows * columns * 4 ** (self.stages - 1) * 9 * last * patch  # as many as in the critic's first layer
        over = self.height * self.width // 4 * self.refined * (18 * self.refined + 18 * 4 * self.channels + last)
        return 2 * (blocks + drawn) + over

    @property
    def texture(self) -> bool:
        """Whether canvases of any size are painted."""
        return self.local > 0

    @property
    def beyond(self) -> Beyond:
        """What the generator's convolutions see beyond the borders."""
        return "other end" if self.texture else "zeros"


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, kw_only=True)
class Latent:
    """What pictures are made from.

    Attributes
    ----------
    whole : [N, latent], standard normal
    places : [N, rows, columns, local], standard normal; None but for textures
    phases : [N, waves], 0..1; None without waves
    classes : [N, classes], weights that sum to one; None without classes
    """

    whole: jax.Array
    places: jax.Array | None = None
    phases: jax.Array | None = None
    classes: jax.Array | None = None


def _active(x: jax.Array) -> jax.Array:
    return nnx.leaky_relu(x, LEAK)


_SCALED = nnx.initializers.variance_scaling(2 / (1 + LEAK**2), "fan_in", "normal")


class Block(nnx.Module):
    """x + two convolutions of it; zero of them at first. [N, h, w, C] -> [N, h, w, C]."""

    def __init__(self, channels: int, *, modulated: int = 0, beyond: Beyond = "zeros", rngs: nnx.Rngs):
        zeros = nnx.initializers.zeros
        self.first = Conv(channels, channels, beyond=beyond, kernel_init=_SCALED, rngs=rngs)
        self.second = Conv(channels, channels, bias=False, beyond=beyond, kernel_init=zeros, rngs=rngs)
        self.scale = nnx.Linear(modulated, channels, kernel_init=zeros, rngs=rngs) if modulated else None

    def __call__(self, x: jax.Array, whole: jax.Array | None = None) -> jax.Array:
        y = self.first(_active(x))
        if self.scale is not None and whole is not None:
            y = y * (1 + self.scale(whole))[:, None, None, :]
        return x + self.second(_active(y))


class Generator(nnx.Module):
    """Latents -> pictures."""

    def __init__(self, config: GanConfig, *, rngs: nnx.Rngs):
        self.config = config
        widths = config.widths[: config.stages]
        rows, columns = config.grid
        linear = {"kernel_init": nnx.initializers.lecun_normal(), "rngs": rngs}
        if config.classes:
            self.classes = nnx.Param(nnx.initializers.normal(1.0)(rngs.params(), (config.classes, config.latent)))
        seen = config.latent * (2 if config.classes else 1)
        if config.texture:
            self.enter = nnx.Linear(seen + config.local + config.waves, widths[0], **linear)
            if config.waves:
                small = nnx.initializers.variance_scaling(0.1, "fan_in", "normal")
                self.lengths = nnx.Linear(seen, 2 * config.waves, kernel_init=small, rngs=rngs)
        else:
            self.enter = nnx.Linear(seen, rows * columns * widths[0], **linear)
        self.blocks = nnx.List([Block(w, modulated=seen, beyond=config.beyond, rngs=rngs) for w in widths])
        self.narrow = nnx.List([nnx.Linear(a, b, use_bias=False, **linear) for a, b in itertools.pairwise(widths)])
        stamps = nnx.initializers.variance_scaling(0.3, "fan_in", "normal")
        patch = config.patch**2 * config.channels
        self.stamps = nnx.Param(stamps(rngs.params(), (3, 3, widths[-1], patch)))
        self.tint = nnx.Param(jnp.zeros(config.channels))
        if config.refined:
            self.refiner = Refiner(config, modulated=seen, rngs=rngs)

    def __call__(self, latent: Latent) -> jax.Array:
        """Pictures [N, H, W, C], -1..1 but for overshoot; of textures, H and W follow the grid of places."""
        whole = latent.whole
        if self.config.classes:
            assert latent.classes is not None
            whole = jnp.concatenate([whole, latent.classes @ self.classes[...]], axis=1)
        x = self._places(latent, whole) if self.config.texture else self._grid(whole)
        for stage, block in enumerate(self.blocks):
            if stage:
                x = doubled(mixed(x, self.narrow[stage - 1]), around=self.config.texture)
            x = block(x, whole)
        drawn = stamped(_active(x), self.stamps[...], self.config.patch, beyond=self.config.beyond) + self.tint[...]
        return drawn + self.refiner(drawn, x, whole) if self.config.refined else drawn

    def _grid(self, whole: jax.Array) -> jax.Array:
        rows, columns = self.config.grid
        return self.enter(whole).reshape(len(whole), rows, columns, -1)

    def _places(self, latent: Latent, whole: jax.Array) -> jax.Array:
        assert latent.places is not None
        n, rows, columns, _ = latent.places.shape
        shared = jnp.broadcast_to(whole[:, None, None, :], (n, rows, columns, whole.shape[1]))
        parts = [shared, latent.places]
        if self.config.waves:
            assert latent.phases is not None
            # Whole waves over the canvas, so that its borders meet; at most one in two places, which still turns.
            turns = jnp.pi * jnp.tanh(self.lengths(whole)).reshape(n, 2, -1) / (2 * jnp.pi)  # a place, -1/2..1/2
            sides = jnp.array([rows, columns])[:, None]
            turns = _rounded(turns * sides) / sides
            down, across = (jnp.arange(k)[None, :, None] * turns[:, i, None, :] for i, k in enumerate((rows, columns)))
            angle = down[:, :, None] + across[:, None] + latent.phases[:, None, None]  # [n, rows, columns, waves]
            parts.append(jnp.sqrt(2.0) * jnp.sin(2 * jnp.pi * angle))
        return self.enter(jnp.concatenate(parts, axis=-1))


class Refiner(nnx.Module):
    """What is to be added to a drawn picture, from its places of 2 x 2 pixels and what was known; nothing at first."""

    def __init__(self, config: GanConfig, *, modulated: int, rngs: nnx.Rngs):
        self.beyond: Beyond = config.beyond
        channels, known = config.refined, config.widths[config.stages - 1]
        linear = nnx.initializers.lecun_normal()
        self.enter = Conv(4 * config.channels, channels, beyond=self.beyond, kernel_init=linear, rngs=rngs)
        self.recall = nnx.Linear(known, channels, use_bias=False, kernel_init=linear, rngs=rngs)
        self.block = Block(channels, modulated=modulated, beyond=self.beyond, rngs=rngs)
        self.stamps = nnx.Param(jnp.zeros((3, 3, channels, 4 * config.channels)))

    def __call__(self, drawn: jax.Array, known: jax.Array, whole: jax.Array) -> jax.Array:
        """[N, H, W, C], its last features [N, H / 4, W / 4, D] and latents [N, L] -> [N, H, W, C]."""
        recalled = doubled(mixed(known, self.recall), around=self.beyond == "other end")
        x = _active(self.block(self.enter(fold(drawn, 2)) + recalled, whole))
        return stamped(x, self.stamps[...], 2, beyond=self.beyond)


class Critic(nnx.Module):
    """Pictures -> one number each, higher for those that look like the training pictures.

    Beside a picture it sees maps of features that do not learn, if `config.maps` says so (Sauer et al. 2021,
    "Projected GANs converge faster", arXiv 2111.01007, whose critics see nothing else).
    """

    def __init__(self, config: GanConfig, *, rngs: nnx.Rngs):
        self.config = config
        widths = config.widths[: config.stages][::-1]
        rows, columns = config.grid
        self.enter = Conv(config.patch**2 * config.channels, widths[0], kernel_init=_SCALED, rngs=rngs)
        self.blocks = nnx.List([Block(w, rngs=rngs) for w in widths])
        linear = {"kernel_init": nnx.initializers.lecun_normal(), "rngs": rngs}
        self.widen = nnx.List([nnx.Linear(a, b, use_bias=False, **linear) for a, b in itertools.pairwise(widths)])
        self.look = nnx.List([nnx.Linear(a, b, **linear) for a, b in zip(config.maps, widths, strict=False)])
        self.gather = nnx.Linear(rows * columns * widths[-1], config.latent, kernel_init=_SCALED, rngs=rngs)
        self.judge = nnx.Linear(config.latent, 1, use_bias=False, **linear)  # only differences count
        if config.classes:
            self.classes = nnx.Param(jnp.zeros((config.classes, config.latent)))

    def __call__(
        self, pictures: jax.Array, classes: jax.Array | None = None, maps: Sequence[jax.Array] = ()
    ) -> jax.Array:
        """One number a picture.

        Parameters
        ----------
        pictures : [N, H, W, C]
        classes : weights of classes, [N, classes], where there are any
        maps : for each of `config.maps` what is known of the places of a layer: [N, H / patch, W / patch, channels],
            then at half as many rows and columns and so on, each channel of about unit variance

        Returns
        -------
        [N]
        """
        x = self.enter(fold(pictures, self.config.patch))
        for stage, block in enumerate(self.blocks):
            if stage:
                x = mixed(halved(x), self.widen[stage - 1])
            if stage < len(self.look):
                x = (x + mixed(maps[stage], self.look[stage])) / np.sqrt(2)
            x = block(x)
        x = _active(self.gather(_active(x).reshape(len(x), -1)))
        judged = self.judge(x)[:, 0]
        if classes is not None:  # a projection (Miyato & Koyama 2018, arXiv 1802.05637)
            judged = judged + jnp.sum(x * (classes @ self.classes[...]), axis=1)
        return judged


def stamped(x: jax.Array, stamps: jax.Array, patch: int, *, beyond: Beyond) -> jax.Array:
    """What places draw, each over its neighbors too, fading out, smooth: [N, H, W, D] -> [N, patch * H, patch * W, C].

    Parameters
    ----------
    stamps : [3, 3, D, patch * patch * C]
    """
    share = np.repeat(taper(patch), stamps.shape[-1] // patch**2, axis=4).reshape(3, 3, 1, -1).astype(np.float32)
    drawn = unfold(convolved(x, stamps * share, beyond=beyond), patch)
    return smoothed(drawn, around=beyond == "other end")


def _rounded(x: jax.Array) -> jax.Array:
    """Whole numbers, with the gradient of what was rounded."""
    return x + jax.lax.stop_gradient(jnp.round(x) - x)
