"""How long the style net takes beside the network of Johnson et al. 2016, and what a large picture costs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np

from genart.families.style import Style
from genart.image.picture import Picture

SIZES = ((640, 360), (1280, 720))
LARGE = (3840, 2160)
IN_A_ROW = 4  # calls of a turn
PAUSE = 0.05  # seconds before each turn, in which the threads of the other library go to sleep
FRESH = "import sys, genart; from genart.image.picture import Picture; \
genart.load(sys.argv[1]).sample(Picture.read(sys.argv[2]), style=sys.argv[3]).save(sys.argv[4])"


def threads() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fastest(actions: dict[str, Callable[[], object]], *, repeats: int) -> dict[str, float]:
    """Seconds of the fastest call of each action, in `repeats` turns of several calls, after one that is not counted.

    Calls follow one another as frames and batches do: after a pause, processors and caches take a while to wake up.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats + 1):
        for name, action in actions.items():
            time.sleep(PAUSE)
            for _ in range(IN_A_ROW):
                start = time.perf_counter()
                action()
                seconds[name].append(time.perf_counter() - start)
    return {name: min(each[IN_A_ROW:]) for name, each in seconds.items()}


def speed(style: Style, *, repeats: int) -> list[dict[str, Any]]:
    """Both networks at each size: frames uint8 in and out for ours, arrays as the network takes them for the peer."""
    if find_spec("torch") is None:
        raise click.ClickException('PyTorch is not installed; pip install ".[bench]" brings it')
    import torch  # pyright: ignore[reportMissingImports]
    from johnson import johnson

    torch.set_num_threads(threads())
    network, row, records = johnson(), style.row(style.names[0]), []
    for width, height in SIZES:
        frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        tensor = torch.from_numpy(frame.astype(np.float32).transpose(2, 0, 1)[None] / 255)
        load = os.getloadavg()[0]
        with torch.inference_mode():
            found = fastest(
                {
                    "genart": lambda frame=frame: style.painter.frame(frame, row)[0],
                    "peer": lambda tensor=tensor: network(tensor),
                },
                repeats=repeats,
            )
        records.append({"width": width, "height": height, "load": load, "torch": torch.__version__, **found})
    return records


def tiles(style: Style, model: str, photograph: Path, *, name: str, size: tuple[int, int] = LARGE) -> dict[str, Any]:
    """A large picture in tiles and in one piece, and in a fresh process.

    Returns
    -------
    "difference": mean absolute difference in 1/255, and "line", that of the row or column of pixels where it is the
    largest, as a seam's would be; "seconds" of painting it in tiles; "process": seconds and peak memory in MB of a
    process that reads the picture, paints it and writes a PNG.
    """
    picture = large_picture(photograph, size=size)
    with tempfile.TemporaryDirectory() as folder:
        picture.save(Path(folder) / "in.png")
        # First, while this process is small: its memory counts among the other's.
        process = measured([sys.executable, "-c", FRESH, model, f"{folder}/in.png", name, f"{folder}/out.png"])
    row = style.row(name)
    style.painter.tiled(picture.pixels, row)  # compiles
    start = time.perf_counter()
    tiled = style.painter.tiled(picture.pixels, row)
    seconds = time.perf_counter() - start
    whole, _ = style.painter.frame(picture.pixels, row)
    apart = np.abs(tiled.astype(np.int16) - whole).mean(2)  # [H, W]
    return {
        "difference": float(apart.mean()),
        "line": float(max(apart.mean(0).max(), apart.mean(1).max())),
        "seconds": seconds,
        "process": process,
    }


def large_picture(photograph: Path, *, size: tuple[int, int]) -> Picture:
    """A photograph made as large as `size` (width, height), with noise as a sensor has it."""
    width, height = size
    small = Picture.read(photograph).over((255, 255, 255))
    scale = max(width / small.width, height / small.height)
    whole = small.resized(size=(round(small.width * scale) + 1, round(small.height * scale) + 1)).cropped(width, height)
    noise = np.random.default_rng(0).normal(0, 0.02, whole.pixels.shape).astype(np.float32)
    return Picture.of(np.clip(whole.floats() + noise, 0, 1))


def measured(command: list[str]) -> dict[str, float]:
    """Seconds until a process has ended, and the most memory it held, in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}")
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # macOS counts bytes, Linux kilobytes
    return {"seconds": time.perf_counter() - start, "peak_mb": peak}
