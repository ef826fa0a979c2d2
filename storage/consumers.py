"""The receiving end of commands: one task an organisation, entries of dead consumers taken over, one effect for each command."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import redis.exceptions

from storage import keys
from storage.errors import StoreUnavailable
from storage.messages import Answer, Command
from storage.packing import pack, unpack

if TYPE_CHECKING:
    from storage.connection import Store
    from storage.database import Database

log = logging.getLogger(__name__)

GROUP = "takt"
# All processes of a consumer share one name in the group: who is alive shows by how long an entry is idle, so no names pile up.
_MEMBER = "takt"
LATE, UNKNOWN, FAILED = "late", "unknown_command", "internal_error"
ORGANISATIONS_EVERY_S = 2.0
# A living consumer touches its entries at least every block; three missed blocks mean that it is dead.
_BLOCK_MS = 700
DEAD_AFTER_MS = 2_500
MOST_AT_ONCE = 8
# An outcome that cannot be stored is tried again for so long; the entry is then delivered again.
_STORE_OUTCOME_WITHIN_S = 60.0
_BACK_OFF_S = 0.3
_CANCEL_AGAIN_S = 0.5

Handler = Callable[[Command], Awaitable[dict[str, object]]]


class CommandFailed(Exception):
    """A handler refuses: the caller is answered `code` and `message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def now_ms() -> int:
    """UTC."""
    return time.time_ns() // 1_000_000


class CommandServer:
    """Answers the commands to one consumer ("vision", "trainer", "jobs") for every organisation.

    A handler gets the command and answers the body; it may run for several commands at once. A command is delivered again when its
    consumer died before the outcome was stored, so a handler's effect has to be one that `command.id` makes safe to repeat.
    """

    def __init__(self, store: Store, consumer: str, handlers: Mapping[str, Handler]) -> None:
        self._db = store.database
        self._organisations = store.organisations
        self._consumer = consumer
        self._handlers = handlers

    async def run(self) -> None:
        """Serves until it is cancelled; commands under way are then left to the next consumer."""
        serving: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                try:
                    for name in await self._organisations.names():
                        if name not in serving or serving[name].done():
                            serving[name] = asyncio.create_task(_Desk(self._db, name, self._consumer, self._handlers).run())
                except StoreUnavailable as error:
                    log.warning("%s: the organisations cannot be read: %s", self._consumer, error)
                await asyncio.sleep(ORGANISATIONS_EVERY_S)
        finally:
            await _cancel(serving.values())


class _Desk:
    """The commands of one organisation to one consumer."""

    def __init__(self, db: Database, organisation: str, consumer: str, handlers: Mapping[str, Handler]) -> None:
        self._db = db
        self._organisation = organisation
        self._stream = keys.commands(organisation, consumer)
        self._handlers = handlers
        self._running: dict[bytes, asyncio.Task[None]] = {}
        self._ids: set[str] = set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._make_group()
                    while True:
                        await self._turn()
                except StoreUnavailable as error:
                    log.warning("%s: waiting for the store: %s", self._stream, error)
                except redis.exceptions.ResponseError as error:
                    # NOGROUP: the store came back without the stream.
                    log.warning("%s: %s", self._stream, error)
                await asyncio.sleep(_BACK_OFF_S)
        finally:
            await _cancel(self._running.values())

    async def _make_group(self) -> None:
        try:
            await self._db.redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except redis.exceptions.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _turn(self) -> None:
        """Touches what is under way, takes over what is orphaned, then takes what is new."""
        if self._running:
            await self._db.redis.xclaim(self._stream, GROUP, _MEMBER, 0, list(self._running), justid=True)
        free = MOST_AT_ONCE - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running.values(), timeout=_BLOCK_MS / 1000, return_when=asyncio.FIRST_COMPLETED)
            return
        _, orphaned, *_ = await self._db.redis.xautoclaim(self._stream, GROUP, _MEMBER, DEAD_AFTER_MS, "0-0", count=free)
        self._take(orphaned)
        free -= len(orphaned)
        if free > 0:
            read = self._db.blocking.xreadgroup(GROUP, _MEMBER, {self._stream: ">"}, count=free, block=_BLOCK_MS)
            for _, entries in await self._db.wait(read, _BLOCK_MS / 1000):
                self._take(entries)

    def _take(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        for entry_id, fields in entries:
            if entry_id not in self._running:
                task = asyncio.create_task(self._handle(entry_id, fields.get(b"c", b"")))
                self._running[entry_id] = task
                task.add_done_callback(partial(self._forget, entry_id))

    def _forget(self, entry_id: bytes, _: asyncio.Task[None]) -> None:
        self._running.pop(entry_id, None)

    async def _handle(self, entry_id: bytes, payload: bytes) -> None:
        try:
            command = unpack(Command, payload)
        except ValueError:
            log.error("%s: entry %r is no command", self._stream, entry_id)
            await self._db.redis.xack(self._stream, GROUP, entry_id)
            return
        if command.id in self._ids:
            # The same command twice at once: the later entry is delivered again when the first is done.
            return
        self._ids.add(command.id)
        try:
            done = keys.command_done(self._organisation, command.id)
            outcome = await self._db.redis.get(done) or pack(await self._act(command))
            await self._store_outcome(command, entry_id, outcome)
        except StoreUnavailable as error:
            log.warning("%s %s is left to be delivered again: %s", command.name, command.id, error)
        finally:
            self._ids.discard(command.id)

    async def _act(self, command: Command) -> Answer:
        if now_ms() > command.deadline_ms:
            return Answer(command.id, False, {}, LATE, "the command came after its deadline")
        handler = self._handlers.get(command.name)
        if handler is None:
            return Answer(command.id, False, {}, UNKNOWN, f"nobody knows the command {command.name}")
        try:
            return Answer(command.id, True, await handler(command))
        except StoreUnavailable:
            # Nobody knows what was done of it: it comes again.
            raise
        except CommandFailed as failed:
            return Answer(command.id, False, {}, failed.code, failed.message)
        except Exception:  # whatever a handler does, its caller is answered
            log.exception("the command %s failed", command.name)
            return Answer(command.id, False, {}, FAILED, f"{command.name} failed; the log says why")

    async def _store_outcome(self, command: Command, entry_id: bytes, outcome: bytes) -> None:
        named = [keys.command_done(self._organisation, command.id), keys.answer(self._organisation, command.id), self._stream]
        give_up_at = time.monotonic() + _STORE_OUTCOME_WITHIN_S
        while True:
            try:
                await self._db.run("answer", named, outcome, keys.COMMAND_DONE_TTL_S, keys.ANSWER_TTL_S, GROUP, entry_id)
                return
            except StoreUnavailable:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(_BACK_OFF_S)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Ends the tasks. Again and again: a library below may lose a cancellation that comes together with an outcome."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_CANCEL_AGAIN_S)
