"""The GAN as a model: pictures by seed, and textures of any size."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

import genart
from genart.errors import InputError, ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.families.mixture import parse_mixture
from genart.image.picture import MOST_PIXELS, Picture
from genart.image.premultiplied import as_picture
from genart.nets.flat import with_flat
from genart.nets.gan import GanConfig, Generator, Latent
from genart.recipe import Recipe
from genart.sampling import latent as latents
from genart.sampling.seeds import fresh_seed, keys_of

GENERATOR, CRITIC = "generator.", "critic."  # what names of weights begin with
AT_ONCE = 16  # pictures that are painted together
TRUNCATIONS = (0.0, 2.0)


class Gan:
    """A trained generator (R3GAN, Huang et al. 2024, arXiv 2501.05441).

    Attributes
    ----------
    config : sizes, see :class:`genart.nets.gan.GanConfig`
    names : of the kinds of pictures that can be asked for, () where there are none
    bundle : what it was made from
    """

    def __init__(self, bundle: Bundle):
        try:
            self.config = GanConfig(**bundle.network)
            self.names = tuple(str(name) for name in bundle.codec["classes"])
            outline = nnx.eval_shape(lambda: Generator(self.config, rngs=nnx.Rngs(0)))
        except (TypeError, KeyError, IndexError) as error:
            raise ModelError(f"the network of {bundle.name} is not one this genart knows: {error}") from error
        graph, shapes = nnx.split(outline, nnx.Param)
        self._weights = with_flat(shapes, {name: jnp.asarray(a) for name, a in part(bundle, GENERATOR).items()})
        self._paint = jax.jit(lambda weights, latent: nnx.merge(graph, weights)(latent))
        self.bundle = bundle

    @classmethod
    def read(cls, folder: str | Path) -> "Gan":
        """The model in a bundle's folder. Raises ModelError if it is damaged or another family's."""
        return cls(read_bundle(folder, family="gan"))

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.bundle.name

    def sample(
        self,
        *,
        n: int = 1,
        seed: int | None = None,
        truncation: float = 1.0,
        size: tuple[int, int] | None = None,
        look: str | None = None,
    ) -> list[Picture]:
        """Pictures, the one at place i the one that seed + i alone gives.

        Parameters
        ----------
        n : how many
        seed : whole number; by default one is drawn
        truncation : 1 is as trained; towards 0 pictures are surer and more alike, up to 2
        size : width and height of textures in pixels, any; by default that of the training pictures
        look : one of `names`, or a blend ("a:0.6,b:0.4"); by default each seed has its own

        Raises
        ------
        InputError
            An option does not fit the model.
        """
        return list(self.stream(n=n, seed=seed, truncation=truncation, size=size, look=look))

    def stream(
        self,
        *,
        n: int = 1,
        seed: int | None = None,
        truncation: float = 1.0,
        size: tuple[int, int] | None = None,
        look: str | None = None,
    ) -> Iterator[Picture]:
        """The pictures of :meth:`sample`, one after the other as they are painted."""
        if n < 1:
            raise InputError(f"{n} pictures: at least 1 is needed")
        if not TRUNCATIONS[0] <= truncation <= TRUNCATIONS[1]:
            raise InputError(f"truncation {truncation:g}: it is from 0, where all pictures are one, to 2; 1 is plain")
        self._check_size(size)
        weights = None if look is None else self._look(look)
        return self._drawn(fresh_seed() if seed is None else seed, n, truncation, size, look, weights)

    def latent(self, seeds: Sequence[int], *, size: tuple[int, int] | None = None) -> Latent:
        """What pictures of these seeds are made from, for :meth:`paint`; `size` is of textures."""
        return latents.draw(keys_of([(seed,) for seed in seeds]), self.config, grid=self._grid(size))

    def paint(self, latent: Latent) -> np.ndarray:
        """float32 [N, H, W, C], -1..1; see :mod:`genart.image.premultiplied`."""
        return np.asarray(self._paint(self._weights, latent))

    def _drawn(
        self,
        seed: int,
        n: int,
        truncation: float,
        size: tuple[int, int] | None,
        look: str | None,
        weights: np.ndarray | None,
    ) -> Iterator[Picture]:
        at_once = 1 if self.config.texture else AT_ONCE  # always as many, so that a picture never depends on others
        width, height = size or (self.config.width, self.config.height)
        for first in range(0, n, at_once):
            latent = latents.truncated(self.latent(range(seed + first, seed + first + at_once), size=size), truncation)
            if weights is not None:
                latent = dataclasses.replace(latent, classes=jnp.tile(weights, (at_once, 1)))
            for place, values in enumerate(self.paint(latent)[: n - first]):
                parameters = {"truncation": truncation, "size": None if size is None else list(size), "look": look}
                recipe = self._recipe(seed + first + place, parameters)
                yield dataclasses.replace(as_picture(values[:height, :width]), recipe=recipe)

    def _recipe(self, seed: int, parameters: dict[str, object]) -> Recipe:
        return Recipe(
            verb="gan sample",
            model=self.name,
            weights=self.bundle.sha256,
            seed=seed,
            parameters=parameters,
            versions={"genart": genart.__version__, "jax": jax.__version__},
            device=jax.default_backend(),
        )

    def _grid(self, size: tuple[int, int] | None) -> tuple[int, int]:
        if size is None:
            return self.config.grid
        return -(-size[1] // self.config.stride), -(-size[0] // self.config.stride)

    def _check_size(self, size: tuple[int, int] | None) -> None:
        if size is None:
            return
        if not self.config.texture:
            raise InputError(
                f"{self.name} makes pictures of {self.config.width} x {self.config.height} pixels; only textures "
                "can be painted in other sizes"
            )
        if min(size) < self.config.stride or size[0] * size[1] > MOST_PIXELS:
            raise InputError(
                f"a texture of {size[0]} x {size[1]} pixels: sides of at least {self.config.stride} are needed, and "
                f"at most {MOST_PIXELS // 10**6} million pixels"
            )

    def _look(self, look: str) -> np.ndarray:
        if not self.names:
            raise InputError(f"{self.name} knows only one look: leave {look!r} out")
        weights = parse_mixture(look, self.names)
        return np.array([weights.get(name, 0.0) for name in self.names], np.float32)

    def _repr_html_(self) -> str:
        kind = "textures" if self.config.texture else "pictures"
        return f"<p>{self.name}: {kind} of {self.config.width} x {self.config.height} pixels</p>"


def part(bundle: Bundle, prefix: str) -> dict[str, np.ndarray]:
    """The weights of one of a bundle's networks, by the names that the network gives them."""
    return {name.removeprefix(prefix): a for name, a in bundle.weights.items() if name.startswith(prefix)}
