import os
import stat
import types

import pytest

from genart import device, folders
from genart.errors import InputError

COMPUTE = """
import sys
from genart import device
device.choose(sys.argv[1])
assert "jax" not in sys.modules
device.configure()
device.configure()
import jax
jax.jit(lambda x: x + 1)(1.0)
print(jax.default_backend(), jax.device_count())
"""


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_compiled_programs_are_kept_where_only_the_user_can_write(python, tmp_path, name):
    cache = tmp_path / "cache"
    done = python("-c", COMPUTE, name, GENART_CACHE=str(cache))
    assert done.stdout == "cpu 1\n", done.stderr
    assert stat.S_IMODE((cache / "jax").stat().st_mode) == 0o700
    assert len(list((cache / "jax").iterdir())) > 0  # though this program compiles in milliseconds


def test_programs_are_kept_though_jax_compiled_before(python, tmp_path):
    before = "import jax; jax.jit(lambda x: x * 3)(1.0)\n"
    done = python("-c", before + COMPUTE.replace('assert "jax" not', 'assert "jax"'), "cpu", GENART_CACHE=str(tmp_path))
    assert done.stdout == "cpu 1\n", done.stderr
    assert len(list((tmp_path / "jax").iterdir())) > 0


def test_a_cache_that_somebody_named_for_jax_is_kept(python, tmp_path):
    own = str(tmp_path / "own")
    python("-c", COMPUTE, "cpu", GENART_CACHE=str(tmp_path), JAX_COMPILATION_CACHE_DIR=own)
    assert not (tmp_path / "jax").exists()


def test_a_device_that_is_not_there_is_one_sentence(python):
    done = python("-c", COMPUTE, "tpu")
    assert "InputError: no tpu to compute on was found, only cpu: leave --device out to take cpu" in done.stderr
    done = python("-c", COMPUTE, "gpu", JAX_PLATFORMS="cpu")
    assert 'no gpu to compute on was found, only cpu: pip install "genart[cuda]"' in done.stderr


def test_a_cache_that_cannot_be_made_is_done_without(python, tmp_path):
    (tmp_path / "file").write_text("")
    done = python("-c", COMPUTE, "cpu", GENART_CACHE=str(tmp_path / "file" / "cache"))
    assert done.stdout == "cpu 1\n", done.stderr


def test_several_devices_can_be_faked_for_tests(python):
    assert python("-c", COMPUTE, "auto", devices=4).stdout == "cpu 4\n"


def test_another_word_is_refused():
    with pytest.raises(InputError, match="there is no device 'cuda': choose one of auto, cpu, gpu, tpu"):
        device.choose("cuda")


def test_the_cache_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("GENART_CACHE", str(tmp_path))
    assert folders.cache_folder() == tmp_path
    monkeypatch.delenv("GENART_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    if os.name == "posix":
        assert folders.cache_folder().name == "genart"


def test_models_are_looked_for_in_a_checkout_the_users_folder_and_here(here):
    shipped, user, current = folders.models_folders()
    assert (shipped.parent / "pyproject.toml").is_file()
    assert user.name == "models"
    assert current == here


def test_memory_is_asked_to_stay_and_other_libraries_are_left_alone(monkeypatch):
    asked = []
    library = types.SimpleNamespace(mallopt=lambda name, value: asked.append((name, value)))
    monkeypatch.setattr(device.ctypes, "CDLL", lambda name: library)
    device._keep_memory()
    assert asked == [(-1, 1 << 30), (-3, 1 << 30), (-2, 1 << 26)]  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_TOP_PAD
    for found in (types.SimpleNamespace(), OSError("no such library")):
        monkeypatch.setattr(device.ctypes, "CDLL", lambda name, found=found: _raised(found))
        device._keep_memory()


def _raised(found):
    if isinstance(found, OSError):
        raise found
    return found
