"""/coach, the Supercoach coaching socket (operation 1): start, interrupt and resume in; facts and predictions out."""

from typing import Any

import orjson
from quart import Blueprint

from hub.errors import Conflict, TaktError, Unavailable
from hub.gate import admit
from hub.hub import Hub, current_hub
from hub.live.coach_channels import facts_channel, predictions_channel
from hub.live.connection import Connection
from hub.live.following import Answer, Place, Start
from hub.live.topic import Topic
from hub.operation import READS, WRITES, Limit, Surface, declare_socket_command, operation
from hub.protocol import coaching_message
from hub.protocol.coaching import CoachRequest, InterruptRequest, ResumeRequest, StartRequest, parse
from hub.protocol.parsing import as_map, request_id
from hub.services.coaching_changes import Changed
from hub.services.coaching_messages import placed
from hub.timestamps import now_ms
from storage.entities.session import SessionState
from storage.entities.user import Role
from storage.errors import StoreUnavailable

blueprint = Blueprint("coach", __name__)

START = declare_socket_command(
    "coach.start", role=Role.OPERATOR, limit=WRITES, socket="/coach", document="Begins a unit; the reply is COACHING_STARTED."
)
INTERRUPT = declare_socket_command(
    "coach.interrupt",
    role=Role.OPERATOR,
    limit=WRITES,
    socket="/coach",
    document="Pauses, resumes or cancels a unit, goes a step back or skips one; the reply is the fact that follows.",
)
RESUME = declare_socket_command(
    "coach.resume",
    role=Role.VIEWER,
    limit=READS,
    socket="/coach",
    document="Follows a record's station again, from the last fact that the client has.",
)


@blueprint.websocket("/coach")
@operation("coach", role=Role.VIEWER, limit=Limit(120), surface=Surface.SUPERCOACH, socket="/coach", number=1)
async def coach() -> Any:
    """Two-way coaching: exactly one of start, interrupt and resume in a message; facts and predictions of the station that was
    started, interrupted or resumed last come back until the socket closes."""
    hub = current_hub()
    async with hub.live.socket("coach", role=Role.VIEWER, render_error=_render_error) as connection:
        follower = Follower(hub, connection)
        async for message in connection.messages():
            await follower.answer(message)


RESUME_TRIES = 3
ENDED = (SessionState.COMPLETE, SessionState.CANCELLED)


class _Ended(Exception):
    """The record that a client resumes is not the one that its station builds."""


class Follower:
    """One client of /coach: answers its requests and sends it the station it follows. The session is the station's, not the socket's."""

    def __init__(self, hub: Hub, connection: Connection) -> None:
        self._hub = hub
        self._connection = connection
        self._station = ""
        self._facts: Topic | None = None
        self._predictions: Topic | None = None

    async def answer(self, message: Any) -> None:
        """Does what a message asks for, or says why not; then nothing has changed."""
        id_: int | str | None = None
        try:
            id_ = request_id(as_map(message))
            await self._do(parse(message))
        except StoreUnavailable:
            self._connection.refuse(id_, Unavailable("The store does not answer. Try again in a moment."))
        except TaktError as error:
            self._connection.refuse(id_, error)

    async def _do(self, request: CoachRequest) -> None:
        if request.start is not None:
            await admit(START, self._connection.caller)
            await self._change(request.id, request.start)
        elif request.interrupt is not None:
            await admit(INTERRUPT, self._connection.caller)
            await self._change(request.id, request.interrupt)
        elif request.resume is not None:
            await admit(RESUME, self._connection.caller)
            await self._resume(request.id, request.resume)

    async def _change(self, id_: int | str | None, request: StartRequest | InterruptRequest) -> None:
        """The reply is the first fact of the change, with the request's id: in its place among the facts, and sent once."""
        held = self._hub.live.hold(self._connection, self._facts) if self._facts is not None else None
        ids: dict[str, int | str | None] = {}
        try:
            changed = await self._changed(request)
            if changed.session.station_id == self._station:
                ids[changed.facts[0].offset] = id_
        finally:
            if held is not None:
                held.release(ids)
        if changed.session.station_id != self._station:
            first = changed.facts[0]
            reply = coaching_message.envelope(orjson.loads(placed(first.fact, first.epoch, first.offset)), id_)
            await self._follow(changed.session.station_id, first, lambda _: reply)

    async def _resume(self, id_: int | str | None, request: ResumeRequest) -> None:
        organisation = self._connection.caller.organisation
        for _ in range(RESUME_TRIES):
            record = await self._hub.coaching.record(organisation, request.assembly_record_id)
            ended = (await self._hub.coaching.record_view(record)).message if record.state in ENDED else None

            def answer(start: Start, ended: dict[str, Any] | None = ended) -> dict[str, Any]:
                if start.recovered:
                    return coaching_message.resumed(id_, recovered=True)
                snapshot = ended if isinstance(ended, dict) else start.snapshot
                if not isinstance(snapshot, dict) or snapshot["assembly_record_id"] != request.assembly_record_id:
                    raise _Ended
                return coaching_message.resumed(id_, recovered=False, snapshot=snapshot | {"epoch": start.epoch, "offset": start.offset})

            try:
                return await self._follow(record.station_id, request, answer)
            except _Ended:
                # The record ended between the two readings; now it is read as ended.
                continue
        raise Unavailable("The record could not be read. Try again.")

    async def _follow(self, station: str, since: Place, answer: Answer) -> None:
        """Answers, and follows a station from a position on; another station is followed no more."""
        live, organisation = self._hub.live, self._connection.caller.organisation
        await self._leave()
        self._facts = await live.follow(self._connection, facts_channel(self._hub.coaching, organisation, station), since, answer)
        self._station = station
        channel = predictions_channel(organisation, station)
        self._predictions = await live.topics.acquire(channel)
        self._connection.topics[channel.key] = self._predictions
        self._predictions.join(self._connection.outbox, self._connection.codec.name)

    async def _leave(self) -> None:
        self._station = ""
        for topic in (self._facts, self._predictions):
            if topic is not None:
                await self._hub.live.unfollow(self._connection, topic)
        self._facts = self._predictions = None

    async def _changed(self, request: StartRequest | InterruptRequest) -> Changed:
        organisation = self._connection.caller.organisation
        if isinstance(request, StartRequest):
            return await self._hub.coaching.start(organisation, request)
        return await self._hub.coaching.interrupt(organisation, request)


def _render_error(id_: int | str | None, problem: TaktError) -> dict[str, Any]:
    record_id = problem.record_id if isinstance(problem, Conflict) else ""
    return coaching_message.error(problem, id_, created_at_ms=now_ms(), assembly_record_id=record_id)
