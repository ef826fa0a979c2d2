"""Assembly records: one, a page of them, and what many say together. Every cost is bounded by what is answered, not by what is stored."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hub.coaching.record_metrics import Unit, by_assembly, by_operator, by_step, figures, unit_of
from hub.errors import NotFound
from hub.services import record_shapes
from hub.services.turns import Turns
from storage.connection import Store
from storage.entities.session import Session, SessionState
from storage.repositories.assembly_records import RecordFilter

# Figures look at the newest so many of what was asked for: what matters is how it goes now, and each is read whole.
MEASURED = 1_000
# The same in visits of steps, so that units of two hundred steps cost no more than units of twenty.
MEASURED_VISITS = 20_000
# One record stands beside so many of the operator and of everyone: two lists for one answer.
BESIDE = 300
# Lists without a page give so many.
LISTED = 1_000
# Of what stands in keys: ids of assemblies, and of operators, who count from 1.
_ASSEMBLY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$", re.ASCII)
_OPERATOR = re.compile(r"^[1-9]\d{0,15}$", re.ASCII)
_STEP = re.compile(r"^\d{1,16}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Measured:
    """The units that figures are made of, and how many records there are of the kind."""

    units: list[Unit]
    total: int
    limit: int


class AssemblyRecordsService:
    """Reads records; nothing changes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns = Turns()

    # --- one record -----------------------------------------------------------------------------------------
    async def get(self, organisation: str, record_id: str) -> Session:
        """A record; one that is still built, as far as it is. Raises NotFound."""
        session = await self._store.sessions.find(organisation, record_id)
        if session is None:
            raise NotFound(f"There is no assembly record {record_id[:64]}.")
        return session

    async def of_operator(self, organisation: str, record_id: str, operator_id: str) -> Session:
        """A record that this operator built. Raises NotFound."""
        session = await self.get(organisation, record_id)
        if session.operator_id != operator_id:
            raise NotFound("This record is not of that operator.")
        return session

    async def metrics(self, organisation: str, record_id: str, operator_id: str) -> dict[str, Any]:
        """The figures of one record. Raises NotFound."""
        session = await self.of_operator(organisation, record_id, operator_id)
        return record_shapes.metrics_shown(unit_of(session), session.state)

    async def performance(self, organisation: str, record_id: str, operator_id: str) -> dict[str, Any]:
        """The same beside the figures of the operator and of everyone for the assembly. Raises NotFound."""
        session = await self.of_operator(organisation, record_id, operator_id)
        mine, all_ = await self._beside(session)
        return {
            **record_shapes.metrics_shown(unit_of(session), session.state),
            "operator": record_shapes.figures_shown(figures(unit.sample for unit in mine.units)),
            "everyone": record_shapes.figures_shown(figures(unit.sample for unit in all_.units)),
            "basis": {"operator": _basis(mine), "everyone": _basis(all_)},
        }

    async def step_visits(self, organisation: str, record_id: str, operator_id: str, step_id: str) -> list[dict[str, Any]]:
        """The visits of one step in a record. Raises NotFound."""
        session = await self.of_operator(organisation, record_id, operator_id)
        return record_shapes.visits_shown(session.results, _step_of(session, step_id))

    async def step_performance(self, organisation: str, record_id: str, operator_id: str, step_id: str) -> dict[str, Any]:
        """One step of a record beside the figures of the operator and of everyone. Raises NotFound."""
        session = await self.of_operator(organisation, record_id, operator_id)
        wanted = _step_of(session, step_id)
        mine, all_ = await self._beside(session)
        run = next(run for run in unit_of(session).steps if run.step_id == wanted)
        return {
            **record_shapes.run_shown(run),
            "visits_in_order": record_shapes.visits_shown(session.results, wanted),
            "operator": _figures_of_step(mine.units, wanted),
            "everyone": _figures_of_step(all_.units, wanted),
            "basis": {"operator": _basis(mine), "everyone": _basis(all_)},
        }

    # --- lists ----------------------------------------------------------------------------------------------
    async def of_assembly(self, asked: RecordFilter, first: int = 0, count: int = LISTED) -> tuple[list[dict[str, Any]], int]:
        """Records of an assembly without their steps, newest end first, and how many there are.

        An assembly that was deleted still has its records. Raises NotFound where there is neither.
        """
        await self._check_assembly(asked)
        return await self._list(asked, first, count, whole=False)

    async def list_of_operator(
        self, asked: RecordFilter, first: int = 0, count: int = LISTED, *, whole: bool = False
    ) -> tuple[list[dict[str, Any]], int]:
        """Records of an operator, newest end first, and how many there are; `whole` with their steps. Raises NotFound."""
        await self._check_operator(asked)
        return await self._list(asked, first, count, whole=whole)

    async def newest(self, asked: RecordFilter) -> list[dict[str, Any]]:
        """The newest record of an assembly or operator, whole; none when there is none. Raises NotFound."""
        await (self._check_operator(asked) if asked.operator_id else self._check_assembly(asked))
        return (await self._list(asked, 0, 1, whole=True))[0]

    # --- figures --------------------------------------------------------------------------------------------
    async def operator_metrics(self, organisation: str, operator_id: str) -> dict[str, Any]:
        """The figures of an operator, in all and for each assembly and step. Raises NotFound."""
        asked = RecordFilter(organisation, operator_id=operator_id)
        name = await self._check_operator(asked)
        measured = await self._measure(asked)
        assemblies = await self._turns.reckon(lambda: [record_shapes.assembly_shown(group) for group in by_assembly(measured.units)])
        return {
            "operator_id": operator_id,
            "operator_name": name,
            "records": await self._totals(asked),
            **record_shapes.figures_shown(figures(unit.sample for unit in measured.units)),
            "assemblies": assemblies,
            "basis": _basis(measured),
        }

    async def analytics(self, asked: RecordFilter) -> dict[str, Any]:
        """The figures of all that was built: exact counts, and times of the newest records."""
        measured = await self._measure(asked)

        def reckon() -> dict[str, Any]:
            units = measured.units
            return {
                **record_shapes.figures_shown(figures(unit.sample for unit in units)),
                "assemblies": [record_shapes.assembly_shown(group) for group in by_assembly(units)],
                "operators": [record_shapes.operator_shown(group) for group in by_operator(units)],
            }

        return {"records": await self._totals(asked), **await self._turns.reckon(reckon), "basis": _basis(measured)}

    # --- inside ---------------------------------------------------------------------------------------------
    async def _list(self, asked: RecordFilter, first: int, count: int, *, whole: bool) -> tuple[list[dict[str, Any]], int]:
        if not _is_sound(asked):
            return [], 0
        show = record_shapes.record_shown if whole else record_shapes.summary_shown
        found: list[dict[str, Any]] = []
        async with self._turns.one():
            total = await self._store.assembly_records.count(asked)
            async for chunk in self._store.assembly_records.chunks(asked, first, count):
                sessions = await self._turns.reckon(partial(_sessions, chunk))
                filmed = await self._store.films.among(asked.organisation, [session.id for session in sessions])
                found += await self._turns.reckon(partial(_show, show, sessions, filmed))
        return found, total

    async def _measure(self, asked: RecordFilter, most: int = MEASURED) -> Measured:
        if not _is_sound(asked):
            return Measured([], 0, most)
        units: list[Unit] = []
        visits = 0
        async with self._turns.one():
            total = await self._store.assembly_records.count(asked)
            async for chunk in self._store.assembly_records.chunks(asked, 0, most):
                read = await self._turns.reckon(lambda chunk=chunk: [unit_of(_session(stored)) for stored in chunk])  # type: ignore[misc]
                units += read
                visits += sum(run.visits for unit in read for run in unit.steps)
                if visits >= MEASURED_VISITS:
                    break
        return Measured(units, total, most)

    async def _beside(self, session: Session) -> tuple[Measured, Measured]:
        """Records of the assembly by the operator, and by everyone."""
        everyone = RecordFilter(session.organisation, assembly_id=session.assembly_id)
        all_ = await self._measure(everyone, BESIDE)
        if session.operator_name:
            return await self._measure(replace(everyone, operator_id=session.operator_id), BESIDE), all_
        # Whoever is no known operator has no list of their own.
        mine = [unit for unit in all_.units if unit.operator_id == session.operator_id and not unit.operator_name]
        return Measured(mine, len(mine), BESIDE), all_

    async def _totals(self, asked: RecordFilter) -> dict[str, int]:
        counts = {state: await self._count(replace(asked, status=state.value)) for state in (SessionState.COMPLETE, SessionState.CANCELLED)}
        if asked.status:
            counts = {state: count if state.value == asked.status else 0 for state, count in counts.items()}
        complete, cancelled = counts[SessionState.COMPLETE], counts[SessionState.CANCELLED]
        return {"count": complete + cancelled, "completed": complete, "cancelled": cancelled}

    async def _count(self, asked: RecordFilter) -> int:
        return await self._store.assembly_records.count(asked) if _is_sound(asked) else 0

    async def _check_assembly(self, asked: RecordFilter) -> None:
        id_ = asked.assembly_id
        if not _ASSEMBLY.match(id_) or (
            await self._store.assemblies.find(asked.organisation, id_) is None
            and not await self._count(RecordFilter(asked.organisation, assembly_id=id_))
        ):
            raise NotFound("There is no such assembly.")

    async def _check_operator(self, asked: RecordFilter) -> str:
        known = _OPERATOR.match(asked.operator_id)
        operator = await self._store.operators.find(asked.organisation, asked.operator_id) if known else None
        if operator is None:
            raise NotFound("There is no such operator.")
        return operator.name


