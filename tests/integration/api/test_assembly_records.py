"""Assembly records: assembly_records.get, assembly_records.list, assembly_records.newest_of_assembly,
assembly_records.newest_of_operator, assembly_records.metrics, assembly_records.performance, assembly_records.step_performance,
assembly_records.analytics, operator_records.metrics, operator_records.record_metrics, operator_records.step_performance,
operator_records.list, operator_records.filter."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from pydantic import BaseModel, ConfigDict

from hub.api import record_models
from hub.timestamps import iso
from storage.entities.session import CapturedVariable, CoachingOptions, Interruption, SessionState, StepStatus, TorqueResult
from storage.entities.user import Role
from tests.support.coaching import add_assembly, add_station
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.operators import add_operator
from tests.support.records import HOUR_MS, S, a_record, a_result, end
from tests.support.stored import AT_MS


@pytest_asyncio.fixture
async def viewer(hub: RunningHub) -> AsyncIterator[HttpClient]:
    """Two operators and an assembly, asked about by a viewer."""
    await add_assembly(hub.store, hub.organisation)
    await add_operator(hub, "Ada", password=None)
    await add_operator(hub, "Ben", password=None)
    yield await hub.as_role()


async def msg(client: HttpClient, path: str, model: type[BaseModel] | None = None, **query: object) -> Any:
    answer = await client("GET", path, query=query or None)
    assert answer.status == 200, answer.body
    body = answer.json()
    assert body["status"] == "ok"
    for shown in body["msg"] if isinstance(body["msg"], list) else [body["msg"]]:
        if model is not None:
            _exact(model).model_validate(shown)
    return body["msg"]


def _exact(model: type[BaseModel]) -> type[BaseModel]:
    return type(model.__name__, (model,), {"model_config": ConfigDict(extra="forbid"), "__doc__": model.__doc__})


async def test_a_unit_that_was_coached_is_a_record_with_every_step(hub: RunningHub, viewer: HttpClient) -> None:
    await add_station(hub.store, hub.organisation)
    coach = await hub.as_role(Role.OPERATOR)
    begun = await coach("POST", "/coach/start/asm/10", {"operator_id": "ada muster"})
    id_ = begun.json()["msg"]["assembly_record_id"]
    open_ = await msg(viewer, f"/assembly-record/{id_}", record_models.RecordWithReport)
    assert (open_["status"], open_["finished_at"], open_["step_results"], open_["assembly_name"]) == ("active", None, [], "Gearbox cover")
    assert await msg(viewer, "/assembly-record/assembly/asm") == []
    assert (await coach("POST", "/coach/complete/asm", {})).status == 200
    record = await msg(viewer, f"/assembly-record/{id_}", record_models.RecordWithReport)
    assert (record["status"], record["operator_id"], record["operator_name"], record["steps_total"]) == ("complete", "1", "Ada Muster", 3)
    assert (record["steps_done"], record["first_pass"], record["qa_report"]["state"]) == (1, False, "none")
    [visit] = record["step_results"]
    assert (visit["step_id"], visit["number"], visit["name"], visit["benchmark"]) == ("10", 1, "Fit part 1", 20.0)
    assert (record["captured_variables"], record["torque_results"], record["interruptions"]) == ([], [], [])
    assert [shown["id"] for shown in await msg(viewer, "/assembly-record/assembly/asm", record_models.RecordSummary)] == [id_]
    # The machine's timeline tells the same times.
    started_ms = int(record["started_at"]["seconds"]) * S
    timeline = await hub.store.events.window(hub.organisation, ["st1"], None, started_ms - HOUR_MS, started_ms + HOUR_MS)
    seconds = {event["type"]: event["duration_seconds"] for event in map(json.loads, timeline.json)}
    assert (seconds["step"], seconds["cycle"]) == (visit["seconds"], record["seconds"])


async def test_a_record_tells_retries_interruptions_captured_texts_and_torque(hub: RunningHub, viewer: HttpClient) -> None:
    visits = (
        a_result(10, AT_MS, 5, status=StepStatus.PENDING, reason="dropped", paused_ms=1000),
        a_result(20, AT_MS + 5 * S, 4, captured_variables=(CapturedVariable(name="serial", text="A-7", confidence=0.9, verified=True),)),
        a_result(10, AT_MS + 9 * S, 6, wrong_seen=2, torque_results=(TorqueResult(torque_nm=4.2, ok=False, at_ms=AT_MS),)),
        a_result(30, AT_MS + 15 * S, 1, status=StepStatus.SKIPPED, label="", label_name=""),
    )
    pause = Interruption(step_id=10, started_at_ms=AT_MS + S, finished_at_ms=AT_MS + 2 * S, reason="break")
    await end(
        hub.store,
        a_record(hub.organisation, "r1", results=visits, finished_at_ms=AT_MS + 16 * S, wrong_seen=2, paused_ms=1000, pauses=1,
                 interruptions=(pause,), options=CoachingOptions(is_rework=True, rework_assembly_record_id="r0")),
    )  # fmt: skip
    record = await msg(viewer, "/assembly-record/r1", record_models.RecordWithReport)
    assert [(v["step_id"], v["seconds"], v["retries"], v["wrong_seen"]) for v in record["step_results"]] == [
        ("10", 4.0, 0, 0),
        ("20", 4.0, 0, 0),
        ("10", 6.0, 1, 2),
        ("30", 1.0, 0, 0),
    ]
    assert [(i["type"], i["step_id"], i["reason"]) for i in record["interruptions"]] == [
        ("PAUSE", "10", "break"),
        ("STEP_BACK", "10", "dropped"),
        ("SKIP_STEP", "30", ""),
    ]
    assert record["captured_variables"] == [{"step_id": "20", "name": "serial", "text": "A-7", "confidence": 0.9, "verified": True}]
    [torque] = record["torque_results"]
    assert (torque["step_id"], torque["torque_nm"], torque["ok"], torque["at"]["seconds"]) == ("10", 4.2, False, str(AT_MS // S))
    assert (record["seconds"], record["paused_seconds"], record["retries"], record["interrupted"]) == (15.0, 1.0, 1, 1)
    assert (record["is_rework"], record["rework_assembly_record_id"]) == (True, "r0")
    metrics = await msg(viewer, "/assembly-record/r1/operator/1/metrics", record_models.RecordMetrics)
    assert [(s["step_id"], s["seconds"], s["visits"], s["status"]) for s in metrics["steps"]] == [
        ("10", 10.0, 2, "COMPLETE"),
        ("20", 4.0, 1, "COMPLETE"),
        ("30", 1.0, 1, "SKIPPED"),
    ]
    assert metrics["against_benchmark"] == 0.25
    assert await msg(viewer, "/operator/1/assembly-record/r1/metrics", record_models.RecordMetrics) == metrics
    assert [v["retries"] for v in await msg(viewer, "/assembly-record/r1/operator/1/step/10/performance", record_models.StepVisit)] == [
        0,
        1,
    ]


async def put_history(hub: RunningHub) -> None:
    """Ada: asm-complete x6, one cancelled, one of another assembly. Ben: asm x2. An hour apart, the newest last."""
    organisation, records = hub.organisation, []
    for n in range(6):
        records.append(a_record(organisation, f"a{n}", AT_MS + n * HOUR_MS, (10, 20, 30 - 2 * n)))
    records.append(a_record(organisation, "gone", AT_MS + 6 * HOUR_MS, (10, 20), state=SessionState.CANCELLED))
    records.append(a_record(organisation, "other", AT_MS + 7 * HOUR_MS, (5,), assembly_id="lid", assembly_name="Lid"))
    records += [a_record(organisation, f"b{n}", AT_MS + (8 + n) * HOUR_MS, (40, 40, 40), "Ben") for n in range(2)]
    await end(hub.store, *records)


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["id"] for record in records]


async def test_lists_are_newest_first_filtered_and_paged(hub: RunningHub, viewer: HttpClient) -> None:
    await put_history(hub)
    adas = ["other", "gone", "a5", "a4", "a3", "a2", "a1", "a0"]
    assert ids(await msg(viewer, "/assembly-record/assembly/asm")) == ["b1", "b0", "gone", *adas[2:]]
    mine = await viewer("GET", "/operator/1/assembly-record")
    assert (ids(mine.json()["msg"]["records"]), mine.headers["x-total-count"]) == (adas, "8")
    path, ended = "/operator/1/assembly-record/filtered", AT_MS + 3 * HOUR_MS + 54 * S
    for query, expected in (
        ({}, adas),
        ({"status": "cancelled"}, ["gone"]),
        ({"status": "COMPLETE", "assembly_id": "asm"}, adas[2:]),
        ({"assembly_id": "lid"}, ["other"]),
        ({"assembly_id": "nobody's"}, []),
        ({"operator_id": "1", "from": iso(ended)}, adas[:5]),
        ({"from": iso(ended), "to": iso(ended)}, []),
        ({"to": iso(ended)}, adas[5:]),
        ({"from": iso(ended - S), "to": iso(ended + 2 * HOUR_MS), "status": "complete", "assembly_id": "asm"}, ["a5", "a4", "a3"]),
        ({"page": 2, "page_size": 3}, adas[3:6]),
        ({"page": 3, "page_size": 3}, adas[6:]),
        ({"page": 4, "page_size": 3}, []),
        ({"to": iso(ended), "page": 2, "page_size": 2}, ["a0"]),
        ({"from": "", "to": "", "status": "", "unknown": "1"}, adas),
    ):
        found = await msg(viewer, path, **query)
        assert ids(found["records"]) == expected, query
    page = await msg(viewer, path, page=2, page_size=3)
    assert {name: page[name] for name in ("total", "page", "page_size", "total_pages")} == {
        "total": 8, "page": 2, "page_size": 3, "total_pages": 3,
    }  # fmt: skip
    _exact(record_models.Record).model_validate(page["records"][0])
    both = await msg(viewer, "/assembly-record/assembly/asm", operator_id="2", page=1, page_size=1)
    assert ids(both) == ["b1"]


async def test_the_newest_record_comes_alone_whatever_the_limit(hub: RunningHub, viewer: HttpClient) -> None:
    assert await msg(viewer, "/assembly-record/assembly/asm/recent/1") == []
    await put_history(hub)
    for limit in (1, 0, 500):
        assert ids(await msg(viewer, f"/assembly-record/assembly/asm/recent/{limit}", record_models.Record)) == ["b1"]
        assert ids(await msg(viewer, f"/assembly-record/operator/1/recent/{limit}", record_models.Record)) == ["other"]
    for limit in ("x", "-1", "1.5", "9" * 30):
        refused = await viewer("GET", f"/assembly-record/assembly/asm/recent/{limit}")
        assert (refused.status, refused.json()["field"]) == (422, "limit")


async def test_figures_of_an_operator_and_of_everything_come_from_the_records(hub: RunningHub, viewer: HttpClient) -> None:
    nothing = await msg(viewer, "/operator/1/metrics", record_models.OperatorMetrics)
    assert (nothing["count"], nothing["mean"], nothing["assemblies"]) == (0, None, [])
    await put_history(hub)
    mine = await msg(viewer, "/operator/1/metrics", record_models.OperatorMetrics)
    assert (mine["operator_name"], mine["records"]) == ("Ada Muster", {"count": 8, "completed": 7, "cancelled": 1})
    cover, lid = mine["assemblies"]
    assert (cover["assembly_id"], cover["count"], cover["completed"], cover["first_pass_yield"]) == ("asm", 7, 6, 0.8571)
    assert (cover["mean"], cover["median"], cover["p90"], cover["best"]) == (55.0, 55.0, 60.0, 50.0)
    assert (cover["benchmark"], cover["against_benchmark"]["best"], cover["trend"]) == (60.0, 0.8333, round(52 / 58 - 1, 4))
    assert [(s["name"], s["median"], s["count"]) for s in cover["steps"]] == [
        ("Fit part 1", 10.0, 7),
        ("Fit part 2", 20.0, 7),
        ("Fit part 3", 25.0, 6),
    ]
    assert (lid["assembly_name"], lid["mean"]) == ("Lid", 5.0)
    all_ = await msg(viewer, "/assembly-record/analytics", record_models.Analytics)
    assert all_["records"] == {"count": 10, "completed": 9, "cancelled": 1}
    assert [(o["operator_id"], o["count"]) for o in all_["operators"]] == [("1", 8), ("2", 2)]
    assert all_["basis"] == {"records": 10, "of": 10, "limit": 1000, "text": "All records."}
    late = await msg(viewer, "/assembly-record/analytics", **{"from": iso(AT_MS + 8 * HOUR_MS), "status": "complete"})
    assert (late["records"]["count"], late["median"], [a["assembly_id"] for a in late["assemblies"]]) == (2, 120.0, ["asm"])


async def test_a_performance_stands_beside_the_operator_s_own_and_everyone_s(hub: RunningHub, viewer: HttpClient) -> None:
    await put_history(hub)
    whole = await msg(viewer, "/assembly-record/a5/operator/1/performance", record_models.Performance)
    assert (whole["seconds"], whole["operator"]["median"], whole["operator"]["count"]) == (50.0, 55.0, 7)
    assert (whole["everyone"]["count"], whole["everyone"]["completed"]) == (9, 8)
    step = await msg(viewer, "/operator/1/assembly-record/a5/step/30/performance", record_models.StepPerformance)
    assert (step["seconds"], step["against_benchmark"], step["operator"]["median"]) == (20.0, 1.0, 25.0)
    assert (step["everyone"]["count"], len(step["visits_in_order"])) == (8, 1)


async def test_who_is_no_known_operator_has_records_but_no_list(hub: RunningHub, viewer: HttpClient) -> None:
    await end(hub.store, a_record(hub.organisation, "k1", operator_id="Kim", operator_name=""))
    assert (await msg(viewer, "/assembly-record/k1/operator/Kim/performance"))["operator"]["count"] == 1
    assert ids(await msg(viewer, "/assembly-record/assembly/asm")) == ["k1"]
    assert (await viewer("GET", "/operator/Kim/assembly-record")).status == 404


async def test_records_stay_when_their_assembly_is_deleted(hub: RunningHub, viewer: HttpClient) -> None:
    await put_history(hub)
    await hub.store.assemblies.delete(hub.organisation, "asm")
    record = await msg(viewer, "/assembly-record/a0")
    assert (record["assembly_name"], [v["name"] for v in record["step_results"]][0]) == ("Gearbox cover", "Fit part 1")
    assert [v["label"] for v in record["step_results"]][0] == "step-1_good"
    assert len(await msg(viewer, "/assembly-record/assembly/asm")) == 9
    assert (await msg(viewer, "/operator/1/metrics"))["assemblies"][0]["assembly_name"] == "Gearbox cover"


PATHS = (
    "/assembly-record/a0",
    "/assembly-record/assembly/asm",
    "/assembly-record/assembly/asm/recent/1",
    "/assembly-record/operator/1/recent/1",
    "/assembly-record/a0/operator/1/metrics",
    "/assembly-record/a0/operator/1/performance",
    "/assembly-record/a0/operator/1/step/10/performance",
    "/operator/1/metrics",
    "/operator/1/assembly-record/a0/metrics",
    "/operator/1/assembly-record/a0/step/10/performance",
    "/operator/1/assembly-record",
    "/operator/1/assembly-record/filtered",
)


async def test_another_organisation_and_whoever_has_no_token_see_nothing(
    hub: RunningHub, viewer: HttpClient, other_organisation: str
) -> None:
    await end(hub.store, a_record(hub.organisation, "a0"))
    other = await hub.as_role(Role.ADMIN, other_organisation)
    for path in PATHS:
        assert (await viewer("GET", path)).status == 200, path
        assert (await hub.http("GET", path)).status == 401, path
        answer = await other("GET", path)
        assert (answer.status, answer.json()["status"], answer.json()["code"]) == (404, "error", "not_found"), path
    assert (await hub.http("GET", "/assembly-record/analytics")).status == 401
    assert (await msg(other, "/assembly-record/analytics"))["records"]["count"] == 0


async def test_what_is_not_there_is_404_and_what_is_no_filter_is_422(hub: RunningHub, viewer: HttpClient) -> None:
    await end(hub.store, a_record(hub.organisation, "a0"))
    for path in PATHS:
        for known, unknown in (("a0", "a1"), ("asm", "a:b"), ("operator/1", "operator/7"), ("step/10", "step/11"), ("step/10", "step/%00")):
            if known in path:
                assert (await viewer("GET", path.replace(known, unknown))).status == 404, (path, unknown)
    for path in ("/operator/2/assembly-record/a0/metrics", "/assembly-record/a0/operator/2/metrics", "/operator/01/assembly-record"):
        assert (await viewer("GET", path)).status == 404, path
    for query, field in (
        ({"from": "yesterday"}, "from"),
        ({"to": "2025-05-27T10:00:00"}, "to"),
        ({"from": iso(AT_MS), "to": iso(AT_MS - S)}, "to"),
        ({"status": "open"}, "status"),
        ({"page": 0}, "page"),
        ({"page": "x"}, "page"),
        ({"page_size": 101}, "page_size"),
        ({"assembly_id": "x" * 201}, "assembly_id"),
        ({"operator_id": "2"}, "operator_id"),
    ):
        answer = await viewer("GET", "/operator/1/assembly-record/filtered", query=query)
        assert (answer.status, answer.json().get("field")) == (422, field), query
