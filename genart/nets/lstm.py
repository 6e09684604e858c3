"""A layer-normalized LSTM over whole sequences, quick to train: the step holds one matrix product and no more.

Layer normalization as in Ba, Kiros & Hinton 2016 (arXiv 1607.06450); weights of the recurrence are dropped once for a
whole sequence, as in Merity, Keskar & Socher 2017 (arXiv 1708.02182). What the inputs add to the gates is worked out
for all steps at once before the scan, and the gradient of the recurrent weights for all steps at once after it: left
to differentiation, that gradient is a thin product and a sum over the whole matrix at every step.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

EPSILON = 1e-5


class Carry(NamedTuple):
    """What an LSTM carries from step to step: float [B, H] each."""

    hidden: jax.Array
    cell: jax.Array


class LSTM(nnx.Module):
    """Inputs [B, T, I] -> outputs [B, T, H] and the carry after the last."""

    def __init__(self, inputs: int, hidden: int, *, rngs: nnx.Rngs):
        orthogonal = nnx.initializers.orthogonal()
        self.inward = nnx.Linear(inputs, 4 * hidden, use_bias=False, rngs=rngs)
        self.recurrent = nnx.Param(
            jnp.concatenate([orthogonal(rngs.params(), (hidden, hidden)) for _ in range(4)], axis=1)
        )
        self.inward_gain = nnx.Param(jnp.ones(4 * hidden))
        self.recurrent_gain = nnx.Param(jnp.ones(4 * hidden))
        self.cell_gain = nnx.Param(jnp.ones(hidden))
        self.cell_bias = nnx.Param(jnp.zeros(hidden))
        self.bias = nnx.Param(jnp.zeros(4 * hidden).at[hidden : 2 * hidden].set(1.0))  # forget little at first

    def __call__(
        self, x: jax.Array, carry: Carry, *, dropout: float = 0.0, key: jax.Array | None = None
    ) -> tuple[jax.Array, Carry]:
        """Go on from a carry; with a key, a share `dropout` of the recurrent weights is dropped."""
        kernel = self.recurrent[...]
        if key is not None and dropout:
            kernel = kernel * jax.random.bernoulli(key, 1 - dropout, kernel.shape) / (1 - dropout)
        gates = _normalized(self.inward(x)) * self.inward_gain[...] + self.bias[...]  # [B, T, 4H]
        scales = self.recurrent_gain[...], self.cell_gain[...], self.cell_bias[...]
        hidden, last = _run(gates.swapaxes(0, 1), kernel, scales, carry)
        return hidden.swapaxes(0, 1), last


Scales = tuple[jax.Array, jax.Array, jax.Array]


def _normalized(x: jax.Array) -> jax.Array:
    x = x - x.mean(axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + EPSILON)


def _cell(product: jax.Array, gates: jax.Array, cell: jax.Array, scales: Scales) -> Carry:
    """One step after its matrix product [B, 4H]: gates [B, 4H] of the input, cell [B, H]."""
    gain, cell_gain, cell_bias = scales
    i, f, o, g = jnp.split(_normalized(product) * gain + gates, 4, axis=-1)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    return Carry(jax.nn.sigmoid(o) * jnp.tanh(_normalized(cell) * cell_gain + cell_bias), cell)


@jax.custom_vjp
def _run(gates: jax.Array, kernel: jax.Array, scales: Scales, carry: Carry) -> tuple[jax.Array, Carry]:
    """All steps: gates [T, B, 4H], kernel [H, 4H] -> hidden [T, B, H], the last carry."""

    def step(carry: Carry, gate: jax.Array) -> tuple[Carry, jax.Array]:
        carry = _cell(carry.hidden @ kernel, gate, carry.cell, scales)
        return carry, carry.hidden

    last, hidden = jax.lax.scan(step, carry, gates)
    return hidden, last


def _forward(gates: jax.Array, kernel: jax.Array, scales: Scales, carry: Carry):
    def step(carry: Carry, gate: jax.Array):
        product = carry.hidden @ kernel
        new = _cell(product, gate, carry.cell, scales)
        return new, (new.hidden, carry, product)

    last, (hidden, before, products) = jax.lax.scan(step, carry, gates)
    return (hidden, last), (gates, kernel, scales, before, products)


def _backward(saved, gradient):
    gates, kernel, scales, before, products = saved
    of_hidden, of_last = gradient

    def step(carry, inputs):
        of_carry, of_scales = carry
        gate, product, cell, of_output = inputs
        _, pull = jax.vjp(_cell, product, gate, cell, scales)
        of_product, of_gate, of_cell, more = pull(Carry(of_carry.hidden + of_output, of_carry.cell))
        of_scales = jax.tree.map(jnp.add, of_scales, more)
        return (Carry(of_product @ kernel.T, of_cell), of_scales), (of_product, of_gate)

    start = of_last, jax.tree.map(jnp.zeros_like, scales)
    inputs = gates, products, before.cell, of_hidden
    (of_first, of_scales), (of_products, of_gates) = jax.lax.scan(step, start, inputs, reverse=True)
    of_kernel = jnp.einsum("tbh,tbg->hg", before.hidden, of_products)
    return of_gates, of_kernel, of_scales, of_first


_run.defvjp(_forward, _backward)
