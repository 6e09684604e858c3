"""The live page's server, driven by a real client: frames a second, their age, where the time goes, and memory.

The server is a process of its own; the client sends frames as a page does, two of them in flight, and decodes what
comes back. Every frame of the figures is of 640 x 360 pixels.
"""

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from stylize_time import threads
from websockets.sync.client import ClientConnection, connect

from genart.image.stock import stock_pictures
from genart.web.messages import ANSWER, decoded, encoded, frame_message

SIZE = (640, 360)
IN_FLIGHT = 2
WARM = 20  # frames that are not counted
TOO_FAST = 120  # frames a second that no laptop paints
SERVER = f"""
import sys
from genart.families.registry import load
from genart.web.controls import Controls
from genart.web.desk import Desk
from genart.web.live import Live
style = load(sys.argv[1])
live = Live(Desk(style, Controls.first(None, names=style.names, strength=1.0)), port=0, sizes=[{SIZE}])
print(f"the page: {{live.url}}", file=sys.stderr, flush=True)
live.run()
"""


class Server:
    """A server in a process, and a client's connection to it.

    Attributes
    ----------
    page, ready : seconds from its start until the page came, and until frames are painted
    """

    def __init__(self, process: subprocess.Popen[str], socket: ClientConnection, *, page: float, ready: float):
        self.process, self.socket, self.page, self.ready = process, socket, page, ready

    def send(self, number: int, frame: np.ndarray) -> None:
        """Send a frame, which is captured now."""
        captured = 1e3 * time.time()
        self.socket.send(frame_message(number, captured, encoded(frame)))

    def answer(self, *, timeout: float = 60) -> dict[str, float]:
        """The next painted frame, decoded: its number, its age and how long it was in the net, in milliseconds."""
        while isinstance(message := self.socket.recv(timeout=timeout), str):
            pass
        number, captured, _, net, *_ = ANSWER.unpack_from(message)
        decoded(message[ANSWER.size :])
        return {"number": number, "age": 1e3 * time.time() - captured, "net": net}

    def memory(self) -> float:
        """Memory of the server in MiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1024


@contextlib.contextmanager
def serving(command: list[str], *, cache: str | None = None) -> Iterator[Server]:
    """A server that paints, until the block ends; `cache` is the folder of what was compiled before."""
    started = time.monotonic()
    environment = os.environ | ({} if cache is None else {"GENART_CACHE": cache})
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        url = next(line.split()[-1] for line in process.stderr if line.startswith("the page: "))
        with urllib.request.urlopen(url) as response:
            response.read()
        page = time.monotonic() - started
        with connect(f"{url.replace('http', 'ws', 1)}live", max_size=None, compression=None) as socket:
            socket.send('{"camera": true}')
            while '"ready": true' not in str(socket.recv(timeout=300)):
                pass
            yield Server(process, socket, page=page, ready=time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def film() -> list[np.ndarray]:
    """Thirty frames that move: windows that slide over a picture."""
    scene = stock_pictures()[0].resized(size=(760, 480)).pixels
    return [np.ascontiguousarray(scene[2 * n : 2 * n + 360, 3 * n : 3 * n + 640]) for n in range(30)]


def as_a_page(server: Server, frames: list[np.ndarray], *, count: int) -> list[dict[str, float]]:
    """Answers to about so many frames, with no more in flight than a page has."""
    answers, answered = [], -1
    for number in range(count):
        server.send(number, frames[number % len(frames)])
        if number - answered >= IN_FLIGHT:
            answers.append(server.answer())
            answered = answers[-1]["number"]
    while answered < count - 1:
        answers.append(server.answer())
        answered = answers[-1]["number"]
    return answers


def too_fast(server: Server, frames: list[np.ndarray], *, seconds: float) -> list[dict[str, float]]:
    """Answers while frames are sent faster than they can be painted."""
    answers, started, now = [], time.monotonic(), 0.0
    for number in itertools.count():
        server.send(number, frames[number % len(frames)])
        with contextlib.suppress(TimeoutError):
            while (now := time.monotonic() - started) < seconds:
                answers.append(server.answer(timeout=max(0.0, (number + 1) / TOO_FAST - now)))
        if now > seconds:
            break
    return answers


def johnson_loop(frames: list[np.ndarray]) -> float:
    """Frames a second of the loop that tutorials write: a frame, the net of Johnson et al. in PyTorch, a picture."""
    import torch  # pyright: ignore[reportMissingImports]
    from johnson import johnson

    torch.set_num_threads(threads())
    network, started = johnson(), time.monotonic()
    with torch.inference_mode():
        for frame in frames:
            tensor = torch.from_numpy(frame.astype(np.float32).transpose(2, 0, 1)[None])
            painted = network(tensor)[0].clamp(0, 255).byte().numpy().transpose(1, 2, 0)
            assert painted.shape == frame.shape
    return len(frames) / (time.monotonic() - started)


def summary(answers: list[dict[str, float]], seconds: float) -> dict[str, float]:
    """What answers come to: frames a second, ages, and the share of the time that is not the net's."""
    ages, net = [each["age"] for each in answers], float(np.mean([each["net"] for each in answers]))
    frame_time = 1e3 * seconds / len(answers)
    return {
        "frames_a_second": len(answers) / seconds,
        "net_ms": net,
        "share_outside_net": 1 - net / frame_time,
        "age_ms": float(np.median(ages)),
        "age_95_ms": float(np.percentile(ages, 95)),
        "age_bar_ms": 2 * frame_time + net,
    }


