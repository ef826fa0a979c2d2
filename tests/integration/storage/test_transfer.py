"""An export brings everything of the timelines back: the same answers under the same ids, whenever it is stopped and repeated."""

import asyncio
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.transfer import read_import, write_export
from storage import keys
from storage.connection import Store
from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.device import TAKT_DEVICE, Device, Place
from storage.entities.event import EventChange
from storage.entities.user import Role
from storage.transfer.exporting import export_lines
from tests.support.exports import MANY, events_of, fill, fresh, rewritten
from tests.support.floor import Floor, make_floor
from tests.support.hub import RunningHub
from tests.support.stored import AT_MS, event
from tests.support.system import ROOT, environment


# --- the whole floor ------------------------------------------------------------------------------------------
async def furnish(hub: RunningHub) -> Floor:
    """One of everything, a record edited twice, a stop seen by the camera and confirmed, a job, an idempotent event."""
    floor = await make_floor(hub)
    ask = await hub.as_role(Role.ADMIN)
    records = f"/api/v1/machines/{floor.ids['machine_id']}/downtime"
    for reason in ("Belt torn", "Belt worn"):
        answer = await ask("PUT", f"{records}/{floor.ids['ended_id']}", {"reason": reason})
        assert answer.status == 200, answer.body
    roi = await hub.store.rois.get(hub.organisation, "L21_3")
    at_ms = int(floor.now_s * 1000) - 600_000
    seen = DetectedDowntime.at(roi, at_ms, at_ms + 60_000, {ReasonLabel.WAITING: 60_000}, at_ms + 60_000)
    await hub.store.detected_downtimes.record(seen, roi.version)
    open_now = DetectedDowntime.at(roi, at_ms + 90_000, at_ms + 95_000, {ReasonLabel.NO_OPERATOR: 5_000})
    await hub.store.detected_downtimes.record(open_now, roi.version)
    floor.ids["detected_id"] = seen.event_id
    posted = {
        "type": "cycle",
        "machine_foreign_id": "PRESS-4",
        "from": floor.ago(5),
        "to": floor.ago(4),
        "label": "x",
        "idempotency_key": "k1",
    }
    answer = await ask("POST", "/api/v1/events", posted)
    assert answer.status in (200, 201), answer.body
    floor.ids["keyed"] = json.dumps(posted)
    return floor


def reads(floor: Floor) -> list[tuple[str, dict[str, str]]]:
    window = {"from": floor.ago(12), "to": floor.ago(-1)}
    machine = f"/api/v1/machines/{floor.ids['machine_id']}"
    return [
        ("/api/v1/events", window),
        ("/api/v1/machines", {}),
        (machine, {}),
        (f"{machine}/downtime", {"limit": "50"}),
        ("/api/v1/fleet/downtime", {"sort_by": "duration_seconds"}),
        ("/api/v1/reason-codes", {}),
        ("/api/v1/reason-codes/tree", {}),
        ("/api/v1/rois", {}),
        ("/api/v1/downtime", {"detected_since": floor.ago(12), "line_name": "L21"}),
        ("/api/v1/devices", {}),
        ("/api/v1/shift-patterns", {}),
        ("/api/v1/step_events", {"machine_foreign_id": "PRESS-4", **window}),
        ("/api/v1/machine_activities", {"machine_foreign_id": "PRESS-4", **window}),
    ]


async def test_an_import_answers_as_what_was_exported(hub: RunningHub, tmp_path: Path) -> None:
    floor, other = await furnish(hub), fresh()
    file = tmp_path / "floor.ndjson.gz"
    await write_export(hub.store, hub.organisation, file)
    outcome = await read_import(hub.store, other, file)
    assert outcome.kept == 0
    here, there = await hub.as_role(Role.ADMIN), await hub.as_role(Role.ADMIN, other)
    answered = 0
    for path, query in reads(floor):
        for _ in range(5):
            wanted, found = await asyncio.gather(here("GET", path, query=query), there("GET", path, query=query))
            # What lasts still is told in seconds up to now, which goes on between the two.
            if found.body == wanted.body:
                break
        assert (found.status, found.body) == (wanted.status, wanted.body), path
        answered += wanted.status == 200 and len(wanted.body) > 4
    assert answered >= 9
    # A retry of what was posted before the export is answered with the first one's event.
    again = [await asking("POST", "/api/v1/events", json.loads(floor.ids["keyed"])) for asking in (here, there)]
    assert again[0].body == again[1].body
    # The versions of an edited record came too, in order.
    ids = floor.ids["machine_id"], floor.ids["ended_id"]
    versions = await hub.store.downtime_records.history(hub.organisation, *ids)
    assert [json.loads(v)["record"]["reason"] for v in versions] == ["Bearing", "Belt torn", "Belt worn"]
    assert await hub.store.downtime_records.history(other, *ids) == versions


async def test_no_account_and_no_secret_leaves(hub: RunningHub, tmp_path: Path) -> None:
    floor = await furnish(hub)
    file = tmp_path / "floor.ndjson"
    await write_export(hub.store, hub.organisation, file)
    said = file.read_bytes()
    for secret in (floor.ids["key"], floor.ids["key_id"], floor.ids["user_id"], floor.email, "argon2"):
        assert secret.encode() not in said, secret
    assert [p for p in os.scandir(tmp_path) if "part" in p.name] == []


