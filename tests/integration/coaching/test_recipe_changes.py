"""A unit that goes on while its recipe is being changed goes by the steps that there are in the moment of its saving."""

import asyncio

import orjson
import pytest

from hub.coaching.commands import Command, Complete, SetStep, SkipStep
from hub.errors import Conflict, Invalid
from hub.services.coaching_changes import SessionChanges
from hub.services.step_wishes import StepWish
from hub.services.steps import StepsService
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.session import Session, SessionState
from storage.errors import NotStored
from storage.repositories.sessions import AssemblyChanged
from tests.support.coaching import add_assembly
from tests.support.stored import AT_MS, session

ROUNDS = 40


async def begun(store: Store, assembly: Assembly, number: int = 0) -> Session:
    """A unit at the first step."""
    unit = session(assembly.organisation, f"record-{number}", f"st{number}", assembly_id=assembly.id, step_id=10)
    await store.sessions.start(unit, [], [])
    return unit


async def test_who_has_not_heard_of_a_deletion_goes_past_the_deleted_step(store: Store, organisation: str) -> None:
    before = await add_assembly(store, organisation, model=None)
    unit = await begun(store, before)
    await StepsService(store).delete(organisation, "asm", "20")
    changed = await SessionChanges(store).apply_to(unit, before, SkipStep())
    assert changed.session.step_id == 30
    assert [step.id for step in changed.assembly.steps] == [10, 30]
    # What is told of the step names its place among the steps that are left.
    assert [orjson.loads(fact.fact)["step"]["id"] for fact in changed.facts] == ["10", "30"]
    assert await store.sessions.find(organisation, unit.id) == changed.session


async def test_a_step_that_was_appended_meanwhile_is_done_before_the_unit_is_complete(store: Store, organisation: str) -> None:
    before = await add_assembly(store, organisation, steps=1, model=None)
    unit = await begun(store, before)
    added = await StepsService(store).add(organisation, "asm", StepWish({"name": "Seal it"}))
    changed = await SessionChanges(store).apply_to(unit, before, SkipStep())
    assert (changed.session.step_id, changed.session.state) == (added, SessionState.ACTIVE)


async def test_nobody_is_set_to_a_step_that_was_deleted_meanwhile(store: Store, organisation: str) -> None:
    before = await add_assembly(store, organisation, model=None)
    unit = await begun(store, before)
    await StepsService(store).delete(organisation, "asm", "30")
    with pytest.raises(Invalid):
        await SessionChanges(store, lambda: AT_MS + 1000).apply_to(unit, before, SetStep(30, AT_MS))
    assert await store.sessions.find(organisation, unit.id) == unit


@pytest.mark.parametrize("command", [SkipStep(), Complete()])
async def test_a_unit_whose_assembly_is_gone_is_never_moved_but_can_be_ended(store: Store, organisation: str, command: Command) -> None:
    before = await add_assembly(store, organisation, model=None)
    unit = await begun(store, before)
    # No operation deletes what is being built; what was brought in from elsewhere may lack it.
    await store.assemblies.delete(organisation, "asm")
    with pytest.raises(AssemblyChanged):
        await store.sessions.commit(unit.model_copy(update={"step_id": 20}), [], [], before)
    changes = SessionChanges(store)
    if isinstance(command, Complete):
        assert (await changes.apply_to(unit, before, command)).session.state is SessionState.COMPLETE
    else:
        with pytest.raises(Conflict):
            await changes.apply_to(unit, before, command)
        assert await store.sessions.find(organisation, unit.id) == unit
    with pytest.raises(NotStored):
        await store.sessions.commit(unit.model_copy(update={"id": "nobody"}), [], [])


async def test_of_a_deletion_and_an_advance_at_the_same_moment_no_unit_comes_to_a_deleted_step(store: Store, organisation: str) -> None:
    steps, changes = StepsService(store), SessionChanges(store)
    deleted = 0
    for number in range(ROUNDS):
        assembly = await add_assembly(store, organisation, f"asm{number}", model=None)
        unit = await begun(store, assembly, number=number)

        async def advance(unit: Session = unit, assembly: Assembly = assembly, reads: int = number % 10) -> Session:
            # A deletion reads more before it writes: an advance that reads as much comes first in some rounds only.
            for _ in range(reads):
                await store.assemblies.find(organisation, assembly.id)
            return (await changes.apply_to(unit, assembly, SkipStep())).session

        async def delete(assembly: Assembly = assembly) -> bool:
            try:
                await steps.delete(organisation, assembly.id, "20")
            except Conflict as refused:
                return refused.code != "being_coached"
            return True

        was_deleted, moved = await asyncio.gather(delete(), advance())
        left = [step.id for step in (await store.assemblies.get(organisation, assembly.id)).steps]
        assert (left, moved.step_id) == (([10, 30], 30) if was_deleted else ([10, 20, 30], 20)), number
        deleted += was_deleted
    print(f"the deletion came first in {deleted} of {ROUNDS} rounds")
