"""The GAN as a model: pictures by seed, and textures of any size."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

import genart
from genart.errors import InputError, ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.families.mixture import check_range, mixture_parts, parse_mixture
from genart.image.picture import MOST_PIXELS, Picture
from genart.image.premultiplied import as_picture
from genart.nets.flat import with_flat
from genart.nets.gan import GanConfig, Generator, Latent
from genart.recipe import Recipe
from genart.sampling import latent as latents
from genart.sampling.seeds import fresh_seed, keys_of

GENERATOR, CRITIC = "generator.", "critic."  # what names of weights begin with
AT_ONCE = 16  # pictures that are painted together; of more, what lies between two layers leaves the caches
TRUNCATIONS, SPREADS = (0.0, 2.0), (0.0, 1.0)
SPREAD = 0.4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Point:
    """What names a picture of a GAN; the parameters are those of :meth:`Gan.sample`."""

    seed: int
    truncation: float = 1.0
    look: str | None = None
    near: int | None = None
    spread: float = SPREAD

    def parameters(self) -> dict[str, Any]:
        """All but the seed, for a recipe."""
        found = dataclasses.asdict(self)
        del found["seed"]
        return found


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
        near: int | None = None,
        spread: float = SPREAD,
    ) -> list[Picture]:
        """Pictures, the one at place i the one that seed + i alone gives.

        Parameters
        ----------
        n : how many
        seed : whole number; by default one is drawn
        truncation : 1 is as trained; towards 0 pictures are surer and more alike, up to 2
        size : width and height of textures in pixels, any; by default that of the training pictures
        look : one of `names`, or a blend ("a:0.6,b:0.4"); by default each seed has its own
        near : the seed of a picture whose neighbors these shall be
        spread : how far from it they are: 0 are all that picture, 1 have nothing of it

        Raises
        ------
        InputError
            An option does not fit the model.
        """
        if n < 1:
            raise InputError(f"{n} pictures: at least 1 is needed")
        seed = fresh_seed() if seed is None else seed
        points = [Point(seed=seed + i, truncation=truncation, look=look, near=near, spread=spread) for i in range(n)]
        return list(self.stream(points, size=size))

    def stream(self, points: Sequence[Point], *, size: tuple[int, int] | None = None) -> Iterator[Picture]:
        """The picture of each point, one after the other as they are painted; `size` as for :meth:`sample`."""
        self._check(points)  # what does not fit is told now
        self._check_size(size)
        return self._drawn(points, size)

    def walk(self, points: Sequence[Point] = (), **options: Any) -> Iterator[Picture]:
        """Pictures on a path through points, see :func:`genart.families.walk.walk`."""
        from genart.families.walk import walk

        return walk(self, points, **options)

    def latent(self, points: Sequence[Point], *, size: tuple[int, int] | None = None) -> Latent:
        """What the pictures of points are made from, for :meth:`paint`. InputError where one does not fit."""
        self._check(points)
        grid = self.grid(size)
        drawn = self._of_seeds([point.seed for point in points], grid)
        if any(point.near is not None for point in points):
            near = self._of_seeds([point.seed if point.near is None else point.near for point in points], grid)
            spread = [1.0 if point.near is None else point.spread for point in points]
            drawn = latents.between(near, drawn, jnp.array(spread))
        drawn = latents.truncated(drawn, jnp.array([point.truncation for point in points]))
        if all(point.look is None for point in points):
            return drawn
        looks = [
            drawn.classes[i] if point.look is None and drawn.classes is not None else self._look(point.look or "")
            for i, point in enumerate(points)
        ]
        return dataclasses.replace(drawn, classes=jnp.stack(looks))

    def paint(self, latent: Latent) -> np.ndarray:
        """float32 [N, H, W, C], -1..1; see :mod:`genart.image.premultiplied`."""
        count = len(latent.whole)
        index = np.minimum(np.arange(-(-count // self._at_once) * self._at_once), count - 1)
        index = index.reshape(-1, self._at_once)
        latent = jax.tree.map(np.asarray, latent)  # of which numpy takes parts with less ado
        parts = [self._paint(self._weights, jax.tree.map(lambda a, rows=rows: a[rows], latent)) for rows in index]
        return np.concatenate([np.asarray(part) for part in parts])[:count]

    def grid(self, size: tuple[int, int] | None) -> tuple[int, int]:
        """Rows and columns of places for a picture of a size, width and height. InputError where it cannot be had."""
        self._check_size(size)
        if size is None:
            return self.config.grid
        return -(-size[1] // self.config.stride), -(-size[0] // self.config.stride)

    def recipe(self, verb: str, *, seed: int, parameters: dict[str, Any]) -> Recipe:
        """How a work of this model was made."""
        return Recipe(
            verb=verb,
            model=self.name,
            weights=self.bundle.sha256,
            seed=seed,
            parameters=parameters,
            versions={"genart": genart.__version__, "jax": jax.__version__},
            device=jax.default_backend(),
        )

    def _of_seeds(self, seeds: Sequence[int], grid: tuple[int, int]) -> Latent:
        return latents.draw(keys_of([(seed,) for seed in seeds]), self.config, grid=grid)

    def _drawn(self, points: Sequence[Point], size: tuple[int, int] | None) -> Iterator[Picture]:
        width, height = size or (self.config.width, self.config.height)
        for first in range(0, len(points), self._at_once):
            some = points[first : first + self._at_once]
            for point, values in zip(some, self.paint(self.latent(some, size=size)), strict=True):
                recipe = self.recipe("gan sample", seed=point.seed, parameters=point.parameters() | {"size": size})
                yield dataclasses.replace(as_picture(values[:height, :width]), recipe=recipe)

    @property
    def _at_once(self) -> int:
        """Pictures that are painted together: always as many, so that a picture never depends on others."""
        return 1 if self.config.texture else AT_ONCE

    def _check(self, points: Sequence[Point]) -> None:
        for point in points:
            check_range("truncation", point.truncation, TRUNCATIONS)
            check_range("spread", point.spread, SPREADS)
        for look in {point.look for point in points if point.look is not None}:
            self._look(look)

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

    def _look(self, look: str) -> jax.Array:
        if not self.names:
            raise InputError(f"{self.name} knows only one look: leave {look!r} out")
        for name, _ in mixture_parts(look):
            if name not in self.names:
                raise InputError(f"{self.name} has no look {name!r}: there are {', '.join(self.names)}")
        weights = parse_mixture(look, self.names)
        return jnp.array([weights.get(name, 0.0) for name in self.names], jnp.float32)

    def _repr_html_(self) -> str:
        kind = "textures" if self.config.texture else "pictures"
        return f"<p>{self.name}: {kind} of {self.config.width} x {self.config.height} pixels</p>"


def part(bundle: Bundle, prefix: str) -> dict[str, np.ndarray]:
    """The weights of one of a bundle's networks, by the names that the network gives them."""
    return {name.removeprefix(prefix): a for name, a in bundle.weights.items() if name.startswith(prefix)}
