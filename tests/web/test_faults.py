"""What must not bring the server down: strangers, garbage, and pages that do not read."""

import io
import json
import socket
import struct
import threading
from contextlib import ExitStack, suppress

import numpy as np
import pytest
from live_client import answer, asked, page, sent, told
from live_server import jpeg, serving, two_colored, until
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from genart.errors import InputError
from genart.web.guard import Guard
from genart.web.live import bound
from genart.web.messages import frame_message


def still_paints(live) -> None:
    with page(live) as socket:
        assert sent(socket, two_colored(), number=3)[0][0] == 3


def claimed(width: int, height: int) -> bytes:
    """A JPEG whose header claims another size."""
    data = bytearray(jpeg(two_colored()))
    place = data.index(b"\xff\xc0") + 5  # start of frame: length, precision, height, width
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP")
    return out.getvalue()


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"", "a message of 0 bytes is no frame"),
        (b"garbage", "a message of 7 bytes is no frame"),
        (frame_message(1, float("nan"), b"x"), "a frame's time of capture must be a number"),
        (frame_message(1, 0.0, b"no picture at all"), "a frame is no JPEG or WebP picture, or is cut short"),
        (frame_message(1, 0.0, jpeg(two_colored())[:400]), "a frame is no JPEG or WebP picture, or is cut short"),
        (frame_message(1, 0.0, png(two_colored())), "a frame is no JPEG or WebP picture"),
        (frame_message(1, 0.0, claimed(20_000, 20_000)), "a frame of far more pixels than 1920 x 1080"),
        (frame_message(1, 0.0, claimed(2000, 40)), "a frame of 2000 x 40 pixels: at most 1920 x 1080 are taken"),
        ("text where binary belongs", "changes are JSON"),
        ("7", "changes are a JSON object"),
        ('{"camera": "yes"}', "camera 'yes': true or false is needed"),
        ('{"strength": 1e999}', "strength inf: a number is needed"),
        ('{"style": {"nobody": 1}}', "there is no style 'nobody'"),
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_the_next_frame_is_painted(live, message, sentence):
    with page(live) as socket:
        socket.send(message)
        assert told(socket, "error")["text"].startswith(sentence)
        assert sent(socket, two_colored(), number=2)[0][0] == 2


def test_webp_is_painted_too(live):
    with page(live) as socket:
        socket.send(frame_message(1, 0.0, webp(two_colored())))
        assert answer(socket)[0][0] == 1


def test_who_sends_nothing_but_garbage_is_cut_off(live):
    with page(live) as socket:
        with suppress(ConnectionClosed):
            for _ in range(30):
                socket.send(b"garbage")
        with pytest.raises(ConnectionClosed) as closed:
            told(socket, "nothing")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    still_paints(live)


def test_who_floods_with_changes_is_cut_off(live):
    with page(live, camera=False) as socket:
        with suppress(ConnectionClosed):
            for number in range(3000):
                socket.send(json.dumps({"strength": number % 2}))
        with pytest.raises(ConnectionClosed):
            told(socket, "nothing")
    still_paints(live)


def test_a_message_that_is_too_large_ends_the_connection(live):
    with page(live) as socket:
        with suppress(ConnectionClosed):
            socket.send(frame_message(1, 0.0, bytes(5_000_000)))
        with pytest.raises(ConnectionClosed):
            told(socket, "nothing")
    still_paints(live)


def test_a_page_that_never_reads_delays_nobody(live):
    with page(live, camera=False, max_queue=1) as idle, page(live) as socket:
        noise = np.random.default_rng(0).integers(0, 256, (56, 96, 3), np.uint8)  # large for a JPEG
        for number in range(200):
            assert sent(socket, noise, number=number)[0][0] == number
        assert idle.close_code is None


def test_a_thousand_connections_leave_room_for_a_page(live):
    with ExitStack() as held:
        for _ in range(1000):
            with suppress(OSError):
                held.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=0.2))
    still_paints(live)


