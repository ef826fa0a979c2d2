"""/live: the channel downtime:{line} (live.subscribe)."""

from typing import Any

import pytest

from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.roi import Roi
from tests.support.hub import RunningHub
from tests.support.regions import add_region, downtime, now_ms
from tests.support.sockets import open_socket

CHANNEL = "downtime:L21"


async def put(hub: RunningHub, found: DetectedDowntime, roi: Roi) -> None:
    await hub.store.detected_downtimes.record(found, roi.version)


@pytest.mark.parametrize("subprotocol", ["takt.v1.json", "takt.v1.msgpack"])
async def test_a_line_goes_on_with_every_fact(hub: RunningHub, subprotocol: str) -> None:
    roi, other = await add_region(hub.store, hub.organisation), await add_region(hub.store, hub.organisation, "L22_1", line_name="L22")
    begun = now_ms() - 60_000
    async with open_socket(f"{hub.ws_url}/live", await hub.token(), subprotocol=subprotocol) as socket:
        start = await socket.subscribe(CHANNEL)
        assert (start["snapshot"], start["offset"]) == ({"downtimes": []}, "0-0")
        await put(hub, downtime(other, begun, 5_000), other)
        await put(hub, downtime(roi, begun, 5_000), roi)
        first = await socket.receive()
        assert (first["channel"], first["event"]["type"]) == (CHANNEL, "started")
        shown: dict[str, Any] = first["event"]["downtime"]
        assert (shown["roi_name"], shown["downtime_seconds"], shown["ended_at"]) == ("L21_3", 5.0, None)
        held = {ReasonLabel.WAITING: 5_000, ReasonLabel.NO_OPERATOR: 6_000}
        await put(hub, DetectedDowntime.at(roi, begun, now_ms(), held), roi)
        await put(hub, DetectedDowntime.at(roi, begun, now_ms(), held, ended_at_ms=begun + 11_000), roi)
        changed, ended = await socket.receive(), await socket.receive()
    assert (changed["event"]["type"], ended["event"]["type"]) == ("reason_changed", "ended")
    assert changed["event"]["downtime"]["downtime_reason"][0] == {"label_name": "no_operator", "duration_seconds": 6.0}
    assert ended["event"]["downtime"]["ended_at"] is not None


async def test_who_comes_later_begins_with_what_lasts(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    await put(hub, downtime(roi, now_ms() - 90_000, 5_000, ended=True), roi)
    await put(hub, downtime(roi, now_ms() - 60_000, 7_000), roi)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe(CHANNEL)
        (lasting,) = start["snapshot"]["downtimes"]
        assert (lasting["downtime_seconds"], lasting["ended_at"]) == (7.0, None)
        await hub.store.rois.delete(hub.organisation, "L21_3")
        ended = (await socket.receive())["event"]
    assert (ended["type"], ended["downtime"].keys()) == ("ended", lasting.keys())


async def test_a_resume_brings_all_that_was_missed_in_order_and_once(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    await put(hub, downtime(roi, now_ms() - 90_000, 5_000, ended=True), roi)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe(CHANNEL)
    begun = now_ms() - 60_000
    for known_ms in (5_000, 6_000, 7_000):
        await put(hub, downtime(roi, begun, known_ms), roi)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        since = {"epoch": start["epoch"], "offset": start["offset"]}
        assert await socket.subscribe(CHANNEL, since=since) == {"channel": CHANNEL, **since, "recovered": True}
        await hub.store.rois.delete(hub.organisation, "L21_3")
        told = [(await socket.receive())["event"] for _ in range(4)]
    assert [event["type"] for event in told] == ["started", "reason_changed", "reason_changed", "ended"]
    assert [event["downtime"]["downtime_seconds"] for event in told][:3] == [5.0, 6.0, 7.0]


async def test_a_rest_answer_of_one_line_says_where_the_channel_goes_on(hub: RunningHub) -> None:
    roi = await add_region(hub.store, hub.organisation)
    await put(hub, downtime(roi, now_ms() - 60_000, 5_000), roi)
    viewer = await hub.as_role()
    answer = await viewer("GET", "/api/v1/downtime", query={"since": "2020-01-01T00:00:00Z", "line_name": "L21"})
    await hub.store.rois.delete(hub.organisation, "L21_3")
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        since = {"epoch": answer.headers["takt-epoch"], "offset": answer.headers["takt-offset"]}
        assert (await socket.subscribe(CHANNEL, since=since))["recovered"] is True
        assert (await socket.receive())["event"]["type"] == "ended"


async def test_a_line_without_regions_and_another_organisation_s_line_are_no_channels(hub: RunningHub, other_organisation: str) -> None:
    await add_region(hub.store, other_organisation, line_name="Theirs")
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        for name in ("downtime:", "downtime:Theirs", "downtime:*", "downtime", "downtime:L21"):
            assert (await socket.subscribe(name))["code"] == "unknown_channel", name
