"""The loss network: its maps lie where SqueezeNet's do, and nothing but what is asked for is computed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from genart.errors import InputError
from genart.nets.features import SqueezeNet
from genart.nets.loss_network import LAYERS, LossNetwork, LossNetworkConfig


@pytest.fixture(scope="module")
def network() -> LossNetwork:
    return LossNetwork(LossNetworkConfig.tiny(), rngs=nnx.Rngs(0))


def shapes(call, height: int, width: int) -> dict[str, tuple[int, ...]]:
    maps = jax.eval_shape(call, jnp.zeros((2, height, width, 3)))
    return {name: of.shape for name, of in maps.items()}


@pytest.mark.parametrize("size", [(32, 48), (64, 24), (192, 192)])
def test_maps_have_the_places_of_squeezenets(network, size):
    theirs = shapes(lambda x: SqueezeNet(rngs=nnx.Rngs(0))(x, upto="fire8"), *size)
    assert {name: shape[:3] for name, shape in shapes(network, *size).items()} == {
        name: theirs[name][:3] for name in LAYERS
    }


def test_other_sizes_are_filled_up(network):
    """With the last row and column: 30x44 becomes 32x48."""
    pictures = jax.random.uniform(jax.random.key(0), (1, 30, 44, 3))
    whole = jnp.pad(pictures, ((0, 0), (0, 2), (0, 4), (0, 0)), mode="edge")
    found, expected = (jax.jit(network)(each) for each in (pictures, whole))
    for name in LAYERS:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_the_standard_network_fits_its_bundle():
    abstract = nnx.eval_shape(lambda: LossNetwork(LossNetworkConfig(), rngs=nnx.Rngs(0)))
    count = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(abstract, nnx.Param)))
    assert count * 2 < 2 * 10**6  # bytes as float16


def test_nothing_is_computed_beyond_the_last_map_wanted(network):
    assert shapes(lambda x: network(x, upto="fire3"), 32, 32).keys() == {"conv1", "fire2", "fire3"}
    with pytest.raises(InputError, match="^there is no layer 'conv2'; the layers are conv1, fire2, fire3, fire4, "):
        network(jnp.zeros((1, 32, 32, 3)), upto="conv2")


def test_a_place_sees_its_own_surroundings(network):
    """The gradient of the middle of fire5 is largest around the middle of the picture, and none is at its corners."""
    middle = lambda x: jnp.square(network(x, upto="fire5")["fire5"][0, 5, 5]).sum()  # noqa: E731
    gradient = np.abs(jax.jit(jax.grad(middle))(jax.random.uniform(jax.random.key(1), (1, 96, 96, 3))))[0].sum(axis=-1)
    # place i of fire5 is place i + 1 of eight pixels: pixels 48 to 55
    rows, columns = np.nonzero(gradient)
    assert abs(rows.mean() - 51.5) < 2 and abs(columns.mean() - 51.5) < 2
    assert rows.min() > 10 and rows.max() < 90
