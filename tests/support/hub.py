"""A real hub: the application served by Hypercorn on a free port of 127.0.0.1, with an organisation of the test's own."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio
from quart import Quart

from hub.app import create_app
from hub.hub import Hub
from hub.serving import listener, serve
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from storage.settings import StoreSettings
from tests.support.http import HttpClient

START_S = 10.0
STOP_S = 10.0


@dataclass
class RunningHub:
    """A hub that answers. `token(role)` makes one for the test's organisation; `http` is signed in by nobody."""

    url: str
    organisation: str
    app: Quart
    store: Store
    hub: Hub
    tokens: dict[tuple[str, Role], str] = field(default_factory=dict)

    @property
    def ws_url(self) -> str:
        """The same address for websockets."""
        return self.url.replace("http://", "ws://")

    @property
    def http(self) -> HttpClient:
        """A client without a token."""
        return HttpClient(self.url)

    async def token(self, role: Role = Role.VIEWER, organisation: str | None = None) -> str:
        """A console token of a role."""
        key = (organisation or self.organisation, role)
        if key not in self.tokens:
            self.tokens[key] = await self.hub.auth.issue_token(*key)
        return self.tokens[key]

    async def as_role(self, role: Role = Role.VIEWER, organisation: str | None = None) -> HttpClient:
        """A client with a console token of a role."""
        return HttpClient(self.url, await self.token(role, organisation))


@contextlib.asynccontextmanager
async def run_hub(settings: Settings, store: Store, organisation: str) -> AsyncIterator[RunningHub]:
    """Serves the application until the block ends; its port is free for others afterwards."""
    app = create_app(settings, store)
    running_hub = app.extensions["takt"]
    listening = listener("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop, ready = asyncio.Event(), asyncio.Event()
    server = asyncio.create_task(serve(app, listening, ending=running_hub.live.close_all, ready=ready.set, stop=stop))
    try:
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([server, waiting], timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if server.done():
            server.result()
        assert ready.is_set(), "the hub did not start in time"
        yield RunningHub(url, organisation, app, store, running_hub)
    finally:
        stop.set()
        await asyncio.wait_for(server, STOP_S)
        listening.close()


@pytest_asyncio.fixture
async def hub_settings(store_settings: StoreSettings) -> Settings:
    """Settings of the hub on the shared server, files of the test's own."""
    return Settings(data_dir=store_settings.data_dir, redis_url=store_settings.redis_url)


@pytest_asyncio.fixture
async def hub(hub_settings: Settings, store: Store, organisation: str) -> AsyncIterator[RunningHub]:
    """A hub that is stopped after the test."""
    async with run_hub(hub_settings, store, organisation) as running:
        yield running


@pytest_asyncio.fixture
async def other_organisation(store: Store) -> str:
    """A second tenant of the same installation."""
    name = f"o-{uuid.uuid4().hex[:12]}"
    await store.organisations.add(name)
    return name
