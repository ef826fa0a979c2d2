"""A window of the timeline holds exactly the events that touch it, whatever their length and order of arrival."""

import json
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.connection import Store
from storage.entities.event import Event, EventChange, EventType, event_json
from storage.entities.session import SessionState
from tests.support.stored import AT_MS, event, session

MACHINES = ("M1", "M2")
# Near the edges of the classes and the window more often than chance would have it.
LENGTHS = st.one_of(st.just(0), st.integers(1, 40), st.sampled_from([2**n + d for n in range(1, 31) for d in (-1, 0, 1)]), st.none())
STARTS = st.one_of(st.integers(-50, 50), st.integers(-(2**31), 2**31))


def touches(e: Event, from_ms: int, to_ms: int) -> bool:
    """The promise of GET /api/v1/events, in its own words."""
    if e.end_ms == e.start_ms:
        return from_ms <= e.start_ms < to_ms
    return e.start_ms < to_ms and (e.end_ms is None or e.end_ms > from_ms)


@st.composite
def told(draw: st.DrawFn) -> list[tuple[str, int, int | None, str, str]]:
    """What is recorded, in order: key, start, end, machine, type. A key may come again with other limits (late, corrected)."""
    keys_ = draw(st.lists(st.integers(0, 12), min_size=1, max_size=20))
    starts = [draw(STARTS) for _ in keys_]
    lengths = [draw(LENGTHS) for _ in keys_]
    return [
        (str(k), AT_MS + s, None if n is None else AT_MS + s + n, MACHINES[k % 2], ("step", "cycle", "part_count")[k % 3])
        for k, s, n in zip(keys_, starts, lengths, strict=True)
    ]


def windows(told: list[tuple[str, int, int | None, str, str]]) -> st.SearchStrategy[tuple[int, int]]:
    """Windows whose ends are ends of events, or just beside them, or anywhere."""
    ends = sorted({ms + d for _, start, end, _, _ in told for ms in (start, end or start) for d in (-1, 0, 1)})
    moment = st.one_of(st.sampled_from(ends), STARTS.map(lambda s: AT_MS + s))
    return st.tuples(moment, moment).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: (pair[0], pair[1]))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=told(), draw=st.data(), few=st.booleans(), one_type=st.booleans())
async def test_a_window_holds_exactly_what_touches_it(
    store: Store, told: list[tuple[str, int, int | None, str, str]], draw: st.DataObject, few: bool, one_type: bool
) -> None:
    organisation = f"w-{uuid.uuid4().hex[:12]}"
    from_ms, to_ms = draw.draw(windows(told))
    latest: dict[str, Event] = {}
    for key, start_ms, end_ms, machine, type_ in told:
        latest[key] = event(organisation, key, start_ms, end_ms, machine=machine, type=type_)
        change = EventChange.finished if end_ms is not None else EventChange.started
        await store.events.record([change(latest[key])])

    found = await store.events.window(organisation, ["M1"] if few else None, {EventType.STEP} if one_type else None, from_ms, to_ms)

    asked = [e for e in latest.values() if (not few or e.machine == "M1") and (not one_type or e.type is EventType.STEP)]
    expected = sorted((e for e in asked if touches(e, from_ms, to_ms)), key=lambda e: (e.start_ms, e.id))
    assert found.json == [event_json(e) for e in expected]


async def test_every_edge_of_every_small_window_is_exact(store: Store, organisation: str) -> None:
    small = [
        event(organisation, f"{start}+{length}", AT_MS + start, None if length is None else AT_MS + start + length)
        for start in range(6)
        for length in (0, 1, 2, 3, 4, None)
    ]
    await store.events.record([EventChange.finished(e) for e in small])
    for from_ms in range(AT_MS - 1, AT_MS + 11):
        for to_ms in range(from_ms + 1, AT_MS + 12):
            found = await store.events.window(organisation, None, None, from_ms, to_ms)
            expected = sorted((e for e in small if touches(e, from_ms, to_ms)), key=lambda e: (e.start_ms, e.id))
            assert found.json == [event_json(e) for e in expected], (from_ms - AT_MS, to_ms - AT_MS)


