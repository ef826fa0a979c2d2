"""A real store for tests: one embedded server for the whole run, an organisation of its own for each test; and one that may be killed."""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage import keys
from storage.connection import Store
from storage.embedded import EmbeddedStore
from storage.settings import StoreSettings


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that all tests share."""
    server = EmbeddedStore()
    yield server.start(tmp_path_factory.mktemp("store"))
    server.stop()


@pytest.fixture
def store_settings(store_url: str, tmp_path: Path) -> StoreSettings:
    """The shared server, files of the test's own."""
    return StoreSettings(data_dir=tmp_path, redis_url=store_url)


@pytest_asyncio.fixture
async def store(store_settings: StoreSettings) -> AsyncIterator[Store]:
    """A store that is closed after the test."""
    opened = await Store.connect(store_settings)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def organisation(store: Store) -> AsyncIterator[str]:
    """A tenant that only this test uses; nobody serves it after the test."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    await store.organisations.add(name)
    yield name
    await store.redis.srem(keys.ORGANISATIONS, name)


class KillableStore:
    """An embedded server of the test's own, with a way to die.

    `appendonly` "no" shows what a test would see if answers were not durable.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._server = EmbeddedStore()

    @property
    def pid(self) -> int:
        """Process id of the server, 0 when it is dead."""
        return self._server.pid

    @property
    def settings(self) -> StoreSettings:
        """Settings that reach it, also after a restart."""
        return StoreSettings(data_dir=self.data_dir, redis_url=self.url)

    def start(self, appendonly: str = "yes") -> str:
        """Starts it; answers its URL, which stays the same."""
        self.url = self._server.start(self.data_dir, appendonly)
        return self.url

    def kill(self) -> None:
        """SIGKILL, then the clean-up that a supervisor does; start() may follow."""
        os.kill(self.pid, signal.SIGKILL)
        self._server.stop()

    def stop(self) -> None:
        """SIGTERM."""
        self._server.stop()


@pytest.fixture
def killable_store(tmp_path: Path) -> Iterator[KillableStore]:
    """A server that is started and belongs to the test."""
    server = KillableStore(tmp_path / "data")
    server.start()
    yield server
    server.stop()
