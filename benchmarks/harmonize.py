"""Harmonizing 16 bars with genart and with a network of Coconet's published size, on the same threads.

    python benchmarks/harmonize.py              the two beside each other, in one process, compiled and warm
    python benchmarks/harmonize.py --process    `genart harmonize` in fresh processes: seconds and memory

The peer stands in coconet.py. Coconet in the browser makes a harmonization in 96 Gibbs steps, each a pass through the
network; only the passes are counted here, so what is left out favors the peer. It is timed as PyTorch runs it by
default and in the fastest of the ways we tried.

Both use every core that this process may use; `taskset -c 0 python benchmarks/harmonize.py` compares on one.
"""

import dataclasses
import json
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

import genart

# JAX and PyTorch are imported where they are used: what starts other processes stays small, because the system counts
# the memory of the process that started another one among the other's.

TUNE = Path(__file__).parents[1] / "assets" / "ode_to_joy.mid"  # 16 bars of 4/4
GRID, STEPS = "1/16", 256
GIBBS_STEPS = 96
COLD_RUNS = 3
MINUTES = 10


def threads() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fastest(action: Callable[[int], object], *, repeats: int) -> float:
    """Seconds of the fastest of `repeats` calls, after one that is not counted; each gets its number."""
    seconds = []
    for number in range(repeats + 1):
        start = time.perf_counter()
        action(number)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def time_genart(model: str, *, repeats: int) -> float:
    """Seconds for one harmonization of the tune, the best of four draws at the default steps; the model is loaded."""
    bach = genart.load(model)
    song = genart.Score.read(TUNE)
    return fastest(lambda seed: genart.harmonize(song, model=bach, grid=GRID, seed=seed), repeats=repeats)


def time_peer(*, repeats: int) -> dict[str, Any]:
    """Seconds for one pass of the peer as {"default": ..., "folded": ...}, and its number of parameters."""
    import torch  # pyright: ignore[reportMissingImports]
    from coconet import PITCHES, VOICES, Coconet

    torch.set_num_threads(threads())
    cells = torch.zeros(1, 2 * VOICES, STEPS, PITCHES)
    ways = {"default": Coconet(folded=False).eval()}
    if torch.backends.mkldnn.is_available():
        ways["folded"] = Coconet(folded=True).eval()
    with torch.no_grad():
        timed = {way: fastest(lambda _, net=net: net(cells), repeats=repeats) for way, net in ways.items()}
    parameters = sum(array.numel() for array in ways["default"].parameters())
    return {"parameters": parameters, "torch": torch.__version__, "seconds_a_pass": timed}


def compare(model: str, *, repeats: int) -> tuple[dict[str, Any], list[str]]:
    """Both beside each other: a record, and lines that say it."""
    if find_spec("torch") is None:
        raise click.ClickException('PyTorch is not installed; pip install ".[bench]" brings it')
    ours = time_genart(model, repeats=repeats)
    peer = time_peer(repeats=repeats)
    record: dict[str, Any] = {"seconds": ours, "peer": peer, "gibbs_steps": GIBBS_STEPS, "ratios": {}}
    lines = [
        f"genart, best of {repeats}: {ours:.2f} s",
        f"a network of Coconet's size ({peer['parameters'] / 1e6:.1f} M parameters, PyTorch {peer['torch']}), "
        f"{GIBBS_STEPS} passes:",
    ]
    for way, seconds in peer["seconds_a_pass"].items():
        ratio = record["ratios"][way] = GIBBS_STEPS * seconds / ours
        lines.append(f"  {way}: {GIBBS_STEPS * seconds:.1f} s ({seconds:.3f} s a pass), {ratio:.1f} times as long")
    return record, lines


def run(song: Path, *, model: str, cache: Path, seed: int) -> tuple[float, float]:
    """`genart harmonize` in a fresh process: seconds until it has ended, and the most memory it held, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--model", model, "--seed", str(seed), "-o", str(Path(folder) / "out.mid"), "--quiet"]
        command = [sys.executable, "-m", "genart", "harmonize", str(song), *options]
        start = time.perf_counter()
        process = subprocess.Popen(command, env={**os.environ, "GENART_CACHE": str(cache)}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # macOS counts bytes, Linux kilobytes


def long_song() -> genart.Score:
    """The tune again and again, for ten minutes."""
    tune = genart.Score.read(TUNE)
    (melody,) = tune.voices
    length = tune.bars()[-1].end
    times = int(MINUTES * 60 / tune.seconds(length)) + 1
    notes = [
        dataclasses.replace(note, start=note.start + time * length, end=note.end + time * length)
        for time in range(times)
        for note in melody.notes
    ]
    voice = genart.Track.make(name="Melody", notes=notes)
    return genart.Score.make(voices=[voice], resolution=tune.resolution, tempos=tune.tempos, meters=tune.meters)


def processes(model: str, *, repeats: int) -> tuple[dict[str, Any], list[str]]:
    """Fresh processes with empty and filled caches, and a long song: a record, and lines that say it."""
    with tempfile.TemporaryDirectory() as folder:
        caches = [Path(folder) / f"cache-{number}" for number in range(min(COLD_RUNS, repeats))]
        cold = [run(TUNE, model=model, cache=cache, seed=seed) for seed, cache in enumerate(caches)]
        warm = [run(TUNE, model=model, cache=caches[0], seed=seed) for seed in range(repeats)]
        song = Path(folder) / "long.mid"
        long_song().save(song)
        long_seconds, long_memory = run(song, model=model, cache=caches[0], seed=0)
    record = {
        "empty_cache": {"seconds": min(cold)[0], "runs": len(cold)},
        "filled_cache": {"seconds": min(warm)[0], "runs": len(warm)},
        "ten_minutes": {"seconds": long_seconds, "peak_mb": long_memory},
    }
    return record, [
        f"genart harmonize, cache of compiled programs empty, best of {len(cold)}: {min(cold)[0]:.1f} s",
        f"genart harmonize, cache filled, best of {len(warm)}: {min(warm)[0]:.1f} s, {min(warm)[1]:.0f} MB",
        f"genart harmonize, a song of {MINUTES} minutes: {long_seconds:.1f} s, at most {long_memory:.0f} MB",
    ]


@click.command()
@click.option("--process", is_flag=True, help="Time fresh processes instead, and the memory of a long song.")
@click.option("--model", default="bach", show_default=True, help="Name or folder.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Runs, the fastest counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record.")
def main(process: bool, model: str, repeats: int, as_json: bool) -> None:
    """Time genart's harmonization of 16 bars."""
    busy = os.getloadavg()[0]
    record, lines = (processes if process else compare)(model, repeats=repeats)
    record = {"threads": threads(), "load_before": busy, "genart": genart.__version__, "model": model, **record}
    lines = [f"{threads()} threads, load average {busy:.1f} before", *lines]
    click.echo(json.dumps(record) if as_json else "\n".join(lines))


if __name__ == "__main__":
    main()
