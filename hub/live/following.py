"""How a connection comes to follow a topic without a gap: position first, then state, then what came meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.live.aside import Aside
from hub.live.channel import order
from hub.live.connection import Connection
from hub.live.push import Push
from hub.live.stalled import Stalled
from hub.live.topic import REPLAY_LIMIT, Topic
from hub.protocol.close_codes import CloseCode
from storage.facts import FactsSince

# Replayed facts are sent in helpings, each once the one before has left: what is missed may be more than a connection may hold.
HELPING_BYTES = 32 * 1024


# A channel that speaks all the time tells its newest in a moment anyway.
STATE_TRIES = 3


class Place(Protocol):
    """The last fact that a client has."""

    @property
    def epoch(self) -> str: ...

    @property
    def offset(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Start:
    """From where a client follows: `recovered` = all it missed comes; else it starts from `snapshot`, which is at least as new as the
    position."""

    recovered: bool
    epoch: str = ""
    offset: str = ""
    snapshot: object | None = None


Answer = Callable[[Start], dict[str, Any]]


async def follow(topic: Topic, connection: Connection, stalled: Stalled, since: Place | None, answer: Answer) -> None:
    """Answers a subscription, sends what was missed, and joins. The connection must not have joined before."""
    if topic.channel.facts is None:
        connection.send(answer(Start(False, snapshot=await _newest_state(topic))))
        topic.join(connection.outbox, connection.codec.name)
        return
    read = await topic.channel.facts.since(since.epoch, since.offset, REPLAY_LIMIT) if since is not None else None
    if since is not None and read is not None and read.recovered:
        connection.send(answer(Start(True, read.position.epoch, since.offset)))
        sent = await _replay(topic, connection, stalled, read, since.offset)
    else:
        state, position = await topic.state()
        connection.send(answer(Start(False, position.epoch, position.offset, state)))
        sent = position.offset
    await _join(topic, connection, stalled, sent)


async def _newest_state(topic: Topic) -> object | None:
    """The state of a latest-only channel, of which nothing was said while it was read."""
    for _ in range(STATE_TRIES):
        delivered = topic.delivered
        state, _position = await topic.state()
        if topic.delivered == delivered:
            break
    return state


async def _replay(topic: Topic, connection: Connection, stalled: Stalled, read: FactsSince, sent: str) -> str:
    """Sends facts of the stream; returns the offset of the last one."""
    assert topic.channel.facts is not None
    await _send(connection, stalled, [topic.channel.facts.push(fact) for fact in read.facts])
    return read.facts[-1].offset if read.facts else sent


async def _join(topic: Topic, connection: Connection, stalled: Stalled, sent: str) -> None:
    """Sends what was heard since and joins in the same moment, so that nothing falls between."""
    assert topic.channel.facts is not None
    while True:
        heard = topic.since(sent)
        if heard is None:
            read = await topic.channel.facts.since(topic.position.epoch, sent, REPLAY_LIMIT)
            if not read.recovered:
                connection.end(CloseCode.RESTART, "the stream moved on too fast, resume")
                return
            sent = await _replay(topic, connection, stalled, read, sent)
        elif sum(len(push.frame(connection.codec.name).wire) for push in heard) > HELPING_BYTES:
            await _send(connection, stalled, heard)
            sent = heard[-1].offset
        else:
            for push in heard:
                connection.outbox.fact(push.frame(connection.codec.name))
            sent = heard[-1].offset if heard else sent
            if order(sent) > order(topic.position.offset):
                Aside(topic, connection, sent)
            else:
                topic.join(connection.outbox, connection.codec.name)
            return


async def _send(connection: Connection, stalled: Stalled, pushes: Sequence[Push]) -> None:
    for push in pushes:
        if connection.outbox.unsent > HELPING_BYTES and not await stalled.room(connection.outbox, HELPING_BYTES):
            connection.end(CloseCode.SLOW, "too slow for what was missed")
            return
        connection.outbox.fact(push.frame(connection.codec.name))
