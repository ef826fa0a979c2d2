"""A change of steps is saved only while that stands on which it was decided."""

import pytest

from hub.errors import Conflict
from hub.services.steps import StepsService
from storage.connection import Store
from storage.entities.session import SessionState
from storage.entities.training_context import TrainingContext
from storage.errors import VersionConflict
from storage.repositories.step_changes import Circumstances, CircumstancesChanged
from tests.support.coaching import add_assembly
from tests.support.stored import session


async def test_a_unit_that_was_begun_moved_on_or_ended_since_refuses_the_change(store: Store, organisation: str) -> None:
    assembly = await add_assembly(store, organisation, model=None)
    none_open = await store.step_changes.circumstances(organisation, "asm")
    unit = session(organisation, assembly_id="asm", step_id=10)
    await store.sessions.start(unit, [], [])
    at_first = await store.step_changes.circumstances(organisation, "asm")
    assert (none_open.sessions, at_first.sessions) == ((), (unit,))
    moved = (await store.sessions.commit(unit.model_copy(update={"step_id": 20}), [], [])).session
    at_second = await store.step_changes.circumstances(organisation, "asm")
    ended = moved.model_copy(update={"state": SessionState.CANCELLED, "finished_at_ms": 2})
    for stale in (none_open, at_first):
        with pytest.raises(CircumstancesChanged):
            await store.step_changes.change(assembly, stale)
    await store.sessions.commit(ended, [], [])
    await store.sessions.start(session(organisation, "record-2", assembly_id="asm", step_id=10), [], [])
    with pytest.raises(CircumstancesChanged):
        await store.step_changes.change(assembly, at_second)
    assert await store.assemblies.get(organisation, "asm") == assembly
    await store.step_changes.change(assembly, await store.step_changes.circumstances(organisation, "asm"))
    with pytest.raises(VersionConflict):
        await store.step_changes.change(assembly, await store.step_changes.circumstances(organisation, "asm"))


async def test_what_began_to_be_taught_since_refuses_the_change(store: Store, organisation: str) -> None:
    assembly = await add_assembly(store, organisation, model=None)
    before = await store.step_changes.circumstances(organisation, "asm")
    context = await store.training_contexts.save(TrainingContext(organisation=organisation, assembly_id="asm"))
    known = await store.step_changes.circumstances(organisation, "asm")
    await store.training_contexts.save(context)
    for stale in (before, known):
        with pytest.raises(CircumstancesChanged):
            await store.step_changes.change(assembly, stale)


async def test_a_change_is_decided_again_when_a_unit_moves_on_in_between(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_assembly(store, organisation, model=None)
    await store.sessions.start(session(organisation, assembly_id="asm", step_id=10), [], [])
    read = store.step_changes.circumstances

    async def moving_on_once(of: str, assembly_id: str) -> Circumstances:
        found = await read(of, assembly_id)
        if found.sessions[0].step_id == 10:
            await store.sessions.commit(found.sessions[0].model_copy(update={"step_id": 20}), [], [])
        return found

    monkeypatch.setattr(store.step_changes, "circumstances", moving_on_once)
    service = StepsService(store)
    # At step 10 nothing spoke against it; by the time of the write the unit was at step 20.
    with pytest.raises(Conflict) as refused:
        await service.delete(organisation, "asm", "20")
    assert refused.value.code == "being_coached"
    unit = (await read(organisation, "asm")).sessions[0]
    await store.sessions.commit(unit.model_copy(update={"step_id": 10}), [], [])
    assert await service.delete(organisation, "asm", "30") == 30
    assert [step.id for step in (await store.assemblies.get(organisation, "asm")).steps] == [10, 20]
