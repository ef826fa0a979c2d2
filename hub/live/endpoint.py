"""/live: everything that a screen shows, channel by channel."""

from quart import Blueprint

from hub.errors import Conflict, NotFound, TaktError
from hub.hub import current_hub
from hub.live.channels import Catalogue
from hub.live.connection import Connection
from hub.live.live import MESSAGES_PER_S, Live
from hub.live.topic import Topic
from hub.operation import Limit, declare_socket_command
from hub.protocol import live as protocol
from hub.protocol.live import LiveRequest, SubscribeRequest
from storage.entities.user import Role

blueprint = Blueprint("live", __name__)

MOST_CHANNELS = 128
LIMIT = Limit(int(MESSAGES_PER_S) * 60)

declare_socket_command(
    "live.subscribe",
    role=Role.VIEWER,
    limit=LIMIT,
    socket="/live",
    document="Follows a channel: its state or what was missed, then everything new. At most 128 channels a connection.",
)
declare_socket_command(
    "live.unsubscribe", role=Role.VIEWER, limit=LIMIT, socket="/live", document="Gives a channel of this connection back."
)


@blueprint.websocket("/live")
async def live() -> None:
    """Subscribes and unsubscribes until the connection ends."""
    hub = current_hub()
    room = hub.live
    async with room.socket("live", role=Role.VIEWER, render_error=protocol.error) as connection:
        screen = Screen(room, connection, Catalogue(hub.store, hub.coaching, hub.health, room.names))
        connection.on_caller_change.append(screen.authorise_again)
        async for message in connection.messages():
            await screen.handle(message)


class Screen:
    """What one connection of /live follows."""

    def __init__(self, room: Live, connection: Connection, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._room = room
        self._connection = connection
        self._followed: dict[str, tuple[SubscribeRequest, Topic]] = {}

    async def handle(self, message: object) -> None:
        """Answers one message; what is wrong with it is its answer."""
        id_ = message.get("id") if isinstance(message, dict) and isinstance(message.get("id"), int | str) else None
        try:
            request = protocol.parse(message)
            if request.subscribe is not None:
                await self._subscribe(request, request.subscribe)
            elif request.unsubscribe is not None:
                await self._unsubscribe(request, request.unsubscribe.channel)
        except TaktError as error:
            self._connection.refuse(id_, error)

    async def authorise_again(self) -> None:
        """After a new token: gives back what its role may not follow."""
        for name, (request, topic) in list(self._followed.items()):
            try:
                await self._catalogue.open(self._connection.caller, request)
            except TaktError as error:
                del self._followed[name]
                await self._room.unfollow(self._connection, topic)
                self._connection.send({"channel": name, **protocol.error(None, error)})

    async def _subscribe(self, request: LiveRequest, wish: SubscribeRequest) -> None:
        name = wish.channel
        if name in self._followed:
            raise Conflict(f"{name} is subscribed already.", code="already_subscribed")
        if len(self._followed) >= MOST_CHANNELS:
            raise Conflict(f"A connection follows at most {MOST_CHANNELS} channels.", code="too_many_channels")
        channel = await self._catalogue.open(self._connection.caller, wish)
        topic = await self._room.follow(
            self._connection,
            channel,
            wish.since,
            lambda start: protocol.subscribed(
                request.id, name, epoch=start.epoch, offset=start.offset, recovered=start.recovered, snapshot=start.snapshot
            ),
        )
        self._followed[name] = (wish, topic)

    async def _unsubscribe(self, request: LiveRequest, name: str) -> None:
        if name not in self._followed:
            raise NotFound(f"{name[:100]} is not subscribed.", code="not_subscribed")
        _, topic = self._followed.pop(name)
        await self._room.unfollow(self._connection, topic)
        self._connection.send(protocol.unsubscribed(request.id, name))
