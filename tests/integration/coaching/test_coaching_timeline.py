"""What is being coached stands on the timeline at once, with `to` null."""

from hub.protocol.coaching import InterruptRequest, InterruptType, StartRequest, StepField
from hub.timestamps import iso
from tests.support.coaching import add_assembly, add_station
from tests.support.hub import RunningHub
from tests.support.sockets import open_socket


async def test_cycle_step_and_reason_are_in_flight_at_once_in_rest_and_on_the_socket(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation)
    await hub.store.machines.ensure(hub.organisation, "st1")
    coaching, client = hub.hub.coaching, await hub.as_role()

    async def in_flight(start_ms: int) -> set[tuple[str, str]]:
        window = {"from": iso(start_ms - 60_000), "to": iso(start_ms + 60_000), "machine_foreign_ids": "st1"}
        found = (await client("GET", "/api/v1/events", query=window)).json()
        return {(event["type"], event["label"]) for event in found if event["to"] is None and event["duration_seconds"] is None}

    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.subscribe("timeline:st1")
        session = (await coaching.start(hub.organisation, StartRequest(assembly_id="asm", operator_id="op"))).session
        told = [(await socket.receive())["event"] for _ in range(2)]
        assert {(fact["type"], fact["event"]["type"], fact["event"]["to"]) for fact in told} == {
            ("started", "cycle", None),
            ("started", "step", None),
        }
        assert await in_flight(session.started_at_ms) == {("cycle", "Gearbox cover"), ("step", "Fit part 1")}
        pause = InterruptRequest(assembly_record_id=session.id, interrupt_type=InterruptType.PAUSE, reason="no stock")
        await coaching.interrupt(hub.organisation, pause)
        fact = (await socket.receive())["event"]
        assert (fact["event"]["type"], fact["event"]["label"], fact["event"]["to"]) == ("activity_reason", "no stock", None)
        assert ("activity_reason", "no stock") in await in_flight(session.started_at_ms)
        resume = InterruptRequest(assembly_record_id=session.id, interrupt_type=InterruptType.RESUME)
        await coaching.interrupt(hub.organisation, resume)
        assert await in_flight(session.started_at_ms) == {("cycle", "Gearbox cover"), ("step", "Fit part 1")}
        left = InterruptRequest(
            assembly_record_id=session.id, interrupt_type=InterruptType.SKIP_STEP, reason="dropped", step=StepField(id="10")
        )
        await coaching.interrupt(hub.organisation, left)
        assert await in_flight(session.started_at_ms) == {("cycle", "Gearbox cover"), ("step", "Fit part 2")}
        await coaching.complete(hub.organisation, "asm", None)
        assert await in_flight(session.started_at_ms) == set()
    window = {"from": iso(session.started_at_ms - 1), "to": iso(session.started_at_ms + 60_000), "machine_foreign_ids": "st1"}
    found = (await client("GET", "/api/v1/events", query=window)).json()
    kinds = sorted(event["type"] for event in found)
    assert kinds == ["activity_reason", "activity_reason", "cycle", "part_count", "step", "step"]
    assert [e["duration_seconds"] for e in found if e["type"] == "part_count"] == [0]
