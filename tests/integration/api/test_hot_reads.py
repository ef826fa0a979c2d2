"""The read that is answered before the framework answers what the route answers, to the last header."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.user import Role
from storage.errors import StoreUnavailable
from tests.support.http import Answer
from tests.support.hub import RunningHub

T0_MS = 1_748_340_000_000
"""2025-05-27T10:00:00Z."""
WINDOW = "from=2025-05-27T08:00:00Z&to=2025-05-27T16:00:00Z"
# What differs from one request to the next whoever answers, and what the server itself adds.
OF_THE_REQUEST = ("x-request-id", "x-ratelimit-remaining", "date")
QUERIES = (
    WINDOW,
    WINDOW + "&machine_foreign_ids=A",
    WINDOW + "&machine_foreign_ids[]=A&machine_foreign_ids=B,%20C&types=step,nothing",
    WINDOW + "&machine_foreign_ids=M%C3%BChle&types[]=cycle",
    WINDOW + "&machine_foreign_ids[0]=A&types[1]=step",
    WINDOW + "&machine_foreign_ids=nobody",
    WINDOW + "&machine_foreign_ids=",
    "from=2025-05-27T10:00:00%2B02:00&to=2025-05-27T16:00:00+02:00",
    "from=2025-05-27T08:00:00Z&to=2999-05-27T16:00:00Z",
    "from=2999-05-27T08:00:00Z&to=2999-05-27T16:00:00Z",
    "from=2025-05-27T08:00:00Z",
    "from=&to=",
    WINDOW + "&unknown=1",
    WINDOW + "&from=2025-05-27T09:00:00Z",
    "",
)


async def furnish(hub: RunningHub) -> None:
    for number, machine in enumerate(("A", "B", "C", "Mühle")):
        await hub.store.machines.ensure(hub.organisation, machine)
        for type_ in (EventType.STEP, EventType.CYCLE):
            id_ = event_id(hub.organisation, type_, machine)
            limits = {"start_ms": T0_MS + number, "end_ms": None if type_ is EventType.CYCLE else T0_MS + 60_000}
            event = Event(id=id_, organisation=hub.organisation, type=type_, machine=machine, label='"ü"', **limits)
            await hub.store.events.record([EventChange.finished(event)])


async def both(hub: RunningHub, query: str, token: str | None, **headers: str) -> tuple[Answer, Answer]:
    """The answer before the framework, and that of the route: a body, even an empty one, is never plain."""
    asking = hub.http.signed(token)
    path = f"/api/v1/events?{query}"
    return await asking("GET", path, headers=headers), await asking("GET", path, headers={**headers, "Content-Length": "0"})


def told(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}


async def test_both_ways_answer_alike(hub: RunningHub) -> None:
    await furnish(hub)
    token = await hub.token(Role.VIEWER)
    for query in QUERIES:
        hot, route = await both(hub, query, token)
        assert told(hot) == told(route), query
        for sent in (hot.headers.get("etag", '"none"'), f'W/{hot.headers.get("etag", "")}, "other"', "*", "nonsense"):
            hot, route = await both(hub, query, token, **{"If-None-Match": sent})
            assert told(hot) == told(route), (query, sent)


async def test_who_may_not_is_told_the_same_both_ways(hub: RunningHub, other_organisation: str) -> None:
    await furnish(hub)
    elsewhere = await hub.token(Role.VIEWER, other_organisation)
    for token in (None, "nonsense", "takt_ro_nonsense", elsewhere, (await hub.token()) + "x"):
        hot, route = await both(hub, WINDOW, token)
        assert told(hot) == told(route), token
    assert hot.status == 401
    hot, route = await both(hub, WINDOW, None, Authorization=f"Basic {await hub.token()}")
    assert (hot.status, told(hot)) == (401, told(route))


async def test_a_plain_read_does_not_reach_the_framework_and_counts_once(hub: RunningHub) -> None:
    await furnish(hub)
    reached: list[Any] = []
    hub.app.before_request(lambda: reached.append(1))
    asking = await hub.as_role(Role.VIEWER)
    first, second = [await asking("GET", f"/api/v1/events?{WINDOW}") for _ in range(2)]
    assert (first.status, second.status, reached) == (200, 200, [])
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left[0] - left[1] <= 1
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    named = await asking("GET", f"/api/v1/events?{WINDOW}", headers={"X-Request-Id": "my-own-request-1"})
    assert named.headers["x-request-id"] == "my-own-request-1"


async def test_whatever_goes_wrong_is_told_by_the_route(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = await hub.as_role(Role.VIEWER)
    for error, status in ((RuntimeError("unforeseen"), 500), (StoreUnavailable("away"), 503)):
        monkeypatch.setattr(hub.hub.events, "window", AsyncMock(side_effect=error))
        answer = await asking("GET", f"/api/v1/events?{WINDOW}")
        assert (answer.status, answer.json().keys()) == (status, {"error"})


async def test_a_token_that_is_ended_is_refused_at_once_though_its_signature_is_known(hub: RunningHub) -> None:
    token = await hub.hub.auth.issue_token(hub.organisation, Role.VIEWER)
    asking = hub.http.signed(token)
    assert (await asking("GET", f"/api/v1/events?{WINDOW}")).status == 200
    await hub.hub.auth.logout(await hub.hub.auth.verify_token(token))
    assert (await asking("GET", f"/api/v1/events?{WINDOW}")).status == 401


async def test_too_many_reads_are_refused_as_everywhere(hub: RunningHub) -> None:
    asking = hub.http.signed(await hub.hub.auth.issue_token(hub.organisation, Role.VIEWER))
    path = f"/api/v1/events?{WINDOW}&machine_foreign_ids=A"
    statuses: list[int] = []
    for _ in range(13):
        answers = await asyncio.gather(*(asking("GET", path) for _ in range(60)))
        statuses += [answer.status for answer in answers]
        if 429 in statuses:
            break
    assert set(statuses) == {200, 429}
    refused = await asking("GET", path)
    assert refused.status in (200, 429)
    if refused.status == 429:
        assert refused.json().keys() == {"error"}
        assert int(refused.headers["retry-after"]) >= 1
