"""Which server a TAKT_REDIS_URL names, and clients for it."""

import asyncio
import random
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import ConnectionError

from storage.database import Client, Database, MappedCluster, MappedRedis

# Where a password may stand besides the account.
_SECRET = re.compile(r"([?&][^=&]*password=)[^&]*")
_SOCKET_TIMEOUT_S = 5.0
# A restart of the embedded store takes a tenth of a second, a fail-over two seconds.
_RETRIES = 5
# Commands of one process that are under way at a time.
_CONNECTIONS = 64
# Reads that wait: one for each organisation that a process serves, and one for each command it waits for.
_WAITING_CONNECTIONS = 2_000
_LEAST_BACKOFF_S, _GREATEST_BACKOFF_S = 0.02, 0.5


def _options(waits: bool, tries: int = _RETRIES) -> dict[str, Any]:
    backoff = ExponentialWithJitterBackoff(base=_LEAST_BACKOFF_S, cap=_GREATEST_BACKOFF_S) if tries else NoBackoff()
    return {
        "protocol": 2,
        "socket_timeout": None if waits else _SOCKET_TIMEOUT_S,
        "socket_connect_timeout": _SOCKET_TIMEOUT_S,
        # A lost connection is tried again; a server that keeps silent for the whole time-out is reported instead.
        "retry": Retry(backoff, tries, (ConnectionError,)),
    }


class _WaitingPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to the primary that Sentinel names; when all are in use, commands wait for one."""


@dataclass(frozen=True, slots=True)
class Address:
    """One server, Sentinel set or cluster."""

    url: str

    @property
    def shown(self) -> str:
        """The address without its password, for people."""
        account = urlsplit(self.url).netloc.rpartition("@")[0]
        named = self.url.replace(f"{account}@", f"{account.partition(':')[0]}:***@", 1) if ":" in account else self.url
        return _SECRET.sub(r"\1***", named)

    @property
    def is_cluster(self) -> bool:
        """Whether the keys are spread over several primaries."""
        return urlsplit(self.url).scheme == "redis+cluster"

    @property
    def fails_over(self) -> bool:
        """Whether Sentinel promotes a replica when the primary dies."""
        return urlsplit(self.url).scheme == "redis+sentinel"

    def database(self) -> Database:
        """Clients for commands and for blocking reads; nothing is connected yet."""
        return Database(self._client(_options(waits=False)), self._client(_options(waits=True)))

    def listener(self) -> Client:
        """A client for one pub/sub connection that fails at the first error: its owner has to know of every gap."""
        options = _options(waits=True, tries=0)
        parts = urlsplit(self.url)
        if self.is_cluster:
            # A message published anywhere reaches the subscribers of every node.
            host, port = random.choice(_hosts(parts, 6379))
            return MappedRedis(host=host, port=port, **_account(parts), **options)
        return self._client(options)

    def _client(self, options: dict[str, Any]) -> Client:
        parts = urlsplit(self.url)
        if self.is_cluster:
            nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]
            waits = options["socket_timeout"] is None
            most = _WAITING_CONNECTIONS if waits else _CONNECTIONS
            cluster = MappedCluster(startup_nodes=nodes, max_connections=most, **_account(parts), **options)
            cluster.turns = None if waits else asyncio.Semaphore(_CONNECTIONS)
            return cluster
        if self.fails_over:
            service, _, db = parts.path.strip("/").partition("/")
            sentinel = Sentinel(_hosts(parts, 26379), sentinel_kwargs=_options(waits=False))  # type: ignore[no-untyped-call]
            kept: dict[str, Any] = {"connection_pool_class": SentinelConnectionPool, "max_connections": _WAITING_CONNECTIONS}
            if options["socket_timeout"] is not None:
                kept = {"connection_pool_class": _WaitingPool, "max_connections": _CONNECTIONS, "timeout": _SOCKET_TIMEOUT_S}
            named = {"redis_class": MappedRedis, "db": int(db or 0), **_account(parts)}
            return sentinel.master_for(service or "mymaster", **named, **kept, **options)
        if options["socket_timeout"] is None:
            return MappedRedis.from_url(self.url, max_connections=_WAITING_CONNECTIONS, **options)
        # When a thousand clients come back at once their commands wait for a connection; the usual pool would refuse them.
        pool = BlockingConnectionPool.from_url(self.url, max_connections=_CONNECTIONS, timeout=_SOCKET_TIMEOUT_S, **options)
        return MappedRedis.from_pool(pool)


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    """The comma-separated host:port list of a URL."""
    hosts = []
    for part in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = part.partition(":")
        hosts.append((host, int(port or default_port)))
    return hosts


def _account(parts: SplitResult) -> dict[str, Any]:
    account, _, _ = parts.netloc.rpartition("@")
    username, _, password = account.partition(":")
    named = {"username": unquote(username), "password": unquote(password)}
    return {key: value for key, value in named.items() if value}
