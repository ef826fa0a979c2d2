import asyncio
from typing import Any

import pytest
import pytest_asyncio

from storage.entities.user import Role
from tests.support.coaching import Camera, add_assembly, add_station, facts_of
from tests.support.hub import RunningHub, run_hub
from tests.support.sockets import Socket, open_socket

START = {"assembly_id": "asm", "operator_id": "op", "step_progression_delay": 0.1}


@pytest_asyncio.fixture
async def bench(hub: RunningHub) -> RunningHub:
    """A hub with one assembly and one station."""
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation)
    return hub


def open_coach(hub: RunningHub, token: str, **options: Any) -> Any:
    return open_socket(hub.ws_url + "/coach", token, **options)


async def operator(hub: RunningHub) -> str:
    return await hub.token(Role.OPERATOR)


async def facts_until(socket: Socket, status: str, predictions: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Facts up to and with one of this status; predictions are put aside."""
    facts = []
    async with asyncio.timeout(15):
        while True:
            msg = (await socket.receive(15))["msg"]
            if msg["status"] == "PREDICTION":
                if predictions is not None:
                    predictions.append(msg)
                continue
            facts.append(msg)
            if msg["status"] == status:
                return facts


def order(msg: dict[str, Any]) -> tuple[int, int]:
    first, second = msg["offset"].split("-")
    return int(first), int(second)


def statuses(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["status"] for fact in facts]


@pytest.mark.parametrize("subprotocol", ["takt.v1.json", "takt.v1.msgpack", None])
async def test_a_unit_is_coached_over_the_socket_to_its_end(bench: RunningHub, subprotocol: str | None) -> None:
    camera = Camera(bench.store, bench.organisation)
    predictions: list[dict[str, Any]] = []
    async with open_coach(bench, await operator(bench), subprotocol=subprotocol) as coach:
        started = await coach.ask({"start": START})
        assert (started["status"], started["msg"]["status"], started["msg"]["station_id"]) == ("ok", "COACHING_STARTED", "st1")
        facts = [started["msg"]]
        for step_id, ends in ((10, "STEP_ADVANCE"), (20, "STEP_ADVANCE"), (30, "COACHING_COMPLETE")):
            async with camera.showing(step_id, f"m{step_id}"):
                facts += await facts_until(coach, ends, predictions)
    assert statuses(facts) == ["COACHING_STARTED", *["STEP_COMPLETE", "STEP_ADVANCE"] * 2, "STEP_COMPLETE", "COACHING_COMPLETE"]
    assert [order(fact) for fact in facts] == sorted({order(fact) for fact in facts})
    assert len({fact["epoch"] for fact in facts}) == 1
    assert predictions
    assert all("offset" not in prediction for prediction in predictions)
    levels = [prediction["step"]["evidence"] for prediction in predictions if prediction["step"]["id"] == "10"]
    assert levels == sorted(levels)
    assert predictions[0]["prediction_label"]["full"] == "step-1_good"


async def test_wrong_hands_and_not_sure_are_each_said_in_a_sentence(bench: RunningHub) -> None:
    camera = Camera(bench.store, bench.organisation)
    said: dict[str, tuple[str, str]] = {}
    async with open_coach(bench, await operator(bench)) as coach:
        await coach.ask({"start": START})
        for label in ("w10", "hands", "not_sure"):
            async with camera.showing(10, label), asyncio.timeout(5):
                while label not in said:
                    msg = (await coach.receive())["msg"]
                    if {"w10": "wrong", "hands": "hands", "not_sure": "not_sure"}[label] == msg["step"]["view"]:
                        said[label] = (msg["step"]["status"], msg["message"])
    assert said["w10"] == ("INCORRECT", "This is not the right part. Take it off and fit part 1.")
    assert said["hands"] == ("OCCLUDED", "Your hands are in the way.")
    assert said["not_sure"] == ("ACTIVE", "Not sure. Show it again.")


async def test_a_second_start_is_an_error_that_names_the_running_record(bench: RunningHub) -> None:
    async with open_coach(bench, await operator(bench)) as coach:
        record = (await coach.ask({"start": START}))["msg"]["assembly_record_id"]
        refused = await coach.ask({"start": START})
        assert (refused["status"], refused["msg"]["error"], refused["msg"]["assembly_record_id"]) == ("error", "station_busy", record)


async def test_interrupts_are_answered_by_the_first_fact_with_the_request_s_id(bench: RunningHub) -> None:
    async with open_coach(bench, await operator(bench)) as coach:
        record = (await coach.ask({"start": START}))["msg"]["assembly_record_id"]

        async def interrupt(kind: str, **fields: Any) -> dict[str, Any]:
            reply: dict[str, Any] = await coach.ask({"interrupt": {"assembly_record_id": record, "interrupt_type": kind, **fields}})
            return reply

        assert (await coach.ask({"interrupt": {"assembly_record_id": record}}))["msg"]["status"] == "COACHING_PAUSED"
        assert (await interrupt("SKIP_STEP"))["status"] == "error"
        assert (await interrupt("RESUME"))["msg"]["status"] == "COACHING_RESUMED"
        skipped = await interrupt("SKIP_STEP", reason="no stock")
        assert (skipped["msg"]["status"], skipped["msg"]["step"]["status"]) == ("STEP_INTERRUPT", "SKIPPED")
        following = await coach.receive()
        assert (following["msg"]["status"], following["msg"]["step"]["id"]) == ("STEP_ADVANCE", "20")
        assert "id" not in following
        assert (await interrupt("STEP_BACK"))["msg"]["status"] == "STEP_INTERRUPT"
        assert (await coach.receive())["msg"]["step"]["id"] == "10"
        assert (await interrupt("CANCEL"))["msg"]["status"] == "COACHING_CANCELLED"
        again = await interrupt("CANCEL")
        assert (again["status"], again["msg"]["status"], again["msg"]["error"]) == ("error", "ERROR", "conflict")


@pytest.mark.parametrize(
    "message",
    [
        {"start": START, "interrupt": {"assembly_record_id": "x"}},
        {},
        {"start": {"operator_id": "op"}},
        {"start": {**START, "prediction_smoothing_default": 7}},
        {"interrupt": {"assembly_record_id": "no-such-record"}},
        {"interrupt": {"assembly_record_id": "x", "interrupt_type": "EXPLODE"}},
        {"resume": {"assembly_record_id": "no-such-record", "epoch": "e", "offset": "1-0"}},
    ],
)
async def test_a_message_that_cannot_be_done_is_an_error_and_changes_nothing(bench: RunningHub, message: dict[str, Any]) -> None:
    async with open_coach(bench, await operator(bench)) as coach:
        reply = await coach.ask(message)
    assert (reply["status"], reply["msg"]["status"]) == ("error", "ERROR")
    assert reply["msg"]["error"]
    assert reply["msg"]["message"]
    assert await facts_of(bench.store, bench.organisation) == []


async def test_a_client_that_was_cut_off_gets_exactly_what_it_missed(bench: RunningHub) -> None:
    camera = Camera(bench.store, bench.organisation)
    token = await operator(bench)
    async with open_coach(bench, token) as coach:
        started = (await coach.ask({"start": START}))["msg"]
    record = started["assembly_record_id"]
    async with open_coach(bench, token) as other:
        await other.ask({"interrupt": {"assembly_record_id": record, "interrupt_type": "SKIP_STEP"}})
        async with camera.showing(20, "m20"):
            await facts_until(other, "STEP_COMPLETE")
            await facts_until(other, "STEP_ADVANCE")
    async with open_coach(bench, token) as coach:
        place = {"assembly_record_id": record, "epoch": started["epoch"], "offset": started["offset"]}
        reply = await coach.ask({"resume": place})
        assert reply["msg"] == {"recovered": True}
        missed = [(await coach.receive())["msg"] for _ in range(4)]
        assert statuses(missed) == ["STEP_INTERRUPT", "STEP_ADVANCE", "STEP_COMPLETE", "STEP_ADVANCE"]
        cancelled = await coach.ask({"interrupt": {"assembly_record_id": record, "interrupt_type": "CANCEL"}})
        assert cancelled["msg"]["status"] == "COACHING_CANCELLED"
    everything = [started, *missed, cancelled["msg"]]
    assert [fact["offset"] for fact in await facts_of(bench.store, bench.organisation)] == [fact["offset"] for fact in everything]


@pytest.mark.parametrize("ended", [False, True])
async def test_a_client_that_missed_too_much_gets_the_last_state(bench: RunningHub, ended: bool) -> None:
    token = await operator(bench)
    async with open_coach(bench, token) as coach:
        record = (await coach.ask({"start": START}))["msg"]["assembly_record_id"]
        await coach.ask({"interrupt": {"assembly_record_id": record, "interrupt_type": "CANCEL" if ended else "PAUSE"}})
    async with open_coach(bench, token) as coach:
        reply = await coach.ask({"resume": {"assembly_record_id": record, "epoch": "another", "offset": "1-0"}})
        assert reply["msg"]["recovered"] is False
        snapshot = reply["msg"]["snapshot"]
        assert snapshot["status"] == ("COACHING_CANCELLED" if ended else "COACHING_PAUSED")
        assert snapshot["offset"] == (await facts_of(bench.store, bench.organisation))[-1]["offset"]
        if not ended:
            resumed = await coach.ask({"interrupt": {"assembly_record_id": record, "interrupt_type": "RESUME"}})
            assert resumed["msg"]["status"] == "COACHING_RESUMED"


async def test_a_viewer_follows_but_changes_nothing(bench: RunningHub) -> None:
    async with open_coach(bench, await operator(bench)) as coach, open_coach(bench, await bench.token(Role.VIEWER)) as viewer:
        refused = await viewer.ask({"start": START})
        assert refused["msg"]["error"] == "not_allowed"
        started = (await coach.ask({"start": START}))["msg"]
        place = {name: started[name] for name in ("assembly_record_id", "epoch", "offset")}
        assert (await viewer.ask({"resume": place}))["msg"]["recovered"] is True
        await coach.ask({"interrupt": {"assembly_record_id": started["assembly_record_id"]}})
        assert (await viewer.receive())["msg"]["status"] == "COACHING_PAUSED"


async def test_a_record_of_another_organisation_is_not_found(bench: RunningHub, other_organisation: str) -> None:
    stranger = await bench.token(Role.ADMIN, other_organisation)
    async with open_coach(bench, await operator(bench)) as coach, open_coach(bench, stranger) as other:
        started = (await coach.ask({"start": START}))["msg"]
        place = {name: started[name] for name in ("assembly_record_id", "epoch", "offset")}
        for message in ({"resume": place}, {"interrupt": {"assembly_record_id": place["assembly_record_id"]}}, {"start": START}):
            assert (await other.ask(message))["msg"]["error"] == "not_found"
    assert len(await facts_of(bench.store, bench.organisation)) == 1


async def test_two_clients_of_two_hubs_see_the_same_facts_each_once(bench: RunningHub) -> None:
    camera = Camera(bench.store, bench.organisation)
    async with run_hub(bench.hub.settings, bench.store, bench.organisation) as second:
        token = await operator(bench)
        async with open_coach(bench, token) as one, open_coach(second, await operator(second)) as two:
            started = (await one.ask({"start": START}))["msg"]
            refused = await two.ask({"start": START})
            assert started["assembly_record_id"] in refused["msg"]["message"]
            await two.ask({"resume": {name: started[name] for name in ("assembly_record_id", "epoch", "offset")}})
            request = {
                "interrupt": {"assembly_record_id": started["assembly_record_id"], "interrupt_type": "SKIP_STEP", "step": {"id": "10"}}
            }
            replies = await asyncio.gather(one.ask(request), two.ask(request))
            assert sorted(reply["status"] for reply in replies) == ["error", "ok"]
            logs = []
            async with camera.showing(20, "m20"):
                for socket, reply in zip((one, two), replies, strict=True):
                    facts = await facts_until(socket, "STEP_COMPLETE")
                    logs.append(([reply["msg"]] if reply["status"] == "ok" else []) + facts)
    # The refusal may overtake the facts that caused it: those were then read while it was awaited.
    stored = [fact["offset"] for fact in await facts_of(bench.store, bench.organisation)]
    for log in logs:
        offsets = [fact["offset"] for fact in log]
        assert offsets == sorted(set(offsets), key=stored.index)
        assert log[-1]["status"] == "STEP_COMPLETE"


async def test_rest_operations_are_told_on_the_socket(bench: RunningHub) -> None:
    rest = await bench.as_role(Role.OPERATOR)
    begun = await rest("POST", "/coach/start/asm/20", {})
    assert begun.status == 200
    msg = begun.json()["msg"]
    assert (msg["status"], msg["step"]["id"]) == ("COACHING_STARTED", "20")
    async with open_coach(bench, await operator(bench)) as coach:
        await coach.ask({"resume": {name: msg[name] for name in ("assembly_record_id", "epoch", "offset")}})
        paused = await rest("POST", "/coach/pause/asm", {"assembly_record_id": msg["assembly_record_id"]})
        assert paused.json() == {"status": "ok", "msg": ""}
        assert (await coach.receive())["msg"]["status"] == "COACHING_PAUSED"
        done = await rest("POST", "/coach/complete/asm", {"auto_coach_enabled": "false", "step_index": 2})
        assert done.status == 200
        assert [statuses([(await coach.receive())["msg"]])[0] for _ in range(2)] == ["STEP_COMPLETE", "COACHING_COMPLETE"]
    history = await rest("GET", "/coach/history")
    assert history.json()["msg"]["assemblies"][0]["completed"] == 1
    assert (await rest("POST", "/coach/start/none/1", {})).status == 404
    assert (await rest("POST", "/coach/pause/asm", {})).status == 409
    assert (await rest("POST", "/coach/step/asm/20", {})).status == 422
    assert (await rest("POST", "/coach/io-monitor/restart", {})).status == 403
    assert (await (await bench.as_role(Role.ADMIN))("POST", "/coach/io-monitor/restart", {})).status == 503
    assert (await (await bench.as_role(Role.VIEWER))("POST", "/coach/start/asm/20", {})).status == 403
