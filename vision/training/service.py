"""The trainer process: takes training runs one after the other, answers "train" and "cancel", says that it is there."""

import asyncio
import json
import logging
import os
import time
from collections import deque

from storage import keys
from storage.connection import Store
from storage.entities.model_version import TrainingState
from storage.errors import NotStored, StoreUnavailable, VersionConflict
from storage.messages import Command
from storage.streams import CommandFailed, CommandServer
from vision.repeat import repeat
from vision.settings import VisionSettings
from vision.training.run import TAKEN, Run

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_BEAT_EVERY_S, _BEAT_TTL_S = 2.0, 7
# Whoever cancels waits for three seconds.
_CANCEL_WITHIN_S = 2.0
_MOST_WAITING = 1_000


class Trainer:
    """Works until cancelled. A run that was under way then, or when the process died, is taken up again at the next start."""

    def __init__(self, store: Store, settings: VisionSettings) -> None:
        self._store = store
        self._settings = settings
        self._waiting: deque[tuple[str, str]] = deque(maxlen=_MOST_WAITING)
        self._hurry = asyncio.Event()
        self._run: Run | None = None
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Works until cancelled, through every absence of the store."""
        server = CommandServer(self._store, "trainer", {"train": self._train, "cancel": self._cancel})
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(server.run())
                group.create_task(repeat("training", self._work, _LOOK_EVERY_S, self._hurry))
                group.create_task(repeat("health", self._beat, _BEAT_EVERY_S))
        finally:
            if self._run is not None:
                self._run.cancel()

    # --- commands ---------------------------------------------------------------------------------------------
    async def _train(self, command: Command) -> dict[str, object]:
        self._waiting.append((command.organisation, str(command.body.get("training_run_id", ""))))
        self._hurry.set()
        return {}

    async def _cancel(self, command: Command) -> dict[str, object]:
        id_ = str(command.body.get("training_run_id", ""))
        try:
            if self._run is not None and self._run.id == id_:
                self._run.cancel()
                async with asyncio.timeout(_CANCEL_WITHIN_S):
                    await self._ended.wait()
            run = await self._store.training_runs.get(command.organisation, id_)
            if run.state is TrainingState.QUEUED:
                run = await self._store.training_runs.progress(run.model_copy(update={"state": TrainingState.CANCELLED}))
        except TimeoutError as error:
            raise CommandFailed("still_running", "The training has not ended yet; it will within moments.") from error
        except NotStored as error:
            raise CommandFailed("training_unknown", "There is no such training.") from error
        except VersionConflict as error:
            raise CommandFailed("still_running", "The training began in this moment. Try again.") from error
        return {"state": run.state.value}

    # --- work -------------------------------------------------------------------------------------------------
    async def _work(self) -> None:
        while (found := await self._next()) is not None:
            await self._work_on(*found)

    async def _next(self) -> tuple[str, str] | None:
        """What was asked for, else what a trainer before this one left."""
        while self._waiting:
            organisation, id_ = self._waiting.popleft()
            if await self._is_open(organisation, id_):
                return organisation, id_
        for organisation in await self._store.organisations.names():
            context = await self._store.training_contexts.find(organisation)
            if context and context.training_run_id and await self._is_open(organisation, context.training_run_id):
                return organisation, context.training_run_id
        return None

    async def _is_open(self, organisation: str, id_: str) -> bool:
        run = await self._store.training_runs.find(organisation, id_)
        return run is not None and run.state in TAKEN

    async def _work_on(self, organisation: str, id_: str) -> None:
        self._run = Run(self._store, await self._store.training_runs.get(organisation, id_), self._settings.trainer_threads)
        self._ended.clear()
        try:
            await self._run.work()
        except StoreUnavailable:
            self._waiting.append((organisation, id_))
            raise
        finally:
            self._run.cancel()
            self._run = None
            self._ended.set()

    async def _beat(self) -> None:
        said = {
            "state": "ok",
            "reason": "",
            "at_ms": time.time_ns() // 1_000_000,
            "pid": os.getpid(),
            "training_run": self._run.id if self._run else None,
        }
        await self._store.redis.set(keys.component("trainer"), json.dumps(said), ex=_BEAT_TTL_S)
