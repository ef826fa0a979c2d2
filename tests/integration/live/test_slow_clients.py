"""A client that does not read costs a bounded amount and nobody else anything; one that reads slowly is never far behind."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import msgpack
import pytest
import pytest_asyncio

from hub.live import connection, stalled
from hub.live.outbox import UNSENT_LIMIT
from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.station import Station
from storage.entities.step import Label, LabelType, Step
from storage.messages import Prediction
from storage.packing import pack
from tests.support.hub import RunningHub, run_hub
from tests.support.sockets import open_socket
from tests.support.stored import AT_MS

SEEN = Prediction("S1", 0, 0, "a1", 1, 1, "l0000001", 0.9, {f"l{number:07}": 0.01 for number in range(60)})


@pytest_asyncio.fixture(params=["auto", "descriptor", "transport", "send"])
async def tier_hub(request: pytest.FixtureRequest, hub_settings: Settings, store: Store, organisation: str) -> AsyncIterator[RunningHub]:
    """A hub that writes in one of the ways there are."""
    of = {"organisation": organisation, "created_at_ms": AT_MS, "updated_at_ms": AT_MS}
    step = Step(id=1, labels=(Label(id="l0000001", type=LabelType.MASTER),))
    await store.stations.add(Station.model_validate({**of, "id": "S1", "name": "S1", "camera": "push", "machine_identifier": "S1"}))
    await store.assemblies.add(Assembly.model_validate({**of, "id": "a1", "revision_id": "a1", "name": "a1", "steps": (step,)}))
    async with run_hub(hub_settings.model_copy(update={"fan_out": request.param}), store, organisation) as running:
        yield running


class RawClient:
    """A websocket over a plain socket with a small receive buffer, so that the test alone decides what is read."""

    def __init__(self, hub: RunningHub, token: str, receive_buffer: int) -> None:
        self._hub = hub
        self._token = token
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.setblocking(False)
        self.data = b""

    async def subscribe(self, channel: str) -> None:
        """Connects, signs in and follows a channel."""
        loop = asyncio.get_running_loop()
        host, port = self._hub.url.removeprefix("http://").split(":")
        await loop.sock_connect(self._socket, (host, int(port)))
        head = (
            f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        )
        await loop.sock_sendall(self._socket, head.encode())
        while b"\r\n\r\n" not in self.data:
            await self.read(1024)
        wish = json.dumps({"id": 1, "subscribe": {"channel": channel}}).encode()
        await loop.sock_sendall(self._socket, bytes((0x81, 0x80 | len(wish))) + bytes(4) + wish)
        while b"subscribed" not in self.data:
            await self.read(1024)
        self.data = b""

    async def read(self, most: int) -> None:
        """Reads up to so many bytes."""
        got = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._socket, most), 5)
        if not got:
            raise ConnectionError("closed")
        self.data += got

    def take_texts(self) -> list[bytes]:
        """The whole text frames that have arrived."""
        texts = []
        while len(self.data) >= 4:
            length, head = self.data[1], 2
            if length == 126:
                length, head = int.from_bytes(self.data[2:4]), 4
            if len(self.data) < head + length:
                break
            texts.append(self.data[head : head + length])
            self.data = self.data[head + length :]
        return texts

    def close(self) -> None:
        """Gives the socket back."""
        self._socket.close()


async def _predict(hub: RunningHub, number: int) -> None:
    seen = replace(SEEN, frame_no=number, captured_at_ns=time.time_ns(), published_at_ns=time.time_ns())
    await hub.store.channels.publish(keys.predictions(hub.organisation, "S1"), pack(seen))


async def test_a_client_that_reads_slowly_never_gets_an_old_prediction(tier_hub: RunningHub) -> None:
    client = RawClient(tier_hub, await tier_hub.token(), 4096)
    await client.subscribe("predictions:S1")
    stop = asyncio.Event()

    async def publish() -> None:
        number = 0
        while not stop.is_set():
            await _predict(tier_hub, number)
            number += 1
            await asyncio.sleep(1 / 30)

    publishing = asyncio.create_task(publish())
    ages, until = [], time.monotonic() + 4
    try:
        while time.monotonic() < until:
            await asyncio.sleep(0.05)
            await client.read(1000)
            for text in client.take_texts():
                seen = json.loads(text)["latest"]
                ages.append(time.time() - seen["captured_at_ns"] / 1e9)
    finally:
        stop.set()
        await publishing
        client.close()
    assert len(ages) > 5
    assert max(ages) < 2.0


async def test_a_stalled_client_is_bounded_and_others_get_everything(tier_hub: RunningHub) -> None:
    token = await tier_hub.token()
    client = RawClient(tier_hub, token, 4096)
    await client.subscribe("timeline:*")
    watched = next(iter(tier_hub.hub.live.roster))
    async with open_socket(f"{tier_hub.ws_url}/live", token) as reader:
        await reader.subscribe("timeline:*")
        topic = next(iter(tier_hub.hub.live.topics))
        worst, number = 0, 0
        while not watched.is_ending and number < 4000:
            number += 1
            topic.hear(_fact(number))
            worst = max(worst, watched.outbox.unsent)
            push = await reader.receive()
            assert push["offset"] == f"{number}-0"
    client.close()
    assert watched.is_ending
    assert worst <= UNSENT_LIMIT + 1000


async def test_a_slow_client_of_facts_is_told_4429(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "WRITE_DEADLINE_S", 0.3)
    monkeypatch.setattr(connection, "CLOSE_DEADLINE_S", 3.0)
    client = RawClient(hub, await hub.token(), 4096)
    await client.subscribe("timeline:*")
    topic = next(iter(hub.hub.live.topics))
    for number in range(1, 300):
        topic.hear(_fact(number))
    await asyncio.sleep(0.5)
    seen = []
    with contextlib.suppress(ConnectionError):
        while True:
            await client.read(65536)
            seen += client.take_texts()
    client.close()
    offsets = [json.loads(text)["offset"] for text in seen if text.startswith(b"{")]
    assert offsets == [f"{number}-0" for number in range(1, len(offsets) + 1)]
    assert int.from_bytes(seen[-1][:2]) == 4429


def _fact(number: int) -> bytes:
    body = b'{"type":"started","event":{"label":"' + b"x" * 900 + b'"}}'
    packed = msgpack.packb({"epoch": "e", "offset": f"{number}-0", "fact": body})
    assert isinstance(packed, bytes)
    return packed
