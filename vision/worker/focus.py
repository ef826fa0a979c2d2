"""Which model each station shall run: the step of its open session, in the assembly's active model version."""

from collections import OrderedDict
from dataclasses import dataclass

from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion
from storage.entities.session import Session
from vision.engine import Wanted

# Versions never change, so they may be remembered; a site has a handful in use.
_VERSIONS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """`now` runs; `next_one` is loaded ahead; `spare` is the same step in the version before, should `now` not load."""

    now: Wanted | None = None
    next_one: Wanted | None = None
    spare: Wanted | None = None


class Focus:
    """Reads sessions, assemblies and versions; decides nothing else."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: OrderedDict[tuple[str, str, int], ModelVersion] = OrderedDict()

    async def choices(self, organisation: str) -> dict[str, Choice]:
        """Station → what it shall run, for the stations with an open session. Raises StoreUnavailable."""
        assemblies: dict[str, Assembly | None] = {}
        found = {}
        for session in await self._store.sessions.all_open(organisation):
            if session.assembly_id not in assemblies:
                assemblies[session.assembly_id] = await self._store.assemblies.find(organisation, session.assembly_id)
            assembly = assemblies[session.assembly_id]
            found[session.station_id] = await self._choose(session, assembly) if assembly else Choice()
        return found

    async def _choose(self, session: Session, assembly: Assembly) -> Choice:
        number = assembly.active_model_version
        if number is None:
            return Choice()
        now = await self._wanted(assembly, session.step_id, number)
        spare = await self._wanted(assembly, session.step_id, number - 1) if number > 1 else None
        ids = [step.id for step in assembly.steps]
        later = ids[ids.index(session.step_id) + 1 :] if session.step_id in ids else []
        for step_id in later:
            if (next_one := await self._wanted(assembly, step_id, number)) is not None:
                return Choice(now, next_one, spare)
        return Choice(now, None, spare)

    async def _wanted(self, assembly: Assembly, step_id: int, number: int) -> Wanted | None:
        version = await self._version(assembly.organisation, assembly.id, number)
        for step in version.steps if version else ():
            if step.step_id == step_id:
                return Wanted(assembly.id, step_id, number, self._store.files.path(step.ir))
        return None

    async def _version(self, organisation: str, assembly_id: str, number: int) -> ModelVersion | None:
        key = (organisation, assembly_id, number)
        if key not in self._versions:
            version = await self._store.model_versions.by_number(*key)
            if version is None:
                return None
            self._versions[key] = version
            while len(self._versions) > _VERSIONS_KEPT:
                self._versions.popitem(last=False)
        return self._versions[key]
