"""Downtime that cameras saw, over REST: detected_downtimes.list and detections.list."""

from typing import Any

import pytest

from hub.services import detected_downtimes
from hub.timestamps import parse_iso
from storage import keys
from storage.commit import Commit, Refused
from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.event import EventType
from storage.entities.roi import Roi
from storage.entities.user import Role
from storage.errors import VersionConflict
from tests.support.http import Answer
from tests.support.hub import RunningHub
from tests.support.regions import add_region, downtime, now_ms

SINCE = "2025-05-22T00:00:00Z"
EXAMPLE = [
    {
        "event_id": "98d2a7eb-afa3-496a-b9ea-a14cd49cc7c0",
        "line_name": "L21",
        "roi_name": "L21_3",
        "roi_title": "Stanice 3",
        "roi_api_name": "L21_3",
        "detected_at": "2025-08-29T14:32:37+00:00",
        "updated_at": "2025-08-29T14:32:59+00:00",
        "downtime_seconds": 8.2,
        "downtime_reason": [{"label_name": "operator_resolving_anomaly", "duration_seconds": 8.2}],
    }
]
AT_MS = parse_iso("2025-08-29T14:32:37Z")
OPERATOR, NOBODY = ReasonLabel.OPERATOR_RESOLVING_ANOMALY, ReasonLabel.NO_OPERATOR


async def ask(hub: RunningHub, query: dict[str, Any], what: str = "downtime", organisation: str | None = None) -> Answer:
    return await (await hub.as_role(Role.VIEWER, organisation))("GET", f"/api/v1/{what}", query=query)


async def put(hub: RunningHub, found: DetectedDowntime, roi: Roi) -> DetectedDowntime:
    return await hub.store.detected_downtimes.record(found, roi.version)


async def example(hub: RunningHub) -> DetectedDowntime:
    """The downtime of the source's example."""
    roi = await add_region(hub.store, hub.organisation)
    made = DetectedDowntime.at(roi, AT_MS, parse_iso("2025-08-29T14:32:59Z"), {OPERATOR: 8_200}, ended_at_ms=AT_MS + 8_200)
    return await put(hub, made.model_copy(update={"event_id": EXAMPLE[0]["event_id"]}), roi)


async def test_the_answer_is_the_source_s_example(hub: RunningHub) -> None:
    await example(hub)
    answer = await ask(hub, {"since": SINCE})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == EXAMPLE
    assert list(answer.json()[0]) == list(EXAMPLE[0])
    assert "x-ratelimit-remaining" in answer.headers


async def test_both_bounds_are_inclusive_and_both_names_of_the_second_are_taken(hub: RunningHub) -> None:
    await example(hub)
    at, after = "2025-08-29T14:32:37+00:00", "2025-08-29T14:32:38Z"
    updated, later = "2025-08-29T16:32:59+02:00", "2025-08-29T14:33:00Z"
    assert (await ask(hub, {"since": at})).json() == EXAMPLE
    assert (await ask(hub, {"since": after})).json() == []
    for name in ("update_at", "updated_at"):
        assert (await ask(hub, {"since": SINCE, name: updated})).json() == EXAMPLE
        assert (await ask(hub, {"since": SINCE, name: later})).json() == []
        assert (await ask(hub, {"since": after, name: updated})).json() == []
        assert (await ask(hub, {"since": at, name: SINCE})).json() == EXAMPLE


BAD_QUERIES: list[tuple[str, dict[str, str]]] = [
    ("downtime", {}),
    ("downtime", {"since": ""}),
    ("downtime", {"since": "yesterday"}),
    ("downtime", {"since": "2025-05-22T00:00:00"}),
    ("downtime", {"since": "0" * 10_000}),
    ("downtime", {"update_at": SINCE}),
    ("downtime", {"since": SINCE, "update_at": "later"}),
    ("downtime", {"since": SINCE, "updated_at": ""}),
    ("downtime", {"since": SINCE, "line_name": "L" * 101}),
    ("detections", {"since": "yesterday"}),
    ("detections", {"updated_at": "yesterday"}),
]


@pytest.mark.parametrize(("what", "query"), BAD_QUERIES)
async def test_a_time_that_is_missing_or_none_is_refused(hub: RunningHub, what: str, query: dict[str, str]) -> None:
    answer = await ask(hub, query, what)
    assert answer.status == 422
    assert list(answer.json()) == ["error"]


