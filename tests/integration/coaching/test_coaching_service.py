import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hub.coaching.commands import FinishStep
from hub.coaching.sighting import Sighting
from hub.errors import Conflict, Invalid, NotFound, TaktError, Unavailable
from hub.protocol.coaching import InterruptRequest, InterruptType, StartRequest, StepField
from hub.services.coaching import CoachingService
from hub.services.coaching_changes import SessionChanges
from hub.timestamps import iso
from storage.connection import Store
from storage.entities.event import EventType
from storage.entities.session import Session, SessionState
from tests.support.coaching import Camera, add_assembly, add_station, coaching_hub, facts_of, stop, wait_for_fact, wait_until

START = StartRequest(assembly_id="asm", operator_id="op", step_progression_delay=0.1)


def interrupt(record: Session, kind: InterruptType, reason: str = "", step: str = "") -> InterruptRequest:
    return InterruptRequest(assembly_record_id=record.id, interrupt_type=kind, reason=reason, step=StepField(id=step) if step else None)


@pytest_asyncio.fixture
async def place(store: Store, organisation: str) -> str:
    """An organisation with one assembly and one station."""
    await add_assembly(store, organisation)
    await add_station(store, organisation)
    return organisation


@pytest_asyncio.fixture
async def hub(store: Store, place: str) -> AsyncIterator[CoachingService]:
    async with coaching_hub(store) as service:
        yield service


def statuses(facts: list[dict[str, object]]) -> list[object]:
    return [fact["status"] for fact in facts]


async def test_a_unit_is_coached_from_start_to_end_with_every_fact_in_order(store: Store, place: str, hub: CoachingService) -> None:
    await hub.start(place, START)
    camera = Camera(store, place)
    for number, step_id in enumerate((10, 20, 30), start=1):
        async with camera.showing(step_id, f"m{step_id}"):
            await wait_for_fact(store, place, "STEP_COMPLETE", number)
            if number < 3:
                await wait_for_fact(store, place, "STEP_ADVANCE", number)
    facts = await facts_of(store, place)
    assert statuses(facts) == ["COACHING_STARTED", *["STEP_COMPLETE", "STEP_ADVANCE"] * 2, "STEP_COMPLETE", "COACHING_COMPLETE"]
    offsets = [tuple(int(part) for part in str(fact["offset"]).split("-")) for fact in facts]
    assert offsets == sorted(set(offsets))
    done = facts[1]
    assert done["prediction_label"] == {"name": "step-1", "value": "good", "full": "step-1_good"}
    assert done["figure"] == "/model/sample/image/asm/step-1_good"
    assert isinstance(done["frame_no"], int)


async def test_the_timeline_holds_the_cycle_its_steps_and_the_part(store: Store, place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START)
    paused = await hub.interrupt(place, interrupt(started.session, InterruptType.PAUSE, "lunch"))
    assert paused.session.state is SessionState.PAUSED
    await hub.interrupt(place, interrupt(started.session, InterruptType.RESUME))
    await hub.complete(place, "asm", None)
    window = await store.events.window(place, ["st1"], None, 0, 2**45)
    found = [event.decode() for event in window.json]
    for kind, label in (
        (EventType.CYCLE, "Gearbox cover"),
        (EventType.STEP, "Fit part 1"),
        (EventType.PART_COUNT, "Gearbox cover"),
        (EventType.ACTIVITY_REASON, "lunch"),
    ):
        (event,) = [json for json in found if f'"type":"{kind.value}"' in json]
        assert f'"label":"{label}"' in event
        assert '"to":null' not in event


async def test_a_second_start_at_the_station_names_the_running_record(place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START)
    with pytest.raises(Conflict, match=started.session.id):
        await hub.start(place, START)


