"""Tells whoever asked (`complete_callback`) how a training ended: the jobs process's answer to the command "training_ended"."""

import asyncio
import contextlib
import random
import ssl
import time

import orjson
import structlog

from hub.errors import TaktError
from hub.services.callbacks import CallbackTarget, read_target
from storage.connection import Store
from storage.entities.model_version import Callback, TrainingRun, TrainingState
from storage.errors import NotStored, VersionConflict
from storage.messages import Command

log = structlog.get_logger(__name__)

# Name, connection, TLS, request and the first line of the answer together; a receiver that needs longer is tried again.
ANSWER_WITHIN_S = 10.0
# 1, 2, 4 … 120 s: about twenty minutes in all.
MOST_TRIES = 15
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 120.0
# Only the first line of the answer is read.
_LONGEST_LINE = 4_096
# Refusals that pass; any other 3xx or 4xx stays what it is, however often it is asked.
_PASSING = (408, 425, 429)


class _Refused(Exception):
    """This target will never take it; a sentence says why."""


class _Missed(Exception):
    """It may go another time; a sentence says why not now."""


class TrainingCallbacks:
    """Delivers at least once. A process that is killed leaves its command to the next one, which begins to try anew."""

    def __init__(self, store: Store, allowed: frozenset[str], first_wait_s: float = FIRST_WAIT_S) -> None:
        self._store = store
        self._allowed = allowed
        self._first_wait_s = first_wait_s

    async def tell(self, command: Command) -> dict[str, object]:
        """Calls back for the training run that the command names, and notes in it what came of that."""
        organisation, id_ = command.organisation, str(command.body.get("training_run_id", ""))
        run = await self._store.training_runs.find(organisation, id_)
        if run is None or run.callback is not Callback.DUE:
            return {}
        try:
            await self._deliver(run)
            await self._note(run, Callback.DELIVERED, "")
        except _Refused as refused:
            log.warning("nobody was called back", training_run=id_, reason=str(refused))
            await self._note(run, Callback.GIVEN_UP, str(refused))
        return {}

    async def _deliver(self, run: TrainingRun) -> None:
        """Tries until it is delivered. Raises _Refused when it never will be, or after MOST_TRIES."""
        try:
            target = read_target(run.callback_url, self._allowed)
        except TaktError as error:
            raise _Refused(error.message) from error
        body = _told(run)
        for tried in range(1, MOST_TRIES + 1):
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    return await _post(target, body, f"callback-{run.id}")
            except TimeoutError:
                reason = f"no answer within {ANSWER_WITHIN_S:g} s"
            except (_Missed, OSError, asyncio.LimitOverrunError, ValueError) as error:
                reason = str(error) or type(error).__name__
            if tried < MOST_TRIES:
                wait_s = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** (tried - 1)) * random.uniform(0.8, 1.2)
                log.info("a callback is tried again", training_run=run.id, tried=tried, wait_s=round(wait_s, 2), reason=reason)
                await asyncio.sleep(wait_s)
        raise _Refused(f"Tried {MOST_TRIES} times; the last time: {reason}.")

    async def _note(self, run: TrainingRun, callback: Callback, error: str) -> None:
        changes = {"callback": callback, "callback_error": error, "updated_at_ms": time.time_ns() // 1_000_000}
        with contextlib.suppress(NotStored):
            while True:
                try:
                    await self._store.training_runs.progress(run.model_copy(update=changes))
                    return
                except VersionConflict:
                    run = await self._store.training_runs.get(run.organisation, run.id)


def _told(run: TrainingRun) -> bytes:
    sentence = {
        TrainingState.FINISHED: f"Model {run.model_version} is trained.",
        TrainingState.CANCELLED: "The training was cancelled.",
    }.get(run.state, run.error or "The training failed.")
    said = {"assembly_id": run.assembly_id, "training_run_id": run.id, "version": run.model_version, "status": run.state, "msg": sentence}
    return orjson.dumps(said)


async def _post(target: CallbackTarget, body: bytes, once: str) -> None:
    """One request. Not a client library's: nothing is followed, and no more than a line is read. Raises _Refused, _Missed, OSError."""
    context = ssl.create_default_context() if target.is_tls else None
    reader, writer = await asyncio.open_connection(target.host, target.port, ssl=context, limit=_LONGEST_LINE)
    try:
        name = f"[{target.host}]" if ":" in target.host else target.host
        head = [f"POST {target.path} HTTP/1.1", f"Host: {name}:{target.port}", "User-Agent: Takt", "Content-Type: application/json"]
        head += [f"Content-Length: {len(body)}", f"Idempotency-Key: {once}", "Connection: close", "", ""]
        writer.write("\r\n".join(head).encode("ascii") + body)
        await writer.drain()
        status = _status(await reader.readline())
    finally:
        writer.transport.abort()
    if 300 <= status < 400:
        raise _Refused(f"The receiver answered {status}: redirects are not followed.")
    if 400 <= status < 500 and status not in _PASSING:
        raise _Refused(f"The receiver answered {status}.")
    if not 200 <= status < 300:
        raise _Missed(f"the receiver answered {status}")


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise _Missed("the receiver does not speak HTTP")
    return int(rest[:3])
