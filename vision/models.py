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

# The step before, this one and the next: a step back or forward then costs nothing.
_ENGINES_KEPT = 4
_RETRY_FIRST_S, _RETRY_MOST_S = 1.0, 10.0


class Models:
    """The engines of one station's pipeline. Used from the event loop; the loading itself happens in threads."""

    def __init__(self, pipeline: Pipeline, core: ov.Core, precision: Precision) -> None:
        self._pipeline = pipeline
        self._core = core
        self._precision = precision
        self._engines: OrderedDict[Wanted, Engine] = OrderedDict()
        self._wanted: Wanted | None = None
        self._next: Wanted | None = None
        self._changed = asyncio.Event()
        self._failures = 0
        self.error = ""

    def want(self, now: Wanted | None, next_one: Wanted | None = None) -> None:
        """Says what the station shall run, and what it will probably run after that. None takes effect at once."""
        if (now, next_one) == (self._wanted, self._next):
            return
        if now != self._wanted:
            self._failures, self.error = 0, ""
        self._wanted, self._next = now, next_one
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
            for wanted in (self._wanted, self._next):
                if wanted is not None and wanted not in self._engines:
                    await self._load(wanted)

    async def _load(self, wanted: Wanted) -> None:
        try:
            engine = await asyncio.to_thread(load_engine, wanted, self._core, self._precision, self._pipeline.finished)
        except (ValueError, RuntimeError, OSError) as error:
            log.warning("model version %d of step %d cannot be loaded: %s", wanted.version, wanted.step_id, error)
            if wanted == self._wanted:
                self.error = f"model version {wanted.version} of step {wanted.step_id} cannot be loaded: {error}"
                self._failures += 1
                wait_s = min(_RETRY_MOST_S, _RETRY_FIRST_S * 2 ** (self._failures - 1)) * random.uniform(0.7, 1.0)
                asyncio.get_running_loop().call_later(wait_s, self._changed.set)
            return
        self._engines[wanted] = engine
        if wanted == self._wanted:
            self._use(engine)
        while len(self._engines) > _ENGINES_KEPT:
            oldest = next(key for key in self._engines if key != self._wanted)
            del self._engines[oldest]

    def _use(self, engine: Engine) -> None:
        self._engines.move_to_end(engine.wanted)
        self._failures, self.error = 0, ""
        self._pipeline.use(engine)