def _show(show: Callable[..., dict[str, Any]], sessions: list[Session], filmed: set[str]) -> list[dict[str, Any]]:
    return [show(session, filmed=session.id in filmed) for session in sessions]


def _sessions(stored: list[bytes]) -> list[Session]:
    return [_session(each) for each in stored]


def _session(stored: bytes) -> Session:
    return Session.model_validate_json(stored)


def _is_sound(asked: RecordFilter) -> bool:
    """Whether anything can have such ids; they stand in keys."""
    assembly, operator = asked.assembly_id, asked.operator_id
    return (not assembly or bool(_ASSEMBLY.match(assembly))) and (not operator or bool(_OPERATOR.match(operator)))


def _step_of(session: Session, step_id: str) -> int:
    wanted = int(step_id) if _STEP.match(step_id) else -1
    if all(result.step_id != wanted for result in session.results):
        raise NotFound("This record has no such step.")
    return wanted


def _figures_of_step(units: Iterable[Unit], step_id: int) -> dict[str, Any]:
    found = next((step for step in by_step(units) if step.step_id == step_id), None)
    return record_shapes.figures_shown(figures(()) if found is None else found.figures)


def _basis(measured: Measured) -> dict[str, Any]:
    """What the figures are made of."""
    count = len(measured.units)
    said = "All records." if count >= measured.total else f"The newest {count:,} of {measured.total:,} records."
    return {"records": count, "of": measured.total, "limit": measured.limit, "text": said}
