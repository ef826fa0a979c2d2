"""Takt with a fault that loses what it acknowledged, so that a test can show that it would notice. The first argument names the fault.

`volatile`: the embedded store keeps nothing on disk of what comes after its start. `hasty`: the hub announces a fact, and only later
appends it.
"""

import sys
from pathlib import Path

import redis

from hub import cli, startup
from hub.supervisor import Program, procfile
from storage.embedded import EmbeddedStore

_start = EmbeddedStore.start


def _start_and_forget(self: EmbeddedStore, data_dir: Path, appendonly: str = "yes") -> str:
    url = _start(self, data_dir, appendonly)
    with redis.Redis.from_url(url) as client:
        client.config_set("appendonly", "no")
    return url


def volatile() -> None:
    """The store reads its append-only file and then writes to it no more."""
    EmbeddedStore.start = _start_and_forget  # type: ignore[method-assign]


def hasty() -> None:
    """Every hub process runs tests.support.hasty_hub."""

    def with_hasty_hubs(workers: int) -> list[Program]:
        return [
            Program(p.name, (*p.argv[:-1], "tests.support.hasty_hub") if p.name == "hub" else p.argv, p.count) for p in procfile(workers)
        ]

    startup.procfile = with_hasty_hubs


if __name__ == "__main__":
    {"volatile": volatile, "hasty": hasty}[sys.argv[1]]()
    cli.app(args=sys.argv[2:], prog_name="takt")
