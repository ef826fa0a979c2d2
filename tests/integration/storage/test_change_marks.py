"""The tag of a window changes whenever the window does, and is known from marks of change alone."""

import uuid
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import keys
from storage.connection import Store
from storage.entities.event import Event, EventChange, EventType
from storage.repositories.intervals import LANES_A_CALL
from tests.support.stored import AT_MS, event

DAY_MS = 86_400_000
MIDNIGHT_MS = AT_MS // DAY_MS * DAY_MS
MACHINES = ("M1", "M2")
# Within the day, over midnight, of a few days, and longer than what is marked day by day.
LENGTHS = st.sampled_from([0, 1, 5, DAY_MS // 2, DAY_MS, 3 * DAY_MS, 31 * DAY_MS, 33 * DAY_MS, 90 * DAY_MS, None])
STARTS = st.builds(
    lambda day, ms: MIDNIGHT_MS + day * DAY_MS + ms,
    st.sampled_from([-94, -41, -3, -2, -1, 0, 1, 2]),
    st.sampled_from([-1, 0, 1, DAY_MS // 2]),
)
TYPES = (None, {EventType.STEP})
ASKED = (["M1"], ["M1", "M2"])
WINDOWS = [
    (MIDNIGHT_MS + day * DAY_MS + at, MIDNIGHT_MS + day * DAY_MS + at + length)
    for day in (-40, -2, -1, 0, 1)
    for at, length in ((0, DAY_MS), (-1, 2), (DAY_MS // 2, DAY_MS))
]


@dataclass
class Seen:
    """Every body that a tag ever stood for."""

    bodies: dict[tuple[object, ...], dict[str, bytes]] = field(default_factory=dict)


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[int, int, int | None, int, str]]:
    """What happens, in order: key, start, length (None = in flight), type, label; or, with key -1, retention up to the start."""
    key = st.integers(-1, 4)
    step = st.tuples(key, STARTS, LENGTHS, st.integers(0, 1), st.sampled_from(["", "a"]))
    return draw(st.lists(step, min_size=1, max_size=10))


async def look(store: Store, organisation: str, seen: Seen) -> None:
    """Reads every window, and holds every tag to the one body that it stood for."""
    for from_ms, to_ms in WINDOWS:
        for types in TYPES:
            for machines in ASKED:
                read = await store.events.window_json(organisation, machines, types, from_ms, to_ms, [])
                assert read.json is not None
                known = seen.bodies.setdefault((from_ms, to_ms, str(types), *machines), {})
                assert known.setdefault(read.tag, read.json) == read.json
                plain = await store.events.window(organisation, machines, types, from_ms, to_ms)
                assert read.json == b"[" + b",".join(plain.json) + b"]"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(story=stories())
async def test_a_tag_never_stands_for_two_answers(store: Store, story: list[tuple[int, int, int | None, int, str]]) -> None:
    organisation, seen = f"c-{uuid.uuid4().hex[:12]}", Seen()
    await look(store, organisation, seen)
    for key, start_ms, length, type_, label in story:
        if key < 0:
            for machine in MACHINES:
                await store.events.trim(organisation, machine, start_ms, limit=1)
        else:
            await store.events.record([told(organisation, key, start_ms, length, type_, label)])
        await look(store, organisation, seen)


def told(organisation: str, key: int, start_ms: int, length: int | None, type_: int, label: str) -> EventChange:
    end_ms = None if length is None else start_ms + length
    made = event(organisation, str(key), start_ms, end_ms, machine=MACHINES[key % 2], label=label)
    # The id stays the same when the type changes: an edited interval.
    made = made.model_copy(update={"type": (EventType.STEP, EventType.CYCLE)[type_]})
    return EventChange.started(made) if end_ms is None else EventChange.finished(made)


async def tag(store: Store, organisation: str, from_ms: int, to_ms: int) -> str:
    return (await store.events.window_json(organisation, ["MACHINE_001"], None, from_ms, to_ms, [])).tag


async def test_a_day_keeps_its_tag_while_others_change(store: Store, organisation: str) -> None:
    async def record(key: str, start_ms: int, end_ms: int | None) -> None:
        made = event(organisation, key, start_ms, end_ms)
        await store.events.record([EventChange.started(made) if end_ms is None else EventChange.finished(made)])

    await record("yesterday", MIDNIGHT_MS - 10, MIDNIGHT_MS - 5)
    yesterday = (MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS)
    before = await tag(store, organisation, *yesterday)

    await record("today", MIDNIGHT_MS, None)
    await record("today", MIDNIGHT_MS, MIDNIGHT_MS + 1)
    await record("today-2", MIDNIGHT_MS + 1, MIDNIGHT_MS + DAY_MS)
    assert await tag(store, organisation, *yesterday) == before

    await record("late", MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS - DAY_MS)
    assert await tag(store, organisation, *yesterday) != before


async def test_what_is_in_flight_is_in_the_tag_of_every_later_day_as_it_is_now(store: Store, organisation: str) -> None:
    later = (MIDNIGHT_MS + 40 * DAY_MS, MIDNIGHT_MS + 41 * DAY_MS)
    tags = [await tag(store, organisation, *later)]
    for label, start_ms in (("a", AT_MS), ("b", AT_MS), ("b", AT_MS - 1), ("a", AT_MS)):
        await store.events.record([EventChange.started(event(organisation, start_ms=start_ms, label=label))])
        tags.append(await tag(store, organisation, *later))
    await store.events.record([EventChange.finished(event(organisation, end_ms=AT_MS + 1))])
    tags.append(await tag(store, organisation, *later))
    # Where the content is again what it was, so may be the tag.
    assert (len({*tags}), tags[1]) == (5, tags[4])


async def test_what_is_told_twice_changes_no_tag(store: Store, organisation: str) -> None:
    change = EventChange.finished(event(organisation, end_ms=AT_MS + 5))
    await store.events.record([change])
    before = await tag(store, organisation, AT_MS, AT_MS + 1)
    await store.events.record([change])
    assert await tag(store, organisation, AT_MS, AT_MS + 1) == before


async def test_who_knows_the_tag_is_answered_without_a_look_at_the_intervals(store: Store, organisation: str) -> None:
    machines = [f"M{n}" for n in range(LANES_A_CALL * 2 + 3)]
    made: list[Event] = [event(organisation, m, AT_MS, AT_MS + 5, machine=m) for m in machines]
    await store.events.record([EventChange.finished(e) for e in made])
    for asked in (machines[:1], machines[:LANES_A_CALL], machines):
        first = await store.events.window_json(organisation, asked, None, AT_MS, AT_MS + 9, [])
        again = await store.events.window_json(organisation, asked, None, AT_MS, AT_MS + 9, ["f" * 32, first.tag])
        assert (again.json, again.tag, again.position) == (None, first.tag, first.position)
        other = await store.events.window_json(organisation, asked, None, AT_MS, AT_MS + 9, ["f" * 32])
        assert other == first
    # Nothing but marks was needed: the answer is the same when what is stored is gone.
    for machine in machines:
        await store.redis.delete(keys.Lane(organisation, keys.MACHINE, machine).json)
    known = await store.events.window_json(organisation, machines, None, AT_MS, AT_MS + 9, [first.tag])
    assert known.json is None


async def test_a_tag_of_another_window_machine_or_organisation_is_not_known(store: Store, organisation: str) -> None:
    await store.events.record([EventChange.finished(event(organisation, m, AT_MS, AT_MS + 5, machine=m)) for m in MACHINES])
    first = await store.events.window_json(organisation, ["M1"], None, AT_MS, AT_MS + 9, [])
    for asked in (
        (organisation, ["M2"], None, AT_MS, AT_MS + 9),
        (organisation, ["M1", "M2"], None, AT_MS, AT_MS + 9),
        (organisation, ["M1"], None, AT_MS, AT_MS + 8),
        (organisation, ["M1"], {EventType.STEP}, AT_MS, AT_MS + 9),
        ("elsewhere", ["M1"], None, AT_MS, AT_MS + 9),
    ):
        assert (await store.events.window_json(*asked, [first.tag])).json is not None


async def test_a_timeline_born_again_has_other_tags(store: Store, organisation: str) -> None:
    lane = keys.Lane(organisation, keys.MACHINE, "MACHINE_001")
    change = EventChange.finished(event(organisation, end_ms=AT_MS + 5))
    await store.events.record([change])
    before = await tag(store, organisation, AT_MS, AT_MS + 1)
    kinds = (lane.json, lane.intervals, lane.changes, lane.open, lane.classes)
    await store.redis.delete(*kinds, *[lane.index_prefix + "3"])
    await store.events.record([change])
    assert await tag(store, organisation, AT_MS, AT_MS + 1) != before


async def test_retention_leaves_marks_only_of_the_days_that_it_keeps(store: Store, organisation: str) -> None:
    lane = keys.Lane(organisation, keys.MACHINE, "MACHINE_001")
    days = [event(organisation, str(n), MIDNIGHT_MS + n * DAY_MS, MIDNIGHT_MS + n * DAY_MS + 5) for n in range(20)]
    await store.events.record([EventChange.finished(e) for e in days])
    before = await tag(store, organisation, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)
    kept = await tag(store, organisation, MIDNIGHT_MS + 12 * DAY_MS, MIDNIGHT_MS + 13 * DAY_MS)

    assert await store.events.trim(organisation, "MACHINE_001", MIDNIGHT_MS + 10 * DAY_MS + 1) == 10

    first_day = MIDNIGHT_MS // DAY_MS
    marked = sorted(int(name) for name in await store.redis.hkeys(lane.changes) if name.isdigit())
    assert marked == [first_day + n for n in range(10, 20)]
    assert await tag(store, organisation, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS) != before
    assert await tag(store, organisation, MIDNIGHT_MS + 12 * DAY_MS, MIDNIGHT_MS + 13 * DAY_MS) == kept

    cut = await tag(store, organisation, MIDNIGHT_MS + 10 * DAY_MS, MIDNIGHT_MS + 11 * DAY_MS)
    assert await store.events.trim(organisation, "MACHINE_001", MIDNIGHT_MS + 10 * DAY_MS + 6) == 1
    assert await tag(store, organisation, MIDNIGHT_MS + 10 * DAY_MS, MIDNIGHT_MS + 11 * DAY_MS) != cut
