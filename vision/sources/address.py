"""Addresses of cameras on a network: which are allowed, and what one answers when it is asked."""

import base64
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from vision.sources.base import SourceLost

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_ENCRYPTED = frozenset({"rtsps", "https"})
_MOST_HEAD = 16 * 2**10
"""Bytes of an answer before its content."""
_FEWEST_WAIT_S = 0.01
_MEANINGS = {
    401: "the camera wants another user name and password",
    403: "the camera wants another user name and password",
    404: "the camera knows no such path",
    454: "the camera has no room for another viewer",
    503: "the camera has no room for another viewer",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a checked address leads: resolved once, so that what was checked is what is connected to."""

    scheme: str
    host: str
    port: int
    found: tuple[tuple[int, tuple[str, int]], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header fields by their lower-case names, and the open connection with what had come beyond the header."""

    status: int
    fields: dict[str, str]
    rest: bytes
    connection: socket.socket

    def refusal(self) -> str | None:
        """Why no pictures come of it, in words; None when it is willing."""
        if self.status < 300:
            return None
        if self.status < 400:
            return "the address leads on to another one: give that one"
        return f"{_MEANINGS.get(self.status, 'the camera answers with an error')} ({self.status})"


def check_address(url: str) -> Place:
    """Refuses what is no camera: other schemes (FFmpeg would open files by them), and hosts at link-local, multicast or unspecified
    addresses. Loopback and private networks are where cameras live. Raises SourceLost."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceLost("the address is not readable") from error
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or not host:
        raise SourceLost("an address begins with rtsp://, rtsps://, http:// or https://")
    try:
        found = socket.getaddrinfo(host, port or _PORTS[scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceLost(f"the name {host} is not known") from error
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            raise SourceLost("a camera does not live at a link-local, multicast or unspecified address")
    families = tuple((int(family), (str(place[0]), int(place[1]))) for family, _, _, _, place in found)
    return Place(scheme, host, port or _PORTS[scheme], families)


def ask(url: str, within_s: float) -> Answer:
    """Asks for the pictures (HTTP GET, RTSP DESCRIBE) and reads no further than the answer's header; the caller closes the connection.

    Follows no redirect, for it could lead where `check_address` forbids. Raises SourceLost.
    """
    place, until = check_address(url), time.monotonic() + within_s
    connection = _connect(place, within_s, until)
    try:
        connection.sendall(_request(url, place))
        return _answer(connection, until)
    except TimeoutError:
        connection.close()
        raise SourceLost(f"{place.host} takes the connection but does not answer within {within_s:g} s") from None
    except OSError as error:
        connection.close()
        raise SourceLost(f"{place.host} breaks the connection off") from error
    except BaseException:
        connection.close()
        raise


def _connect(place: Place, within_s: float, until: float) -> socket.socket:
    reason = "cannot be reached"
    for family, where in place.found:
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(_left(until))
            made.connect(where)
            return _encrypted(made, place.host) if place.scheme in _ENCRYPTED else made
        except ssl.SSLError:
            reason = "does not speak TLS there"
        except ConnectionRefusedError:
            reason = f"lets nobody in at port {place.port}: is the camera on, and the port right?"
        except TimeoutError:
            reason = f"does not answer within {within_s:g} s"
        except OSError:
            reason = "cannot be reached"
        made.close()
    raise SourceLost(f"{place.host} {reason}")


def _encrypted(made: socket.socket, host: str) -> socket.socket:
    # Cameras sign their certificates themselves; the stream is hidden from listeners, as FFmpeg does it too.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(made, server_hostname=host)


def _request(url: str, place: Place) -> bytes:
    parts = urlsplit(url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{quote(parts.query, safe='/%:@!$&()*+,;=~?')}" if parts.query else "")
    host = f"[{place.host}]" if ":" in place.host else place.host
    if place.scheme in ("rtsp", "rtsps"):
        return f"DESCRIBE {place.scheme}://{host}:{place.port}{target} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode()
    lines = [f"GET {target} HTTP/1.0", f"Host: {host}:{place.port}", "User-Agent: Takt", "Accept: */*", "Connection: close"]
    if parts.username is not None:
        said = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Authorization: Basic {base64.b64encode(said.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()


def _answer(connection: socket.socket, until: float) -> Answer:
    came = bytearray()
    while (ends := came.find(b"\r\n\r\n")) < 0:
        if len(came) > _MOST_HEAD:
            raise SourceLost("the answer's header has no end")
        connection.settimeout(_left(until))
        data = connection.recv(4096)
        if not data:
            raise SourceLost("the connection ends before the answer")
        came += data
    first, *lines = came[:ends].decode("latin-1").split("\r\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith(("HTTP/", "RTSP/", "ICY")) or not words[1].isdigit():
        raise SourceLost("what answers there is no camera")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(words[1]), fields, bytes(came[ends + 4 :]), connection)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return max(_FEWEST_WAIT_S, left)
