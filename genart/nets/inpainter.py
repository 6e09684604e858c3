"""The inpainting network: every masked cell of a four-voice score, given the others.

Orderless as in Huang et al. 2017, "Counterpoint by Convolution" (arXiv 1903.07227): some cells are
known, the network gives each cell a distribution over pitches, and training masks a uniformly drawn
number of cells. The layout differs from theirs in three ways that make it small and fast:

- *Time is folded by the beat.* Four 16th steps and four voices become 16 channels of one column, so the
  place in the beat is part of the layout and convolutions have wide, dense channels.
- *Pitch is an axis*, convolved with dilations of musical size (a step, a third, an octave), so
  what is learned in one key holds in every key.
- *A second, narrow stream without pitch* runs beside it, reads each column's mean, looks far in time
  and hands back what it found (key, phrase, cadence).

Attention between beats (Vaswani et al. 2017, arXiv 1706.03762) takes over whole columns of others at the same pitches,
since chorales repeat their phrases.
"""

import dataclasses

import jax
import jax.numpy as jnp
from flax import nnx

LOWEST = 36  # MIDI pitch of class 0 (C2)
PITCHES = 46  # pitches 36..81
CLASSES = PITCHES + 1  # the last class is a rest
VOICES = 4
BEAT = 4  # steps folded into one column
ROWS = 48  # pitches padded to a multiple of 16, which XLA's convolutions like


@dataclasses.dataclass(frozen=True, kw_only=True)
class InpainterConfig:
    """Size of an :class:`Inpainter`."""

    channels: int = 64  # of the pitch stream; fewer run no faster on a CPU
    context: int = 128  # of the stream without pitch
    dilations: tuple[tuple[int, int], ...] = (  # (beats, semitones) of each block's first convolution
        (1, 1), (1, 3), (2, 1), (1, 12), (1, 1), (1, 4), (2, 1), (1, 7),
    )  # fmt: skip
    recalls: tuple[int, ...] = (1, 3, 5, 7)  # blocks that begin with attention between beats
    heads: int = 4
    key: int = 8  # of a head, at each pitch
    reach: int = 64  # beats; those farther away are as far
    dropout: float = 0.3

    @classmethod
    def tiny(cls) -> "InpainterConfig":
        """A network of the same class that compiles and trains in seconds, for tests."""
        return cls(channels=16, context=16, dilations=((1, 1), (1, 12)), recalls=(1,), heads=2, key=4, dropout=0.0)


