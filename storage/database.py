"""The server as the rest of storage sees it: clients whose errors are storage's own, and scripts by name."""

import asyncio
import hashlib
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import redis.exceptions as failures
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import Pipeline
from redis.asyncio.cluster import ClusterPipeline

from storage.errors import StoreUnavailable
from storage.quick import Irregular, Quick
from storage.replicas import Replicas

# A redis.asyncio client that answers bytes. Its own types allow text and several shapes for each answer, so they would only be cast away.
Client: TypeAlias = Any
T = TypeVar("T")
_OVERDUE_AFTER_S = 5.0
_TURN_WITHIN_S = 5.0
# A replica in step confirms within a millisecond; one that lags by so much is as good as none.
_REPLICAS_WITHIN_MS = 2_000
_SCRIPTS = Path(__file__).parent / "scripts"
# What passes by itself: lost connections and time-outs (BusyLoading and MasterDown among them), a replica that was just made a master or
# unmade, a full memory or disk.
_UNREACHABLE = (
    failures.ConnectionError,
    failures.TimeoutError,
    failures.ReadOnlyError,
    failures.OutOfMemoryError,
    failures.ClusterDownError,
    failures.ClusterError,
    failures.TryAgainError,
    OSError,
)
_REFUSES_WRITES = ("MISCONF", "OOM", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "LOADING")


@contextmanager
def reachable() -> Iterator[None]:
    """Turns the client's failures to reach the server into StoreUnavailable."""
    try:
        yield
    except _UNREACHABLE as error:
        raise StoreUnavailable(f"the store cannot be reached: {error}") from error
    except failures.ResponseError as error:
        if str(error).startswith(_REFUSES_WRITES):
            raise StoreUnavailable(f"the store refuses: {error}") from error
        raise


async def _keeping_cancellation(answer: Awaitable[T]) -> T:
    """The answer, unless the task was cancelled while it waited: the client sends through asyncio.wait_for, which in Python 3.11 loses
    a cancellation that arrives together with the outcome, so that a task which only talks to the store could not be ended."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        answered = await answer
    except Exception as error:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return answered


class MappedPipeline(Pipeline):
    """A pipeline whose failures are StoreUnavailable."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        with reachable():
            return await _keeping_cancellation(super().execute(raise_on_error))


class MappedRedis(Redis):
    """A client whose failures are StoreUnavailable."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        with reachable():
            return await _keeping_cancellation(super().execute_command(*args, **options))  # type: ignore[no-untyped-call]

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        # Behind Sentinel the pool asks sentinels through clients of their own, which nobody else closes.
        manager = getattr(self.connection_pool, "sentinel_manager", None)
        for sentinel in manager.sentinels if manager is not None else ():
            await sentinel.aclose()

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return MappedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class MappedClusterPipeline(ClusterPipeline):
    """A cluster's pipeline whose failures are StoreUnavailable."""

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        with reachable():
            return await _keeping_cancellation(super().execute(raise_on_error, allow_redirections))


class MappedCluster(RedisCluster):
    """A cluster's client whose failures are StoreUnavailable. Its pools refuse when they are used up, so commands take `turns` before."""

    turns: asyncio.Semaphore | None = None

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        if self.turns is None:
            return await self._execute(*args, **kwargs)
        try:
            async with asyncio.timeout(_TURN_WITHIN_S):
                await self.turns.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("too many commands are under way") from error
        try:
            return await self._execute(*args, **kwargs)
        finally:
            self.turns.release()

    async def _execute(self, *args: Any, **kwargs: Any) -> Any:
        try:
            with reachable():
                return await _keeping_cancellation(super().execute_command(*args, **kwargs))
        except AttributeError as error:
            # When a node fails, the library closes its connections under commands that are just about to write to them.
            raise StoreUnavailable("the connection to a node was lost") from error

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        return MappedClusterPipeline(self, transaction)  # type: ignore[abstract]  # an attribute that only annotations declare


@cache
def _script(name: str) -> tuple[str, str]:
    text = (_SCRIPTS / f"{name}.lua").read_text()
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Database:
    """`redis` for commands that answer at once; `blocking` for reads that wait in the server and so have no socket time-out."""

    def __init__(self, redis: Client, blocking: Client) -> None:
        self.redis: Client = redis
        self.blocking: Client = blocking
        self._quick = Quick(redis)
        self._replicas = Replicas(redis)

    async def quick(self, *command: str | bytes | int) -> Any:
        """The answer of one short command that may be asked twice, at a fraction of the usual cost. Raises StoreUnavailable."""
        try:
            wire = self._quick.wire
            if wire is None:
                with reachable():
                    wire = await _keeping_cancellation(self._quick.connect())
            return await wire.ask(command)
        except Irregular:
            return await self.redis.execute_command(*command)

    async def ask(self, script: str, keys: Sequence[str], *args: str | bytes | int) -> Any:
        """As `run`, at a fraction of the cost, for a script whose repetition does no harm. Raises StoreUnavailable."""
        text, sha = _script(script)
        try:
            return await self.quick("EVALSHA", sha, len(keys), *keys, *args)
        except failures.NoScriptError:
            return await self.redis.execute_command("EVAL", text, len(keys), *keys, *args)

    async def run(self, script: str, keys: Sequence[str], *args: str | bytes | int) -> Any:
        """Runs storage/scripts/<script>.lua in one step. Raises StoreUnavailable."""
        text, sha = _script(script)
        try:
            return await self.redis.execute_command("EVALSHA", sha, len(keys), *keys, *args)
        except failures.NoScriptError:
            return await self.redis.execute_command("EVAL", text, len(keys), *keys, *args)

    async def commit(self, keys: Sequence[str], *args: str | bytes | int) -> Any:
        """As `run("commit")`; answers when as many replicas have the write as the server asks for, so that a fail-over to one of them
        keeps it. Raises StoreUnavailable; the write may then have happened."""
        wanted = await self._replicas.wanted()
        if not wanted:
            return await self.run("commit", keys, *args)
        text, sha = _script("commit")
        try:
            return await self._confirmed(wanted, "EVALSHA", sha, len(keys), *keys, *args)
        except failures.NoScriptError:
            return await self._confirmed(wanted, "EVAL", text, len(keys), *keys, *args)

    async def _confirmed(self, wanted: int, *command: str | bytes | int) -> Any:
        # One connection for both: a wait is for what was written before it over the same one.
        both = self.redis.pipeline(transaction=False)
        both.execute_command(*command)
        both.execute_command("WAIT", wanted, _REPLICAS_WITHIN_MS)
        answer, confirmed = await both.execute(raise_on_error=False)
        with reachable():
            for outcome in (answer, confirmed):
                if isinstance(outcome, Exception):
                    raise outcome
        if confirmed < wanted:
            raise StoreUnavailable(f"{confirmed} of {wanted} replicas confirmed the write in time")
        return answer

    async def wait(self, answer: Awaitable[T], server_waits_s: float) -> T:
        """The answer of a blocking read. Raises StoreUnavailable when it is overdue: the server hangs or the network swallowed it."""
        try:
            async with asyncio.timeout(server_waits_s + _OVERDUE_AFTER_S):
                return await answer
        except TimeoutError as error:
            raise StoreUnavailable("the store keeps silent") from error

    async def close(self) -> None:
        """Closes both clients."""
        await self.redis.aclose()
        await self.blocking.aclose()
