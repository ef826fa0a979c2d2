"""Commands from one process to another: entries of a stream, taken by a consumer group, answered once, safe to repeat after a kill."""

import asyncio
import uuid
from typing import Any

from storage import keys
from storage.commit import Commit
from storage.consumers import FAILED, LATE, UNKNOWN, CommandFailed, CommandServer, Handler, now_ms
from storage.database import Database
from storage.errors import NotAnswered, StoreUnavailable
from storage.messages import Answer, Command
from storage.packing import pack, unpack

__all__ = ["FAILED", "LATE", "UNKNOWN", "CommandClient", "CommandFailed", "CommandServer", "Handler"]

# One blocking read waits at most so long, so that a dead connection is noticed.
_BLOCK_S = 2.0
# A store that went away while an answer was waited for is asked again.
_AGAIN_S = 0.1


def put_command(commit: Commit, consumer: str, command: Command) -> None:
    """Adds the write that puts a command into the consumer's stream: with others in one step, or alone (CommandClient.send)."""
    commit.call("XADD", keys.commands(command.organisation, consumer), "MAXLEN", "~", keys.COMMANDS_KEPT, "*", "c", pack(command))


class CommandClient:
    """Sends commands and waits for their answers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def send(
        self, organisation: str, consumer: str, name: str, body: dict[str, object], timeout_s: float, command_id: str = ""
    ) -> Command:
        """Puts a command into the consumer's stream; durable when it returns. Raises StoreUnavailable."""
        deadline_ms = now_ms() + int(timeout_s * 1000)
        command = Command(command_id or uuid.uuid4().hex, organisation, name, body, deadline_ms)
        commit = Commit(self._db, organisation)
        put_command(commit, consumer, command)
        await commit.run()
        return command

    async def call(
        self, organisation: str, consumer: str, name: str, body: dict[str, object], timeout_s: float, command_id: str = ""
    ) -> Answer:
        """Sends a command and waits for its answer, which may be a refusal (`ok` False with `code` and `message`).

        Raises NotAnswered when no consumer answered in time, StoreUnavailable when the store could not be asked.
        """
        try:
            async with asyncio.timeout(timeout_s):
                command = await self.send(organisation, consumer, name, body, timeout_s, command_id)
                return await self._answer(command)
        except TimeoutError as error:
            raise NotAnswered(f"{consumer} did not answer {name} within {timeout_s:g} s") from error

    async def wait(self, command: Command, within_s: float) -> Answer | None:
        """The answer of a command that was sent; None when it is not there within `within_s`, and the command goes on.

        Raises StoreUnavailable.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._answer(command)
        except TimeoutError:
            return None

    async def _answer(self, command: Command) -> Answer:
        key = keys.answer(command.organisation, command.id)
        while True:
            left_s = max(0.05, (command.deadline_ms - now_ms()) / 1000)
            try:
                # Moved onto itself rather than popped: a reply that is lost on the way can be asked for again.
                waits_s = min(_BLOCK_S, left_s)
                payload: Any = await self._db.wait(self._db.blocking.blmove(key, key, waits_s, "LEFT", "RIGHT"), waits_s)
            except StoreUnavailable:
                if now_ms() >= command.deadline_ms:
                    raise
                await asyncio.sleep(_AGAIN_S)
                continue
            if payload is not None:
                return unpack(Answer, payload)
