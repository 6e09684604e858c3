"""The style net as a compiled function of bytes: one picture in, one picture out, whatever its size."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.nets.flat import with_flat
from genart.nets.stylizer import BORDER, STRIDE, Stylizer, StylizerConfig

TILE = 960  # pixels of a tile's side, with what it shares with its neighbors
HALO = 96  # pixels beyond a tile's core that still reach into it through the net
WHOLE = 4_000_000  # pixels that are painted in one piece
STEP = 64  # pixels by which the sides of stills are rounded up, so that many share a compiled function

Region = tuple[slice, slice]  # rows and columns of a picture


class Painter:
    """A style net's weights, ready to paint pictures uint8 [H, W, 3] in styles given as rows, float32 [R]."""

    def __init__(self, config: StylizerConfig, weights: Mapping[str, Any]):
        self.config = config
        # Styles are given as rows, so the net's own table is empty.
        self.params = {name: jnp.asarray(value) for name, value in weights.items()}
        self.params["rows"] = jnp.zeros((config.styles + 1, config.row))

    def paint(self, pixels: np.ndarray, row: np.ndarray) -> np.ndarray:
        """A painted still, uint8 [H, W, 3]; in tiles where it has more than four million pixels."""
        if pixels.shape[0] * pixels.shape[1] > WHOLE:
            return self.tiled(pixels, row)
        return self.frame(pixels, row, step=STEP)[0]

    def frame(
        self,
        pixels: np.ndarray,
        row: np.ndarray,
        *,
        memory: np.ndarray | jax.Array | None = None,
        fresh: float = 1.0,
        step: int = STRIDE,
    ) -> tuple[np.ndarray, jax.Array]:
        """A picture painted in one piece, uint8 [H, W, 3], and its own statistics, float32 [M].

        Parameters
        ----------
        memory : statistics to normalize with, [M]
        fresh : share of the picture's own statistics in those used, 0..1, where there is a memory
        step : sides are rounded up to multiples of it, itself a multiple of 8; only another size compiles anew
        """
        height, width = pixels.shape[:2]
        wide = _bordered(pixels, step)
        if memory is None:
            memory, fresh = np.zeros(self.config.moments, np.float32), 1.0
        sides = (wide.shape[0] - 2 * BORDER, wide.shape[1] - 2 * BORDER)
        whole = sides == (height, width)  # then no place is left out, and all weigh the same
        inside = None if whole else _inside(sides, (slice(0, height), slice(0, width)))[None]
        painted, moments = _paint(
            self.params, wide, row, memory, np.float32(fresh), inside, config=self.config, border=BORDER
        )
        return np.asarray(painted)[BORDER : BORDER + height, BORDER : BORDER + width], moments

    def tiled(self, pixels: np.ndarray, row: np.ndarray, *, tile: int = TILE) -> np.ndarray:
        """As :meth:`paint`, piece by piece: the same to within rounding, in memory that does not grow.

        One normalization after the other is measured over all tiles, since each depends on those before it; then
        every tile is painted with what was measured.

        Parameters
        ----------
        tile : pixels of a tile's side, a multiple of 8 and more than 192
        """
        height, width = pixels.shape[:2]
        whole = _bordered(pixels, STRIDE)
        picture = slice(BORDER, BORDER + height), slice(BORDER, BORDER + width)
        tiles = list(_tiles(whole.shape[:2], tile))
        memory, start = np.zeros(self.config.moments, np.float32), 0
        for place, channels in enumerate(self.config.norms):
            end, sums = start + 2 * channels, np.zeros((2, channels))
            for there, core in tiles:
                inside = _inside(whole[there].shape[:2], _within(_both(core, picture), there))
                found = _measure(self.params, whole[there], row, memory, inside, config=self.config, norms=place + 1)
                mean, variance = np.asarray(found, np.float64)[start:end].reshape(2, channels)
                sums += inside.sum() * np.stack([mean, variance + mean**2])
            mean, square = sums / (height * width / STRIDE**2)
            memory[start:end] = np.concatenate([mean, square - mean**2])
            start = end
        out = np.empty_like(whole)
        for there, core in tiles:
            painted, _ = _paint(
                self.params, whole[there], row, memory, np.float32(0), None, config=self.config, border=0
            )
            out[core] = np.asarray(painted)[_within(core, there)]
        return out[picture]


