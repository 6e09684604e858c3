"""The loss network as a model: what style and content are measured with when a style is fitted."""

from pathlib import Path

import jax
from flax import nnx

from genart.errors import ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.nets.flat import with_flat
from genart.nets.loss_network import LossNetwork, LossNetworkConfig


class Features:
    """A network whose maps stand in for SqueezeNet's, see :mod:`genart.nets.loss_network`.

    Attributes
    ----------
    network : a :class:`~genart.nets.loss_network.LossNetwork`; ``network(pictures)`` gives a dict of feature maps
    bundle : what it was made from
    """

    def __init__(self, bundle: Bundle):
        try:
            config = LossNetworkConfig(**bundle.network)
            abstract = nnx.eval_shape(lambda: LossNetwork(config, rngs=nnx.Rngs(0)))
        except (TypeError, KeyError) as error:
            raise ModelError(f"the network of {bundle.name} is not one this genart knows: {error}") from error
        graph, shapes = nnx.split(abstract, nnx.Param)
        weights = {name: jax.numpy.asarray(array) for name, array in bundle.weights.items()}
        self.network: LossNetwork = nnx.merge(graph, with_flat(shapes, weights))
        self.bundle = bundle

    @classmethod
    def read(cls, folder: str | Path) -> "Features":
        """The model in a bundle's folder. Raises ModelError if it is damaged or another family's."""
        return cls(read_bundle(folder, family="features"))

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.bundle.name
