"""The live session: the net, the server and what else gives and takes frames, put together."""

import contextlib
import errno
import os
import socket
from collections.abc import Sequence

from genart.errors import InputError, MissingExtra
from genart.training.recipes.style import LossNetwork
from genart.web.camera import Capture, Source
from genart.web.canvas import SIZES, Canvas, Size
from genart.web.desk import Desk
from genart.web.guard import Guard, is_loopback
from genart.web.learner import Learner
from genart.web.messages import LARGEST
from genart.web.outlets import Outlet
from genart.web.studio import Studio

HOST, PORT = "127.0.0.1", 8760
EVERYWHERE = ("0.0.0.0", "::")  # all addresses of this machine
FPS = 24.0
OUT_SIZE: Size = (1280, 720)
REQUESTS = 64  # at a time, sockets of pages among them


class Live:
    """A live session; the port is taken when it is made, and frames are painted while :meth:`run` runs.

    Parameters
    ----------
    desk : with the model and the controls to begin with
    fps : frames a second to hold
    sizes : width and height of the frames to choose from, from the smallest to the largest
    host, port : to listen at; port 0 takes any that is free. This machine can always be reached at 127.0.0.1, too: a
        browser gives its camera to no other address
    out_size : width and height of what /output shows
    source : where the server captures frames itself; else the page gives them
    features : the loss network that styles are learned with: a model's name or folder, or its call

    Attributes
    ----------
    url, output_url : of the page and of the picture alone, on this machine, with the token where one is needed
    shared_url : of the page for other machines; None where they cannot reach it
    port : that is listened at

    Raises
    ------
    InputError
        The port is taken, or the host is none of this machine's.
    MissingExtra
        The server's packages are not installed.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        fps: float = FPS,
        sizes: Sequence[Size] = SIZES,
        host: str = HOST,
        port: int = PORT,
        out_size: Size = OUT_SIZE,
        source: Source | None = None,
        features: str | os.PathLike[str] | LossNetwork = "features",
    ):
        try:
            import uvicorn
            import websockets  # noqa: F401  # uvicorn speaks WebSocket through it

            from genart.web.app import build
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f'the live page needs {error.name}, which is not installed: pip install "genart[web]"'
            ) from error
        self._sockets = [bound(host, port)]
        self.port = port = self._sockets[0].getsockname()[1]
        local = host if is_loopback(host) else HOST
        if host not in (local, *EVERYWHERE):
            self._sockets.append(bound(local, port))
        self.guard = Guard(host, port)
        self.desk = desk
        self.studio = Studio(self.desk, Canvas(desk.style.painter, sizes), fps=fps)
        self.learner = Learner(self.desk, seen=lambda: self.studio.last_seen, features=features)
        self.capture = None if source is None else Capture(self.studio, source)
        token = f"?token={self.guard.token}" if self.guard.token is not None else ""
        self.url, self.output_url = f"{_origin(local, port)}/{token}", f"{_origin(local, port)}/output{token}"
        seen_as = _own_address() if host in EVERYWHERE else host
        self.shared_url = None if is_loopback(host) else f"{_origin(seen_as, port)}/{token}"
        app = build(self.studio, self.learner, self.guard, out_size=out_size, takes_frames=source is None)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="on",
                log_level="error",
                access_log=False,
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=LARGEST,
                ws_per_message_deflate=False,  # JPEG is as small as it gets
                limit_concurrency=REQUESTS,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
            )
        )

    def add(self, outlet: Outlet) -> None:
        """Give painted frames to an outlet too."""
        self.studio.painted_to.append(lambda painted: outlet(painted.pixels))

    def run(self) -> None:
        """Serve until :meth:`stop` or Ctrl-C, which ends it in good order."""
        if self.capture is not None:
            self.capture.start()
        try:
            with contextlib.suppress(KeyboardInterrupt):  # what the server raises once it has ended
                self._server.run(sockets=self._sockets)
        finally:
            if self.capture is not None:
                self.capture.stop()
            for each in self._sockets:
                each.close()

    def stop(self) -> None:
        """End :meth:`run`, from another thread."""
        self._server.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens at a host and port. Raises InputError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} is in use; choose another with --port, as in --port {port + 1}") from None
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot listen at {host}, port {port}: {reason}") from None
    return made


def _origin(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _own_address() -> str:
    """This machine's address as others see it, or its name."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of RFC 5737, which is nobody's; nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()
