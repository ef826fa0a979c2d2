"""One websocket that stays connected: back-off, jitter, heartbeat, close codes, JSON or msgpack."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import msgpack
import orjson
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed as Closed
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from clients.station.backoff import Backoff
from clients.station.errors import ConnectionClosed
from hub.protocol.close_codes import may_reconnect
from hub.protocol.codec import JSON, MSGPACK

log = structlog.get_logger(__name__)

OPEN_S = 10.0
SEND_S = 10.0
CLOSE_S = 1.0
# The hub asks every 25 s; a hub that has been silent for so long is gone, whatever the network says.
SILENT_S = 40.0
# A connection that held for so long was a good one: the next wait begins small again.
GOOD_S = 5.0
MESSAGE_LIMIT = 4 * 1024 * 1024

CodecName = Literal["json", "msgpack"]
_CODECS = {"json": JSON, "msgpack": MSGPACK}
# HTTP statuses at the handshake that will not change by trying again, and the close code that says the same.
_FINAL_STATUSES = {400: 4400, 401: 4401, 403: 4403, 404: 4404, 409: 4409}
_ABNORMAL = 1006


class Connection:
    """An open websocket: messages in and out; pings are answered here."""

    def __init__(self, socket: ClientConnection, codec: CodecName) -> None:
        self._socket = socket
        self._codec = _CODECS[codec]

    async def send(self, message: dict[str, Any], *, binary: bool = False) -> None:
        """Sends one message; `binary` = msgpack whatever the codec. Raises websockets' ConnectionClosed, TimeoutError."""
        packed = MSGPACK.encode(message) if binary else self._codec.encode(message)
        as_text = not binary and not self._codec.binary
        async with asyncio.timeout(SEND_S):
            await self._socket.send(packed, text=as_text)

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Decoded messages until the connection ends. Raises websockets' ConnectionClosed, TimeoutError when the hub is silent."""
        while True:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes in the same moment as a message.
            async with asyncio.timeout(SILENT_S):
                data = await self._socket.recv()
            try:
                message = orjson.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
            except (ValueError, msgpack.UnpackException):
                log.warning("the hub sent something that cannot be read", bytes=len(data))
                continue
            if not isinstance(message, dict):
                continue
            if "ping" in message:
                await self.send({"pong": message["ping"]})
            else:
                yield message


Talk = Callable[[Connection], Awaitable[None]]


async def stay_connected(url: str, token: str, codec: CodecName, talk: Talk, backoff: Backoff | None = None) -> None:
    """Connects, talks, and connects again until cancelled. Raises ConnectionClosed when the hub says not to come back."""
    waits = backoff or Backoff()
    clock = asyncio.get_running_loop().time
    while True:
        opened_at = clock()
        try:
            async with _open(url, token, codec) as socket:
                opened_at = clock()
                await talk(Connection(socket, codec))
        except InvalidStatus as error:
            status = error.response.status_code
            if status in _FINAL_STATUSES:
                raise ConnectionClosed(_FINAL_STATUSES[status], _body(error)) from error
            log.info("the hub does not let us in now", url=url, status=status)
        except Closed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (_ABNORMAL, "")
            if not may_reconnect(code):
                raise ConnectionClosed(code, reason) from error
            log.info("the connection was closed", url=url, code=code, reason=reason)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            log.info("the hub cannot be reached", url=url, reason=str(error) or type(error).__name__)
        if clock() - opened_at > GOOD_S:
            waits.reset()
        await asyncio.sleep(waits.wait_s())


def _open(url: str, token: str, codec: CodecName) -> connect:
    return connect(
        url,
        additional_headers={"Authorization": f"Bearer {token}"},
        subprotocols=[Subprotocol(f"takt.v1.{codec}")],
        compression=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        max_size=MESSAGE_LIMIT,
        proxy=None,
    )


def _body(error: InvalidStatus) -> str:
    """The sentence in the answer to a refused handshake, if there is one."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(orjson.loads(error.response.body or b"")["msg"])
    return ""
