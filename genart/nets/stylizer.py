"""The style-transfer network: one net, a table of styles, one forward pass.

A transformer net in the manner of Johnson et al. 2016 (arXiv 1603.08155), with conditional instance
normalization (Dumoulin et al. 2017, arXiv 1610.07629): all styles share the convolutions, and a style is one
*row* of numbers. Four things differ from theirs:

- *Space is folded into channels* at both ends, four by four pixels, and most of the work is done at an eighth
  of the resolution, where channels are many and XLA's convolutions fast.
- *The way out draws overlapping stamps*: every place of the last layer paints a 12x12 patch. The stamps taper
  off at their edges, and those of a channel that is the same everywhere add up to one flat color, so that
  neither seams nor a grid can show; what resizing before the last convolution does elsewhere.
- *A row holds more than scales and shifts*: a matrix that mixes channels, and what of the picture's own colors
  goes straight through. Row 0 is the plain picture, so strength and blends are interpolations of rows.
- *Statistics can be carried*: each normalization mixes the picture's own mean and variance with remembered
  ones, which keeps films from flickering and tiles of one picture alike.

Convolutions see their input mirrored at the borders. With zeros there, or a mean over the neighbors that exist (Liu et
al. 2018, arXiv 1811.11718), what borders do to the many channels that look for differences outweighs all else in the
statistics, and a faded frame reaches 60 pixels into the picture. With the last line held, strokes run along borders.
"""

import dataclasses
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.nets.convolution import convolved, mixed, mixed_each
from genart.nets.places import doubled, fold, taper, unfold

PATCH = 4  # pixels folded into a place, each way
STRIDE = 8  # pixels of a place of the deep layers; heights and widths are multiples of it
BORDER = 16  # pixels of a picture's mirror image around it, painted with it and cut off: strokes are calmer at its end
PLAIN = 0  # the row that gives the picture back
EPSILON = 1e-3  # added to variances
FLAT = 1e-3  # a variance far below this is rounding, which norm upon norm would make a frame on plain grey