async def test_the_position_of_a_window_continues_its_channel(store: Store, organisation: str) -> None:
    await store.events.record([EventChange.started(event(organisation))])
    of_one = await store.events.window(organisation, ["MACHINE_001"], None, AT_MS, AT_MS + 1)
    of_all = await store.events.window(organisation, None, None, AT_MS, AT_MS + 1)

    await store.events.record([EventChange.finished(event(organisation, end_ms=AT_MS + 90_000))])

    for channel, position in (("MACHINE_001", of_one.position), ("*", of_all.position)):
        since = await store.events.facts_since(organisation, channel, position.epoch, position.offset)
        assert since.recovered
        assert [json.loads(f.fact)["type"] for f in since.facts] == ["finished"]
        assert json.loads(since.facts[0].fact)["event"]["duration_seconds"] == 90


async def test_a_change_that_changes_nothing_is_not_told(store: Store, organisation: str) -> None:
    for _ in range(2):
        await store.events.record([EventChange.started(event(organisation))])
    since = await store.events.facts_since(organisation, "*", "", "0-0")
    assert len(since.facts) == 1


async def test_many_events_of_many_machines_come_in_the_order_of_their_start(store: Store, organisation: str) -> None:
    changes = [EventChange.finished(event(organisation, str(n), AT_MS - n, AT_MS + 1, machine=f"M{n % 70}")) for n in range(1400)]
    await store.events.record(changes)
    window = await store.events.window(organisation, None, None, AT_MS - 10_000, AT_MS + 10)
    assert window.json == [event_json(c.event) for c in sorted(changes, key=lambda c: (c.event.start_ms, c.event.id))]


async def test_an_organisation_sees_nothing_of_another(store: Store, organisation: str) -> None:
    await store.events.record([EventChange.started(event(organisation))])
    assert (await store.events.window("elsewhere", None, None, AT_MS, AT_MS + 1)).json == []
    assert (await store.events.window("elsewhere", ["MACHINE_001"], None, AT_MS, AT_MS + 1)).json == []
    with pytest.raises(ValueError, match="another organisation"):
        await store.events.record([EventChange.started(event(organisation)), EventChange.started(event("elsewhere"))])


async def test_one_event_is_found_as_it_was_recorded(store: Store, organisation: str) -> None:
    recorded = event(organisation, label='PART "1" žluť')
    await store.events.record([EventChange.started(recorded)])
    assert await store.events.find(organisation, "MACHINE_001", recorded.id) == recorded
    assert await store.events.find(organisation, "MACHINE_001", "evt_none") is None


async def test_intervals_of_a_refused_commit_are_in_no_window(store: Store, organisation: str) -> None:
    started = session(organisation)
    await store.sessions.start(started, [], [])
    await store.sessions.commit(started.model_copy(update={"state": SessionState.PAUSED}), [], [])
    with pytest.raises(Exception, match="saved since"):
        await store.sessions.commit(started, [], [EventChange.started(event(organisation))])
    assert (await store.events.window(organisation, None, None, AT_MS, AT_MS + 1)).json == []


async def test_retention_forgets_what_ended_before_its_time_and_nothing_else(store: Store, organisation: str) -> None:
    old = [event(organisation, f"old-{n}", AT_MS - 5000, AT_MS - 1000 - n) for n in range(30)]
    kept = [event(organisation, "long", AT_MS - 9000, AT_MS), event(organisation, "open", AT_MS - 9000)]
    await store.events.record([EventChange.finished(e) for e in old] + [EventChange.started(e) for e in kept])

    gone = [await store.events.trim(organisation, "MACHINE_001", AT_MS - 500, limit=20) for _ in range(3)]

    window = await store.events.window(organisation, None, None, AT_MS - 10_000, AT_MS + 10_000)
    assert gone == [20, 10, 0]
    assert sorted(window.json) == sorted(event_json(e) for e in kept)
