import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from genart.errors import ModelError
from genart.nets.flat import flat_params, with_flat


class Layer(nnx.Module):
    def __init__(self, *, rngs: nnx.Rngs):
        self.linear = nnx.Linear(2, 2, rngs=rngs)
        self.gain = nnx.Param(jnp.ones(2))


class Small(nnx.Module):
    """Twelve layers, since ten sorts before two as text."""

    def __init__(self, *, rngs: nnx.Rngs):
        self.layers = nnx.List([Layer(rngs=rngs) for _ in range(12)])

    def __call__(self, x: jax.Array) -> jax.Array:
        for layer in self.layers:
            x = jnp.tanh(layer.linear(x)) * layer.gain[...]
        return x


def abstract():
    return nnx.split(nnx.eval_shape(lambda: Small(rngs=nnx.Rngs(0))), nnx.Param)


def small() -> tuple[Small, dict[str, jax.Array]]:
    network = Small(rngs=nnx.Rngs(3))
    return network, flat_params(nnx.split(network, nnx.Param)[1])


def test_names_are_dotted_and_arrays_are_the_networks():
    network, flat = small()
    assert len(flat) == 12 * 3
    np.testing.assert_array_equal(flat["layers.10.linear.kernel"], network.layers[10].linear.kernel[...])


def test_there_and_back_computes_the_same():
    network, flat = small()
    graph, shapes = abstract()
    again = nnx.merge(graph, with_flat(shapes, flat))
    x = jnp.array([[0.3, -0.7]])
    np.testing.assert_array_equal(again(x), network(x))
    assert flat_params(nnx.state(again, nnx.Param)).keys() == flat.keys()


def test_gradients_flow_through_it_inside_jit():
    _, flat = small()
    graph, shapes = abstract()

    def loss(params):
        return nnx.merge(graph, with_flat(shapes, params))(jnp.ones((1, 2))).sum()

    gradients = jax.jit(jax.grad(loss))(flat)
    assert gradients.keys() == flat.keys()
    assert float(jnp.abs(gradients["layers.0.linear.kernel"]).max()) > 0


def test_the_abstract_state_is_not_changed():
    _, flat = small()
    _, shapes = abstract()
    with_flat(shapes, flat)
    assert all(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in flat_params(shapes).values())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda flat: flat.pop("layers.3.gain"), "layers.3.gain missing"),
        (lambda flat: flat.clear(), "layers.0.gain, layers.0.linear.bias, layers.0.linear.kernel and 33 more missing"),
        (lambda flat: flat.update(head=jnp.ones(1)), "it has no head;"),
        (lambda flat: flat.update({"layers.3.gain": jnp.ones(5)}), r"layers\.3\.gain is \(5,\) and must be \(2,\)"),
    ],
)
def test_weights_of_another_network_are_refused_in_one_sentence(change, sentence):
    _, flat = small()
    change(flat)
    with pytest.raises(ModelError, match=sentence):
        with_flat(abstract()[1], flat)
