"""Which model a station runs: loads and compiles in the background, keeps the old one going until the new one is ready."""

import asyncio
import logging
import random
from collections import OrderedDict

import openvino as ov

from vision.detectors.classifier import Precision
from vision.engine import Engine, Wanted, load_engine
from vision.pipeline import Pipeline

log = logging.getLogger(__name__)

# The step before, this one, the next and a spare: a step back or forward then costs nothing.
_ENGINES_KEPT = 4
_RETRY_FIRST_S, _RETRY_MOST_S = 1.0, 10.0


class Models:
    """The engines of one station's pipeline. Used from the event loop; the loading itself happens in threads."""

    def __init__(self, pipeline: Pipeline, core: ov.Core, precision: Precision, threads: int = 1) -> None:
        self._pipeline = pipeline
        self._core = core
        self._precision = precision
        self._threads = threads
        self._engines: OrderedDict[Wanted, Engine] = OrderedDict()
        self._now: Wanted | None = None
        self._next: Wanted | None = None
        self._spare: Wanted | None = None
        self._changed = asyncio.Event()
        self._failures = 0
        self.error = ""
        """Why the wanted model does not run; "" when it does."""

    def want(self, now: Wanted | None, next_one: Wanted | None = None, spare: Wanted | None = None) -> None:
        """Says what the station shall run, what it will probably run after that, and what may stand in. None takes effect at once."""
        if (now, next_one, spare) == (self._now, self._next, self._spare):
            return
        if now != self._now:
            self._failures, self.error = 0, ""
        self._now, self._next, self._spare = now, next_one, spare
        if now is None:
            self._pipeline.use(None)
        elif now in self._engines:
            self._use(self._engines[now])
        self._changed.set()

    async def run(self) -> None:
        """Loads what is wanted until cancelled; a model that cannot be loaded is tried again with back-off."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if (wanted := self._now) is not None:
                # It may have become the wanted one while it was being loaded ahead.
                if wanted in self._engines:
                    self._use(self._engines[wanted])
                else:
                    await self._load_now(wanted)
            if (ahead := self._next) is not None and ahead not in self._engines:
                await self._load(ahead)

    async def _load_now(self, wanted: Wanted) -> None:
        engine = await self._load(wanted)
        if wanted != self._now:
            return
        if engine is not None:
            self._use(engine)
            return
        self._failures += 1
        wait_s = min(_RETRY_MOST_S, _RETRY_FIRST_S * 2 ** min(self._failures - 1, 8)) * random.uniform(0.7, 1.0)
        asyncio.get_running_loop().call_later(wait_s, self._changed.set)
        await self._stand_in(wanted)

    async def _stand_in(self, wanted: Wanted) -> None:
        """The version before goes on with the step; one that runs it already is left alone."""
        running, spare = self._pipeline.running, self._spare
        if spare is None or (running is not None and _same_step(running.wanted, wanted)):
            return
        engine = self._engines.get(spare) or await self._load(spare)
        if engine is not None and self._now == wanted:
            self._pipeline.use(engine)

    async def _load(self, wanted: Wanted) -> Engine | None:
        try:
            engine = await asyncio.to_thread(load_engine, wanted, self._core, self._precision, self._threads)
        except (ValueError, RuntimeError, OSError) as error:
            log.warning("model version %d of step %d cannot be loaded: %s", wanted.version, wanted.step_id, error)
            if wanted == self._now:
                self.error = f"model version {wanted.version} of step {wanted.step_id} cannot be loaded: {error}"
            return None
        self._engines[wanted] = engine
        while len(self._engines) > _ENGINES_KEPT:
            del self._engines[next(key for key in self._engines if key not in (self._now, wanted))]
        return engine

    def _use(self, engine: Engine) -> None:
        self._engines.move_to_end(engine.wanted)
        self._failures, self.error = 0, ""
        self._pipeline.use(engine)


def _same_step(one: Wanted, other: Wanted) -> bool:
    return (one.assembly_id, one.step_id) == (other.assembly_id, other.step_id)
