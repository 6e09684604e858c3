"""The pages that are connected: what they say, and what each is told. Nobody waits for the slowest."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from genart.errors import InputError
from genart.web.guard import TEXTS, Rate
from genart.web.messages import answer_message, decoded, parse_frame
from genart.web.studio import Frame, Painted, Studio

MOST = 16  # connections
FAULTS = 20  # messages that make no sense, after which a connection is closed
TEXT_LIMIT = 2**16  # bytes of a control message
PATIENCE = 10.0  # seconds that a page may take to read what it is sent
POLICY, FULL = 1008, 1013  # codes of RFC 6455 and of IANA's registry: broken rules, and try again later


class Connection:
    """A page, with what it has yet to be sent: the newest frame, the newest state, and some news."""

    def __init__(self, socket: WebSocket):
        self.socket = socket
        self.frame: bytes | None = None
        self.state: str | None = None
        self.news: deque[str] = deque(maxlen=32)
        self.rate, self.faults = Rate(TEXTS), 0
        self._wake = asyncio.Event()

    def tell(self, news: dict[str, Any]) -> None:
        """Say something; of states only the newest is sent."""
        if news["type"] == "state":
            self.state = json.dumps(news)
        else:
            self.news.append(json.dumps(news))
        self._wake.set()

    def show(self, frame: bytes) -> None:
        """Show a frame; one that is not sent yet is dropped."""
        self.frame = frame
        self._wake.set()

    async def send(self) -> None:
        """Send what there is, until the connection ends."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            texts, frame = [*self.news, *([self.state] if self.state else [])], self.frame
            self.news.clear()
            self.state = self.frame = None
            async with asyncio.timeout(PATIENCE):
                for text in texts:
                    await self.socket.send_text(text)
                if frame is not None:
                    await self.socket.send_bytes(frame)


class Hub:
    """All connections; its methods are for the server's thread.

    Parameters
    ----------
    described : gives the state as pages are told it
    takes_frames : whether pages give the frames, and not the server itself
    """

    def __init__(self, studio: Studio, *, described: Callable[[], dict[str, Any]], takes_frames: bool = True):
        self.studio, self.described, self.takes_frames = studio, described, takes_frames
        self.connections: set[Connection] = set()
        self.camera: Connection | None = None  # the page whose frames are painted

    async def serve(self, socket: WebSocket) -> None:
        """Talk with a page until it goes."""
        await socket.accept()
        if len(self.connections) >= MOST:
            await socket.close(FULL, f"{MOST} pages are open already; close one")
            return
        connection = Connection(socket)
        self.connections.add(connection)
        connection.tell(self.studio.status)
        connection.tell(self.described())
        sending = asyncio.create_task(connection.send())
        reading = asyncio.create_task(self._read(connection))
        try:
            await asyncio.wait([sending, reading], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)
            self.connections.discard(connection)
            if self.camera is connection:
                self.camera = None
                self.tell({"type": "camera", "state": "gone"})
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
                await socket.close(POLICY if connection.faults > FAULTS else 1001)

    def tell(self, news: dict[str, Any]) -> None:
        """Say something to all."""
        for connection in self.connections:
            connection.tell(news)

    def show(self, painted: Painted) -> None:
        """Show a painted frame to all."""
        message = answer_message(painted.number, painted.captured, painted.timing, painted.size, painted.picture)
        for connection in self.connections:
            connection.show(message)

    async def _read(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        while connection.faults <= FAULTS:
            message = await connection.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                if message.get("bytes") is not None:
                    self._take(connection, message["bytes"], loop)
                else:
                    self._heed(connection, message["text"])
            except InputError as error:
                self._blame(connection, str(error))

    def _take(self, connection: Connection, message: bytes, loop: asyncio.AbstractEventLoop) -> None:
        number, captured, data = parse_frame(message)
        if connection is not self.camera:
            return
        self.studio.offer(
            Frame(
                number=number,
                captured=captured,
                pixels=lambda: decoded(data),
                refused=lambda sentence: _soon(loop, self._blame, connection, sentence),
            )
        )

    def _heed(self, connection: Connection, text: str) -> None:
        if connection.rate.exceeded():
            connection.faults = FAULTS + 1
            raise InputError(f"more than {TEXTS} messages a second are too many")
        changes = parse_changes(text)
        if "camera" in changes:
            self._change_camera(connection, wanted=changes.pop("camera"))
        if changes:
            self.studio.desk.change(changes)

    def _change_camera(self, connection: Connection, *, wanted: Any) -> None:
        if not isinstance(wanted, bool):
            raise InputError(f"camera {wanted!r:.40}: true or false is needed")
        if wanted and not self.takes_frames:
            raise InputError("the frames come from the server's own camera; pages show and steer")
        if wanted and self.camera not in (None, connection):
            self.camera.tell({"type": "camera", "state": "taken"})  # pyright: ignore[reportOptionalMemberAccess]
        if wanted or self.camera is connection:
            self.camera = connection if wanted else None

    def _blame(self, connection: Connection, sentence: str) -> None:
        connection.faults += 1
        connection.tell({"type": "error", "text": sentence})


def parse_changes(text: str | bytes) -> dict[str, Any]:
    """Changes as JSON. Raises InputError where they are none."""
    if len(text) > TEXT_LIMIT:
        raise InputError(f"a message of {len(text)} characters: at most {TEXT_LIMIT} are read")
    try:
        changes = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError('changes are JSON, as in {"strength": 0.8}') from None
    if not isinstance(changes, dict):
        raise InputError('changes are a JSON object, as in {"strength": 0.8}')
    return changes


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    with contextlib.suppress(RuntimeError):  # the server has stopped
        loop.call_soon_threadsafe(call, *arguments)
