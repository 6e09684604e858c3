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
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import nnx
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, mlir

Beyond = Literal["zeros", "other end", "mirrored"]
_PADDED = {"zeros": "constant", "other end": "wrap", "mirrored": "reflect"}  # as numpy calls it


def convolved(x: jax.Array, kernel: jax.Array, *, beyond: Beyond = "zeros") -> jax.Array:
    """What a kernel makes of pictures.

    Parameters
    ----------
    x : float32 [N, H, W, C]
    kernel : float32 [3, 3, C, D] or [1, 1, C, D]
    beyond : what lies beyond the borders: "zeros", the "other end" of the picture, or the picture "mirrored" at its
        last line, which needs two lines at least

    Returns
    -------
    float32 [N, H, W, D]
    """
    return _CONVOLVED.bind(x, kernel, beyond=beyond)


def mixed(x: jax.Array, linear: nnx.Linear) -> jax.Array:
    """What a linear layer makes of each place: [N, H, W, C] -> [N, H, W, D]."""
    y = convolved(x, linear.kernel[...][None, None])
    return y if linear.bias is None else y + linear.bias[...]


def mixed_each(x: jax.Array, matrices: jax.Array) -> jax.Array:
    """What each picture's own matrix makes of its places: [N, H, W, C], [N, C, D] -> [N, H, W, D]."""
    if not _tiles_count():
        return jnp.einsum("nhwc,ncd->nhwd", x, matrices)
    return jnp.concatenate([convolved(x[i : i + 1], matrix[None, None]) for i, matrix in enumerate(matrices)])


def correlated(x: jax.Array, y: jax.Array) -> jax.Array:
    """Products of each two channels, summed over a picture's places: [N, H, W, C], [N, H, W, D] -> [N, C, D]."""
    if not _tiles_count():
        return jnp.einsum("nhwc,nhwd->ncd", x, y)
    pairs = ((x[i : i + 1], y[i : i + 1]) for i in range(len(x)))
    return jnp.concatenate([_KERNEL.bind(*pair, size=1, beyond="zeros")[0] for pair in pairs])