def measure(model: str, *, count: int, flood: float, peer: int) -> dict[str, Any]:
    """All figures but those of the start."""
    record: dict[str, Any] = {"cores": threads(), "load": os.getloadavg()[0]}
    frames = film()
    with serving([sys.executable, "-c", SERVER, model]) as server:
        as_a_page(server, frames, count=WARM)
        before, started = server.memory(), time.monotonic()
        record |= summary(as_a_page(server, frames, count=count), time.monotonic() - started)
        record |= {"memory_mib": before, "memory_grown_mib": server.memory() - before}
        if flood:
            before, started = server.memory(), time.monotonic()
            ages = [each["age"] for each in too_fast(server, frames, seconds=flood)]
            record |= {"flooded_frames_a_second": len(ages) / (time.monotonic() - started)}
            record |= {"flooded_age_most_ms": max(ages), "flooded_memory_grown_mib": server.memory() - before}
    if peer:
        record["peer_frames_a_second"] = johnson_loop(frames[:peer])
        record["times_the_peer"] = record["frames_a_second"] / record["peer_frames_a_second"]
    return record


def starts(model: str) -> dict[str, float]:
    """Seconds until the page comes and until frames are painted, with nothing compiled before, and then again."""
    command = [sys.executable, "-m", "genart", "webcam", "--no-open", "--port", "0", "--model", model]
    record: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="genart-benchmark-") as cache:
        for kind in ("cold", "warm"):
            with serving(command, cache=cache) as server:
                record |= {f"{kind}_page_seconds": server.page, f"{kind}_ready_seconds": server.ready}
    return record


@click.command()
@click.option("--model", default="style", show_default=True, help="Name or folder of a style model.")
@click.option("--frames", "count", default=300, show_default=True, help="That are counted.")
@click.option("--flood", default=5.0, show_default=True, help="Seconds of frames that come too fast; 0 for none.")
@click.option("--peer", default=10, show_default=True, help="Frames of the peer in PyTorch; 0 for none.")
@click.option("--start", is_flag=True, help="How long `genart webcam` takes to start, and nothing else.")
@click.option("--json", "as_json", is_flag=True)
def main(model: str, count: int, flood: float, peer: int, start: bool, as_json: bool) -> None:
    """Measure the live page's server on this machine."""
    record = starts(model) if start else measure(model, count=count, flood=flood, peer=peer)
    if as_json:
        click.echo(json.dumps(record))
        return
    for name, value in record.items():
        click.echo(f"{name:26}{value:.3g}" if isinstance(value, float) else f"{name:26}{value}")


if __name__ == "__main__":
    main()
