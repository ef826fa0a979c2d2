"""Whether what a server acknowledges survives its death, asked of the server itself."""

from dataclasses import dataclass
from typing import Any

import redis.exceptions

from storage.database import Client, reachable

_SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy", "min-replicas-to-write")
_MAY_BE_MISSING = "what the primary acknowledged in the moment it dies can be missing on the replica that takes over"


@dataclass(frozen=True, slots=True)
class Durability:
    """Whether what is acknowledged survives the death of the server; `reason` says why not, `server` names product and version."""

    durable: bool
    reason: str
    server: str


async def durability_of(client: Client, *, is_cluster: bool, fails_over: bool) -> Durability:
    """Asks every primary; the weakest counts. `fails_over`: a replica takes over when the primary dies. Raises StoreUnavailable."""
    asked: list[dict[str, Any]] = [{}]
    if is_cluster:
        await client.ping()
        asked = [{"target_nodes": [node]} for node in client.get_primaries()]
    info = await client.info("server", **asked[0])
    server = f"valkey {info['valkey_version']}" if "valkey_version" in info else f"redis {info.get('redis_version', '?')}"
    for target in asked:
        try:
            with reachable():
                config = await client.config_get(*_SETTINGS, **target)
        except redis.exceptions.ResponseError:
            return Durability(False, "the server does not tell its settings (CONFIG is forbidden), so it counts as not durable", server)
        followers = await client.info("replication", **target)
        reason = _why_not(config) or _why_not_beyond_fail_over(config, followers, is_cluster=is_cluster, fails_over=fails_over)
        if reason:
            return Durability(False, reason, server)
    return Durability(True, "", server)


def _why_not(config: dict[str, str]) -> str:
    if config.get("appendonly") != "yes":
        return "appendonly is off: what was acknowledged since the last snapshot is lost with the server (set appendonly yes)"
    if config.get("appendfsync") != "always":
        return f"appendfsync is {config.get('appendfsync')}: up to 2 s of what was acknowledged can be lost (set appendfsync always)"
    if config.get("maxmemory-policy") != "noeviction":
        return f"maxmemory-policy is {config.get('maxmemory-policy')}: the server may drop data when memory is short (set noeviction)"
    return ""


def _why_not_beyond_fail_over(config: dict[str, str], followers: dict[str, Any], *, is_cluster: bool, fails_over: bool) -> str:
    wanted = int(config.get("min-replicas-to-write", 0))
    if is_cluster:
        return f"the cluster has replicas: {_MAY_BE_MISSING}" if followers.get("connected_slaves") else ""
    if fails_over and not wanted:
        return f"min-replicas-to-write is 0: {_MAY_BE_MISSING} (set min-replicas-to-write 1)"
    present = int(followers.get("min_slaves_good_slaves", wanted))
    if present < wanted:
        return f"{present} of the {wanted} replicas that min-replicas-to-write asks for are in step: nothing can be written until they are"
    return ""
