"""Fan-out of a real hub process through /live with tokens, against a C program that does nothing else and against the naive way.

All servers run at once with the same clients; short windows of each follow one another in turn, so that what else the machine does hits
all alike. CPU is all that a server's process used within its windows, the kernel's work for it included, for each message delivered.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median_low
from typing import Any

import orjson

from bench.fanout_store import SEEN, STATION, TIERS, assembly, furnish
from bench.processes import Program, cpu_s, descriptors_for, memory_kib
from hub.live.label_names import StepNames
from hub.live.predictions import content
from hub.native.build import compile_c
from hub.protocol.live import latest
from storage import keys
from storage.connection import Store
from storage.embedded import EmbeddedStore
from storage.packing import pack
from storage.settings import StoreSettings

HERE = Path(__file__).parent
CHANNEL = "takt-bench"
SIZES = (100, 1000, 5000)
ROUNDS = 5
# Few clients say it with fewer rounds, so that there is time for many.
ROUNDS_AT = {100: 3, 1000: 4}
# The naive way is far off, however roughly it is measured.
NAIVE_ROUNDS = 2
WINDOW_S = 0.5
WARM_UP_S = 0.2
# A busy machine gets fewer rounds, at least one of each size.
BUDGET_S = 36.0
# Messages a second at each size; the naive way is asked for less, where it could not keep up.
RATES = {100: 100.0, 1000: 30.0, 5000: 10.0}
NAIVE_DELIVERIES_PER_S = 8_000.0
DRAIN_S = 3.0
QUIET_MARKS = 8


@dataclass
class Server:
    """One contestant with its clients. `tier` names it in the rows."""

    tier: str
    program: Program
    load: Program
    memory_before_kib: float
    cpu_s: list[float] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)
    kib: float = 0.0

    @property
    def us(self) -> float | None:
        """CPU for each delivery, the middle one of the windows; None when nothing was delivered."""
        each = [cpu * 1e6 / count for cpu, count in zip(self.cpu_s, self.delivered, strict=True) if count]
        return median_low(each) if each else None

    def forget(self) -> None:
        """Begins another size."""
        for values in (self.cpu_s, self.delivered, self.p50_us, self.p99_us):
            values.clear()


@dataclass(frozen=True)
class Tools:
    """The compiled programs; None without a compiler."""

    limit: Path | None
    load: Path | None


def main(argv: Sequence[str]) -> dict[str, Any]:
    """Rows for each size and tier; see the module."""
    parser = argparse.ArgumentParser(prog="takt bench fanout")
    parser.add_argument("--n", type=int, nargs="+", default=list(SIZES), help="numbers of clients")
    parser.add_argument("--tiers", nargs="+", default=["auto", "descriptor"], choices=TIERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args(argv)
    sizes = sorted({descriptors_for(n) for n in arguments.n})
    if sizes != sorted(arguments.n):
        _say(f"the limit of open files of this machine allows {sizes[-1]} sockets a process, not {max(arguments.n)}")
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        rows = asyncio.run(_run(Path(folder), sizes, arguments.tiers, arguments.rounds))
    return {"bench": "fanout", "rows": rows}


async def _run(folder: Path, sizes: Sequence[int], tiers: Sequence[str], rounds: int) -> list[dict[str, Any]]:
    give_up = time.monotonic() + BUDGET_S
    tools = _compile(folder)
    if tools.limit is None:
        tiers = list(dict.fromkeys("descriptor" if tier == "auto" else tier for tier in tiers))
    embedded = EmbeddedStore()
    url = embedded.start(folder / "data")
    try:
        store = await Store.connect(StoreSettings(data_dir=folder / "data", redis_url=url))
        try:
            token = await furnish(store)
            async with _servers(folder, url, token, tools, tiers) as servers:
                return await _measure(store, servers, sizes, rounds, give_up)
        finally:
            await store.close()
    finally:
        embedded.stop()


async def _measure(store: Store, servers: list[Server], sizes: Sequence[int], rounds: int, give_up: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    connected = 0
    for size in sizes:
        await _connect(servers, size - connected)
        connected = size
        for server in servers:
            server.forget()
            server.kib = (memory_kib(server.program.pid) - server.memory_before_kib) / size
        for number in range(min(rounds, ROUNDS_AT.get(size, rounds)) + 1):
            if number > 1 and time.monotonic() > give_up:
                break
            for server in servers:
                if server.tier != "naive" or number <= NAIVE_ROUNDS:
                    await _window(store, server, size, counts=number > 0)
        rows += _rows(size, servers)
    return rows


async def _connect(servers: list[Server], count: int) -> None:
    started = time.monotonic()
    for server in servers:
        server.load.say(f"more {count}")
    for server in servers:
        said = json.loads(await asyncio.to_thread(server.load.line, "ready"))
        if said["failed"]:
            raise RuntimeError(f"{said['failed']} clients of {server.tier} could not connect")
    _say(f"{count} more clients at each of {len(servers)} servers in {time.monotonic() - started:.1f} s")


async def _window(store: Store, server: Server, size: int, *, counts: bool) -> None:
    """Publishes for a while, waits until everything has arrived, and notes what it cost; the first window of a size only warms up:
    what is loaded, compiled or read once does not count."""
    rate = RATES.get(size, 30.0)
    if server.tier == "naive":
        rate = min(rate, NAIVE_DELIVERIES_PER_S / size)
    count = max(2, round(rate * (WINDOW_S if counts else WARM_UP_S)))
    await _mark(server)
    used = cpu_s(server.program.pid)
    begun = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        await _publish(store, server, number)
    delivered, quiet, marks = 0, 0, []
    give_up = time.monotonic() + DRAIN_S
    # What a busy server has left out, as it may of predictions, is not waited for.
    while delivered < count * size and time.monotonic() < give_up and quiet < QUIET_MARKS:
        await asyncio.sleep(0.05)
        marks.append(await _mark(server))
        delivered += marks[-1]["messages"]
        quiet = 0 if marks[-1]["messages"] else quiet + 1
    used = cpu_s(server.program.pid) - used
    if counts:
        server.cpu_s.append(used)
        server.delivered.append(delivered)
        # The first mark holds nearly everything.
        server.p50_us.append(marks[0]["p50_us"])
        server.p99_us.append(max(mark["p99_us"] for mark in marks if mark["messages"]) if delivered else 0.0)


async def _mark(server: Server) -> dict[str, Any]:
    server.load.say("mark")
    said: dict[str, Any] = json.loads(await asyncio.to_thread(server.load.line, "messages"))
    return said


async def _publish(store: Store, server: Server, number: int) -> None:
    seen = replace(SEEN, frame_no=number, captured_at_ns=time.time_ns(), published_at_ns=time.time_ns())
    if server.tier in ("limit", "naive"):
        names = StepNames(assembly(), 1, {})
        body = orjson.dumps(latest(f"predictions:{STATION}", content(seen, names, time.time_ns())))
        await store.channels.publish(CHANNEL + server.tier, body)
    else:
        await store.channels.publish(keys.predictions(server.tier, STATION), pack(seen))


def _rows(size: int, servers: list[Server]) -> list[dict[str, Any]]:
    by_tier = {server.tier: server for server in servers}
    limit_us = by_tier["limit"].us if "limit" in by_tier else None
    naive_us = by_tier["naive"].us
    rows = []
    for server in servers:
        if server.tier in ("limit", "naive") or server.us is None:
            continue
        row = {
            "n": size,
            "tier": "compiled" if server.tier == "auto" else server.tier,
            "us": round(server.us, 2),
            "limit_us": limit_us and round(limit_us, 2),
            "ratio_to_limit": limit_us and round(server.us / limit_us, 3),
            "naive_us": naive_us and round(naive_us, 2),
            "p50_ms": round(median_low(server.p50_us) / 1000, 2),
            "p99_ms": round(median_low(server.p99_us) / 1000, 2),
            "kib": round(server.kib, 1),
        }
        _say(" ".join(f"{name} {value}" for name, value in row.items()))
        rows.append(row)
    return rows


@contextlib.asynccontextmanager
async def _servers(folder: Path, url: str, tokens: dict[str, str], tools: Tools, tiers: Sequence[str]) -> AsyncIterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []

        def add(tier: str, program: Program, token: str, subscribe: str) -> None:
            port = program.port()
            load = [str(tools.load)] if tools.load else [sys.executable, "-m", "bench.load"]
            clients = stack.enter_context(Program([*load, str(port), "/live", token, subscribe]))
            servers.append(Server(tier, program, clients, memory_kib(program.pid)))

        if tools.limit is not None:
            path = url.removeprefix("unix://")
            add("limit", stack.enter_context(Program([str(tools.limit), path, CHANNEL + "limit"])), "-", "-")
        for tier in tiers:
            environment = {
                "TAKT_REDIS_URL": url,
                "TAKT_DATA_DIR": str(folder / "data"),
                "TAKT_PORT": "0",
                "TAKT_FAN_OUT": tier,
                "TAKT_LOG_LEVEL": "ERROR",
            }
            hub = stack.enter_context(Program([sys.executable, "-m", "hub"], environment, errors=True))
            wish = json.dumps({"id": 1, "subscribe": {"channel": f"predictions:{STATION}"}})
            add(tier, hub, tokens[tier], wish)
        naive = stack.enter_context(Program([sys.executable, "-m", "bench.naive", url, CHANNEL + "naive"]))
        add("naive", naive, "-", "-")
        yield servers


def _compile(folder: Path) -> Tools:
    try:
        compile_c(HERE / "limit.c", folder / "limit")
        compile_c(HERE / "load.c", folder / "load")
    except (OSError, subprocess.SubprocessError) as error:
        _say(f"without a C compiler there is no limit to compare with ({error})")
        return Tools(None, None)
    return Tools(folder / "limit", folder / "load")


def _say(sentence: str) -> None:
    print(f"fanout: {sentence}", file=sys.stderr, flush=True)
