"""Behind a proxy: who asks, and whether over TLS, as the proxy says it; of nobody else is that believed."""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# More proxies than stand in any row; whoever names more is not followed further.
MOST_HOPS = 10
_TLS = {"http": "https", "ws": "wss"}


class Forwarded:
    """ASGI middleware: the address and the scheme of a request that came through one of `proxies`.

    X-Forwarded-For is read from its right end, where the nearest proxy writes, up to the first address that is no proxy of ours: what
    stands left of it the client may have written itself.
    """

    def __init__(self, app: Asgi, proxies: Iterable[Network]) -> None:
        self._app = app
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if self._proxies and scope["type"] in ("http", "websocket") and scope.get("client") and self._is_proxy(scope["client"][0]):
            scope = {**scope, "client": (self._asking(scope), 0)}
            if _last(scope, b"x-forwarded-proto") == "https":
                scope["scheme"] = _TLS.get(scope["scheme"], scope["scheme"])
        await self._app(scope, receive, send)

    def _asking(self, scope: Any) -> str:
        asking = str(scope["client"][0])
        named = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for").split(",")
        for hop in reversed(named[-MOST_HOPS:]):
            try:
                asking = str(ipaddress.ip_address(hop.strip()))
            except ValueError:
                break
            if not self._is_proxy(asking):
                break
        return asking

    def _is_proxy(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)


def _last(scope: Any, wanted: bytes) -> str:
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
    return values[-1].rpartition(",")[2].strip().lower() if values else ""