class PitchConv(nnx.Module):
    """A 3x3 convolution over (beats, pitches). [B, N, 48, C] -> [B, N, 48, D]."""

    def __init__(self, inputs: int, outputs: int, dilation: tuple[int, int] = (1, 1), *, rngs: nnx.Rngs):
        self.conv = nnx.Conv(inputs, outputs, (3, 3), kernel_dilation=dilation, use_bias=False, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.conv(x)


class Recall(nnx.Module):
    """Attention between beats. y [B, N, 48, C], real bool [B, N, 1] -> what to add to the stream, [B, N, 48, C].

    Beats are alike where the same things stand at the same pitches, whatever the key; what is taken over keeps its
    pitches. Questions and keys are of length one (Henry et al. 2020, arXiv 2010.04245).
    """

    def __init__(self, config: InpainterConfig, *, rngs: nnx.Rngs):
        c, self.heads, self.reach = config.channels, config.heads, config.reach
        self.ask = nnx.Linear(c, config.heads * config.key, use_bias=False, rngs=rngs)
        self.offer = nnx.Linear(c, config.heads * config.key, use_bias=False, rngs=rngs)
        self.take = nnx.Linear(c, c, use_bias=False, rngs=rngs)
        self.give = nnx.Linear(c, c, use_bias=False, kernel_init=nnx.initializers.zeros, rngs=rngs)
        self.sharpness = nnx.Param(jnp.full((config.heads,), 2.0))  # logarithm of the factor of cosines
        self.distance = nnx.Param(jnp.zeros((config.heads, 2 * config.reach + 1)))
        self.dropout = nnx.Dropout(config.dropout)

    def __call__(self, y: jax.Array, real: jax.Array, *, rngs: nnx.Rngs | None) -> jax.Array:
        b, n, rows, c = y.shape
        ask, offer = (self._columns(linear(y)) for linear in (self.ask, self.offer))  # [B, H, N, 48 K]
        alike = jnp.einsum("bhnk,bhmk->bhnm", _unit(ask), _unit(offer)) * jnp.exp(self.sharpness[...])[:, None, None]
        away = jnp.clip(jnp.arange(n)[None] - jnp.arange(n)[:, None], -self.reach, self.reach) + self.reach  # [N, N]
        alike = alike + self.distance[...][:, away]
        weights = jax.nn.softmax(jnp.where(real[:, None, None, :, 0], alike, -1e9))
        weights = self.dropout(weights, deterministic=rngs is None, rngs=rngs)
        taken = jnp.einsum("bhnm,bhmk->bhnk", weights, self._columns(self.take(y)))
        taken = taken.reshape(b, self.heads, n, rows, c // self.heads).transpose(0, 2, 3, 1, 4).reshape(y.shape)
        return self.give(taken) * real[..., None]

    def _columns(self, y: jax.Array) -> jax.Array:
        """[B, N, 48, H K] -> [B, H, N, 48 K]."""
        b, n, rows, _ = y.shape
        return y.reshape(b, n, rows, self.heads, -1).transpose(0, 3, 1, 2, 4).reshape(b, self.heads, n, -1)


def _unit(x: jax.Array) -> jax.Array:
    return x * jax.lax.rsqrt(jnp.sum(x * x, axis=-1, keepdims=True) + 1e-6)


class Block(nnx.Module):
    """One residual step of both streams: x [B, N, 48, C], z [B, N, D], real bool [B, N, 1] -> x, z."""

    def __init__(self, config: InpainterConfig, dilation: tuple[int, int], reach: int, *, recall: bool, rngs: nnx.Rngs):
        c, d = config.channels, config.context
        self.recall = Recall(config, rngs=rngs) if recall else None
        self.norm_recall = nnx.RMSNorm(c, rngs=rngs) if recall else None
        self.norm = nnx.RMSNorm(c, rngs=rngs)
        self.first = PitchConv(c, c, dilation, rngs=rngs)
        self.second = PitchConv(c, c, rngs=rngs)
        self.gain = nnx.Param(jnp.full((c,), 0.1))  # blocks begin close to the identity
        self.norm_context = nnx.RMSNorm(d, rngs=rngs)
        self.mix = nnx.Conv(d + c, d, (3,), kernel_dilation=(reach,), rngs=rngs)
        self.hand_back = nnx.Linear(d, c, rngs=rngs)
        self.dropout = nnx.Dropout(config.dropout, broadcast_dims=())

    def __call__(
        self, x: jax.Array, z: jax.Array, real: jax.Array, *, rngs: nnx.Rngs | None
    ) -> tuple[jax.Array, jax.Array]:
        if self.recall is not None and self.norm_recall is not None:
            x = x + self.recall(self.norm_recall(x), real, rngs=rngs)
        y = self.norm(x)
        pooled = jnp.concatenate([self.norm_context(z), y.mean(axis=2)], axis=-1)  # [B, N, D + C]
        pooled = self.dropout(pooled, deterministic=rngs is None, rngs=rngs)
        z = (z + nnx.silu(self.mix(pooled))) * real
        y = nnx.silu(self.first(y) + self.hand_back(z)[:, :, None, :]) * real[..., None]
        y = self.dropout(y, deterministic=rngs is None, rngs=rngs)
        return x + self.gain[...] * self.second(y) * real[..., None], z


class Inpainter(nnx.Module):
    """Distributions for every cell of a four-voice score. See the module's text."""

    def __init__(self, config: InpainterConfig, *, rngs: nnx.Rngs):
        c, d = config.channels, config.context
        cells = BEAT * VOICES
        self.stem = PitchConv(cells, c, rngs=rngs)
        self.height = nnx.Param(0.1 * jax.random.normal(rngs.params(), (ROWS, c)))
        self.flags = nnx.Linear(2 * cells + BEAT, c, rngs=rngs)
        self.flags_context = nnx.Linear(2 * cells + BEAT, d, rngs=rngs)
        self.blocks = nnx.List(
            [
                Block(config, dilation, 2 ** (i % 4), recall=i in config.recalls, rngs=rngs)
                for i, dilation in enumerate(config.dilations)
            ]
        )
        self.norm = nnx.RMSNorm(c, rngs=rngs)
        self.pitch_logits = nnx.Linear(c, cells, rngs=rngs)
        self.rest_logits = nnx.Linear(c + d, cells, rngs=rngs)
        self.offsets = nnx.Param(jnp.zeros((ROWS, cells)))  # the voices' ranges

    def __call__(
        self, classes: jax.Array, known: jax.Array, inside: jax.Array, *, rngs: nnx.Rngs | None = None
    ) -> jax.Array:
        """Logits for every cell.

        Parameters
        ----------
        classes : int [B, T, 4], 0..46, T a multiple of 4, step 0 on a beat; ignored where not known
        known : bool [B, T, 4]
        inside : bool [B, T], False for padding steps
        rngs : for dropout; None switches it off

        Returns
        -------
        float32 [B, T, 4, 47]
        """
        b, t, _ = classes.shape
        n = t // BEAT
        known = known & inside[..., None]
        hot = jax.nn.one_hot(classes, CLASSES, dtype=jnp.float32) * known[..., None]  # [B, T, 4, 47]
        notes = jnp.pad(hot[..., :PITCHES], ((0, 0), (0, 0), (0, 0), (0, ROWS - PITCHES)))
        notes = notes.reshape(b, n, BEAT * VOICES, ROWS).transpose(0, 1, 3, 2)  # [B, N, 48, 16]
        flags = jnp.concatenate(
            [
                hot[..., PITCHES].reshape(b, n, -1),
                known.astype(jnp.float32).reshape(b, n, -1),
                inside.astype(jnp.float32).reshape(b, n, -1),
            ],
            axis=-1,
        )  # [B, N, 16 + 16 + 4]
        # Padding columns are held at zero, so that they are to a convolution what lies beyond the ends.
        real = inside.reshape(b, n, BEAT).any(axis=-1, keepdims=True)  # [B, N, 1]
        x = (3.0 * self.stem(notes) + self.height[...] + self.flags(flags)[:, :, None, :]) * real[..., None]
        z = self.flags_context(flags) * real
        for block in self.blocks:
            x, z = block(x, z, real, rngs=rngs)
        x = self.norm(x)
        pitch = (self.pitch_logits(x) + self.offsets[...])[:, :, :PITCHES]  # [B, N, 46, 16]
        rest = self.rest_logits(jnp.concatenate([x.mean(axis=2), z], axis=-1))  # [B, N, 16]
        logits = jnp.concatenate([pitch, rest[:, :, None]], axis=2)  # [B, N, 47, 16]
        return logits.transpose(0, 1, 3, 2).reshape(b, t, VOICES, CLASSES)


def masked_loss(logits: jax.Array, classes: jax.Array, weights: jax.Array) -> jax.Array:
    """Mean over examples of the weighted mean negative log-likelihood over cells, in nats.

    logits [B, T, 4, 47], classes int [B, T, 4], weights float [B, T, 4], 0 where not hidden -> scalar. With equal
    weights and the number of hidden cells uniform this bounds the likelihood averaged over all orders (Uria et al.
    2014, arXiv 1310.1757).
    """
    nll = -jnp.take_along_axis(jax.nn.log_softmax(logits), classes[..., None], axis=-1)[..., 0]
    return jnp.mean(jnp.sum(nll * weights, axis=(1, 2)) / jnp.maximum(weights.sum(axis=(1, 2)), 1e-6))
