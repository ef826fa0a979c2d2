"""A websocket client for tests that speaks the protocol of the hub and answers its pings."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgpack
import websockets
from websockets.asyncio.client import ClientConnection, connect

WAIT_S = 20.0


class Socket:
    """One connection; every wait ends after WAIT_S."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.number = 0

    @property
    def is_msgpack(self) -> bool:
        """Whether it speaks msgpack."""
        return self.connection.subprotocol == "takt.v1.msgpack"

    async def send(self, message: Any) -> None:
        """Sends a message in the connection's codec; text and bytes go out as they are."""
        if not isinstance(message, str | bytes):
            message = msgpack.packb(message) if self.is_msgpack else json.dumps(message)
        await self.connection.send(message)

    async def receive(self, wait_s: float = WAIT_S) -> Any:
        """The next message, decoded; a binary one of a JSON connection as bytes. Pings are answered on the way."""
        while True:
            data = await asyncio.wait_for(self.connection.recv(), wait_s)
            if isinstance(data, bytes) and not self.is_msgpack:
                return data
            message = msgpack.unpackb(data) if isinstance(data, bytes) else json.loads(data)
            if "ping" not in message:
                return message
            await self.send({"pong": message["ping"]})

    async def ask(self, message: dict[str, Any]) -> Any:
        """Sends a request and waits for the reply with its id."""
        self.number += 1
        await self.send({"id": self.number, **message})
        while True:
            reply = await self.receive()
            if isinstance(reply, dict) and reply.get("id") == self.number:
                return reply

    async def subscribe(self, channel: str, **fields: Any) -> Any:
        """Follows a channel; the content of `subscribed`, or the error."""
        reply = await self.ask({"subscribe": {"channel": channel, **fields}})
        return reply.get("subscribed") or reply["error"]

    async def closed(self, wait_s: float = WAIT_S) -> int:
        """Waits for the end, whatever else arrives; the close code."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(wait_s):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code


@contextlib.asynccontextmanager
async def open_socket(
    url: str, token: str | None = None, *, subprotocol: str | None = "takt.v1.json", **options: Any
) -> AsyncIterator[Socket]:
    """A connection to the address, signed in by its handshake where a token is given."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= options.pop("headers", {})
    async with connect(
        url,
        additional_headers=headers,
        subprotocols=[subprotocol] if subprotocol else None,  # type: ignore[list-item]
        open_timeout=WAIT_S,
        close_timeout=1,
        ping_interval=None,
        max_size=None,
        **options,
    ) as connection:
        yield Socket(connection)
