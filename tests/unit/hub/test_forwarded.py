"""Who asks behind a proxy: what the trusted proxy says, and nothing that a client writes itself."""

import ipaddress
from typing import Any

import pytest

from hub.forwarded import Forwarded

PROXIES = (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.1.0.0/24"))


async def seen(peer: str, *headers: tuple[str, str], kind: str = "http", scheme: str = "http") -> tuple[str, str]:
    """Address and scheme as the application sees them."""
    got: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append(scope)

    async def nothing(*_: Any) -> None: ...

    raw = [(name.encode(), value.encode()) for name, value in headers]
    await Forwarded(app, PROXIES)({"type": kind, "scheme": scheme, "client": (peer, 5), "headers": raw}, nothing, nothing)
    return got[0]["client"][0], got[0]["scheme"]


@pytest.mark.parametrize(
    ("peer", "told", "asking"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.0.7", "203.0.113.9"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, nonsense, 10.1.0.7", "10.1.0.7"),
        ("203.0.113.9", "6.6.6.6", "203.0.113.9"),
    ],
)
async def test_the_address_is_the_last_that_is_no_proxy_of_ours(peer: str, told: str, asking: str) -> None:
    assert (await seen(peer, ("x-forwarded-for", told)))[0] == asking


async def test_several_headers_are_one_list() -> None:
    assert (await seen("127.0.0.1", ("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")))[0] == "203.0.113.9"


async def test_a_row_of_hops_without_end_is_not_followed_to_its_end() -> None:
    assert (await seen("127.0.0.1", ("x-forwarded-for", "6.6.6.6," + "10.1.0.7," * 1000 + "10.1.0.8")))[0] == "10.1.0.7"


async def test_tls_is_believed_of_a_proxy_alone_and_for_sockets_too() -> None:
    tls = ("x-forwarded-proto", "https")
    assert (await seen("127.0.0.1", tls))[1] == "https"
    assert (await seen("127.0.0.1", tls, kind="websocket", scheme="ws"))[1] == "wss"
    assert (await seen("203.0.113.9", tls))[1] == "http"
    assert (await seen("127.0.0.1"))[1] == "http"
