"""What the tests of sockets share."""

import pytest_asyncio

from storage.entities.station import Station
from tests.support.hub import RunningHub
from tests.support.stored import AT_MS


@pytest_asyncio.fixture
async def push_station(hub: RunningHub) -> str:
    """A station whose camera is pushed."""
    await hub.store.stations.add(
        Station(
            organisation=hub.organisation,
            id="S1",
            name="S1",
            camera="push",
            machine_identifier="S1",
            created_at_ms=AT_MS,
            updated_at_ms=AT_MS,
        )
    )
    return "S1"
