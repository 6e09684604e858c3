"""House rules that hold for every public function and class; each message says how to follow its rule."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import genart

# Signatures agreed with other people's code before the rule: name -> options that are positional there.
POSITIONAL = {
    "genart.families.bach.Bach.logits": {"phase"},
    "genart.families.gan.Gan.walk": {"points"},
    "genart.families.melody.Melody.sample": {"primer"},
    "genart.families.tunes.melody": {"primer"},
    "genart.families.walk.walk": {"points"},
    "genart.audio.synth.choose": {"soundfont"},
    "genart.audio.synth.describe": {"soundfont"},
    "genart.music.key.estimate": {"weights"},  # as numpy.average has it
}


def modules() -> list[Any]:
    names = ["genart", *(found.name for found in pkgutil.walk_packages(genart.__path__, "genart."))]
    skipped = ("genart.__main__", "genart.cli", "genart._bundles")  # commands are held by tests/cli
    return [importlib.import_module(name) for name in names if not name.startswith(skipped)]


def public() -> Iterator[tuple[str, Any]]:
    """Every public function, class and method, with its full name."""
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(value):
                yield f"{module.__name__}.{name}", value
                if not getattr(value, "_is_protocol", False):  # a protocol's methods are told where they are written
                    yield from _methods(f"{module.__name__}.{name}", value)
            elif callable(value) and inspect.isfunction(inspect.unwrap(value)):
                yield f"{module.__name__}.{name}", value


def _methods(home: str, kind: type) -> Iterator[tuple[str, Any]]:
    inherited = {name for base in kind.__mro__[1:] for name in vars(base)}  # told there, perhaps by another library
    for name, value in vars(kind).items():
        if not name.startswith("_") and name not in inherited:
            function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if inspect.isfunction(function) or isinstance(function, property):
                yield f"{home}.{name}", function


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    found = list(inspect.signature(function).parameters.values())
    return found[1:] if found and found[0].name in ("self", "cls") else found


ALL = dict(public())
FUNCTIONS = {name: value for name, value in ALL.items() if callable(value) and not inspect.isclass(value)}
CLASSES = {name: value for name, value in ALL.items() if inspect.isclass(value)}


def test_the_walk_finds_what_there_is():
    assert {"genart.families.registry.load", "genart.nets.flat.with_flat", "genart.recipe.Recipe.to_json"} <= set(ALL)
    assert not any("._" in name for name in ALL)


@pytest.mark.parametrize("name", ALL)
def test_it_has_a_docstring(name):
    text = vars(ALL[name]).get("__doc__") if inspect.isclass(ALL[name]) else inspect.getdoc(ALL[name])
    made_by_dataclass = (text or "").startswith(f"{name.rpartition('.')[2]}(")
    assert text, f"{name} needs a docstring: what it does, then shapes, ranges, units and errors."
    assert not made_by_dataclass, f"{name} needs a docstring: its fields with units and ranges."


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_are_keyword_only(name):
    loose = {
        parameter.name
        for parameter in parameters(FUNCTIONS[name])
        if parameter.default is not parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY
    }
    assert loose <= POSITIONAL.get(name, set()), (
        f"{name}: put {', '.join(sorted(loose))} behind a `*`, so that calls name their options and new ones can be "
        "added between."
    )


@pytest.mark.parametrize("name", [name for name, kind in CLASSES.items() if dataclasses.is_dataclass(kind)])
def test_value_types_are_frozen_and_their_fields_named(name):
    kind: Any = CLASSES[name]
    assert kind.__dataclass_params__.frozen, f"{name}: write @dataclass(frozen=True, kw_only=True)."
    loose = [parameter.name for parameter in parameters(kind) if parameter.kind is not parameter.KEYWORD_ONLY]
    assert not loose, f"{name}: {', '.join(loose)} can be given by place; write @dataclass(frozen=True, kw_only=True)."


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith(("genart.nets.", "genart.sampling."))])
def test_the_key_comes_first_where_arrays_are_drawn(name):
    names = [parameter.name for parameter in parameters(FUNCTIONS[name])]
    for key in {"key", "keys"} & set(names):
        assert names[0] == key, f"{name}: in nets and sampling the {key} comes first, before what it acts on."
    assert "seed" not in names, f"{name}: nets and sampling take a `key`; a `seed` is for families and works."


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_seed_is_an_option(name):
    for parameter in parameters(FUNCTIONS[name]):
        if parameter.name == "seed":
            assert parameter.kind is parameter.KEYWORD_ONLY, f"{name}: a seed is given by name, seed=7."
