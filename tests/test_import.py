"""What `import genart` costs and offers."""

import importlib

import pytest

import genart

HEAVY = ("jax", "flax", "numpy", "librosa", "numba", "mido", "pretty_midi", "soundfile", "PIL", "rich", "click")


def test_it_loads_nothing_heavy(python):
    done = python("-c", f"import sys, genart; print([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


def test_it_costs_milliseconds(python):
    timed = "import time; t = time.perf_counter(); import genart; print(time.perf_counter() - t)"
    assert min(float(python("-c", timed).stdout) for _ in range(3)) < 0.05  # about 0.002 on an idle machine


@pytest.mark.parametrize("name", genart.__all__)
def test_every_name_is_where_it_is_said_to_be(name):
    value = getattr(genart, name)
    assert value is getattr(importlib.import_module(genart._HOME[name]), name)
    assert name in dir(genart)
    assert value.__doc__


def test_the_names_are_spelled_out_once_more_for_type_checkers():
    assert sorted(genart._HOME) == sorted(genart.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'genart' has no attribute 'harmonise'"):
        genart.harmonise  # noqa: B018


@pytest.mark.parametrize("package", ["music", "audio", "image", "show"])
def test_music_sound_and_pictures_never_import_jax(python, package):
    code = f"""
import importlib.util, pkgutil, sys
if importlib.util.find_spec("genart.{package}") is None:
    sys.exit()
module = importlib.import_module("genart.{package}")
for found in pkgutil.walk_packages(getattr(module, "__path__", []), "genart.{package}."):
    importlib.import_module(found.name)
print([name for name in ("jax", "flax") if name in sys.modules])
"""
    done = python("-c", code)
    assert (done.returncode, done.stdout) in ((0, "[]\n"), (0, "")), done.stderr
