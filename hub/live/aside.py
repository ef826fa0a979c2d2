"""A subscriber that is, for a while, sent every fact on its own instead of with its group."""

from collections.abc import Mapping

from hub.live.channel import order
from hub.live.connection import Connection
from hub.live.push import Push
from hub.live.topic import RECENT, Topic
from hub.protocol.close_codes import CloseCode


class Aside:
    """Two reasons: the client has read the stream further than the bus has brought it (`after`: what it has), or one of its requests
    runs and the fact that answers it must carry the request's id (`hold`, `release`). It rejoins its group by itself."""

    def __init__(self, topic: Topic, connection: Connection, after: str) -> None:
        self.after = after
        self._topic = topic
        self._connection = connection
        self._holds = False
        self._kept: list[Push] = []
        self._ids: dict[str, int | str] = {}
        topic.asides[connection.outbox] = self

    def take(self, push: Push) -> None:
        """Sends, or keeps, a fact that the client does not have yet."""
        if order(push.offset) > order(self.after):
            if not self._holds:
                self._send(push)
            elif len(self._kept) < RECENT:
                self._kept.append(push)
            else:
                self._connection.end(CloseCode.SLOW, "too much came while a request ran")
        self._rejoin()

    def hold(self) -> None:
        """Keeps facts from now on."""
        self._holds = True

    def release(self, ids: Mapping[str, int | str | None]) -> None:
        """Sends what was kept; the facts at the offsets in `ids`, which may still be on their way, carry these ids."""
        self._ids |= {offset: id_ for offset, id_ in ids.items() if id_ is not None}
        self._holds = False
        kept, self._kept = self._kept, []
        for push in kept:
            self._send(push)
        self._rejoin()

    def _send(self, push: Push) -> None:
        id_ = self._ids.pop(push.offset, None)
        named = push if id_ is None else push.with_id(id_)
        self._connection.outbox.fact(named.frame(self._connection.codec.name))

    def _rejoin(self) -> None:
        outbox = self._connection.outbox
        if self._holds or self._ids or order(self._topic.position.offset) < order(self.after):
            return
        if self._topic.asides.get(outbox) is self:
            del self._topic.asides[outbox]
            if outbox.is_open:
                self._topic.join(outbox, self._connection.codec.name)


def hold(topic: Topic, connection: Connection) -> Aside:
    """Keeps a follower's facts until `release`, while one of its requests runs."""
    known = topic.asides.get(connection.outbox)
    aside = known if isinstance(known, Aside) else None
    if aside is None:
        topic.leave(connection.outbox)
        aside = Aside(topic, connection, "")
    aside.hold()
    return aside
