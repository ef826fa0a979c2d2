"""Names of labels for messages that carry ids: kept for the assemblies that are being looked at."""

import asyncio
import time

import structlog

from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.naming import LabelName, label_name
from storage.errors import StoreError

log = structlog.get_logger(__name__)

# A moved or added step is named anew within so long.
FRESH_S = 2.0
KEPT = 256


class LabelNames:
    """Answers from memory and reads in the background: a message whose assembly is not known yet is skipped, the next is named."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], tuple[float, Assembly]] = {}
        self._names: dict[tuple[str, str, int], dict[str, LabelName]] = {}
        self._reading: dict[tuple[str, str], asyncio.Task[None]] = {}

    def of_step(self, organisation: str, assembly_id: str, step_id: int) -> "StepNames | None":
        """The names seen while a step is watched; None while the assembly is still being read, or has no such step."""
        key = (organisation, assembly_id)
        read_at, assembly = self._known.get(key, (0.0, None))
        if time.monotonic() - read_at > FRESH_S and key not in self._reading:
            task = self._reading[key] = asyncio.create_task(self._read(key), name=f"names of {assembly_id}")
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        if assembly is None or all(step.id != step_id for step in assembly.steps):
            return None
        return StepNames(assembly, step_id, self._names.setdefault((*key, step_id), {}))

    async def stop(self) -> None:
        """Ends what still reads."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, key: tuple[str, str]) -> None:
        try:
            assembly = await self._store.assemblies.find(*key)
        except StoreError as error:
            log.warning("an assembly could not be read for its names", reason=str(error))
            return
        _, before = self._known.pop(key, (0.0, None))
        if assembly is None:
            return
        if before is None or before.version != assembly.version:
            for known in [k for k in self._names if k[:2] == key]:
                del self._names[known]
        self._known[key] = (time.monotonic(), assembly)
        while len(self._known) > KEPT:
            oldest = next(iter(self._known))
            del self._known[oldest]
            for known in [k for k in self._names if k[:2] == oldest]:
                del self._names[known]


class StepNames:
    """Names of labels while one step is watched, each made once."""

    def __init__(self, assembly: Assembly, step_id: int, made: dict[str, LabelName]) -> None:
        self._assembly = assembly
        self._step_id = step_id
        self._made = made

    def of(self, label_id: str) -> LabelName:
        """The name of a label, or of a class such as "wrong"."""
        if label_id not in self._made:
            self._made[label_id] = label_name(self._assembly, self._step_id, label_id)
        return self._made[label_id]
