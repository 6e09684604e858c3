"""Convolutions of 3x3 and 1x1 places, as products of matrices where the processor multiplies small floats fast.

XLA runs float32 convolutions on processors at 60-200 GFLOP/s. Those with units for tiles of bfloat16 (AMX) multiply
matrices several times as fast, and XLA uses them for products with float32 sums, of matrices that lie row by row. So
there, a convolution is three neighbors side by side, one product for all three lines of the kernel, and a sum of three
shifted lines. What is multiplied is rounded to eight bits of mantissa; sums are not. Derivatives of any order, forward
and backward, are operations of the same two kinds.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, mlir

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def convolved(x: jax.Array, kernel: jax.Array, *, around: bool = False) -> jax.Array:
    """What a kernel makes of pictures.

    Parameters
    ----------
    x : float32 [N, H, W, C]; beyond its borders lie zeros, or `around` what lies at the other end
    kernel : float32 [3, 3, C, D] or [1, 1, C, D]

    Returns
    -------
    float32 [N, H, W, D]
    """
    return _CONVOLVED.bind(x, kernel, around=around)


def mixed(x: jax.Array, linear: nnx.Linear) -> jax.Array:
    """What a linear layer makes of each place: [N, H, W, C] -> [N, H, W, D]."""
    y = convolved(x, linear.kernel[...][None, None])
    return y if linear.bias is None else y + linear.bias[...]


class Conv(nnx.Module):
    """:func:`convolved` with a kernel and a bias of its own. [N, H, W, C] -> [N, H, W, D]."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        size: int = 3,
        bias: bool = True,
        around: bool = False,
        kernel_init: nnx.Initializer,
        rngs: nnx.Rngs,
    ):
        self.around = around
        self.kernel = nnx.Param(kernel_init(rngs.params(), (size, size, inputs, outputs)))
        self.bias = nnx.Param(jnp.zeros(outputs)) if bias else None

    def __call__(self, x: jax.Array) -> jax.Array:
        y = convolved(x, self.kernel[...], around=self.around)
        return y if self.bias is None else y + self.bias[...]


@functools.cache
def has_tiles() -> bool:
    """Whether the processor has units for tiles of bfloat16. Only Linux tells."""
    try:
        return " amx_bf16 " in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _bordered(x: jax.Array, reach: int, around: bool) -> jax.Array:
    """So many places more on every side of [N, H, W, ...]."""
    beyond = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    return jnp.pad(x, beyond, mode="wrap" if around else "constant")


def _short(x: jax.Array) -> jax.Array:
    """Rounded to bfloat16, as uint16: XLA would move bfloat16 about as float32."""
    return jax.lax.bitcast_convert_type(x.astype(jnp.bfloat16), jnp.uint16)


def _product(x: jax.Array, y: jax.Array) -> jax.Array:
    """Of matrices made by :func:`_short`, float32."""
    x, y = (jax.lax.bitcast_convert_type(part, jnp.bfloat16) for part in (x, y))
    return jnp.dot(x, y, preferred_element_type=jnp.float32)


def _by_convolution(x: jax.Array, kernel: jax.Array, *, around: bool) -> jax.Array:
    beyond = "VALID" if around else "SAME"
    x = _bordered(x, len(kernel) // 2, around) if around else x
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), beyond, dimension_numbers=_LAYOUT)


def _by_products(x: jax.Array, kernel: jax.Array, *, around: bool) -> jax.Array:
    (n, h, w, c), (size, _, _, d) = x.shape, kernel.shape
    wide = _bordered(_short(x), size // 2, around)
    seen = jnp.concatenate([wide[:, :, shift : shift + w] for shift in range(size)], -1)  # [n, h + 2, w, 3 c]
    lines = _short(kernel).reshape(size, size * c, d).transpose(1, 0, 2)
    y = _product(seen.reshape(-1, size * c), lines.reshape(size * c, size * d)).reshape(n, -1, w, size, d)
    return sum((y[:, line : line + h, :, line] for line in range(1, size)), y[:, :h, :, 0])


def _kernel_by_convolution(x: jax.Array, y: jax.Array, *, size: int, around: bool) -> jax.Array:
    reach = size // 2
    x = _bordered(x, reach, around) if around else x
    beyond = ((0, 0), (0, 0)) if around else ((reach, reach), (reach, reach))
    layout = ("CHWN", "IHWO", "HWNC")  # a sum over pictures and places
    return jax.lax.conv_general_dilated(x, y, (1, 1), beyond, dimension_numbers=layout)


def _kernel_by_products(x: jax.Array, y: jax.Array, *, size: int, around: bool) -> jax.Array:
    (n, h, w, c), d, reach = x.shape, y.shape[-1], size // 2
    # Were it not flat in between, XLA would take the product without turning x, and leave the fast way.
    turned = jax.lax.optimization_barrier(_short(x).transpose(3, 0, 1, 2).reshape(-1)).reshape(c * n, h, w, 1)
    turned = _bordered(turned, reach, around).reshape(c, n, h + 2 * reach, w + 2 * reach)
    seen = jnp.concatenate([turned[..., shift : shift + w] for shift in range(size)], 0)  # [3 c, n, h + 2, w]
    lines = jnp.pad(_short(y), ((0, 0), (2 * reach, 2 * reach), (0, 0), (0, 0)))
    lines = [lines[:, 2 * reach - line : 4 * reach - line + h] for line in range(size)]
    lines = jnp.concatenate(lines, -1).reshape(-1, size * d)  # [n (h + 2) w, 3 d]
    return _product(seen.reshape(size * c, -1), lines).reshape(size, c, size, d).transpose(2, 0, 1, 3)


def _turned(kernel: jax.Array) -> jax.Array:
    return kernel[::-1, ::-1].swapaxes(2, 3)


def _primitive(name: str, shape: Callable[..., tuple[int, ...]], slow: Callable, fast: Callable) -> Primitive:
    """An operation of two arrays, with the way to compute it and, for processors with tiles, another."""
    primitive = Primitive(name)
    primitive.def_abstract_eval(lambda x, y, **options: ShapedArray(shape(x, y, **options), jnp.float32))
    primitive.def_impl(jax.jit(primitive.bind, static_argnames=("size", "around")))
    mlir.register_lowering(primitive, mlir.lower_fun(slow, multiple_results=False))

    def on_processor(x: jax.Array, y: jax.Array, **options: Any) -> jax.Array:
        return (fast if has_tiles() else slow)(x, y, **options)

    mlir.register_lowering(primitive, mlir.lower_fun(on_processor, multiple_results=False), platform="cpu")
    return primitive


_CONVOLVED = _primitive(
    "convolved", lambda x, kernel, *, around: (*x.shape[:3], kernel.shape[-1]), _by_convolution, _by_products
)
# The kernel by whose change y [N, H, W, D] grows the most, where x [N, H, W, C] is convolved.
_KERNEL = _primitive(
    "convolution_kernel",
    lambda x, y, *, size, around: (size, size, x.shape[-1], y.shape[-1]),
    _kernel_by_convolution,
    _kernel_by_products,
)
ad.defbilinear(
    _CONVOLVED,
    lambda y, x, kernel, *, around: convolved(y, _turned(kernel), around=around),
    lambda y, x, kernel, *, around: _KERNEL.bind(x, y, size=kernel.aval.shape[0], around=around),
)
ad.defbilinear(
    _KERNEL,
    lambda kernel, x, y, *, size, around: convolved(y, _turned(kernel), around=around),
    lambda kernel, x, y, *, size, around: convolved(x, kernel, around=around),
)
