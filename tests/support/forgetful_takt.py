"""Takt with a fault that loses what it acknowledged, so that a test can show that it would notice. The first argument names the fault.

`volatile`: the embedded store keeps nothing on disk. `hasty`: the hub announces a fact, and only later appends it.
"""

import functools
import sys

from hub import cli, startup
from hub.supervisor import Program, procfile
from storage.embedded import EmbeddedStore


def volatile() -> None:
    """The store runs without its append-only file."""
    EmbeddedStore.start = functools.partialmethod(EmbeddedStore.start, appendonly="no")  # type: ignore[method-assign,assignment]


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
