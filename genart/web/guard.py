"""Who may come in: the page's own origin, by the names of this machine, with the token where others can reach it."""

import hmac
import ipaddress
import secrets
import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

COOKIE = "genart-token"
TEXTS = 200  # control messages a second that a connection may send


class Guard:
    """Decides about requests.

    Parameters
    ----------
    host : that the server listens at
    port : and the port
    """

    def __init__(self, host: str, port: int):
        self.host, self.port = host, port
        self.token = None if is_loopback(host) else secrets.token_urlsafe(16)
        own = {"localhost", "127.0.0.1", "[::1]"}
        if self.token is not None:
            own |= {host, socket.gethostname(), f"{socket.gethostname()}.local"}
        self._names = {name.lower() for name in own}

    def refusal(self, headers: Mapping[str, str], *, token: str | None, cookie: str | None) -> str | None:
        """Why a request is refused, None where it is not.

        Parameters
        ----------
        headers : by their names in lower case
        token : of the address
        cookie : of the page
        """
        name, _, port = headers.get("host", "").lower().rpartition(":")
        if port != str(self.port) or not self._is_ours(name):
            return f"this server is not {headers.get('host', '')!r:.80}: open it as http://{self.host}:{self.port}"
        origin = headers.get("origin")  # which browsers send with what pages ask for, and programs leave out
        if origin is not None and urlsplit(origin).netloc.lower() != headers["host"].lower():
            return f"pages of {origin!r:.80} may not steer this one"
        if self.token is None:
            return None
        given = token or headers.get("authorization", "").removeprefix("Bearer ") or cookie or ""
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return "the token is missing or wrong: open the address that genart webcam printed"
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self._names:
            return True
        # A name could be made to mean this machine by a stranger's name server; a number cannot.
        return self.token is not None and _address(name.strip("[]")) is not None


class Rate:
    """Counts what comes within each second."""

    def __init__(self, most: int):
        self.most, self._count, self._second = most, 0, 0

    def exceeded(self) -> bool:
        """Count one more; whether that is too many."""
        second = int(time.monotonic())
        self._count = self._count + 1 if second == self._second else 1
        self._second = second
        return self._count > self.most


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
