"""Which device jax computes on, and where it keeps compiled programs."""

import contextlib
import ctypes
import functools
import os
import sys
from pathlib import Path

from genart.errors import InputError
from genart.folders import cache_folder

DEVICES = ("auto", "cpu", "gpu", "tpu")
KEPT, AHEAD = 1 << 30, 1 << 26  # bytes that are kept, and fetched more than asked for

_chosen = "auto"


def choose(device: str) -> None:
    """Say which device to compute on, without importing jax.

    Parameters
    ----------
    device : "auto" (the best there is), "cpu", "gpu" or "tpu"

    Raises
    ------
    InputError
        `device` is another word. Whether the device is there shows in :func:`configure`.
    """
    global _chosen
    if device not in DEVICES:
        raise InputError(f"there is no device {device!r}: choose one of {', '.join(DEVICES)}")
    _chosen = device
    if device != "auto":
        # Left to itself jax prefers what is fastest; naming "cuda" alone would keep it from other makers' GPUs.
        platforms = "cpu" if device == "cpu" else ""
        os.environ["JAX_PLATFORMS"] = platforms
        if jax := sys.modules.get("jax"):
            jax.config.update("jax_platforms", platforms)
    _start.cache_clear()


def configure(*, device: str | None = None) -> None:
    """Get jax ready: the device, and a cache of compiled programs in the user's cache folder.

    Called by everything that computes, before it does; costs nothing the second time.

    Parameters
    ----------
    device : as for :func:`choose`; None keeps what was chosen

    Raises
    ------
    InputError
        The chosen device is not there, or jax already computes on another one in this process.
    """
    if device is not None:
        choose(device)
    _start()


@functools.cache
def _start() -> None:
    import jax

    _keep_memory()
    # Somebody who has named a cache of their own keeps it.
    own = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    if not own and (folder := _private(cache_folder() / "jax")):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # small nets compile in milliseconds
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    if _chosen != "auto" and (found := jax.default_backend()) != _chosen:
        hint = 'pip install "genart[cuda]" brings what an NVIDIA card needs; ' if _chosen == "gpu" else ""
        raise InputError(
            f"no {_chosen} to compute on was found, only {found}: {hint}leave --device out to take {found}"
        )


def _keep_memory() -> None:
    """Have what is freed stay with the process, where that can be asked for.

    XLA takes the memory between its steps anew each time it runs. Handed back and fetched again page by page, it costs
    more than what is computed in it: large convolutions take up to three times as long.
    """
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3  # names in malloc.h
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another library than glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(trim_threshold, KEPT)
        mallopt(mmap_threshold, KEPT)
        mallopt(top_pad, AHEAD)


def _private(folder: Path) -> Path | None:
    """`folder`, made and closed to others, since compiled programs are run; None where that cannot be."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "nt":
            return folder
        folder.chmod(0o700)
        if folder.stat().st_uid == os.geteuid():
            return folder
    return None
