"""Data-parallel placement: batches split over all devices, parameters on each."""

from typing import Any

import jax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from genart.errors import InputError


def device_mesh() -> Mesh:
    """A mesh of every device, with one axis named "batch"."""
    return jax.make_mesh((jax.device_count(),), ("batch",), axis_types=(AxisType.Auto,))


def replicate(tree: Any, mesh: Mesh) -> Any:
    """Put a copy of every array of `tree` on each device of the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec()))


def split_batch(batch: Any, mesh: Mesh) -> Any:
    """Lay the first axis of every array of `batch` over the devices of the mesh.

    Raises
    ------
    InputError
        If the batch size is no multiple of the number of devices.
    """
    size = len(jax.tree.leaves(batch)[0])
    if size % mesh.size:
        raise InputError(f"a batch of {size} cannot be split over {mesh.size} devices; pick a multiple of {mesh.size}.")
    return jax.device_put(batch, NamedSharding(mesh, PartitionSpec("batch")))
