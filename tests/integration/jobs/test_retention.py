"""Retention: what ended before its days is forgotten, whatever it is."""

from hub.jobs.retention import DAY_MS, trim_timelines
from storage import keys
from storage.commit import Commit
from storage.connection import Store
from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.event import Event, EventChange, EventType
from storage.entities.roi import Roi
from storage.interval import StoredInterval
from tests.support.downtime import now_ms, store_record

DAYS = 30
# Each lasts an hour.
HOUR_MS = 3_600_000


async def put_one_of_each(store: Store, organisation: str, name: str, start_ms: int) -> None:
    """An event, a run of beats, a record (which is an event too) and a detected downtime."""
    machine, end_ms = await store.machines.ensure(organisation, "M"), start_ms + HOUR_MS
    event = Event(
        id=f"evt_{name}", organisation=organisation, type=EventType.CYCLE, machine="M", start_ms=start_ms, end_ms=end_ms, label=name
    )
    await store.events.record([EventChange.finished(event)])
    commit = Commit(store.database, organisation)
    commit.interval(keys.Lane(organisation, keys.HEARTBEATS, "1/app"), StoredInterval(name, "running", start_ms, end_ms, b"{}"), b"{}")
    await commit.run()
    await store_record(store, machine, start_ms, end_ms)
    roi = Roi(
        organisation=organisation,
        name=f"roi-{name}",
        line_name="L",
        title="Roi",
        station_id="s",
        polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),
        idle_after_s=5,
        resume_after_s=1,
        created_at_ms=1,
        updated_at_ms=1,
    )
    await store.rois.add(roi)
    downtime = DetectedDowntime.at(roi, start_ms, end_ms, {ReasonLabel.WAITING: HOUR_MS}, end_ms)
    await store.detected_downtimes.record(downtime, 0)


async def counts(store: Store, organisation: str) -> dict[str, int]:
    """How many intervals of each kind there are."""
    found = {}
    for kind in keys.KINDS:
        lanes = [keys.Lane(organisation, kind, owner) for owner in await store.intervals.owners(organisation, kind)]
        found[kind] = len((await store.intervals.window(lanes, 0, now_ms()))[0]) if lanes else 0
    return found


async def test_all_kinds_of_what_is_older_go_and_the_rest_stays(store: Store, organisation: str) -> None:
    await put_one_of_each(store, organisation, "old", now_ms() - (DAYS + 1) * DAY_MS)
    await put_one_of_each(store, organisation, "new", now_ms() - (DAYS - 1) * DAY_MS)
    machine = await store.machines.ensure(organisation, "M")
    await store_record(store, machine, now_ms() - 2 * DAYS * DAY_MS, None)
    before = await counts(store, organisation)
    assert await trim_timelines(store, DAYS) >= 5
    after = await counts(store, organisation)
    assert {kind: before[kind] - after[kind] for kind in keys.KINDS} == {
        keys.MACHINE: 2,
        keys.HEARTBEATS: 1,
        keys.DOWNTIME_RECORDS: 1,
        keys.DETECTED: 1,
    }
    assert await trim_timelines(store, DAYS) == 0