@pytest.mark.parametrize(
    "path",
    [
        "/page/../app.py",
        "/page/..%2fapp.py",
        "/page/%2e%2e/%2e%2e/__init__.py",
        "/../../../../etc/passwd",
        "/page//etc/passwd",
        "/page/app.py",
        "/page/",
        "/thumbs/..%2f..%2fpage.jpg",
        "/thumbs/nobody.jpg",
        "/docs",
    ],
)
def test_nothing_but_the_page_is_served(live, path):
    status, body, _ = asked(live, "GET", path)
    assert status == 404 and b"import" not in body and b"root:" not in body


def test_pages_may_load_nothing_from_elsewhere(live):
    _, _, response = asked(live, "GET", "/")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "", "192.168.0.9:{port}"])
def test_a_wrong_host_is_refused(live, host):
    status, body, _ = asked(live, "GET", "/", Host=host.format(port=live.port))
    assert status == 403 and b"open it as http://127.0.0.1" in body


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_pages_of_others_may_not_steer(live, origin):
    status, body, _ = asked(live, "PUT", "/controls", '{"strength": 0}', Origin=origin)
    assert status == 403 and b"may not steer this one" in body
    with pytest.raises((InvalidStatus, ConnectionClosed)), page(live, origin=origin) as socket:
        told(socket, "state")
    assert live.desk.controls.strength == 1


def test_others_need_the_token(style):
    with serving(style, host="0.0.0.0") as live:
        place = f"127.0.0.1:{live.port}"
        assert asked(live, "GET", "/controls")[0] == 403
        for token in ("wrong", "", "%C3%A4", str(live.guard.token)[:-1]):
            assert asked(live, "GET", f"/controls?token={token}")[0] == 403
        assert asked(live, "GET", f"/controls?token={live.guard.token}")[0] == 200
        assert asked(live, "GET", "/controls", Authorization=f"Bearer {live.guard.token}")[0] == 200
        _, _, response = asked(live, "GET", f"/?token={live.guard.token}")
        cookie = response.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie
        assert asked(live, "GET", "/controls", Cookie=cookie.partition(";")[0])[0] == 200
        with pytest.raises((InvalidStatus, ConnectionClosed)), connect(f"ws://{place}/live") as socket:
            socket.recv(timeout=10)
        still_paints(live)


def test_a_strangers_name_for_this_machine_is_refused():
    guard = Guard("0.0.0.0", 80)
    for host, lets_in in (("192.168.0.9:80", True), ("[fe80::1]:80", True), ("rebound.example:80", False)):
        assert (guard.refusal({"host": host}, token=guard.token, cookie=None) is None) is lets_in


def test_a_port_in_use_is_named_and_another_offered(live):
    with pytest.raises(InputError, match=f"port {live.port} is in use; choose another with --port, as in --port "):
        bound("127.0.0.1", live.port)


def test_a_host_of_another_machine_is_refused():
    with pytest.raises(InputError, match="cannot listen at 203.0.113.7, port 0: "):  # of RFC 5737: nobody's
        bound("203.0.113.7", 0)


def test_a_picture_that_is_none_is_no_style(live):
    status, body, _ = asked(live, "POST", "/styles?name=../../evil.png", b"not a picture")
    assert status == 400 and json.loads(body)["error"]
    status, body, _ = asked(live, "POST", "/styles", bytes(2**25 + 1))
    assert status == 400 and "more than 32768 KB are too much" in json.loads(body)["error"]


def test_a_painter_that_fails_says_so(live, monkeypatch):
    def failing(*arguments, **options):
        raise ValueError("out of paint")

    monkeypatch.setattr(live.studio.canvas, "paint", failing)
    monkeypatch.setattr(threading, "excepthook", lambda failed: None)  # which prints it for whoever looks after it
    with page(live) as socket:
        socket.send(frame_message(1, 0.0, jpeg(two_colored())))
        until(lambda: told(socket, "status")["text"] == "painting has stopped: out of paint; start genart webcam anew")
