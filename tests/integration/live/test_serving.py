"""The hub as a process: it starts on a socket that is handed over, and ends within 3 s of SIGTERM with word to its clients."""

import asyncio
import os
import signal
import socket
import sys
import time

import pytest

from hub.services.auth import AuthService
from hub.serving import NOTSENT_LOWAT_BYTES, listener
from storage.connection import Store
from storage.entities.user import Role
from storage.settings import StoreSettings
from tests.support.sockets import open_socket


async def test_a_hub_process_tells_its_clients_to_come_back_and_ends_in_time(
    store: Store, organisation: str, store_settings: StoreSettings
) -> None:
    auth = AuthService(store)
    token = await auth.issue_token(organisation, Role.VIEWER)
    auth.close()
    with listener("127.0.0.1", 0) as listening:
        os.set_inheritable(listening.fileno(), True)
        environment = {
            **os.environ,
            "TAKT_REDIS_URL": store_settings.redis_url,
            "TAKT_DATA_DIR": str(store_settings.data_dir),
            "TAKT_LISTEN_FD": str(listening.fileno()),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", env=environment, pass_fds=(listening.fileno(),), stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(30):
                while b"ready on" not in await process.stderr.readline():
                    pass
            url = f"ws://127.0.0.1:{listening.getsockname()[1]}/live"
            async with open_socket(url, token) as reader, open_socket(url, token, subprotocol=None):
                await reader.subscribe("health")
                started = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert await reader.closed() == 1012
                assert await asyncio.wait_for(process.wait(), 5) == 0
                assert time.monotonic() - started < 3.0
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_accepted_sockets_hold_little_unsent() -> None:
    if not hasattr(socket, "TCP_NOTSENT_LOWAT"):
        pytest.skip("this system has no TCP_NOTSENT_LOWAT")
    with listener("127.0.0.1", 0) as listening:
        client = socket.create_connection(listening.getsockname())
        listening.setblocking(True)
        accepted, _ = listening.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == NOTSENT_LOWAT_BYTES
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