# --- repeated, stopped, resumed -------------------------------------------------------------------------------
async def test_a_repeated_import_changes_nothing(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation)
    file, other = tmp_path / "all.ndjson", fresh()
    await write_export(store, organisation, file)
    first, lane = await read_import(store, other, file), keys.Lane(other, keys.MACHINE, "M1")
    facts = await store.redis.xlen(lane.intervals)
    again = await read_import(store, other, file)
    assert (first.added, first.same, again.added, again.replaced, again.kept, again.same) == (MANY + 2, 0, 0, 0, 0, MANY + 2)
    assert await store.redis.xlen(lane.intervals) == facts
    assert await events_of(store, other) == await events_of(store, organisation)
    assert await store.redis.hlen(keys.imports(other)) == 0


async def test_an_import_that_was_killed_goes_on_where_it_was(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, 5_000)
    file, other = tmp_path / "all.ndjson.gz", fresh()
    await write_export(store, organisation, file)
    await store.organisations.add(other)
    command = [sys.executable, "-m", "hub.cli", "import", str(file), "--organisation", other]
    wish = environment(tmp_path / "data", TAKT_REDIS_URL=str(store.settings.redis_url))
    process = await asyncio.create_subprocess_exec(*command, env=wish, cwd=ROOT, stderr=subprocess.DEVNULL)
    async with asyncio.timeout(20):
        while not await store.redis.hlen(keys.imports(other)):
            assert process.returncode is None
        process.kill()
        await process.wait()
    [said] = (await store.redis.hgetall(keys.imports(other))).values()
    stored = int(said.split()[0])
    assert 0 < stored < 5_000
    outcome = await read_import(store, other, file)
    # What was stored is not even looked at again.
    assert (outcome.added, outcome.same) == (5_003 - stored, 0)
    assert await events_of(store, other) == await events_of(store, organisation)


async def test_another_file_that_begins_alike_is_read_from_its_start(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation)
    file, other = tmp_path / "all.ndjson", fresh()
    await write_export(store, organisation, file)
    with pytest.raises(Invalid, match="it is not whole"):
        await read_import(store, other, rewritten(file, lambda lines: lines[:600]))
    await read_import(store, other, rewritten(file, lambda lines: [lines[0], *reversed(lines[1:-1]), lines[-1]]))
    assert await events_of(store, other) == await events_of(store, organisation)


# --- what is newer stays --------------------------------------------------------------------------------------
async def test_what_the_store_has_otherwise_stays_and_is_counted(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, 10)
    file, other = tmp_path / "all.ndjson", fresh()
    await write_export(store, organisation, file)
    await read_import(store, other, file)
    changed = event(organisation, "3", AT_MS, AT_MS + 99, machine="M2", label="corrected").model_copy(update={"organisation": other})
    ended = event(organisation, "open", AT_MS, AT_MS + 7, machine="M1").model_copy(update={"organisation": other})
    await store.events.record([EventChange.changed(changed), EventChange.finished(ended)])
    before = await events_of(store, other)

    outcome = await read_import(store, other, file)

    assert (outcome.kept, outcome.replaced, outcome.added) == (2, 0, 0)
    assert "evt_" in outcome.first_kept
    assert await events_of(store, other) == before


async def test_the_device_that_every_takt_makes_of_itself_is_in_no_import_s_way(store: Store, organisation: str, tmp_path: Path) -> None:
    other = fresh()
    await store.organisations.add(other)
    itself = Place(id=0, name="Takt")
    for name, made_ms in ((organisation, AT_MS), (other, AT_MS + 1)):
        said = {"organisation": name, "id": TAKT_DEVICE, "name": "Takt", "network": itself, "site": itself, "location": itself}
        made = {"time_zone": "UTC", "heartbeat_seconds": 10, "created_at_ms": made_ms, "updated_at_ms": made_ms}
        await store.devices.add(Device(**said, **made))
    await write_export(store, organisation, tmp_path / "all.ndjson")
    outcome = await read_import(store, other, tmp_path / "all.ndjson")
    assert (outcome.kept, outcome.added, outcome.first_kept) == (1, 0, "device 0")


async def test_what_was_in_flight_is_finished_by_a_later_export(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, 10)
    early, late, other = tmp_path / "early.ndjson", tmp_path / "late.ndjson", fresh()
    await write_export(store, organisation, early)
    await store.events.record([EventChange.finished(event(organisation, "open", AT_MS, AT_MS + 7, machine="M1"))])
    await write_export(store, organisation, late)
    await read_import(store, other, early)
    outcome = await read_import(store, other, late)
    assert (outcome.replaced, outcome.kept) == (1, 0)
    assert await events_of(store, other) == await events_of(store, organisation)


async def test_a_machine_that_is_another_one_here_is_refused(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, 10)
    file, other = tmp_path / "all.ndjson", fresh()
    await write_export(store, organisation, file)
    await store.organisations.add(other)
    await store.machines.ensure(other, "M2")
    with pytest.raises(Invalid, match=r"line [23]: the store has another machine in its place"):
        await read_import(store, other, file)


async def test_memory_does_not_grow_with_what_is_exported(store: Store, organisation: str) -> None:
    await fill(store, organisation, 1_000)

    async def most() -> int:
        tracemalloc.start()
        async for _ in export_lines(store, organisation):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    few = await most()
    await fill(store, organisation, 6_000)
    assert await most() < few * 3
