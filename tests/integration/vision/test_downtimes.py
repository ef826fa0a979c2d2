"""What watches of regions say reaches the store: at a sane rate, each once, through an absence of the store."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage.connection import Store
from storage.entities.roi import Roi
from storage.errors import StoreUnavailable
from tests.support.regions import add_region, region
from tests.support.store import KillableStore
from vision.activity.clock import IdleClock
from vision.activity.stops import Change, OpenStop, Reason, StopChange
from vision.worker.downtimes import STOPS_KEPT, Downtimes, Region, to_stop

ORGANISATION = "default"
T0_MS = 1_756_477_957_000


def stop(kind: Change, start_s: float, lasts_s: float, reason: Reason = Reason.WAITING) -> StopChange:
    """A stop that began `start_s` after T0 and has one reason."""
    start_ms = T0_MS + round(1000 * start_s)
    last_ms = start_ms + round(1000 * lasts_s)
    reasons = dict.fromkeys(Reason, 0.0) | {reason: lasts_s}
    return StopChange(kind, start_ms, last_ms if kind is Change.FINISHED else None, last_ms, reasons)


@pytest_asyncio.fixture
async def own_store(killable_store: KillableStore) -> AsyncIterator[Store]:
    """A store on a server that may die."""
    opened = await Store.connect(killable_store.settings)
    await opened.organisations.add(ORGANISATION)
    yield opened
    await opened.close()


def watched(downtimes: Downtimes, roi: Roi) -> Region:
    held = downtimes.regions[roi.organisation, roi.name] = Region(roi, 1)
    return held


def tell(downtimes: Downtimes, *changes: StopChange, generation: int = 1) -> None:
    for change in changes:
        downtimes.hear(ORGANISATION, "L21_3", generation, change)


async def listed(store: Store) -> list[bytes]:
    return (await store.detected_downtimes.since(ORGANISATION, 0, None, 100)).json


async def test_stops_that_came_while_the_store_was_away_are_stored_in_order_when_it_is_back(
    killable_store: KillableStore, own_store: Store
) -> None:
    downtimes = Downtimes(own_store)
    watched(downtimes, await add_region(own_store, ORGANISATION))
    tell(downtimes, stop(Change.STARTED, 0, 5))
    await downtimes.store_all()
    killable_store.kill()
    tell(downtimes, stop(Change.CHANGED, 0, 30), stop(Change.FINISHED, 0, 40))
    tell(downtimes, stop(Change.STARTED, 60, 5), stop(Change.FINISHED, 60, 9), stop(Change.STARTED, 100, 5))
    with pytest.raises(StoreUnavailable):
        await downtimes.store_all()
    assert downtimes.waiting == 3
    killable_store.start()
    await downtimes.store_all()
    assert downtimes.waiting == 0
    seconds = [stored.partition(b'"downtime_seconds":')[2].partition(b",")[0] for stored in await listed(own_store)]
    assert seconds == [b"40.0", b"9.0", b"5.0"]
    facts = await own_store.detected_downtimes.facts_since(ORGANISATION, "L21", "", "0-0")
    assert [fact.fact[9:16] for fact in facts.facts] == [b"started", b'ended",', b'ended",', b"started"]
    open_now = await own_store.detected_downtimes.open_at(ORGANISATION, "L21_3")
    assert open_now is not None
    assert to_stop(open_now) == OpenStop(
        T0_MS + 100_000, {"no_operator": 0, "operator_resolving_anomaly": 0, "waiting": 5}, T0_MS + 105_000
    )


async def test_a_watch_that_is_killed_again_and_again_leaves_one_downtime_whose_reasons_add_up(own_store: Store) -> None:
    roi = await add_region(own_store, ORGANISATION)
    at_ms, began_ms = T0_MS, T0_MS
    lives = [(Reason.WAITING, 35), (Reason.NO_OPERATOR, 3), (Reason.OPERATOR_RESOLVING_ANOMALY, 48), (Reason.NO_OPERATOR, 20)]
    for life, (reason, looks) in enumerate(lives):
        # All that the one before knew and had not stored is lost with it.
        open_now = await own_store.detected_downtimes.open_at(ORGANISATION, roi.name)
        known = to_stop(open_now) if open_now is not None else None
        downtimes, clock = Downtimes(own_store), IdleClock(5000, 1000, known)
        downtimes.regions[ORGANISATION, roi.name] = Region(roi, life, known)
        active_from = looks - 8 if life == len(lives) - 1 else looks
        for look in range(looks):
            for change in clock.see(at_ms, look >= active_from, reason):
                tell(downtimes, change, generation=life)
            if look % 7 == 0:
                await downtimes.store_all()
            at_ms += 200
        at_ms += 2_600
    await downtimes.store_all()
    ended_ms = at_ms - 2_600 - 8 * 200
    (only,) = (json.loads(each) for each in await listed(own_store))
    assert only["downtime_seconds"] == (ended_ms - began_ms) / 1000
    assert sum(each["duration_seconds"] for each in only["downtime_reason"]) == pytest.approx(only["downtime_seconds"])
    facts = (await own_store.detected_downtimes.facts_since(ORGANISATION, "L21", "", "0-0")).facts
    kinds = [json.loads(each.fact)["type"] for each in facts]
    assert (kinds[0], kinds[-1]) == ("started", "ended")
    assert set(kinds[1:-1]) <= {"reason_changed"}
    assert await own_store.detected_downtimes.open_at(ORGANISATION, roi.name) is None


async def test_a_change_of_outline_meanwhile_does_not_lose_the_stop(own_store: Store) -> None:
    downtimes = Downtimes(own_store)
    roi = await add_region(own_store, ORGANISATION)
    held = watched(downtimes, roi)
    await own_store.rois.save(roi.model_copy(update={"idle_after_s": 9}))
    tell(downtimes, stop(Change.STARTED, 0, 5))
    await downtimes.store_all()
    assert len(await listed(own_store)) == 1
    assert held.stale


async def test_a_region_that_moved_meanwhile_takes_no_stop_from_its_old_place(own_store: Store) -> None:
    downtimes = Downtimes(own_store)
    roi = await add_region(own_store, ORGANISATION)
    held = watched(downtimes, roi)
    tell(downtimes, stop(Change.STARTED, 0, 5))
    await downtimes.store_all()
    await own_store.rois.save(roi.model_copy(update={"line_name": "L22", "updated_at_ms": T0_MS + 7_000}))
    tell(downtimes, stop(Change.CHANGED, 0, 60))
    await downtimes.store_all()
    (only,) = await listed(own_store)
    assert (b'"L21"' in only, b'"downtime_seconds":7.0' in only) == (True, True)
    assert (held.stale, held.open_stop, downtimes.waiting) == (True, None, 0)
    assert downtimes.refused.is_set()


def test_a_stop_that_lasts_is_told_less_and_less_often_but_a_new_main_reason_at_once() -> None:
    held = Region(region(ORGANISATION), 1)
    assert held.take(stop(Change.STARTED, 0, 5))
    told = [second for second in range(6, 3_600) if held.take(stop(Change.CHANGED, 0, second))]
    assert told[:3] == [10, 15, 20]
    assert 60 < len(told) < 120
    assert max(after - before for before, after in zip(told, told[1:], strict=False)) == 60
    assert held.take(stop(Change.CHANGED, 0, told[-1] + 1, Reason.NO_OPERATOR))
    assert held.take(stop(Change.FINISHED, 0, told[-1] + 2, Reason.NO_OPERATOR))
    assert held.open_stop is None


def test_what_waits_is_bounded_and_the_oldest_goes() -> None:
    held = Region(region(ORGANISATION), 1)
    for number in range(STOPS_KEPT + 5):
        held.take(stop(Change.FINISHED, 10 * number, 5))
    assert len(held.waiting) == STOPS_KEPT
    assert min(held.waiting) == T0_MS + 50_000


async def test_an_earlier_watch_of_a_region_is_not_listened_to(own_store: Store) -> None:
    downtimes = Downtimes(own_store)
    watched(downtimes, await add_region(own_store, ORGANISATION))
    tell(downtimes, stop(Change.STARTED, 0, 5), generation=0)
    downtimes.hear(ORGANISATION, "unknown", 1, stop(Change.STARTED, 0, 5))
    assert downtimes.waiting == 0