async def test_what_is_missing_is_said_before_a_unit_is_begun(store: Store, organisation: str) -> None:
    service = CoachingService(store, 900)
    await add_assembly(store, organisation, "bare", steps=0, model=None)
    await add_assembly(store, organisation, "untaught", model=None)
    await add_assembly(store, organisation, "good")
    for assembly, problem, says in (
        ("none", NotFound, "no assembly"),
        ("bare", Conflict, "no steps"),
        ("untaught", Conflict, "no active model"),
        ("good", Conflict, "no station"),
    ):
        with pytest.raises(problem, match=says):
            await service.start(organisation, StartRequest(assembly_id=assembly, operator_id="op"))
    await add_station(store, organisation, "st1")
    await add_station(store, organisation, "st2")
    with pytest.raises(Conflict, match="several stations"):
        await service.start(organisation, StartRequest(assembly_id="good", operator_id="op"))
    with pytest.raises(Invalid, match="no step 99"):
        await service.start(organisation, StartRequest(assembly_id="good", operator_id="op", station_id="st1", step_id="99"))
    started = await service.start(organisation, StartRequest(assembly_id="good", operator_id="op", station_id="st2", step_id="20"))
    assert (started.session.station_id, started.session.step_id) == ("st2", 20)


async def test_nothing_of_another_organisation_is_found(store: Store, place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START)
    await store.organisations.add(f"{place}-x")
    for attempt in (
        hub.interrupt(f"{place}-x", interrupt(started.session, InterruptType.CANCEL)),
        hub.record(f"{place}-x", started.session.id),
        hub.pause(f"{place}-x", "asm", started.session.id),
        hub.start(f"{place}-x", START),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert statuses(await facts_of(store, place)) == ["COACHING_STARTED"]


@pytest.mark.parametrize("kind", [InterruptType.PAUSE, InterruptType.SKIP_STEP, InterruptType.CANCEL])
async def test_the_same_interrupt_sent_twice_at_once_has_one_effect(store: Store, place: str, kind: InterruptType) -> None:
    services = [CoachingService(store, 900), CoachingService(store, 900)]
    started = await services[0].start(place, START)
    request = interrupt(started.session, kind, step="10")
    outcomes = await asyncio.gather(*(service.interrupt(place, request) for service in services), return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    told = {InterruptType.PAUSE: ["COACHING_PAUSED"], InterruptType.CANCEL: ["COACHING_CANCELLED"]}
    expected = ["COACHING_STARTED", *told.get(kind, ["STEP_INTERRUPT", "STEP_ADVANCE"])]
    assert statuses(await facts_of(store, place)) == expected


async def test_hands_and_a_wrong_part_are_told_and_counted_before_the_step_is_done(store: Store, place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START)
    camera = Camera(store, place)
    await camera.show(10, "previous", 0.2)

    async def is_counted() -> bool:
        return (await hub.record(place, started.session.id)).wrong_seen == 1

    async with camera.showing(10, "w10"):
        await wait_until(is_counted)
    async with camera.showing(10, "m10"):
        await wait_for_fact(store, place, "STEP_COMPLETE")
    (result,) = (await hub.record(place, started.session.id)).results
    assert result.wrong_seen == 1


async def test_without_auto_coach_the_step_waits_for_operation_7(store: Store, place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START.model_copy(update={"auto_coach_enabled": False}))
    await Camera(store, place).show(10, "m10", 1.5)
    assert statuses(await facts_of(store, place)) == ["COACHING_STARTED"]
    now = "2100-01-01T00:00:00Z"
    with pytest.raises(Invalid, match="end_time"):
        await hub.set_step(place, "asm", "20", record_id=started.session.id, end_time=now)
    with pytest.raises(Invalid, match="assembly_record_id"):
        await hub.set_step(place, "asm", "20", record_id=None, end_time=now)
    moved = await hub.set_step(place, "asm", "20", record_id=started.session.id, end_time=iso(started.session.started_at_ms + 500))
    assert moved.session.results[-1].finished_at_ms == started.session.started_at_ms + 500
    assert moved.session.step_id == 20
    assert statuses(await facts_of(store, place)) == ["COACHING_STARTED", "STEP_COMPLETE", "STEP_ADVANCE"]


async def test_a_station_where_nothing_happens_is_paused_as_idle(store: Store, place: str) -> None:
    async with coaching_hub(store, idle_after_s=0.4) as hub:
        await hub.start(place, START)
        facts = await wait_for_fact(store, place, "COACHING_PAUSED")
    assert facts[-1]["error"] == "idle"


async def test_when_the_owner_dies_another_hub_goes_on_within_four_seconds(
    store: Store, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gives_nothing_back(*_: object) -> bool:
        return False

    camera = Camera(store, place)
    dying = await Store.connect(store.settings)
    monkeypatch.setattr(dying.sessions, "drop_lease", gives_nothing_back)
    try:
        async with coaching_hub(dying) as first:
            await first.start(place, START)
            async with camera.showing(10, "m10"):
                await wait_for_fact(store, place, "STEP_ADVANCE")
            async with coaching_hub(store) as second:
                await wait_until(lambda: second.owners is not None)
                assert second.owners is not None
                await stop(first)
                died_at = time.monotonic()
                owners = second.owners
                await wait_until(lambda: (place, "st1") in owners.stations, within_s=6)
                assert time.monotonic() - died_at <= 4.2
                async with camera.showing(20, "m20"):
                    facts = await wait_for_fact(store, place, "STEP_ADVANCE", 2)
    finally:
        await dying.close()
    assert statuses(facts) == ["COACHING_STARTED", *["STEP_COMPLETE", "STEP_ADVANCE"] * 2]


async def test_an_owner_that_lost_its_lease_stops_until_it_is_free_again(store: Store, place: str) -> None:
    camera = Camera(store, place)
    async with coaching_hub(store) as hub:
        await hub.start(place, START)
        await wait_until(lambda: hub.owners is not None and (place, "st1") in hub.owners.stations)
        assert hub.owners is not None
        owners = hub.owners
        # As if this hub had been frozen for longer than its lease lives, and another one had taken over.
        await store.sessions.drop_lease(place, "st1", owners.holder)
        assert await store.sessions.take_lease(place, "st1", "another hub")
        await wait_until(lambda: (place, "st1") not in owners.stations)
        async with camera.showing(10, "m10"):
            facts = await wait_for_fact(store, place, "STEP_ADVANCE")
    assert statuses(facts) == ["COACHING_STARTED", "STEP_COMPLETE", "STEP_ADVANCE"]


async def test_a_hub_that_is_told_to_end_while_frames_pour_in_ends_at_once(
    store: Store, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.coaching.FRAME_S", 0.001)
    async with Camera(store, place).showing(10, "previous"):
        for number in range(5):
            async with coaching_hub(store) as hub:
                if number == 0:
                    await hub.start(place, START)
                await wait_until(lambda hub=hub: hub.owners is not None and (place, "st1") in hub.owners.stations)  # type: ignore[misc]
                asked_at = time.monotonic()
                await stop(hub)
                assert time.monotonic() - asked_at < 0.8


async def test_a_hub_that_died_between_two_steps_leaves_the_next_one_to_the_hub_after_it(store: Store, place: str) -> None:
    started = await CoachingService(store, 900).start(place, START)
    seen = Sighting(10, "m10", 0.97, 1, time.time_ns())
    await SessionChanges(store).apply(place, started.session.id, FinishStep(seen))
    async with coaching_hub(store):
        facts = await wait_for_fact(store, place, "STEP_ADVANCE")
    assert statuses(facts) == ["COACHING_STARTED", "STEP_COMPLETE", "STEP_ADVANCE"]


async def test_operation_5_says_that_there_is_no_hardware(hub: CoachingService) -> None:
    with pytest.raises(Unavailable, match="No IO hardware"):
        await hub.restart_io_monitor()


async def test_the_history_counts_what_was_coached(place: str, hub: CoachingService) -> None:
    first = await hub.start(place, START)
    await hub.interrupt(place, interrupt(first.session, InterruptType.CANCEL))
    await hub.start(place, START)
    await hub.complete(place, "asm", None, step_index=1)
    shown, total = await hub.history(place)
    (assembly,) = shown["assemblies"]
    assert total == 2
    assert (assembly["coached"], assembly["completed"], assembly["cancelled"], assembly["running"]) == (2, 1, 1, 0)
    assert [record["status"] for record in assembly["records"]] == ["complete", "cancelled"]


async def test_a_record_that_is_not_running_is_not_changed(place: str, hub: CoachingService) -> None:
    started = await hub.start(place, START)
    await hub.complete(place, "asm", started.session.id)
    problems: list[TaktError] = []
    for attempt in (
        hub.interrupt(place, interrupt(started.session, InterruptType.RESUME)),
        hub.pause(place, "asm", started.session.id),
        hub.pause(place, "asm", None),
        hub.complete(place, "asm", started.session.id),
    ):
        with pytest.raises(Conflict) as caught:
            await attempt
        problems.append(caught.value)
    assert all(problem.message for problem in problems)
