"""Convolutions as products of matrices, beside XLA's own."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.nets import convolution
from genart.nets.convolution import convolved

PADDED: dict[str, Any] = {
    "zeros": "constant",
    "other end": "wrap",
    "mirrored": "reflect",
}  # beyond the borders, as numpy has it
ROUNDED = 2.0**-8  # of bfloat16: what is multiplied is off by so much of itself at most


@pytest.fixture(params=[False, True], ids=["convolution", "products"])
def tiles(request, monkeypatch):
    monkeypatch.setattr(convolution, "has_tiles", lambda: request.param)
    jax.clear_caches()
    return request.param


def drawn(*shape, seed=0):
    return jax.random.normal(jax.random.key(seed), shape)


def plain(x, kernel, *, beyond="zeros"):
    """As the definition has it, a sum over places of the kernel, in float64."""
    x, kernel = np.asarray(x, np.float64), np.asarray(kernel, np.float64)
    reach, (_, h, w, _) = len(kernel) // 2, x.shape
    wide = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode=PADDED[beyond])
    places = np.ndindex(kernel.shape[:2])
    return sum(wide[:, i : i + h, j : j + w] @ kernel[i, j] for i, j in places)


def assert_close(found, expected, *, tiles):
    far = 4 * ROUNDED if tiles else 1e-5
    assert np.abs(np.asarray(found) - expected).max() <= far * np.abs(expected).max()


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("beyond", PADDED)
@pytest.mark.parametrize("channels", [(5, 40), (40, 5)])
def test_convolutions_are_sums_over_neighbors(tiles, size, beyond, channels):
    x, kernel = drawn(2, 4, 6, channels[0]), drawn(size, size, *channels, seed=1)
    assert_close(convolved(x, kernel, beyond=beyond), plain(x, kernel, beyond=beyond), tiles=tiles)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("beyond", PADDED)
def test_derivatives_are_those_of_a_bilinear_map(tiles, size, beyond):
    """The change of a sum of y * convolved(x, kernel) in any of the three is what the other two make of it."""
    x, kernel, y = drawn(2, 5, 4, 6), drawn(size, size, 6, 7, seed=1), drawn(2, 5, 4, 7, seed=2)
    value = jax.jit(lambda x, kernel: jnp.sum(y * convolved(x, kernel, beyond=beyond)))
    by_x, by_kernel = jax.jit(jax.grad(value, (0, 1)))(x, kernel)
    moved, turned = drawn(*x.shape, seed=3), drawn(*kernel.shape, seed=4)
    for slope, change, expected in (
        (by_x, moved, plain(moved, kernel, beyond=beyond)),
        (by_kernel, turned, plain(x, turned, beyond=beyond)),
    ):
        found = np.sum(np.asarray(slope, np.float64) * np.asarray(change))
        parts = np.asarray(y) * expected
        assert abs(found - parts.sum()) <= (ROUNDED if tiles else 1e-5) * np.sqrt(np.square(parts).sum()) * 10


def test_derivatives_can_be_taken_again(tiles):
    x, kernel = drawn(1, 4, 4, 3), drawn(3, 3, 3, 3, seed=1)

    def steep(kernel):  # the squared gradient of a loss, as penalties of critics have it
        return jnp.square(jax.grad(lambda x: jnp.square(convolved(x, kernel)).sum())(x)).sum()

    along = drawn(*kernel.shape, seed=2)
    found = float(jnp.sum(jax.jit(jax.grad(steep))(kernel) * along))
    forward = float(jax.jvp(steep, (kernel,), (along,))[1])
    ends = [float(steep(kernel + step * along)) for step in (0.1, -0.1, 0.05, -0.05)]
    expected = (4 * (ends[2] - ends[3]) / 0.1 - (ends[0] - ends[1]) / 0.2) / 3  # differences, by Richardson
    for value in (found, forward):
        assert value == pytest.approx(expected, rel=0.1 if tiles else 1e-3)


def test_a_gradient_with_respect_to_what_is_seen_runs_forward_as_well(tiles):
    x, kernel, along = drawn(1, 4, 4, 3), drawn(3, 3, 3, 3, seed=1), drawn(1, 4, 4, 3, seed=2)
    _, rise = jax.jvp(lambda x: convolved(x, kernel), (x,), (along,))
    assert_close(rise, plain(along, kernel), tiles=tiles)


def test_processors_with_tiles_say_so(tmp_path, monkeypatch):
    for text, expected in (("flags\t: fpu amx_bf16 avx\n", True), ("flags\t: fpu amx_bf16_no avx\n", False)):
        (tmp_path / "cpuinfo").write_text(text)
        monkeypatch.setattr(convolution, "Path", lambda path: tmp_path / "cpuinfo")
        assert convolution.has_tiles.__wrapped__() is expected
    (tmp_path / "cpuinfo").unlink()
    assert convolution.has_tiles.__wrapped__() is False
