"""A reader gets every fact since its position, or is told that it cannot."""

import pytest

from storage import keys
from storage.connection import Store
from storage.facts import FactsSince, Position
from tests.support.stored import session


async def facts(store: Store, organisation: str, count: int) -> list[Position]:
    """Positions of `count` facts of station-1, by one session."""
    return await store.sessions.start(session(organisation), [b"%d" % n for n in range(count)], [])


async def since(store: Store, organisation: str, epoch: str, offset: str, limit: int = 1000) -> FactsSince:
    return await store.sessions.facts_since(organisation, "station-1", epoch, offset, limit)


async def test_a_stream_that_is_not_born_is_recovered_from_before_its_birth(store: Store, organisation: str) -> None:
    assert await store.sessions.position(organisation, "station-1") == Position("", "0-0")
    assert await since(store, organisation, "", "0-0") == FactsSince(True, [], Position("", "0-0"))

    positions = await facts(store, organisation, 3)

    found = await since(store, organisation, "", "0-0")
    assert found.recovered
    assert [Position(f.epoch, f.offset) for f in found.facts] == positions
    assert found.position == positions[-1] == await store.sessions.position(organisation, "station-1")


async def test_only_what_came_after_the_offset_is_told_in_order(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 5)
    found = await since(store, organisation, positions[1].epoch, positions[1].offset)
    assert [f.fact for f in found.facts] == [b"2", b"3", b"4"]


async def test_nothing_is_missed_at_the_last_offset(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 5)
    assert await since(store, organisation, *_at(positions[-1])) == FactsSince(True, [], positions[-1])


async def test_another_epoch_is_not_recovered(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 5)
    assert await since(store, organisation, "other", positions[1].offset) == FactsSince(False, [], positions[-1])
    assert await since(store, organisation, "other", "0-0") == FactsSince(False, [], positions[-1])


async def test_an_offset_of_the_future_is_not_recovered(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 1)
    assert not (await since(store, organisation, positions[0].epoch, "99999999999999-0")).recovered


async def test_an_offset_between_facts_that_no_fact_has_is_not_recovered(store: Store, organisation: str) -> None:
    # As after a fail-over: a client was told of a fact that the new primary never had.
    stream = keys.coaching_facts(organisation, "station-1")
    positions = await facts(store, organisation, 1)
    later = f"{int(positions[0].offset.partition('-')[0]) + 1000}-0"
    await store.redis.xadd(stream, {"f": b"later"}, id=later)
    lost = f"{int(later.partition('-')[0]) - 500}-0"
    assert await since(store, organisation, positions[0].epoch, lost) == FactsSince(False, [], Position(positions[0].epoch, later))
    assert [f.fact for f in (await since(store, organisation, *_at(positions[0]))).facts] == [b"later"]


@pytest.mark.parametrize("offset", ["", "-", "0", "$", "1-", "-1-0", "1-0; FLUSHALL", "9" * 40 + "-0"])
async def test_a_position_that_none_is_is_not_recovered(store: Store, organisation: str, offset: str) -> None:
    positions = await facts(store, organisation, 1)
    assert not (await since(store, organisation, positions[0].epoch, offset)).recovered


async def test_a_trimmed_gap_is_not_recovered_but_an_untrimmed_one_is(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 10)
    await store.redis.xtrim(keys.coaching_facts(organisation, "station-1"), maxlen=4, approximate=False)

    assert not (await since(store, organisation, *_at(positions[2]))).recovered
    assert not (await since(store, organisation, "", "0-0")).recovered
    assert [f.fact for f in (await since(store, organisation, *_at(positions[6]))).facts] == [b"7", b"8", b"9"]
    assert (await since(store, organisation, *_at(positions[9]))).recovered


async def test_more_than_the_limit_is_not_recovered(store: Store, organisation: str) -> None:
    positions = await facts(store, organisation, 10)
    assert not (await since(store, organisation, *_at(positions[0]), limit=8)).recovered
    assert len((await since(store, organisation, *_at(positions[0]), limit=9)).facts) == 9


async def test_a_stream_that_is_born_again_has_another_epoch(store: Store, organisation: str) -> None:
    first = await facts(store, organisation, 1)
    await store.redis.delete(keys.coaching_facts(organisation, "station-1"))
    assert not (await since(store, organisation, *_at(first[0]))).recovered

    current = await store.sessions.get(organisation, "record-1")
    again = (await store.sessions.commit(current, [b"{}"], [])).positions
    assert again[0].epoch != first[0].epoch
    assert not (await since(store, organisation, *_at(first[0]))).recovered


async def test_the_stream_keeps_about_as_many_facts_as_it_may(store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FACTS_KEPT", 100)
    await facts(store, organisation, 1000)
    assert await store.redis.xlen(keys.coaching_facts(organisation, "station-1")) <= 200


def _at(position: Position) -> tuple[str, str]:
    return position.epoch, position.offset
