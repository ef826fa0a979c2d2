"""Patterns of shifts: shift_patterns.put and shift_patterns.list, and the shift periods that they put on the timeline."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.jobs.shifts import Shifts
from hub.services.shift_patterns import PatternWish, ShiftPatternsService
from hub.services.shift_periods import ShiftPeriods
from hub.timestamps import iso, parse_iso
from storage import keys
from storage.connection import Store
from storage.entities.shift_pattern import Shift
from storage.entities.user import Role
from tests.support.http import Answer
from tests.support.hub import RunningHub

DAY_MS = 86_400_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EARLY = [{"day": day, "start": "06:00", "end": "14:00"} for day in DAYS]
ROUND_THE_CLOCK = [{"day": d, "start": s, "end": e} for d in DAYS for s, e in (("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"))]
WHOLE_DAYS = tuple(Shift(day=day, start="00:00", end="00:00") for day in DAYS)


def body(**fields: Any) -> dict[str, Any]:
    return {"time_zone": "Europe/Prague", "machine_foreign_ids": ["PRESS-4"], "weekly": EARLY, **fields}


async def put(hub: RunningHub, name: str, role: Role = Role.ADMIN, **fields: Any) -> Answer:
    return await (await hub.as_role(role))("PUT", f"/api/v1/shift-patterns/{name}", body(**fields))


async def periods(hub: RunningHub, from_ms: int, to_ms: int, machine: str = "PRESS-4") -> list[tuple[int, int | None, str]]:
    """Start, end and label of every period in the timeline."""
    found = await hub.store.events.window(hub.organisation, [machine], None, from_ms, to_ms)
    return [_row(each) for each in found.json]


def _row(event: bytes) -> tuple[int, int | None, str]:
    said = json.loads(event)
    assert said["type"] == "shift_period"
    return parse_iso(said["from"]), None if said["to"] is None else parse_iso(said["to"]), said["label"]


def at(text: str) -> int:
    return parse_iso(text)


class Floor:
    """The service with a clock that a test sets."""

    def __init__(self, store: Store, organisation: str, now: str) -> None:
        self.store, self.organisation, self.now_ms = store, organisation, at(now)
        self.service = ShiftPatternsService(store, lambda: self.now_ms)
        self.periods = ShiftPeriods(store)

    async def put(self, weekly: Any, machines: tuple[str, ...] = ("M",), zone: str = "Europe/Prague", name: str = "early") -> None:
        for machine in machines:
            await self.store.machines.ensure(self.organisation, machine)
        await self.service.put(self.organisation, name, PatternWish(zone, machines, tuple(weekly)))

    async def until(self, now: str) -> None:
        """The jobs process looks at this moment, and once more."""
        self.now_ms = at(now)
        await self.periods.keep(self.now_ms)
        assert await self.periods.keep(self.now_ms) == 0

    async def rows(self, from_: str, to: str, machine: str = "M") -> list[tuple[str, str | None]]:
        """Start and end on the clock of Prague."""
        found = await self.store.events.window(self.organisation, [machine], None, at(from_), at(to))
        return [(local(start), None if end is None else local(end)) for start, end, _ in map(_row, found.json)]

    async def version(self) -> int:
        return (await self.store.shift_patterns.get(self.organisation, "early")).version


def local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo("Europe/Prague")).strftime("%m-%d %H:%M")


@pytest.fixture
def floor(store: Store, organisation: str) -> Callable[[str], Floor]:
    return lambda now: Floor(store, organisation, now)


def week(*shifts: tuple[str, str], days: tuple[str, ...] = DAYS) -> list[Shift]:
    return [Shift(day=day, start=start, end=end) for day in days for start, end in shifts]


async def test_a_new_pattern_writes_the_past_and_the_period_in_flight(hub: RunningHub) -> None:
    await hub.store.machines.ensure(hub.organisation, "PRESS-4")
    answer = await put(hub, "Three%20shifts", weekly=ROUND_THE_CLOCK)
    assert answer.status == 201
    assert answer.json()["name"] == "Three shifts"
    now_ms = time.time_ns() // 1_000_000
    found = await periods(hub, now_ms - 410 * DAY_MS, now_ms + 1)
    assert 1_195 <= len(found) <= 1_205
    assert [end is None for _, end, _ in found] == [False] * (len(found) - 1) + [True]
    assert all(end == found[n + 1][0] for n, (_, end, _) in enumerate(found[:-1]))
    assert {label for _, _, label in found} == {f"Three shifts {times}" for times in ("06:00-14:00", "14:00-22:00", "22:00-06:00")}
    again = await put(hub, "Three%20shifts", weekly=ROUND_THE_CLOCK)
    assert (again.status, again.json()) == (200, answer.json())
    assert await periods(hub, now_ms - 410 * DAY_MS, now_ms + 1) == found
    listed = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/shift-patterns")
    assert (listed.json(), listed.headers["x-total-count"]) == ([answer.json()], "1")


async def test_with_many_machines_the_newest_periods_of_each_are_written(hub: RunningHub) -> None:
    machines = [f"M{n}" for n in range(50)]
    for machine in machines:
        await hub.store.machines.ensure(hub.organisation, machine)
    assert (await put(hub, "all", weekly=ROUND_THE_CLOCK, machine_foreign_ids=machines)).status == 201
    now_ms = time.time_ns() // 1_000_000
    found = await periods(hub, now_ms - 410 * DAY_MS, now_ms + 1, "M7")
    assert (len(found), found[-1][1]) == (100, None)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"time_zone": "Moon/Crater"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"machine_foreign_ids": ["NO-SUCH"]}, "machine_foreign_ids"),
        ({"machine_foreign_ids": "PRESS-4"}, "machine_foreign_ids"),
        ({"machine_foreign_ids": ["PRESS-4"] * 1_001}, "machine_foreign_ids"),
        ({"weekly": [{"day": "someday", "start": "06:00", "end": "14:00"}]}, "weekly.0.day"),
        ({"weekly": [{"day": "mon", "start": "24:00", "end": "14:00"}]}, "weekly.0.start"),
        ({"weekly": [{"day": "mon", "start": "6:00", "end": "14:00"}]}, "weekly.0.start"),
        ({"weekly": [*EARLY, {"day": "tue", "start": "13:59", "end": "15:00"}]}, "overlap"),
        ({"weekly": [{"day": "sun", "start": "22:00", "end": "06:00"}, {"day": "mon", "start": "05:00", "end": "06:00"}]}, "overlap"),
        ({"weekly": EARLY * 15}, "weekly"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_pattern_that_does_not_fit_is_refused(hub: RunningHub, fields: dict[str, Any], named: str) -> None:
    await hub.store.machines.ensure(hub.organisation, "PRESS-4")
    answer = await put(hub, "early", **fields)
    assert (answer.status, named in answer.json()["error"]) == (422, True), answer.body
    assert (await (await hub.as_role())("GET", "/api/v1/shift-patterns")).json() == []
    assert (await put(hub, "x" * 101)).status == 422


async def test_only_an_administrator_puts_patterns_and_only_of_machines_of_the_own_organisation(
    hub: RunningHub, other_organisation: str
) -> None:
    await hub.store.machines.ensure(hub.organisation, "PRESS-4")
    assert (await put(hub, "early", Role.SUPERVISOR)).status == 403
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    assert (await stranger("PUT", "/api/v1/shift-patterns/early", body())).status == 422


async def test_two_at_once_leave_one_pattern_and_one_period_in_flight(hub: RunningHub) -> None:
    await hub.store.machines.ensure(hub.organisation, "PRESS-4")
    whole = [{"day": day, "start": "00:00", "end": "00:00"} for day in DAYS]
    answers = await asyncio.gather(*(put(hub, "whole", weekly=whole) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    now_ms = time.time_ns() // 1_000_000
    found = await periods(hub, now_ms - 410 * DAY_MS, now_ms + 1)
    assert (len({start for start, _, _ in found}), sum(end is None for _, end, _ in found)) == (len(found), 1)


async def test_periods_start_and_end_on_time_and_after_a_standstill(floor: Callable[[str], Floor]) -> None:
    place = floor("2025-05-27T10:00:00+02:00")
    await place.put(week(("06:00", "14:00")))
    today = ("2025-05-27T00:00:00+02:00", "2025-05-28T00:00:00+02:00")
    assert await place.rows(*today) == [("05-27 06:00", None)]
    await place.until("2025-05-27T13:59:59+02:00")
    assert await place.rows(*today) == [("05-27 06:00", None)]
    await place.until("2025-05-27T14:00:01+02:00")
    assert await place.rows(*today) == [("05-27 06:00", "05-27 14:00")]
    # Nobody looked for a week.
    await place.until("2025-06-03T07:00:00+02:00")
    found = await place.rows("2025-05-27T00:00:00+02:00", "2025-06-04T00:00:00+02:00")
    assert found == [
        *((f"{day} 06:00", f"{day} 14:00") for day in ("05-27", "05-28", "05-29", "05-30", "05-31", "06-01", "06-02")),
        ("06-03 06:00", None),
    ]
    # Another process that knows nothing of the first one writes nothing.
    version = await place.version()
    assert await ShiftPeriods(place.store).keep(place.now_ms) == 0
    assert await place.version() == version


async def test_the_jobs_process_looks_by_its_own_clock_and_a_lost_zone_stops_no_other_pattern(floor: Callable[[str], Floor]) -> None:
    place = floor(iso(time.time_ns() // 1_000_000 - 3 * DAY_MS))
    await place.put(WHOLE_DAYS, name="lost")
    await place.put(WHOLE_DAYS, ("N",), zone="UTC", name="whole")
    lost = await place.store.shift_patterns.get(place.organisation, "lost")
    await place.store.shift_patterns.save(lost.model_copy(update={"time_zone": "Moon/Crater"}))
    shifts = Shifts(place.store)
    assert await shifts.keep() >= 1
    now_ms = time.time_ns() // 1_000_000
    found = await place.store.events.window(place.organisation, ["N"], None, now_ms - 3 * DAY_MS, now_ms + 1)
    ends = [end for _, end, _ in map(_row, found.json)]
    assert (len(ends), ends[-1], None in ends[:-1]) == (4, None, False)
    assert await shifts.keep() == 0


async def test_a_change_holds_from_now_on_and_the_past_stays(floor: Callable[[str], Floor]) -> None:
    place = floor("2025-05-27T10:00:00+02:00")
    span = ("2025-05-26T00:00:00+02:00", "2025-05-28T00:00:00+02:00")
    await place.put(week(("06:00", "14:00")))
    place.now_ms = at("2025-05-27T11:00:00+02:00")
    # The same start: the period goes on, to another end.
    await place.put(week(("00:00", "05:00"), ("06:00", "15:00")))
    assert await place.rows(*span) == [("05-26 06:00", "05-26 14:00"), ("05-27 06:00", None)]
    place.now_ms = at("2025-05-27T12:00:00+02:00")
    await place.put(week(("07:00", "15:00")))
    changed = [("05-26 06:00", "05-26 14:00"), ("05-27 06:00", "05-27 12:00"), ("05-27 12:00", None)]
    assert await place.rows(*span) == changed
    await place.until("2025-05-27T16:00:00+02:00")
    assert await place.rows(*span) == [*changed[:2], ("05-27 12:00", "05-27 15:00")]
    # No shift now: what ran has ended, and the past is not written again.
    place.now_ms = at("2025-05-27T17:00:00+02:00")
    await place.put(week(("16:00", "20:00"), days=("wed",)))
    assert await place.rows(*span) == [*changed[:2], ("05-27 12:00", "05-27 15:00")]


async def test_a_machine_that_leaves_ends_its_period_and_gets_no_second_past(floor: Callable[[str], Floor]) -> None:
    place = floor("2025-05-27T10:00:00+02:00")
    span = ("2025-05-26T00:00:00+02:00", "2025-05-28T00:00:00+02:00")
    await place.put(week(("06:00", "14:00")), ("M", "N"))
    place.now_ms = at("2025-05-27T11:00:00+02:00")
    await place.put(week(("06:00", "14:00")), ("N",))
    assert await place.rows(*span) == [("05-26 06:00", "05-26 14:00"), ("05-27 06:00", "05-27 11:00")]
    place.now_ms = at("2025-05-27T12:00:00+02:00")
    await place.put(week(("06:00", "14:00")), ("M", "N"))
    assert await place.rows(*span) == [("05-26 06:00", "05-26 14:00"), ("05-27 06:00", "05-27 11:00"), ("05-27 12:00", None)]
    assert await place.rows(*span, machine="N") == [("05-26 06:00", "05-26 14:00"), ("05-27 06:00", None)]


async def test_the_day_of_23_hours_the_one_of_25_and_midnight_are_right(floor: Callable[[str], Floor]) -> None:
    place = floor("2025-11-01T12:00:00+01:00")
    await place.put(week(("22:00", "06:00")))
    spring = await place.store.events.window(place.organisation, ["M"], None, at("2025-03-29T12:00:00Z"), at("2025-03-30T12:00:00Z"))
    autumn = await place.store.events.window(place.organisation, ["M"], None, at("2025-10-25T12:00:00Z"), at("2025-10-26T12:00:00Z"))
    lengths = [((end or 0) - start) // 3_600_000 for start, end, _ in (_row(each) for each in (*spring.json, *autumn.json))]
    assert lengths == [7, 9]
    assert await place.rows("2025-10-25T12:00:00Z", "2025-10-26T12:00:00Z") == [("10-25 22:00", "10-26 06:00")]


async def test_a_past_that_is_long_gone_is_no_news_to_who_follows_all_machines(floor: Callable[[str], Floor]) -> None:
    place = floor("2025-05-27T10:00:00+02:00")
    await place.put(WHOLE_DAYS)
    assert await place.store.redis.xlen(keys.timeline(place.organisation)) == 2
    lane = keys.Lane(place.organisation, keys.MACHINE, "M")
    assert await place.store.redis.xlen(lane.intervals) == 401
