"""How a socket proves who speaks: a bearer header at the handshake, or the first message within 10 s."""

import asyncio
from typing import TYPE_CHECKING

from quart.wrappers import Websocket

from hub.errors import NotAuthenticated, TimedOut
from hub.live.control import Control
from hub.protocol.authentication import auth_reply, read_first

if TYPE_CHECKING:
    from hub.live.connection import Connection, VerifyToken
    from storage.entities.user import Role

FIRST_MESSAGE_S = 10.0


def bearer(websocket: Websocket) -> str | None:
    """The token or API key of the handshake."""
    scheme, _, token = websocket.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return websocket.headers.get("X-API-Key") or None


async def authenticate(connection: "Connection", bearer_token: str | None, needed: "Role", verify: "VerifyToken", control: Control) -> None:
    """Admits the connection. Raises NotAuthenticated, NotAllowed, TimedOut; nothing but the answer to `auth` is sent before."""
    token, id_ = (bearer_token, None) if bearer_token else await _first_message(connection)
    began = asyncio.get_running_loop().time()
    caller = await verify(token)
    if await control.watch(caller.organisation):
        # What was said before the channel was listened to has been stored before it was said.
        caller = await verify(token)
    if control.has_ended(caller, began):
        raise NotAuthenticated("This sign-in has ended. Sign in again.")
    connection.admit(caller, needed)
    if bearer_token is None:
        connection.send(auth_reply(caller.role, caller.organisation, connection.expires_in_s(), id_))
    connection.watch_expiry()


async def _first_message(connection: "Connection") -> tuple[str, int | str | None]:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_S):
            first = await connection.receive()
    except TimeoutError as error:
        raise TimedOut(f"No authentication within {FIRST_MESSAGE_S:.0f} s.") from error
    return read_first(first)
