"""Headless Chromium, steered over its DevTools protocol."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
STRANGER = "203.0.113.7"  # an address of RFC 5737 that leads here: to the browser it is another machine's
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-port=0",
    f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


class Page:
    """A tab: ``page("document.title")`` evaluates, waiting for promises; `faults` are what its console said wrong."""

    def __init__(self, socket: Any, session: str):
        self.socket, self.session, self.faults = socket, session, list[str]()
        self._numbers = itertools.count(1)
        self.call("Runtime.enable")
        self.call("Log.enable")
        self.call("Page.enable")

    def __call__(self, expression: str) -> Any:
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A call of the protocol, and its result."""
        number = next(self._numbers) * 1000 + hash(self.session) % 1000
        message = {"id": number, "method": method, "params": parameters, "sessionId": self.session}
        self.socket.send(json.dumps(message))
        while True:
            told = json.loads(self.socket.recv(timeout=30))
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
            if told.get("sessionId") == self.session:
                self._heed(told)

    def until(self, expression: str, *, seconds: float = 30) -> Any:
        """What an expression gives once that is true."""
        end = time.monotonic() + seconds
        while not (found := self(expression)):
            assert time.monotonic() < end, f"{expression} is not true after {seconds} s; {self.faults}"
            time.sleep(0.1)
        return found

    def click(self, id: str) -> None:
        """Click on an element, as a person would: with what only people are allowed."""
        self.call("Runtime.evaluate", expression=f"$('{id}').click()", userGesture=True)

    def slide(self, id: str, value: float) -> None:
        """Move a slider."""
        self(f"$('{id}').value = {value}, $('{id}').dispatchEvent(new Event('input'))")

    def choose(self, id: str, path: Path) -> None:
        """Choose a file."""
        element = self.call("Runtime.evaluate", expression=f"$('{id}')")["result"]["objectId"]
        self.call("DOM.setFileInputFiles", files=[str(path)], objectId=element)

    def close(self) -> None:
        """Close the tab."""
        self.call("Page.close")

    def press(self, key: str, *, shift: bool = False, code: str = "") -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, modifiers=8 if shift else 0)

    def picture(self, path: Path) -> None:
        """Save what is seen as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def sized(self, width: int, height: int) -> None:
        """Be a window of this size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def _heed(self, told: dict[str, Any]) -> None:
        facts = told.get("params", {})
        if told["method"] == "Runtime.exceptionThrown":
            self.faults.append(facts["exceptionDetails"].get("exception", {}).get("description", str(facts)))
        if told["method"] == "Log.entryAdded" and facts["entry"]["level"] == "error":
            self.faults.append(facts["entry"]["text"] + " " + facts["entry"].get("url", ""))
        if told["method"] == "Runtime.consoleAPICalled" and facts["type"] == "error":
            self.faults.append(str(facts["args"]))


class Browser:
    """Chromium with one connection to it."""

    def __init__(self, socket: Any, downloads: Path):
        self.socket, self.downloads, self._numbers = socket, downloads, itertools.count(1)
        self._call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def open(self, url: str, *, script: str = "") -> Page:
        """A new tab, in which a script runs before the page's own do; ``$`` finds an element by its id."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self.socket, session)
        finding = "window.$ = (id) => document.getElementById(id);"
        page.call("Page.addScriptToEvaluateOnNewDocument", source=finding + script)
        page.call("Page.navigate", url=url)
        page.until("document.readyState === 'complete'")
        return page

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (told := json.loads(self.socket.recv(timeout=30))).get("id") != number:
            pass
        assert "error" not in told, told
        return told["result"]


@contextmanager
def chromium(*, camera: Path | None) -> Iterator[Browser]:
    """Chromium with a film (.y4m) as its camera; without one there is no camera, and it is not asked for."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="genart-browser-", ignore_cleanup_errors=True) as folder:
        flags = [f"--use-file-for-fake-video-capture={camera}"] if camera else []
        left_out = () if camera else ("--use-fake-device-for-media-stream",)
        command = [PROGRAM, *(flag for flag in FLAGS if flag not in left_out), *flags, f"--user-data-dir={folder}"]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = _port(Path(folder))
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version") as told:
                address = json.load(told)["webSocketDebuggerUrl"]
            with connect(address, max_size=2**26, compression=None) as socket:
                downloads = Path(folder) / "downloads"
                downloads.mkdir()
                yield Browser(socket, downloads)
        finally:
            program.terminate()
            program.wait(timeout=20)


def _port(folder: Path) -> str:
    end = time.monotonic() + 60
    while True:
        try:
            return (folder / "DevToolsActivePort").read_text().splitlines()[0]
        except (OSError, IndexError):
            assert time.monotonic() < end, "Chromium did not start"
            time.sleep(0.1)