@dataclasses.dataclass(frozen=True, kw_only=True)
class StylizerConfig:
    """Size of a :class:`Stylizer`."""

    styles: int = 12  # rows of the table beside the plain one
    width: int = 64  # channels at a quarter of the resolution
    deep: int = 128  # channels at an eighth
    blocks: int = 5  # residual blocks at an eighth

    @classmethod
    def tiny(cls, *, styles: int = 2) -> "StylizerConfig":
        """A network of the same class that compiles and trains in seconds, for tests."""
        return cls(styles=styles, width=16, deep=16, blocks=1)

    @property
    def norms(self) -> tuple[int, ...]:
        """Channels of each normalization, in the order of the forward pass."""
        return (self.width, self.deep, *(self.deep,) * (2 * self.blocks), self.width, self.width)

    @property
    def moments(self) -> int:
        """Length of a picture's statistics: a mean and a variance of every normalized channel."""
        return 2 * sum(self.norms)

    @property
    def row(self) -> int:
        """Numbers of one style."""
        return sum(int(np.prod(shape)) for _, shape in self.fields())

    def fields(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each part of a row, in their order."""
        for place, channels in enumerate(self.norms):
            yield f"norm{place}", (2, channels)  # scale and shift
        yield "mix", (self.width, self.width)
        yield "colors", (3, 3)  # from the picture's colors straight to the output's
        yield "tint", (3,)
        yield "gain", (1,)  # of what the stamps draw


def row_parts(config: StylizerConfig, rows: jax.Array) -> dict[str, jax.Array]:
    """Rows [N, R] -> {"norm0": [N, 2, C], ..., "mix": [N, C, C], "colors": [N, 3, 3], ...}."""
    parts, start = {}, 0
    for name, shape in config.fields():
        end = start + int(np.prod(shape))
        parts[name] = rows[:, start:end].reshape(rows.shape[0], *shape)
        start = end
    return parts


def first_rows(config: StylizerConfig) -> jax.Array:
    """The table before training: float32 [styles + 1, R]."""
    row = {name: np.zeros(shape, np.float32) for name, shape in config.fields()}
    for name, part in row.items():
        if name.startswith("norm"):
            part[0] = 1.0
    row["mix"] += np.eye(config.width, dtype=np.float32)
    row["colors"] += 0.5 * np.eye(3, dtype=np.float32)
    row["gain"] += 1.0
    table = np.tile(np.concatenate([part.ravel() for part in row.values()]), (config.styles + 1, 1))
    return hold_plain(jnp.asarray(table))


def hold_plain(table: jax.Array) -> jax.Array:
    """The table with what makes row 0 the plain picture put in its place: its colors alone, no stamps."""
    end = np.concatenate([np.eye(3, dtype=np.float32).ravel(), np.zeros(4, np.float32)])  # colors, tint, gain
    return table.at[PLAIN, -end.size :].set(end)


class Conv(nnx.Module):
    """A 3x3 convolution that mirrors its input at the borders. [N, H, W, C] -> [N, H / s, W / s, D], s 1 or 2."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, rngs: nnx.Rngs):
        self.stride = stride
        self.conv = nnx.Conv(inputs, outputs, (3, 3), use_bias=False, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.conv.kernel[...]
        return convolved(x, kernel, beyond="mirrored") if self.stride == 1 else _at_every_second(x, kernel)


def _at_every_second(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """[N, H, W, C] -> [N, H / 2, W / 2, D]; H and W are even, so that no place reaches beyond the last line."""

    def strided(x: jax.Array, kernel: jax.Array, zeros: int, strides: tuple[int, int]) -> jax.Array:
        around, layout = ((zeros, zeros), (zeros, zeros)), ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, kernel, strides, around, dimension_numbers=layout)

    # XLA pads with zeros at no cost, and takes three times as long where a padded copy is convolved.
    y = strided(x, kernel, 1, (2, 2))
    row = jnp.pad(x[:, 1:2], ((0, 0), (0, 0), (1, 1), (0, 0)), mode="reflect")  # with the corners
    column = jnp.pad(x[:, :, 1:2], ((0, 0), (1, 1), (0, 0), (0, 0)))
    y = y.at[:, :1].add(strided(row, kernel[:1], 0, (1, 2)))
    return y.at[:, :, :1].add(strided(column, kernel[:, :1], 0, (2, 1)))


class Block(nnx.Module):
    """The two convolutions of a residual block at an eighth of the resolution."""

    def __init__(self, channels: int, *, rngs: nnx.Rngs):
        self.first = Conv(channels, channels, rngs=rngs)
        self.second = Conv(channels, channels, rngs=rngs)


class Stylizer(nnx.Module):
    """Pictures and rows -> painted pictures.

    ``rows`` is the table of styles, float32 [styles + 1, R]; row 0 is the plain picture.
    """

    def __init__(self, config: StylizerConfig, *, rngs: nnx.Rngs):
        w, d = config.width, config.deep
        self.config = config
        self.first = Conv(PATCH**2 * 3, w, rngs=rngs)
        self.down = Conv(w, d, stride=2, rngs=rngs)
        self.blocks = nnx.List([Block(d, rngs=rngs) for _ in range(config.blocks)])
        self.up = nnx.Linear(d, w, use_bias=False, rngs=rngs)
        self.join = Conv(w, w, rngs=rngs)
        self.stamps = nnx.Param(0.1 * nnx.initializers.lecun_normal()(rngs.params(), (3, 3, w, PATCH**2 * 3)))
        self.rows = nnx.Param(first_rows(config))

    def __call__(
        self,
        pictures: jax.Array,
        rows: jax.Array,
        memory: jax.Array | None = None,
        fresh: jax.Array | float = 1.0,
        inside: jax.Array | None = None,
        border: int = 0,
    ) -> tuple[jax.Array, jax.Array]:
        """Paint pictures: their own colors, as far as the rows let them through, and :meth:`strokes`.

        Returns
        -------
        painted : [N, H, W, 3], 0..1 but for overshoot, which the caller cuts off
        moments : [N, M], the pictures' own statistics
        """
        drawn, moments = self.strokes(pictures, rows, memory=memory, fresh=fresh, inside=inside, border=border)
        return self.own_colors(pictures, rows) + drawn, moments

    def with_border(
        self, pictures: jax.Array, rows: jax.Array, *, memory: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Paint pictures with 16 pixels of their mirror image around them, which do not count and are cut off again.

        Parameters and results are those of a call; a memory [N, M] stands for all of the pictures' own statistics.
        """
        around = (BORDER, BORDER)
        wide = jnp.pad(pictures, ((0, 0), around, around, (0, 0)), mode="symmetric")
        painted, moments = self(wide, rows, memory, 0.0, border=BORDER)
        return painted[:, BORDER:-BORDER, BORDER:-BORDER], moments

    def own_colors(self, pictures: jax.Array, rows: jax.Array) -> jax.Array:
        """What of the pictures' colors goes straight through: [N, H, W, 3], [N, R] -> [N, H, W, 3]."""
        colors = row_parts(self.config, rows)["colors"][:, None, None]  # [N, 1, 1, 3, 3]
        # Spelled out: XLA is slow at products of so small matrices.
        red, green, blue = ((pictures[..., c : c + 1] - 0.5) * colors[..., c, :] for c in range(3))
        return 0.5 + red + green + blue

    def strokes(
        self,
        pictures: jax.Array,
        rows: jax.Array,
        *,
        memory: jax.Array | None = None,
        fresh: jax.Array | float = 1.0,
        inside: jax.Array | None = None,
        border: int = 0,
        norms: int | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """What the stamps draw on top of the pictures' own colors.

        Parameters
        ----------
        pictures : float [N, H, W, 3], sRGB 0..1; H and W multiples of 8
        rows : float [N, R], of the table or mixtures of its rows
        memory : [N, M], statistics to normalize with; none means the pictures' own
        fresh : share of the pictures' own statistics in those used, 0..1, where there is a memory
        border : pixels on each side, a multiple of 8, that do not count in the pictures' own statistics
        inside : [N, H/8, W/8] without the border, weight 0..1 of each place in the statistics; all alike by default
        norms : stop after so many normalizations have measured; what is drawn is then zero

        Returns
        -------
        strokes : [N, H, W, 3], to be added to the picture
        moments : [N, M] or shorter with `norms`, the pictures' own statistics: of each normalization the mean, then
            the variance of each channel
        """
        parts = row_parts(self.config, rows)
        norm = _Norms(self.config, parts, memory, fresh, inside, border / pictures.shape[1], norms)
        try:
            near = nnx.relu(norm(self.first(fold(pictures - 0.5, PATCH))))  # [N, H/4, W/4, w]
            far = nnx.relu(norm(self.down(near)))  # [N, H/8, W/8, d]
            for block in self.blocks:
                far = far + norm(block.second(nnx.relu(norm(block.first(far)))))
            near = nnx.relu(norm(near + doubled(mixed(far, self.up))))
            near = nnx.relu(norm(self.join(near)))
        except _Measured:
            return jnp.zeros_like(pictures), norm.moments()
        near = mixed_each(near, parts["mix"])
        drawn = parts["gain"][:, None, None, :] * unfold(self._stamped(near), PATCH)
        return drawn + parts["tint"][:, None, None, :], norm.moments()

    def _stamped(self, x: jax.Array) -> jax.Array:
        return convolved(x, flat_stamps(self.stamps[...]), beyond="mirrored")  # flat colors stay flat at borders


def flat_stamps(stamps: jax.Array) -> jax.Array:
    """Kernels [3, 3, C, 48] tapered, and with the same sum over the taps for every pixel of a place."""
    share = (taper(PATCH) / 1.5**2).astype(np.float32)  # adds up to 1 at every pixel
    kernel = stamps.reshape(3, 3, -1, PATCH**2, 3) * (share * 9)
    total = kernel.sum((0, 1), keepdims=True)  # [1, 1, C, 16, 3]
    kernel = kernel - share * (total - total.mean(3, keepdims=True))
    return kernel.reshape(stamps.shape)


class _Measured(Exception):
    """As many normalizations as wanted have measured their channels."""


class _Norms:
    """The normalizations of one forward pass, one after the other."""

    def __init__(
        self,
        config: StylizerConfig,
        parts: dict[str, jax.Array],
        memory: jax.Array | None,
        fresh: jax.Array | float,
        inside: jax.Array | None,
        border: float,
        wanted: int | None,
    ):
        self.config, self.parts, self.memory, self.fresh, self.wanted = config, parts, memory, fresh, wanted
        self.border = border  # as a share of the height
        self.inside = None if inside is None else inside[..., None]
        self.own: list[jax.Array] = []

    def __call__(self, x: jax.Array) -> jax.Array:
        place = len(self.own)
        moments = self._measure(x)  # [N, 2, C]
        self.own.append(moments)
        if place + 1 == self.wanted:
            raise _Measured
        if self.memory is not None:
            start = 2 * sum(self.config.norms[:place])
            known = self.memory[:, start : start + 2 * x.shape[-1]].reshape(moments.shape)
            moments = self.fresh * moments + (1 - self.fresh) * known
        scale, shift = self.parts[f"norm{place}"][:, 0], self.parts[f"norm{place}"][:, 1]
        mean, variance = moments[:, 0], moments[:, 1]
        scale = scale * jax.lax.rsqrt(variance + EPSILON) * variance / (variance + FLAT)
        shift = shift - mean * scale
        return x * scale[:, None, None, :] + shift[:, None, None, :]

    def _measure(self, x: jax.Array) -> jax.Array:
        border = round(self.border * x.shape[1])
        x = x[:, border : x.shape[1] - border, border : x.shape[2] - border]
        if self.inside is None:
            return jnp.stack([x.mean((1, 2)), x.var((1, 2))], 1)
        times = x.shape[1] // self.inside.shape[1]
        weight = jnp.repeat(jnp.repeat(self.inside, times, 1), times, 2)
        total = weight.sum((1, 2))
        mean = (x * weight).sum((1, 2)) / total
        variance = (jnp.square(x - mean[:, None, None]) * weight).sum((1, 2)) / total
        return jnp.stack([mean, variance], 1)

    def moments(self) -> jax.Array:
        return jnp.concatenate([own.reshape(own.shape[0], -1) for own in self.own], 1)
