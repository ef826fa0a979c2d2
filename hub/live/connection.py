"""One authenticated websocket: what comes in, what goes out, when it ends."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog
from quart.wrappers import Websocket

from hub.caller import Caller
from hub.errors import BadMessage, Invalid, NotAllowed, TaktError, TooBig, TooMany
from hub.live.allowance import Allowance
from hub.live.door import Entrance
from hub.live.outbox import Outbox
from hub.live.push import encode
from hub.protocol.authentication import AuthRequest, auth_reply, expiry_notice
from hub.protocol.close_codes import CloseCode
from hub.protocol.codec import Codec, decode
from hub.protocol.parsing import fit, request_id
from storage.entities.user import Role

if TYPE_CHECKING:
    from hub.live.topic import Topic

log = structlog.get_logger(__name__)

# The client is told so long before its token expires, and may stay so long after.
EXPIRY_NOTICE_S = 60.0
EXPIRY_GRACE_S = 25.0
# A timer never sleeps longer; it then looks at the clock again.
LONGEST_TIMER_S = 3600.0
BAD_MESSAGES = 5
# How long a close may take: a client that does not read is cut off then.
CLOSE_DEADLINE_S = 5.0
# After our close frame the client's own is awaited, so that its last messages do not reset the connection under it.
LINGER_S = 1.0

VerifyToken = Callable[[str], Awaitable[Caller]]
RenderError = Callable[[int | str | None, TaktError], dict[str, Any]]


class Connection:
    """Used by the handler of one socket, within `Live.socket()`. `send` keeps the order of what is sent."""

    def __init__(
        self,
        websocket: Websocket,
        entrance: Entrance,
        codec: Codec,
        outbox: Outbox,
        verify: VerifyToken,
        render_error: RenderError,
        allowance: Allowance,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.codec = codec
        self.outbox = outbox
        self.last_pong = -1
        self.topics: dict[str, Topic] = {}
        """What it follows, by key."""
        self.on_caller_change: list[Callable[[], Awaitable[None]]] = []
        self.websocket = websocket
        outbox.end = self.end
        self._entrance = entrance
        self._verify = verify
        self._render_error = render_error
        self._allowance = allowance
        self._caller: Caller | None = None
        self._needed = Role.VIEWER
        self._bad = 0
        self._timer: asyncio.TimerHandle | None = None
        self._noticed_ms = 0
        self._end: tuple[CloseCode | int, str] | None = None
        self._task = asyncio.current_task()

    @property
    def caller(self) -> Caller:
        """Who speaks, by the newest token."""
        assert self._caller is not None
        return self._caller

    @property
    def is_admitted(self) -> bool:
        """Whether somebody has been verified."""
        return self._caller is not None

    @property
    def is_ending(self) -> bool:
        """Whether `end` was called."""
        return self._end is not None

    def admit(self, caller: Caller, needed: Role) -> None:
        """Takes a verified identity as this connection's. Raises NotAllowed below the needed rung or from another organisation."""
        if not caller.role.may(needed):
            raise NotAllowed(f"This needs the role {needed.value}; you have {caller.role.value}.")
        if self._caller is not None and caller.organisation != self._caller.organisation:
            raise NotAllowed("A connection stays in its organisation.")
        self._caller, self._needed = caller, needed
        self._noticed_ms = 0
        self._entrance.gate.on_pong = self._take_pong

    def watch_expiry(self) -> None:
        """From now on tells the client before its token expires, and ends the connection after."""
        self._arm()

    async def receive(self) -> str | bytes:
        """The next message as it came. Raises TooBig, TooMany."""
        # An empty binary message comes as None.
        data = await self.websocket.receive() or b""
        if self._end is not None:
            # A library on the way may have lost the cancellation.
            raise asyncio.CancelledError
        self._entrance.gate.handled(data)
        limit = self._entrance.message_limit
        if len(data) > limit or (isinstance(data, str) and len(data) * 4 > limit and len(data.encode()) > limit):
            raise TooBig(f"A message may hold {limit} bytes.")
        if not self._allowance.take():
            raise TooMany("Too many messages.")
        return data

    async def messages(self) -> AsyncIterator[Any]:
        """Decoded messages; pongs and renewed tokens are dealt with here. The loop ends with the connection."""
        while True:
            data = await self.receive()
            try:
                message = decode(data)
            except BadMessage as error:
                self.refuse(None, error)
                continue
            if isinstance(message, dict) and "pong" in message:
                self.last_pong = message["pong"] if isinstance(message["pong"], int) else -1
            elif isinstance(message, dict) and "auth" in message:
                await self._renew(message)
            else:
                yield message

    def send(self, message: dict[str, Any]) -> None:
        """Sends in order, never skipped."""
        self.outbox.fact(encode(message, self.codec.name))

    def refuse(self, id_: int | str | None, error: TaktError) -> None:
        """Answers a request with an error. Raises BadMessage, which closes, at the fifth that was no good message."""
        self.send(self._render_error(id_, error))
        if isinstance(error, BadMessage | Invalid):
            self._bad += 1
            if self._bad >= BAD_MESSAGES:
                raise BadMessage(f"{BAD_MESSAGES} bad messages.")

    def end(self, code: CloseCode | int, reason: str) -> None:
        """Ends the connection from outside its handler: nothing more is sent but the close."""
        if self._end is None:
            self._end = (code, reason)
            self.outbox.shut()
            if self._task is not None:
                self._task.cancel()

    def caught(self) -> bool:
        """Whether a CancelledError in the handler came from `end`; the task is then whole again."""
        if self._end is None or self._task is None:
            return False
        self._task.uncancel()
        return True

    async def close(self, code: int = CloseCode.INTERNAL_ERROR, reason: str = "") -> None:
        """Says why, and waits a moment for the client's answer; cuts off a client that does not read."""
        code, reason = self._end or (code, reason)
        self._end = (code, reason)
        self.dispose()
        try:
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                await self.websocket.close(int(code), reason[:120])
            await asyncio.sleep(LINGER_S)
        except TimeoutError:
            log.info("client did not read its close", code=int(code), reason=reason)
        self.outbox.abort()

    @property
    def was_slow(self) -> bool:
        """Whether it ended because it did not read."""
        return self._end is not None and self._end[0] == CloseCode.SLOW

    def dispose(self) -> None:
        """Stops timers, groups and everything that waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.outbox.shut()
        self._entrance.gate.discard()

    def _take_pong(self, number: int) -> bool:
        if self.is_ending or not self._allowance.take():
            return False
        self.last_pong = number
        return True

    async def _renew(self, message: dict[str, Any]) -> None:
        id_: int | str | None = None
        try:
            id_ = request_id(message)
            request = fit(AuthRequest, message["auth"], "auth")
        except (BadMessage, Invalid) as error:
            self.refuse(id_, error)
            return
        self.admit(await self._verify(request.token), self._needed)
        for changed in self.on_caller_change:
            await changed()
        self.send(auth_reply(self.caller.role, self.caller.organisation, self.expires_in_s(), id_))
        self.watch_expiry()

    def expires_in_s(self) -> float | None:
        """Seconds until the token expires; None for one that does not."""
        expires_at_ms = self.caller.expires_at_ms
        return None if expires_at_ms is None else expires_at_ms / 1000 - time.time()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        left_s = self.expires_in_s()
        if left_s is None:
            return
        if left_s <= -EXPIRY_GRACE_S:
            self.end(CloseCode.NOT_AUTHENTICATED, "token_expired")
            return
        if left_s <= EXPIRY_NOTICE_S and self._noticed_ms != self.caller.expires_at_ms:
            self._noticed_ms = self.caller.expires_at_ms or 0
            self.send(expiry_notice(left_s))
        next_s = left_s - EXPIRY_NOTICE_S if left_s > EXPIRY_NOTICE_S else left_s + EXPIRY_GRACE_S
        # A little late rather than a little early: an early timer would only be set again.
        self._timer = asyncio.get_running_loop().call_later(min(LONGEST_TIMER_S, next_s + 0.01), self._arm)