@functools.cache
def network_of(config: StylizerConfig) -> tuple[Any, Any]:
    """Graph and abstract parameters of a :class:`Stylizer`."""
    return nnx.split(nnx.eval_shape(lambda: Stylizer(config, rngs=nnx.Rngs(0))), nnx.Param)


def merged(config: StylizerConfig, params: Mapping[str, Any]) -> Stylizer:
    """The net with these flat parameters; to be called inside compiled functions."""
    graph, abstract = network_of(config)
    return nnx.merge(graph, with_flat(abstract, params))


@functools.partial(jax.jit, static_argnames=("config", "border"))
def _paint(
    params: Any, pixels: Any, row: Any, memory: Any, fresh: Any, inside: Any, *, config: StylizerConfig, border: int
) -> Any:
    pictures = pixels[None].astype(jnp.float32) / 255
    painted, moments = merged(config, params)(pictures, row[None], memory[None], fresh, inside, border)
    return jnp.round(jnp.clip(painted[0], 0, 1) * 255).astype(jnp.uint8), moments[0]


@functools.partial(jax.jit, static_argnames=("config", "norms"))
def _measure(
    params: Any, pixels: Any, row: Any, memory: Any, inside: Any, *, config: StylizerConfig, norms: int
) -> Any:
    """Statistics up to those of normalization `norms`, the ones before it normalizing with `memory`."""
    pictures = pixels[None].astype(jnp.float32) / 255
    net = merged(config, params)
    return net.strokes(pictures, row[None], memory=memory[None], fresh=0.0, inside=inside[None], norms=norms)[1][0]


def _bordered(pixels: np.ndarray, step: int) -> np.ndarray:
    """A picture filled up to multiples of `step`, with a border around that; all of its mirror image."""
    height, width = pixels.shape[:2]
    around = (BORDER, BORDER + -height % step), (BORDER, BORDER + -width % step), (0, 0)
    return np.pad(pixels, around, mode="symmetric")


def _inside(shape: tuple[int, ...], region: Region) -> np.ndarray:
    """How much of each place lies inside a region: float32 [H/8, W/8] of 0..1, for a picture of `shape`."""
    shares = []
    for length, part in zip(shape, region, strict=True):
        pixels = np.zeros(length, np.float32)
        pixels[part] = 1
        shares.append(pixels.reshape(-1, STRIDE).mean(1))  # [length / 8]
    return shares[0][:, None] * shares[1]


def _tiles(shape: tuple[int, ...], tile: int) -> Iterator[tuple[Region, Region]]:
    """Each tile and its core; the cores make up the picture, and the tiles are all of one size where it is large."""
    rows, columns = (list(_spans(length, tile)) for length in shape)
    for down, core_down in rows:
        for across, core_across in columns:
            yield (down, across), (core_down, core_across)


def _spans(length: int, tile: int) -> Iterator[tuple[slice, slice]]:
    tile, core = min(tile, length), tile - 2 * HALO
    count = 1 if tile == length else -(-(length - 2 * HALO) // core)
    for number in range(count):
        start = min(number * core, length - tile)
        first = 0 if number == 0 else number * core + HALO
        last = length if number == count - 1 else (number + 1) * core + HALO
        yield slice(start, start + tile), slice(first, last)


def _both(one: Region, other: Region) -> Region:
    """What two regions share."""
    down, across = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return down, across


def _within(region: Region, tile: Region) -> Region:
    """A region of a picture as a region of a tile."""
    down, across = (slice(r.start - t.start, r.stop - t.start) for r, t in zip(region, tile, strict=True))
    return down, across
