"""What pages and programs send to the server, and what they read of it."""

import http.client
import json
from contextlib import contextmanager
from urllib.parse import urlsplit

from live_server import jpeg, pixels_of
from websockets.sync.client import connect

from genart.web.messages import ANSWER, frame_message


@contextmanager
def page(live, *, camera=True, **options):
    """The socket of a page, whose camera's frames are painted unless it is told otherwise."""
    address = live.url.replace("http", "ws", 1).replace("/?", "/live?")
    address = address if "?" in address else f"{address}live"
    with connect(address, max_size=None, compression=None, **options) as socket:
        if camera:
            socket.send('{"camera": true}')
        yield socket


def answer(socket):
    """The next painted frame: its header, and its pixels."""
    while isinstance(message := socket.recv(timeout=30), str):
        pass
    return ANSWER.unpack_from(message), pixels_of(message[ANSWER.size :])


def told(socket, kind):
    """The next message of a kind."""
    while True:
        message = socket.recv(timeout=30)
        if isinstance(message, str) and (news := json.loads(message))["type"] == kind:
            return news


def sent(socket, pixels, number=1):
    """The answer to a frame."""
    socket.send(frame_message(number, 5.0, jpeg(pixels)))
    return answer(socket)


def asked(live, method, path, body=None, **headers):
    """Status, body and response of a request; underscores in the names of headers are hyphens."""
    place = urlsplit(live.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read(), response
    finally:
        connection.close()
