"""The live room of one hub process: everything that websockets share."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from quart import websocket
from quart.wrappers import Websocket

from hub.background import Background
from hub.errors import Conflict, TaktError
from hub.live.allowance import Allowance
from hub.live.aside import Aside, hold
from hub.live.authentication import authenticate, bearer
from hub.live.bus import Bus
from hub.live.channel import Channel
from hub.live.connection import Connection, RenderError, VerifyToken
from hub.live.control import Control
from hub.live.door import Asgi, Door, Entrance
from hub.live.following import Answer, Place, follow
from hub.live.gauges import Gauges
from hub.live.heartbeat import Heartbeat
from hub.live.label_names import LabelNames
from hub.live.outbox import Outbox, Tier
from hub.live.pictures import Demands
from hub.live.pressure import Pressure
from hub.live.pushed_frames import Windows
from hub.live.roster import Roster
from hub.live.send_outbox import SendOutbox
from hub.live.stalled import Stalled
from hub.live.tiers import choose_fan, choose_tier
from hub.live.topic import Topic
from hub.live.topics import Topics
from hub.live.transport_outbox import TransportOutbox
from hub.metrics import Metrics
from hub.native.fan import WriteFan
from hub.protocol.close_codes import CloseCode
from hub.protocol.codec import choose
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from storage.errors import StoreError
from storage.picture_demands import PictureDemands

log = structlog.get_logger(__name__)

# A screen that starts subscribes to a handful of channels at once; afterwards a client says little.
MESSAGES_PER_S = 50.0
MESSAGES_BURST = 300.0
# Descriptors that are no sockets of clients: the store, files, the listener.
OTHER_DESCRIPTORS = 256
# At shutdown sockets get so long to read their close.
CLOSE_ALL_S = 1.0


class Live:
    """`wrap` the ASGI application, `start` before serving, `stop` after. Handlers use `socket`, `follow`, `unfollow` and `hold`."""

    def __init__(self, settings: Settings, store: Store, verify_token: VerifyToken, metrics: Metrics) -> None:
        self._settings = settings
        self._verify = verify_token
        self._pressure = Pressure()
        self._source = store.subscriber()
        self._background = Background()
        self.store = store
        self.bus = Bus(self._source)
        self.roster = Roster()
        self.stalled = Stalled()
        self.heartbeat = Heartbeat()
        self.control = Control(self.bus, self.roster)
        self.topics = Topics(self.bus, WriteFan(), self._pressure)
        self._gauges = Gauges(metrics, self._pressure, self.stalled)
        self.windows = Windows(self.bus, store.channels)
        self.names = LabelNames(store)
        self._demands = Demands(PictureDemands(store.database), self.topics)
        self._door: Door | None = None
        self._exits = AsyncExitStack()

    def wrap(self, app: Asgi) -> Door:
        """The application behind the door that every websocket passes."""
        self._door = Door(app, self._settings.origins)
        return self._door

    async def start(self) -> None:
        """Chooses the tier, listens to the bus, starts the tasks."""
        assert self._door is not None, "wrap the application first"
        self._door.tier = await choose_tier(self._settings)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._door.most_sockets = max(64, soft - OTHER_DESCRIPTORS)
        self.topics.fan = await asyncio.to_thread(choose_fan, self._settings)
        await self._exits.enter_async_context(self._source)
        for name, run in (
            ("bus", self.bus.run),
            ("pressure", self._pressure.run),
            ("stalled", self.stalled.run),
            ("heartbeat", self.heartbeat.run),
            ("gauges", self._gauges.run),
            ("pushed frames", self.windows.run),
            ("picture demands", self._demands.run),
        ):
            self._background.start(f"live {name}", run)
        log.debug("live room is open", tier=self._door.tier.name.lower(), fan=self.topics.fan.name)

    async def close_all(self) -> None:
        """Lets nobody in any more and tells everybody to come back (1012)."""
        if self._door is None:
            return
        self._door.is_closed = True
        self.roster.end_all(CloseCode.RESTART, "restart")
        try:
            async with asyncio.timeout(CLOSE_ALL_S):
                await self._door.empty.wait()
        except TimeoutError:
            log.info("clients did not read their close", clients=self._door.inside)

    async def stop(self) -> None:
        """Ends the tasks and the subscription."""
        await self.topics.stop()
        await self.names.stop()
        await self._background.stop()
        await self._exits.aclose()

    @asynccontextmanager
    async def socket(
        self, name: str, *, role: Role, render_error: RenderError, allowance: Allowance | None = None
    ) -> AsyncIterator[Connection]:
        """The authenticated connection of the handler that runs now. Whatever ends the block closes the socket with the right code:
        an error with the error's, anything unforeseen with 1011, never with 1000."""
        connection = await self._accept(websocket._get_current_object(), render_error, allowance)  # type: ignore[attr-defined]
        code, reason = int(CloseCode.INTERNAL_ERROR), "the handler ended"
        try:
            async with self._entered(connection, name, role):
                yield connection
        except asyncio.CancelledError:
            if not connection.caught():
                raise
        except TaktError as error:
            code, reason = error.close_code, error.code
        except StoreError:
            log.exception("the store failed a socket", socket=name)
            reason = "unavailable"
        except Exception:
            log.exception("a socket's handler failed", socket=name)
            reason = "internal_error"
        finally:
            connection.dispose()
        if connection.was_slow:
            self._gauges.slow_client()
        await connection.close(code, reason)

    async def follow(self, connection: Connection, channel: Channel, since: Place | None, answer: Answer) -> Topic:
        """Answers with `answer`, sends what was missed, and then all of the channel until `unfollow` or the end of the connection."""
        if channel.key in connection.topics:
            raise Conflict(f"{channel.name} is subscribed already.", code="already_subscribed")
        topic = await self.topics.acquire(channel)
        connection.topics[channel.key] = topic
        try:
            await follow(topic, connection, self.stalled, since, answer)
        except BaseException:
            await self.unfollow(connection, topic)
            raise
        return topic

    async def unfollow(self, connection: Connection, topic: Topic) -> None:
        """Sends the topic to the connection no more."""
        if connection.topics.pop(topic.channel.key, None) is not None:
            topic.leave(connection.outbox)
            await asyncio.shield(self.topics.release(topic))

    def hold(self, connection: Connection, topic: Topic) -> Aside:
        """Keeps the topic's facts aside while a request runs; `release` then tells which of them answer it."""
        return hold(topic, connection)

    async def _accept(self, socket: Websocket, render_error: RenderError, allowance: Allowance | None) -> Connection:
        entrance = socket.scope["takt.entrance"]  # type: ignore[typeddict-item]
        assert isinstance(entrance, Entrance)
        codec = choose(socket.requested_subprotocols)
        await socket.accept(subprotocol=codec.subprotocol)
        allowance = allowance or Allowance(MESSAGES_PER_S, MESSAGES_BURST)
        return Connection(socket, entrance, codec, self._outbox_of(socket, entrance), self._verify, render_error, allowance)

    def _outbox_of(self, socket: Websocket, entrance: Entrance) -> Outbox:
        reach = entrance.reach
        if reach.transport is None or reach.tier is Tier.SEND:
            return SendOutbox(socket.send, self.stalled.count_dropped)
        return TransportOutbox(reach.transport, reach.tier, self.stalled)

    @asynccontextmanager
    async def _entered(self, connection: Connection, name: str, role: Role) -> AsyncIterator[None]:
        writer = asyncio.create_task(connection.outbox.run()) if isinstance(connection.outbox, SendOutbox) else None
        try:
            await authenticate(connection, bearer(connection.websocket), role, self._verify, self.control)
            self.roster.add(connection)
            self.heartbeat.add(connection)
            self._gauges.entered(name)
            try:
                yield
            finally:
                self._gauges.left(name)
                self.heartbeat.discard(connection)
                self.roster.discard(connection)
                for topic in list(connection.topics.values()):
                    await self.unfollow(connection, topic)
        finally:
            if writer is not None:
                writer.cancel()
