"""`python -m hub.jobs`: the jobs process."""

import asyncio
import contextlib
import signal
from functools import partial

import structlog

from hub.jobs.callbacks import TrainingCallbacks
from hub.jobs.films import forget_films
from hub.jobs.heartbeats import BEAT_EVERY_S, SWEEP_EVERY_S, Heartbeats
from hub.jobs.periodic import every
from hub.jobs.qa_reports import QaReportMaker
from hub.jobs.reported import FORGET_EVERY_S, forget_reported
from hub.jobs.retention import trim_timelines
from hub.jobs.shifts import SHIFTS_EVERY_S, Shifts
from hub.jobs.work_instructions import WorkInstructionMaker
from hub.logs import configure_logs
from hub.services.assembly_deletion import BURY_EVERY_S, AssemblyDeletion
from hub.services.health import HealthService
from hub.services.work_instructions import COMMAND, CONSUMER
from hub.settings import Settings
from storage.connection import Store
from storage.errors import StoreUnavailable
from storage.repositories.training_runs import CALLBACKS, TRAINING_ENDED
from storage.streams import CommandServer, Handler

HEALTH_EVERY_S = 1.0
RETENTION_EVERY_S = 600.0
# What goes through all there is of something may take longer than a look.
MANY_WITHIN_S = 300.0
# A store that is still loading its files when the process starts.
CONNECT_AGAIN_S = 0.5
log = structlog.get_logger(__name__)


async def connect(settings: Settings) -> Store:
    """The store, as soon as it answers."""
    while True:
        try:
            return await Store.connect(settings)
        except StoreUnavailable as error:
            log.warning("the store does not answer yet", error=str(error))
            await asyncio.sleep(CONNECT_AGAIN_S)


async def work(settings: Settings) -> None:
    """Runs every job until cancelled."""
    store = await connect(settings)
    health = HealthService(store, settings)
    heartbeats = Heartbeats(store, health)
    # What others ask of this process, by the name of the command.
    handlers: dict[str, Handler] = {"qa_report": QaReportMaker(store, settings.site_time_zone).make}
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(CommandServer(store, "jobs", handlers).run())
            group.create_task(CommandServer(store, CONSUMER, {COMMAND: WorkInstructionMaker(store).make}).run())
            callbacks = TrainingCallbacks(store, settings.callback_targets)
            group.create_task(CommandServer(store, CALLBACKS, {TRAINING_ENDED: callbacks.tell}).run())
            group.create_task(every(HEALTH_EVERY_S, "health", health.publish))
            group.create_task(every(SWEEP_EVERY_S, "silent apps", heartbeats.sweep))
            group.create_task(every(BEAT_EVERY_S, "component beats", heartbeats.beat))
            group.create_task(every(SHIFTS_EVERY_S, "shift periods", Shifts(store).keep, timeout_s=MANY_WITHIN_S))
            group.create_task(every(BURY_EVERY_S, "deleted files", AssemblyDeletion(store).bury_all, timeout_s=MANY_WITHIN_S))
            if settings.retention_days is not None:
                days = settings.retention_days
                trim = partial(trim_timelines, store, days)
                group.create_task(every(RETENTION_EVERY_S, "retention", trim, timeout_s=MANY_WITHIN_S))
                group.create_task(every(RETENTION_EVERY_S, "old films", partial(forget_films, store, days), timeout_s=MANY_WITHIN_S))
                group.create_task(every(FORGET_EVERY_S, "reported events", partial(forget_reported, store, days), timeout_s=MANY_WITHIN_S))
    finally:
        await store.close()


async def main() -> None:
    """Works until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logs(settings.log_level)
    task = asyncio.create_task(work(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    asyncio.run(main())
