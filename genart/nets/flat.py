"""One currency for parameters: a flat ``{"blocks.0.conv.kernel": array}`` dict.

It is what bundles store, what is exported and what compiled functions take.
"""

from collections.abc import Mapping
from typing import Any

from flax import nnx

from genart.errors import ModelError


def flat_params(params: nnx.State) -> dict[str, Any]:
    """The arrays of an NNX state by dotted name.

    Parameters
    ----------
    params : as from ``graph, params = nnx.split(network, nnx.Param)``; numbers stand for places in an ``nnx.List``

    Returns
    -------
    dict of name -> array (or ``ShapeDtypeStruct``, under ``nnx.eval_shape``), not copied
    """
    return {_name(path): variable.get_value() for path, variable in nnx.to_flat_state(params)}


def with_flat(abstract: nnx.State, flat: Mapping[str, Any]) -> nnx.State:
    """A state like `abstract` that holds the arrays of `flat`; the way back from :func:`flat_params`.

    Parameters
    ----------
    abstract : the state to fill, arrays or shapes: ``nnx.split(nnx.eval_shape(make), nnx.Param)[1]``
    flat : name -> array; tracers are welcome, so it can be called inside ``jax.jit`` and ``jax.grad``

    Raises
    ------
    ModelError
        A name is missing or unknown, or a shape differs.
    """
    slots = {_name(path): (path, variable) for path, variable in nnx.to_flat_state(abstract)}
    if missing := sorted(slots.keys() - flat.keys()):
        raise ModelError(f"the weights do not fit this network: {_listed(missing)} missing; is it another model's?")
    if unknown := sorted(flat.keys() - slots.keys()):
        raise ModelError(f"the weights do not fit this network: it has no {_listed(unknown)}; is it another model's?")
    for name, (_, variable) in slots.items():
        given, wanted = tuple(flat[name].shape), tuple(variable.get_value().shape)
        if given != wanted:
            raise ModelError(f"the weights do not fit this network: {name} is {given} and must be {wanted}")
    return nnx.from_flat_state([(path, variable.replace(flat[name])) for name, (path, variable) in slots.items()])


def _name(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
