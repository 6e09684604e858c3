"""SqueezeNet and VGG-16 against PyTorch (make_features_golden.py), and files that hold something else."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from random_weights import digest, drawn, picture, squeezenet_shapes, vgg_shapes
from safetensors.numpy import load_file, save_file

from genart.errors import InputError
from genart.nets.features import SQUEEZENET_LAYERS, SqueezeNet, max_pool, read_squeezenet
from genart.nets.vgg import VGG_LAYERS, read_vgg16

pytestmark = pytest.mark.usefixtures("exact")
GOLDEN = load_file(Path(__file__).with_name("features_golden.safetensors"))
SIZES = ((47, 50), (64, 33))


@pytest.fixture(scope="module", params=["caffe", "torchvision"])
def squeezenet(request, tmp_path_factory) -> tuple[str, SqueezeNet]:
    file = tmp_path_factory.mktemp("weights") / "squeezenet.safetensors"
    save_file(drawn(squeezenet_shapes(torchvision=request.param == "torchvision"), seed=3), file)
    return request.param, read_squeezenet(file)


def assert_golden(maps: dict[str, jax.Array], name: str, layers: tuple[str, ...]) -> None:
    assert maps.keys() == set(layers)
    for key, value in digest({layer: np.asarray(of) for layer, of in maps.items()}).items():
        expected = GOLDEN[f"{name}.{key}"]
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-3, err_msg=key)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_squeezenet_is_pytorchs(squeezenet, height, width):
    kind, network = squeezenet
    maps = jax.jit(lambda x: network(x, upto="conv10"))(picture(height, width))
    assert_golden(maps, f"{kind}.{height}x{width}", SQUEEZENET_LAYERS)


def test_vgg_is_pytorchs(tmp_path):
    save_file(drawn(vgg_shapes(), seed=3) | {"classifier.0.bias": np.zeros(3)}, tmp_path / "vgg.safetensors")
    network = read_vgg16(tmp_path / "vgg.safetensors")
    assert_golden(jax.jit(network)(picture(47, 50)), "vgg.47x50", VGG_LAYERS)
    halfway = jax.eval_shape(lambda x: network(x, upto="relu2_1"), picture(32, 32))
    assert halfway.keys() == set(VGG_LAYERS[:3])


def test_nothing_is_computed_beyond_the_last_map_wanted(squeezenet):
    _, network = squeezenet
    shapes = jax.eval_shape(lambda x: network(x, upto="fire3"), picture(32, 32))
    assert shapes.keys() == {"conv1", "fire2", "fire3"}
    with pytest.raises(InputError, match=r"^there is no layer 'fire1'; the layers are conv1, fire2, .*conv10$"):
        network(jnp.zeros((1, 32, 32, 3)), upto="fire1")


@pytest.mark.parametrize("size", [(2, 3), (5, 6), (8, 9), (16, 7)])
def test_pooling_takes_the_largest_of_windows_that_hang_over(size):
    x = np.maximum(np.random.default_rng(0).standard_normal((2, *size, 3)), 0)
    found = np.asarray(max_pool(jnp.asarray(x, jnp.float32)))
    assert found.shape == (2, size[0] // 2, size[1] // 2, 3)
    for row in range(size[0] // 2):
        for column in range(size[1] // 2):
            window = x[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            np.testing.assert_allclose(found[:, row, column], window.max(axis=(1, 2)), rtol=1e-6)


def test_the_gradient_of_a_pooling_goes_to_the_largest():
    x = jax.random.uniform(jax.random.key(0), (1, 7, 8, 2))
    gradient = jax.grad(lambda x: max_pool(x).sum())(x)
    ends = ((0, 0), (0, 0), (0, 1), (0, 0))
    expected = jax.grad(
        lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 2, 2, 1), ends).sum()
    )(x)
    np.testing.assert_array_equal(gradient, expected)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda weights: weights.clear(), "does not hold the weights of SqueezeNet: it has no conv1.bias"),
        (lambda weights: weights.pop("conv10.bias"), "does not hold the weights of SqueezeNet: it has no conv10.bias"),
        (
            lambda weights: weights.update({"conv10.bias": np.zeros(10, np.float32)}),
            r"does not hold the weights of SqueezeNet: conv10.bias is \(10,\)",
        ),
        (
            lambda weights: weights.update({"conv1.weight": np.zeros((64, 3, 3, 3), np.float32)}),
            r"does not hold the weights of SqueezeNet: conv1.weight is \(64, 3, 3, 3\)",
        ),
        (
            lambda weights: weights.update({"conv1.weight": np.zeros(3, np.float32)}),
            r"does not hold .*conv1.weight is \(3,\)",
        ),
    ],
)
def test_files_that_hold_something_else(tmp_path, change, sentence):
    weights = drawn(squeezenet_shapes(torchvision=False), seed=3)
    change(weights)
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match=sentence):
        read_squeezenet(tmp_path / "weights.safetensors")


def test_files_that_are_none(tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(InputError, match="weights.safetensors is not a safetensors file of float weights"):
        read_squeezenet(tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match="missing.safetensors does not exist"):
        read_vgg16(tmp_path / "missing.safetensors")
