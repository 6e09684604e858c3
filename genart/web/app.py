"""The server's addresses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from genart.errors import InputError
from genart.web.canvas import Size
from genart.web.guard import COOKIE, Guard
from genart.web.hub import TEXT_LIMIT, Hub, parse_changes
from genart.web.learner import Learner
from genart.web.studio import Painted, Studio

TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PICTURE_LIMIT = 2**25  # bytes of a picture that is dropped on the page
RULES = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build(studio: Studio, learner: Learner, guard: Guard, *, out_size: Size, takes_frames: bool) -> ASGIApp:
    """The application: the page, its socket at /live, and what programs steer by.

    Parameters
    ----------
    out_size : width and height of what /output shows
    takes_frames : whether pages give the frames, and not the server itself
    """

    def described() -> dict[str, Any]:
        facts = {"out_size": list(out_size), "fps": studio.fps, "takes_frames": takes_frames}
        return {"type": "state", **studio.desk.state(), **facts, "size": list(studio.size())}

    hub = Hub(studio, described=described, takes_frames=takes_frames)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def tell(news: dict[str, Any]) -> None:
            with contextlib.suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(hub.tell, news)

        def show(painted: Painted) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(hub.show, painted)

        studio.on_news = learner.on_news = tell
        studio.painted_to.append(show)
        studio.desk.listeners.append(lambda: tell(described()))
        studio.start()
        try:
            yield
        finally:
            await asyncio.to_thread(learner.stop)
            await asyncio.to_thread(studio.stop)

    async def page(request: Request) -> Response:
        name = {"/": "index.html", "/output": "output.html"}.get(request.url.path) or request.path_params["name"]
        found = _FILES.get(name)
        if found is None:
            return PlainTextResponse("there is no such page", 404)
        content, kind = found
        response = Response(content, media_type=kind)
        if guard.token is not None and kind == TYPES[".html"]:
            response.set_cookie(COOKIE, guard.token, httponly=True, samesite="strict")
        return response

    async def controls(request: Request) -> Response:
        if request.method == "PUT":
            studio.desk.change(parse_changes(await _body(request, limit=TEXT_LIMIT)))
        return JSONResponse(described())

    async def thumb(request: Request) -> Response:
        try:
            return Response(await asyncio.to_thread(studio.thumb, request.path_params["name"]), media_type=_JPEG)
        except KeyError:
            return PlainTextResponse("no such style", 404)

    async def styles(request: Request) -> Response:
        data = await _body(request, limit=PICTURE_LIMIT)
        name = await asyncio.to_thread(learner.learn, data, name=request.query_params.get("name", "picture"))
        return JSONResponse({"name": name}, 202)

    async def snapshot(request: Request) -> Response:
        picture = studio.snapshot()
        if picture is None:
            return PlainTextResponse("nothing has been painted yet", 404)
        data = await asyncio.to_thread(picture.encoded, ".png")
        return Response(data, media_type="image/png")

    async def live(socket: WebSocket) -> None:
        await hub.serve(socket)

    async def refused(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, 400)

    routes = [
        Route("/", page),
        Route("/output", page),
        Route("/page/{name}", page),
        Route("/controls", controls, methods=["GET", "PUT"]),
        Route("/thumbs/{name}.jpg", thumb),
        Route("/styles", styles, methods=["POST"]),
        Route("/snapshot.png", snapshot),
        WebSocketRoute("/live", live),
    ]
    return _Guarded(Starlette(routes=routes, lifespan=lifespan, exception_handlers={InputError: refused}), guard)


class _Guarded:
    """Lets in what the guard lets in, and adds the rules that browsers are to keep."""

    def __init__(self, app: ASGIApp, guard: Guard):
        self.app, self.guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        asked = HTTPConnection(scope)
        why = self.guard.refusal(
            dict(asked.headers), token=asked.query_params.get("token"), cookie=asked.cookies.get(COOKIE)
        )
        if why is None:
            return await self.app(scope, receive, _with_rules(send))
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": 1008, "reason": why[:100]})
        return await PlainTextResponse(why, 403)(scope, receive, send)


def _with_rules(send: Send) -> Send:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            rules = [(name.lower().encode(), value.encode()) for name, value in RULES.items()]
            message = {**message, "headers": [*message["headers"], *rules]}
        await send(message)

    return sending


async def _body(request: Request, *, limit: int) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > limit:
            raise InputError(f"more than {limit // 1024} KB are too much")
    return bytes(data)


def _files() -> dict[str, tuple[bytes, str]]:
    """The page's files by name, with their types. Read once: what is asked for can lead nowhere else."""
    folder = files("genart.web") / "page"
    return {
        file.name: (file.read_bytes(), TYPES[file.name[file.name.rindex(".") :]])
        for file in folder.iterdir()
        if file.name.endswith(tuple(TYPES))
    }


_FILES = _files()
_JPEG = "image/jpeg"