async def test_without_a_token_the_answer_is_in_the_source_s_words(hub: RunningHub) -> None:
    for what in ("downtime", "detections"):
        answer = await hub.http("GET", f"/api/v1/{what}", query={"since": SINCE})
        assert (answer.status, list(answer.json())) == (401, ["error"])


async def test_another_organisation_sees_none_of_it(hub: RunningHub, other_organisation: str) -> None:
    await example(hub)
    for what in ("downtime", "detections"):
        assert (await ask(hub, {"since": SINCE}, what, other_organisation)).json() == []


async def test_downtimes_are_ordered_by_their_start_over_all_lines(hub: RunningHub) -> None:
    rois = [await add_region(hub.store, hub.organisation, f"R{n}", line_name=f"Line {n % 2}") for n in range(4)]
    for number in (2, 0, 3, 1):
        await put(hub, downtime(rois[number], AT_MS + number * 1000, 1_500, ended=True), rois[number])
    listed = (await ask(hub, {"since": SINCE})).json()
    assert [found["roi_name"] for found in listed] == ["R0", "R1", "R2", "R3"]
    only = await ask(hub, {"since": SINCE, "line_name": "Line 1"})
    assert [found["roi_name"] for found in only.json()] == ["R1", "R3"]
    assert (only.headers["takt-epoch"] != "", only.headers["takt-offset"] != "0-0") == (True, True)


