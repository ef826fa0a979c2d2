"""Hears what ends sockets at once: identities that ended. Other words of the channel go to whoever asked for them."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from hub.caller import Caller
from hub.live.bus import Bus
from hub.live.roster import Roster
from hub.protocol.close_codes import CloseCode
from hub.services.revocation import Ended
from storage import keys

# A token that ended while it was being verified is still remembered when the connection enters.
REMEMBER = 1_000

Word = dict[str, Any]


class Control:
    """Listens to the control channel of every organisation that has been connected here, for as long as the process lives."""

    def __init__(self, bus: Bus, roster: Roster) -> None:
        self._bus = bus
        self._roster = roster
        self._watched: set[str] = set()
        self._ended: deque[tuple[float, str, Ended]] = deque(maxlen=REMEMBER)
        self._others: dict[str, list[Callable[[str, Word], None]]] = {}

    async def watch(self, organisation: str) -> bool:
        """Listens to an organisation. Returns False when it listened before; True = what was said earlier was not heard."""
        if organisation in self._watched:
            return False
        await self._bus.listen(keys.control(organisation), partial(self._hear, organisation))
        self._watched.add(organisation)
        return True

    def has_ended(self, caller: Caller, since: float) -> bool:
        """Whether word came that the caller's identity ended, at or after `since` (time of the loop).

        Word that came before the caller was verified is about an earlier sign-in: what ended is stored before it is said.
        """
        return any(at >= since and org == caller.organisation and ended.concerns(caller) for at, org, ended in self._ended)

    def on_word(self, type_: str, hearer: Callable[[str, Word], None]) -> None:
        """Calls `hearer` with the organisation and the message for every message of a type."""
        self._others.setdefault(type_, []).append(hearer)

    def off_word(self, type_: str, hearer: Callable[[str, Word], None]) -> None:
        """Takes `on_word` back."""
        self._others[type_] = [known for known in self._others.get(type_, ()) if known != hearer]

    def _hear(self, organisation: str, payload: bytes) -> None:
        ended = Ended.unpack(payload)
        if ended is not None:
            self._ended.append((asyncio.get_running_loop().time(), organisation, ended))
            self._roster.end(organisation, lambda c: ended.concerns(c.caller), CloseCode.NOT_AUTHENTICATED, "signed_out")
            return
        word = orjson.loads(payload)
        for hearer in list(self._others.get(word.get("type", ""), ())):
            hearer(organisation, word)
