"""Every kind of server that TAKT_REDIS_URL may name, each real and on a port of its own: one, one behind TLS, Sentinel's set, a cluster."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis.exceptions
from redis.asyncio import Redis

from storage.embedded import find_server

# A server that starts on a machine busy with other tests.
READY_S = 60.0
# As the embedded store is run; what is acknowledged is on the disk.
DURABLE = "appendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n"
# The bus of a cluster takes the port 10,000 above.
_HIGHEST_PORT = 55_000
SLOTS = 16_384
SERVICE = "takt"


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            if (port := int(probe.getsockname()[1])) < _HIGHEST_PORT:
                return port


async def until(says: Callable[[], Awaitable[bool]], within_s: float = READY_S) -> None:
    """Waits for what a server is to say."""
    async with asyncio.timeout(within_s):
        while True:
            with contextlib.suppress(redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                if await says():
                    return
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Server:
    """A running server process and a client of it."""

    port: int
    client: Any
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _spawn(folder: Path, port: int, flags: tuple[str, ...], config: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    (folder / "server.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\nsave ''\n{config}\n")
    command = [str(find_server()), str(folder / "server.conf"), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.asynccontextmanager
async def server(folder: Path, *flags: str, config: str = "") -> AsyncIterator[Server]:
    """One server; ended with the block."""
    port = free_port()
    process = _spawn(folder, port, flags, config)
    client: Any = Redis(port=port, protocol=2)
    try:
        await until(client.ping)
        yield Server(port, client, process)
    finally:
        await client.aclose()
        process.kill()
        process.wait()


# --- Sentinel ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Guarded:
    """A primary with replicas that Sentinel promotes."""

    url: str
    primary: Server
    replicas: list[Server]


@contextlib.asynccontextmanager
async def guarded(folder: Path, replicas: int, config: str = DURABLE) -> AsyncIterator[Guarded]:
    """A primary and its replicas, all in step, watched by one Sentinel that acts after half a second."""
    async with contextlib.AsyncExitStack() as stack:
        primary = await stack.enter_async_context(server(folder / "primary", config=config))
        following = f"{config}\nreplicaof 127.0.0.1 {primary.port}\nrepl-diskless-sync-delay 0"
        followers = [await stack.enter_async_context(server(folder / f"replica-{n}", config=following)) for n in range(replicas)]
        watching = (
            f"sentinel monitor {SERVICE} 127.0.0.1 {primary.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 500\nsentinel failover-timeout {SERVICE} 3000\n"
        )
        sentinel = await stack.enter_async_context(server(folder / "sentinel", "--sentinel", config=watching))
        # Else it looks for replicas every ten seconds only.
        await sentinel.client.execute_command("SENTINEL", "DEBUG", "info-period", "200", "ping-period", "100")

        async def knows_all() -> bool:
            told = await primary.client.info("replication")
            known = await sentinel.client.execute_command("SENTINEL", "REPLICAS", SERVICE)
            online = [told.get(f"slave{n}", {}).get("state") == "online" for n in range(replicas)]
            return all(online) and len(known) == replicas

        await until(knows_all)
        yield Guarded(f"redis+sentinel://127.0.0.1:{sentinel.port}/{SERVICE}", primary, followers)


# --- a cluster -----------------------------------------------------------------------------------------------
@contextlib.asynccontextmanager
async def cluster(folder: Path, nodes: int, config: str = DURABLE) -> AsyncIterator[tuple[str, list[Server]]]:
    """Primaries that share the slots among them: (URL, nodes)."""
    async with contextlib.AsyncExitStack() as stack:
        flags = ("--cluster-enabled", "yes")
        servers = [await stack.enter_async_context(server(folder / f"node-{n}", *flags, config=config)) for n in range(nodes)]
        for number, node in enumerate(servers):
            first, last = SLOTS * number // nodes, SLOTS * (number + 1) // nodes - 1
            await node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            await node.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in servers[1:]:
            await servers[0].client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port)

        async def whole() -> bool:
            told = [await node.client.execute_command("CLUSTER", "INFO") for node in servers]
            return all(b"cluster_state:ok" in said and b"cluster_known_nodes:%d" % nodes in said for said in told)

        await until(whole)
        # What is published while the nodes still shake hands may be lost between them.
        for _ in range(3):
            await until(lambda: _all_hear(servers))
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in servers), servers


async def _all_hear(servers: list[Server]) -> bool:
    """Whether what each node publishes reaches who listens at any other."""
    async with contextlib.AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(node.client.pubsub()) for node in servers]
        for listener in listeners:
            await listener.subscribe("probe")
            await listener.get_message(timeout=READY_S)
        for node in servers:
            await node.client.publish("probe", "")
        heard = [[await listener.get_message(timeout=0.5) for _ in servers] for listener in listeners]
    return all(message is not None for messages in heard for message in messages)


# --- TLS -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Certificates:
    """An authority, and the certificate of 127.0.0.1 that it signed."""

    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """Makes them with the openssl command."""
    folder.mkdir()
    made = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority_key = folder / "authority.key"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    own = ["-subj", "/CN=authority", "-keyout", str(authority_key), "-out", str(made.authority)]
    signed = ["-CA", str(made.authority), "-CAkey", str(authority_key), "-subj", "/CN=store", "-addext", "subjectAltName=IP:127.0.0.1"]
    signed += ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", str(made.key), "-out", str(made.certificate)]
    for more in (own, signed):
        subprocess.run([*new, *more], check=True, capture_output=True, timeout=READY_S)
    return made


@contextlib.asynccontextmanager
async def behind_tls(port: int, shown: Certificates) -> AsyncIterator[int]:
    """Ends TLS before a server that knows none; the port to ask."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown.certificate, shown.key)
    passing: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing[writer] = asyncio.current_task()
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            both = [asyncio.create_task(_pass(reader, inner_writer)), asyncio.create_task(_pass(inner_reader, writer))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            inner_writer.transport.abort()
            writer.transport.abort()
            await asyncio.gather(*both, return_exceptions=True)
        finally:
            writer.transport.abort()
            del passing[writer]

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield int(listening.sockets[0].getsockname()[1])
    finally:
        listening.close()
        tasks = [task for task in passing.values() if task is not None]
        for writer in passing:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
