"""Beats become runs: whatever comes at once, late, or with a clock that jumps, and whether or not anybody sweeps."""

import asyncio
import uuid
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.services import device_apps
from hub.timestamps import parse_iso
from storage import keys
from storage.connection import Store
from storage.entities.device_app import AppInterval, DeviceApp
from storage.repositories.device_apps import lane_of
from tests.support.devices import HOUR_MS, NOW_MS, Apps, make_apps
from tests.support.store import KillableStore

PERIOD_MS = 10_000
FROM_MS = NOW_MS - HOUR_MS


async def runs(apps: Apps, code: str = "aam") -> list[tuple[str, int, int]]:
    """Finished runs, relative to NOW_MS."""
    found = await apps.store.device_apps.window(apps.organisation, apps.device.id, code, 0, NOW_MS + HOUR_MS)
    return [(run.status, run.start_ms - NOW_MS, run.end_ms - NOW_MS) for run in found]


async def app_of(apps: Apps, code: str = "aam") -> DeviceApp:
    """The app as it is stored."""
    return await apps.store.device_apps.get(apps.organisation, f"{apps.device.id}/{code}")


async def streamed(apps: Apps, code: str = "aam") -> int:
    """Entries of the stream of the app's lane."""
    return int(await apps.store.redis.xlen(lane_of(apps.organisation, apps.device.id, code).intervals))


async def test_a_run_goes_on_over_a_gap_of_three_periods_and_ends_at_its_last_beat_after_a_longer_one(
    store: Store, organisation: str
) -> None:
    apps = await make_apps(store, organisation)
    for at_ms in (0, 10_000, 40_000, 70_001):
        await apps.beat(NOW_MS + at_ms)
    assert await runs(apps) == [("running", 0, 40_000)]
    assert (await app_of(apps)).since_ms == NOW_MS + 70_001
    found = await apps.uptime(NOW_MS, NOW_MS + 80_001)
    assert (found.figures.running_ms, found.figures.stopped_ms, found.figures.interval_count) == (50_000, 30_001, 2)