async def test_an_answer_over_the_limit_is_refused_and_names_it(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    roi = await add_region(hub.store, hub.organisation)
    for number in range(4):
        await put(hub, downtime(roi, AT_MS + number * 10_000, 1_000, ended=True), roi)
    monkeypatch.setattr(detected_downtimes, "ANSWER_LIMIT", 3)
    refused = await ask(hub, {"since": SINCE})
    assert (refused.status, "10000" in refused.json()["error"]) == (422, True)
    assert len((await ask(hub, {"since": "2025-08-29T14:32:38Z"})).json()) == 3


async def test_a_downtime_moves_while_it_lasts_and_is_finished_once(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    begun = now_ms() - 30_000
    for known_ms in (5_000, 12_000):
        moving = await put(hub, downtime(roi, begun, known_ms, updated_ms=begun + known_ms), roi)
        (told,) = (await ask(hub, {"since": SINCE})).json()
        assert told["downtime_seconds"] == known_ms / 1000
    ended = downtime(roi, begun, 20_000, ended=True)
    await put(hub, ended, roi)
    final = (await ask(hub, {"since": SINCE})).json()
    assert final[0]["event_id"] == moving.event_id
    assert final[0]["downtime_seconds"] == 20.0
    await put(hub, downtime(roi, begun, 25_000, ended=True), roi)
    with pytest.raises(VersionConflict, match="finished"):
        await put(hub, downtime(roi, begun, 30_000), roi)
    assert (await ask(hub, {"since": SINCE})).json() == final


async def test_what_is_told_twice_is_one_downtime_and_one_fact(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    again = downtime(roi, AT_MS, 5_000)
    first = await put(hub, again, roi)
    stands = await hub.store.detected_downtimes.position(hub.organisation, "L21")
    assert (await put(hub, again, roi)).event_id == first.event_id
    assert await hub.store.detected_downtimes.position(hub.organisation, "L21") == stands
    assert len((await ask(hub, {"since": SINCE})).json()) == 1


async def test_a_region_has_one_open_downtime_and_only_on_the_version_that_was_watched(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    with pytest.raises(VersionConflict):
        await hub.store.detected_downtimes.record(downtime(roi, AT_MS, 5_000), roi.version + 1)
    with pytest.raises(VersionConflict):
        await put(hub, downtime(roi.model_copy(update={"name": "gone"}), AT_MS, 5_000), roi)
    await put(hub, downtime(roi, AT_MS, 5_000), roi)
    with pytest.raises(VersionConflict, match="open"):
        await put(hub, downtime(roi, AT_MS + 60_000, 5_000), roi)
    assert len((await ask(hub, {"since": SINCE})).json()) == 1


async def test_it_is_an_activity_reason_of_its_machine_with_the_main_reason_in_words(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    begun = now_ms() - 60_000
    held = {NOBODY: 6_000, OPERATOR: 5_000}
    await put(hub, DetectedDowntime.at(roi, begun, now_ms(), held), roi)

    async def told() -> list[tuple[str, int | None]]:
        lane = keys.Lane(hub.organisation, keys.MACHINE, "M1")
        found, _ = await hub.store.intervals.window([lane], begun, begun + 60_000)
        assert {interval.type for interval in found} == {EventType.ACTIVITY_REASON.value}
        return [(interval.json.decode().partition('"label":')[2].strip('"}'), interval.end_ms) for interval in found]

    assert await told() == [("No operator", None)]
    held = {NOBODY: 6_000, OPERATOR: 9_000}
    await put(hub, DetectedDowntime.at(roi, begun, now_ms(), held, ended_at_ms=begun + 15_000), roi)
    assert await told() == [("Operator resolving anomaly", begun + 15_000)]


async def test_without_a_machine_no_timeline_tells_of_it(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation, machine_identifier=None)
    await put(hub, downtime(roi, AT_MS, 5_000, ended=True), roi)
    assert await hub.store.events.machines(hub.organisation) == []


async def test_detections_are_one_row_for_every_reason(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    begun = now_ms() - 60_000
    held = {NOBODY: 2_500, OPERATOR: 7_500, ReasonLabel.WAITING: 0}
    made = await put(hub, DetectedDowntime.at(roi, begun, now_ms(), held, ended_at_ms=begun + 10_000), roi)
    await put(hub, downtime(roi, AT_MS, 1_000, ended=True), roi)
    rows = (await ask(hub, {}, "detections")).json()
    assert [(row["event_id"], row["label_name"], row["label_title"], row["duration_seconds"]) for row in rows] == [
        (made.event_id, "operator_resolving_anomaly", "Operator resolving anomaly", 7.5),
        (made.event_id, "no_operator", "No operator", 2.5),
    ]
    assert {row["downtime_seconds"] for row in rows} == {10.0}
    assert len((await ask(hub, {"since": SINCE}, "detections")).json()) == 3
    assert (await ask(hub, {"updated_at": "2099-01-01T00:00:00Z"}, "detections")).json() == []


async def test_a_downtime_is_confirmed_by_one_record(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    made = await put(hub, downtime(roi, AT_MS, 5_000, ended=True), roi)

    async def confirm(record_id: str) -> None:
        commit = Commit(hub.store.database, hub.organisation)
        hub.store.detected_downtimes.confirm(commit, hub.organisation, made.event_id, record_id)
        await commit.run()

    assert await hub.store.detected_downtimes.confirmed_by(hub.organisation, made.event_id) is None
    await confirm("record-1")
    await confirm("record-1")
    with pytest.raises(Refused):
        await confirm("record-2")
    assert await hub.store.detected_downtimes.confirmed_by(hub.organisation, made.event_id) == "record-1"


async def test_retention_forgets_what_ended_long_ago_and_leaves_no_trace(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    await put(hub, downtime(roi, AT_MS, 5_000, ended=True), roi)
    lasting = await put(hub, downtime(roi, AT_MS + 60_000, 5_000), roi)
    assert await hub.store.detected_downtimes.trim(hub.organisation, "L21", now_ms()) == 1
    assert [found["event_id"] for found in (await ask(hub, {"since": SINCE})).json()] == [lasting.event_id]
    for index in (keys.detected_by_start, keys.detected_by_update):
        assert await hub.store.redis.zcard(index(hub.organisation)) == 1


async def test_what_stands_beside_the_intervals_is_made_anew_from_them(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    await put(hub, downtime(roi, AT_MS, 5_000, ended=True), roi)
    lasting = await put(hub, downtime(roi, AT_MS + 60_000, 5_000), roi)
    before = (await ask(hub, {"since": SINCE})).json()
    beside = [key(hub.organisation) for key in (keys.detected_by_start, keys.detected_by_update)]
    await hub.store.redis.delete(*beside, keys.open_downtime(hub.organisation, roi.name))
    assert (await ask(hub, {"since": SINCE})).json() == []
    for _ in range(2):
        assert await hub.store.detected_downtimes.rebuild(hub.organisation) == 2
    assert (await ask(hub, {"since": SINCE})).json() == before
    assert (await ask(hub, {"since": SINCE, "update_at": before[0]["updated_at"]})).json() == before
    ended = await put(hub, downtime(roi, AT_MS + 60_000, 9_000, ended=True), roi)
    assert (ended.event_id, ended.machine_identifier) == (lasting.event_id, "M1")