class Conv(nnx.Module):
    """:func:`convolved` with a kernel and a bias of its own. [N, H, W, C] -> [N, H, W, D]."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        size: int = 3,
        bias: bool = True,
        beyond: Beyond = "zeros",
        kernel_init: nnx.Initializer,
        rngs: nnx.Rngs,
    ):
        self.beyond: Beyond = beyond
        self.kernel = nnx.Param(kernel_init(rngs.params(), (size, size, inputs, outputs)))
        self.bias = nnx.Param(jnp.zeros(outputs)) if bias else None

    def __call__(self, x: jax.Array) -> jax.Array:
        y = convolved(x, self.kernel[...], beyond=self.beyond)
        return y if self.bias is None else y + self.bias[...]


@functools.cache
def has_tiles() -> bool:
    """Whether the processor has units for tiles of bfloat16. Only Linux tells."""
    try:
        return " amx_bf16 " in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _tiles_count() -> bool:
    """Whether it is for them to compute what is traced now."""
    return has_tiles() and jax.default_backend() == "cpu"


def _bordered(x: jax.Array, reach: int, beyond: Beyond) -> jax.Array:
    """So many places more on every side of [N, H, W, ...]."""
    return jnp.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode=_PADDED[beyond])


def _short(x: jax.Array) -> jax.Array:
    """Rounded to bfloat16, as uint16: XLA would move bfloat16 about as float32."""
    return jax.lax.bitcast_convert_type(x.astype(jnp.bfloat16), jnp.uint16)


def _product(x: jax.Array, y: jax.Array) -> jax.Array:
    """Of matrices made by :func:`_short`, float32."""
    x, y = (jax.lax.bitcast_convert_type(part, jnp.bfloat16) for part in (x, y))
    return jnp.dot(x, y, preferred_element_type=jnp.float32)


def _by_convolution(x: jax.Array, kernel: jax.Array, *, beyond: Beyond) -> jax.Array:
    if len(kernel) == 1:
        return jnp.einsum("nhwc,cd->nhwd", x, kernel[0, 0])
    if beyond == "other end":
        return _plain(_bordered(x, len(kernel) // 2, beyond), kernel, "VALID")
    y = _plain(x, kernel, "SAME")
    return _with_mirrored(y, x, kernel) if beyond == "mirrored" else y


def _with_mirrored(y: jax.Array, x: jax.Array, kernel: jax.Array) -> jax.Array:
    """What lines mirrored beyond the borders of x give, added to y.

    XLA pads with zeros at no cost, and takes three times as long where a padded copy is convolved.
    """
    for end, seen, tap in ((0, 1, 0), (-1, -2, 2)):
        row = jnp.pad(x[:, seen], ((0, 0), (1, 1), (0, 0)), mode="reflect")  # with the corners
        column = jnp.pad(x[:, :, seen], ((0, 0), (1, 1), (0, 0)))
        y = y.at[:, end].add(_plain(row[:, None], kernel[tap][None], "VALID")[:, 0])
        y = y.at[:, :, end].add(_plain(column[:, None], kernel[:, tap][None], "VALID")[:, 0])
    return y


def _plain(x: jax.Array, kernel: jax.Array, padding: str) -> jax.Array:
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _by_products(x: jax.Array, kernel: jax.Array, *, beyond: Beyond) -> jax.Array:
    (n, h, w, c), (size, _, _, d) = x.shape, kernel.shape
    wide = _bordered(_short(x), size // 2, beyond)
    seen = jnp.concatenate([wide[:, :, shift : shift + w] for shift in range(size)], -1)  # [n, h + 2, w, 3 c]
    lines = _short(kernel).reshape(size, size * c, d).transpose(1, 0, 2)
    y = _product(seen.reshape(-1, size * c), lines.reshape(size * c, size * d)).reshape(n, -1, w, size, d)
    return sum((y[:, line : line + h, :, line] for line in range(1, size)), y[:, :h, :, 0])


def _kernel_by_convolution(x: jax.Array, y: jax.Array, *, size: int, beyond: Beyond) -> jax.Array:
    if size == 1:
        return jnp.einsum("nhwc,nhwd->cd", x, y)[None, None]
    reach = size // 2
    around = ((reach, reach), (reach, reach)) if beyond == "zeros" else ((0, 0), (0, 0))
    x = x if beyond == "zeros" else _bordered(x, reach, beyond)
    layout = ("CHWN", "IHWO", "HWNC")  # a sum over pictures and places
    return jax.lax.conv_general_dilated(x, y, (1, 1), around, dimension_numbers=layout)


def _kernel_by_products(x: jax.Array, y: jax.Array, *, size: int, beyond: Beyond) -> jax.Array:
    (n, h, w, c), d, reach = x.shape, y.shape[-1], size // 2
    # Were it not flat in between, XLA would take the product without turning x, and leave the fast way.
    turned = jax.lax.optimization_barrier(_short(x).transpose(3, 0, 1, 2).reshape(-1)).reshape(c * n, h, w, 1)
    turned = _bordered(turned, reach, beyond).reshape(c, n, h + 2 * reach, w + 2 * reach)
    seen = jnp.concatenate([turned[..., shift : shift + w] for shift in range(size)], 0)  # [3 c, n, h + 2, w]
    lines = jnp.pad(_short(y), ((0, 0), (2 * reach, 2 * reach), (0, 0), (0, 0)))
    lines = [lines[:, 2 * reach - line : 4 * reach - line + h] for line in range(size)]
    lines = jnp.concatenate(lines, -1).reshape(-1, size * d)  # [n (h + 2) w, 3 d]
    return _product(seen.reshape(size * c, -1), lines).reshape(size, c, size, d).transpose(2, 0, 1, 3)


def _back(y: jax.Array, x: Any, kernel: jax.Array, *, beyond: Beyond) -> jax.Array:
    """What of each place of x, of which the shape is known, a sum of y * convolved(x, kernel) takes."""
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    if beyond != "mirrored":
        return convolved(y, turned, beyond=beyond)
    reach = len(kernel) // 2
    wide = convolved(_bordered(y, reach, "zeros"), turned)
    border = functools.partial(_bordered, reach=reach, beyond=beyond)
    return jax.linear_transpose(border, jax.ShapeDtypeStruct(x.aval.shape, x.aval.dtype))(wide)[0]


def _primitive(name: str, shape: Callable[..., tuple[int, ...]], slow: Callable, fast: Callable) -> Primitive:
    """An operation of two arrays, with the way to compute it and, for processors with tiles, another."""
    primitive = Primitive(name)
    primitive.def_abstract_eval(lambda x, y, **options: ShapedArray(shape(x, y, **options), jnp.float32))
    primitive.def_impl(jax.jit(primitive.bind, static_argnames=("size", "beyond")))
    mlir.register_lowering(primitive, mlir.lower_fun(slow, multiple_results=False))

    def on_processor(x: jax.Array, y: jax.Array, **options: Any) -> jax.Array:
        return (fast if has_tiles() else slow)(x, y, **options)

    mlir.register_lowering(primitive, mlir.lower_fun(on_processor, multiple_results=False), platform="cpu")
    return primitive


_CONVOLVED = _primitive(
    "convolved", lambda x, kernel, *, beyond: (*x.shape[:3], kernel.shape[-1]), _by_convolution, _by_products
)
# The kernel by whose change y [N, H, W, D] grows the most, where x [N, H, W, C] is convolved.
_KERNEL = _primitive(
    "convolution_kernel",
    lambda x, y, *, size, beyond: (size, size, x.shape[-1], y.shape[-1]),
    _kernel_by_convolution,
    _kernel_by_products,
)
ad.defbilinear(
    _CONVOLVED,
    _back,
    lambda y, x, kernel, *, beyond: _KERNEL.bind(x, y, size=kernel.aval.shape[0], beyond=beyond),
)
ad.defbilinear(
    _KERNEL,
    lambda kernel, x, y, *, size, beyond: _back(y, x, kernel, beyond=beyond),
    lambda kernel, x, y, *, size, beyond: convolved(x, kernel, beyond=beyond),
)