async def test_beats_of_one_run_add_nothing_to_a_stream(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    for number in range(50):
        await apps.beat(NOW_MS + number * PERIOD_MS)
    assert await streamed(apps) == 0
    assert (await app_of(apps)).seen_ms == NOW_MS + 49 * PERIOD_MS
    await apps.beat(NOW_MS + 50 * PERIOD_MS, "stopped")
    assert await streamed(apps) == 1


async def test_a_graceful_stop_begins_a_run_of_its_own_and_counts_as_running(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    for second, status in ((0, "running"), (10, "running"), (20, "stopped"), (30, "stopped"), (40, "running")):
        await apps.beat(NOW_MS + 1000 * second, status)
    assert await runs(apps) == [("running", 0, 20_000), ("stopped", 20_000, 40_000)]
    found = await apps.uptime(NOW_MS, NOW_MS + 45_000)
    assert (found.figures.running_ms, found.figures.stopped_ms, found.figures.interval_count) == (45_000, 0, 3)
    in_between = await apps.uptime(NOW_MS, NOW_MS + 35_000, NOW_MS + 45_000)
    assert in_between.status == device_apps.Status("stopped", NOW_MS + 20_000, NOW_MS + 40_000)


async def test_a_silent_app_is_ended_by_whoever_comes_first_and_only_once(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await apps.beat(NOW_MS)
    assert await apps.service.close_silent(organisation, NOW_MS + 3 * PERIOD_MS) == 0
    late_ms = NOW_MS + 3 * PERIOD_MS + 1
    ended = await asyncio.gather(*(apps.service.close_silent(organisation, late_ms) for _ in range(5)))
    assert (sum(ended), await runs(apps), await streamed(apps)) == (1, [("running", 0, 0)], 1)
    assert await store.redis.scard(keys.open_device_apps(organisation)) == 0  # type: ignore[misc]
    assert await apps.service.close_silent(organisation, late_ms + HOUR_MS) == 0
    await apps.beat(late_ms)
    assert (await app_of(apps)).since_ms == late_ms


async def test_beats_and_sweeps_at_once_lose_nothing(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await apps.beat(NOW_MS)
    late_ms = NOW_MS + 4 * PERIOD_MS
    beats = [apps.beat(late_ms + number, "running") for number in range(12)]
    await asyncio.gather(*beats, *(apps.service.close_silent(organisation, late_ms) for _ in range(6)))
    app = await app_of(apps)
    assert (await runs(apps), app.is_open, app.seen_ms) == ([("running", 0, 0)], True, late_ms + 11)
    # The beat that was applied first began the run; an earlier one that comes after it changes nothing.
    assert late_ms <= app.since_ms <= late_ms + 11


async def test_both_statuses_at_once_give_runs_that_touch(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await asyncio.gather(*(apps.beat(NOW_MS + number, "running" if number % 2 else "stopped") for number in range(10)))
    await apps.beat(NOW_MS + 100)
    found, app = await runs(apps), await app_of(apps)
    ends = [start for _, start, _ in found[1:]] + [app.since_ms - NOW_MS]
    if found:
        assert sorted(end for _, _, end in found) == sorted(ends)
    assert app.seen_ms == NOW_MS + 100


async def test_an_app_that_beats_while_others_are_swept_spares_only_itself(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = await make_apps(store, organisation)
    for number in range(8):
        await apps.beat(NOW_MS, code=f"app-{number}")
    late_ms = NOW_MS + HOUR_MS
    read = store.device_apps.open

    async def heard_meanwhile(organisation: str) -> list[DeviceApp]:
        found = await read(organisation)
        await apps.beat(late_ms, code="app-3")
        return found

    monkeypatch.setattr(store.device_apps, "open", heard_meanwhile)
    assert await apps.service.close_silent(organisation, late_ms) == 7
    assert [(await app_of(apps, f"app-{number}")).is_open for number in range(8)] == [number == 3 for number in range(8)]
    assert await runs(apps, "app-3") == [("running", 0, 0)]


@pytest.mark.parametrize("by", ["a sweep", "a beat"])
async def test_a_run_that_ends_while_it_is_read_counts_once(
    store: Store, organisation: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = await make_apps(store, organisation)
    for at_ms in (0, PERIOD_MS):
        await apps.beat(NOW_MS + at_ms)
    now_ms = NOW_MS + 6 * PERIOD_MS
    read = store.device_apps.window

    async def ended_meanwhile(*asked: Any) -> list[AppInterval]:
        if by == "a sweep":
            await apps.service.close_silent(organisation, now_ms)
        else:
            await apps.beat(now_ms)
        return await read(*asked)

    monkeypatch.setattr(store.device_apps, "window", ended_meanwhile)
    found = await apps.uptime(NOW_MS - 1, now_ms)
    assert (found.figures.running_ms, found.figures.interval_count) == (PERIOD_MS, 1)
    assert found.status == device_apps.Status("running", NOW_MS, NOW_MS + PERIOD_MS)


async def test_a_clock_a_little_behind_stands_still_and_one_set_back_begins_anew(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await apps.beat(NOW_MS)
    await apps.beat(NOW_MS + 10_000)
    await apps.beat(NOW_MS + 5_000)
    assert (await app_of(apps)).seen_ms == NOW_MS + 10_000
    await apps.beat(NOW_MS + 6_000, "stopped")
    assert await runs(apps) == [("running", 0, 10_000)]
    # An hour back: the clock had been wrong, and an app that dies now must not count until that hour is over.
    await apps.beat(NOW_MS - HOUR_MS)
    app = await app_of(apps)
    assert (app.status, app.since_ms) == ("running", NOW_MS - HOUR_MS)
    assert await apps.service.close_silent(organisation, NOW_MS - HOUR_MS + 4 * PERIOD_MS) == 1
    assert (await apps.uptime(NOW_MS - HOUR_MS, NOW_MS - 1)).figures.running_ms == 0


async def test_another_period_holds_from_then_on(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await apps.beat(NOW_MS)
    await store.devices.save(apps.device.model_copy(update={"heartbeat_seconds": 3600}))
    assert await apps.service.close_silent(organisation, NOW_MS + HOUR_MS) == 0
    await apps.beat(NOW_MS + 3 * HOUR_MS)
    assert (await runs(apps), (await app_of(apps)).since_ms) == ([], NOW_MS)


async def test_an_acknowledged_beat_survives_the_death_of_the_store(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        apps = await make_apps(store, "default")
        for number in range(20):
            await apps.beat(NOW_MS + number * PERIOD_MS)
        killable_store.kill()
        killable_store.start()
        assert (await app_of(apps)).seen_ms == NOW_MS + 19 * PERIOD_MS
        await apps.beat(NOW_MS + HOUR_MS)
        assert await runs(apps) == [("running", 0, 19 * PERIOD_MS)]
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("UTC", "2026-03-30T06:30:00Z", "2026-03-30T00:00:00Z"),
        ("Europe/Prague", "2026-03-29T20:00:00Z", "2026-03-28T23:00:00Z"),
        ("Europe/Prague", "2026-03-29T22:30:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Prague", "2026-10-25T22:30:00Z", "2026-10-24T22:00:00Z"),
        ("Asia/Kathmandu", "2026-03-29T20:00:00Z", "2026-03-29T18:15:00Z"),
        ("Africa/Cairo", "2026-04-24T08:00:00Z", "2026-04-23T22:00:00Z"),
    ],
)
def test_today_begins_at_the_site_s_midnight(zone: str, now: str, midnight: str) -> None:
    service = device_apps.DeviceAppsService(None, None, zone)  # type: ignore[arg-type]
    assert service.start_of_today(parse_iso(now)) == parse_iso(midnight)


# --- against an oracle that looks at every beat -------------------------------------------------------------
BEATS = st.lists(
    st.tuples(st.sampled_from([0, 1, 5, 9, 10, 11, 29, 30, 31, 60, 400]), st.sampled_from(["running", "stopped"]), st.booleans()),
    max_size=25,
)


def covered(beats: list[tuple[int, str]], from_s: int, to_s: int, now_s: int) -> int:
    """Seconds of [from, to) in which the app was there: each second up to the next beat that came in time, or to now."""
    moments = [at for at, _ in beats]
    there = set[int]()
    for at, after in pairwise([*moments, now_s]):
        if after - at <= 30:
            there |= set(range(at, after))
    return len([second for second in there if from_s <= second < to_s])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=BEATS, edges=st.tuples(st.integers(0, 500), st.integers(1, 500)), after=st.sampled_from([0, 20, 31, 90]))
async def test_uptime_is_what_the_beats_say_whether_or_not_anybody_swept(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    told: list[tuple[int, str, bool]],
    edges: tuple[int, int],
    after: int,
) -> None:
    apps = await make_apps(store, f"u-{uuid.uuid4().hex[:12]}")
    at_s, beats = 0, []
    for gap_s, status, swept in told:
        at_s += gap_s
        if swept:
            await apps.service.close_silent(apps.organisation, NOW_MS + 1000 * at_s)
        await apps.beat(NOW_MS + 1000 * at_s, status)
        beats.append((at_s, status))
    now_s = at_s + after
    from_s, to_s = min(edges[0], now_s), min(edges[0] + edges[1], now_s)
    if from_s >= to_s:
        return
    asked = (NOW_MS + 1000 * from_s, NOW_MS + 1000 * to_s, NOW_MS + 1000 * now_s)
    whole = await apps.uptime(*asked)
    assert whole.figures.running_ms == 1000 * covered(beats, from_s, to_s, now_s)
    assert whole.figures.running_ms + whole.figures.stopped_ms == asked[1] - asked[0]
    assert 0 <= whole.figures.uptime_pct <= 100
    with monkeypatch.context() as patched:
        patched.setattr(device_apps, "PORTION_MS", 7_000)
        assert await apps.uptime(*asked) == whole
    await apps.service.close_silent(apps.organisation, asked[2])
    assert (await apps.uptime(*asked)).figures == whole.figures
