"""Reads and writes of timelines: a real hub process through GET /api/v1/events with tokens, against the naive way in the same run.

Both servers run at once; short windows of each follow one another in turn, so that what else the machine does hits both alike. CPU is all
that a server's process used for one request, the kernel's work for it included, and beside it what the store's process used.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from typing import Any
from urllib.parse import urlencode

from bench.processes import Program, cpu_s
from bench.timeline_store import FROM_MS, HOUR_MS, MACHINES, ORGANISATION, load, load_naively, machine, make_tokens
from bench.timeline_writes import measure_writes
from hub.timestamps import iso
from storage.connection import Store
from storage.embedded import EmbeddedStore
from storage.settings import StoreSettings

COUNT = 20_000
CLIENTS = (2, 16, 64)
ROUNDS = 3
BUDGET_S = 36.0
# Requests of one window; a busy machine has fewer rounds, not fewer requests.
HOUR_REQUESTS, DAY_REQUESTS = 240, 48
# A first window with so many times fewer does not count.
WARM_UP = 4
TOKENS_FOR = 40_000
DAY_MS = 24 * HOUR_MS
# Far from the windows that are read.
POSTED = json.dumps(
    {
        "type": "step",
        "machine_foreign_id": machine(1),
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-01-01T00:01:00Z",
        "label": "posted",
        "idempotency_key": "bench-{n}",
    }
)
# Of these the windows are read: one machine, and one with ten times as many events outside the same windows.
READ, LARGE = machine(0), machine(MACHINES - 1)
LARGE_TIMES = 10
# A day and what lies around it.
READ_AT_LEAST = 3_600
LOADERS = 4


@dataclass
class Case:
    """One kind of request at one server; what each of its windows cost."""

    name: str
    server: str
    target: str
    requests: int
    etag: str = ""
    status: str = "200"
    body: str = ""
    cpu_us: list[float] = field(default_factory=list)
    store_us: list[float] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def us(self) -> float:
        """CPU of the server for a request, the middle one of the windows."""
        return median_low(self.cpu_us)

    @property
    def with_store_us(self) -> float:
        """CPU of the server and of the store for a request."""
        return median_low([a + b for a, b in zip(self.cpu_us, self.store_us, strict=True)])


@dataclass(frozen=True)
class Servers:
    """The processes of one run."""

    store_pid: int
    programs: dict[str, Program]
    loads: dict[str, Program]


def main(argv: Sequence[str]) -> dict[str, Any]:
    """Rows for each kind of request and number of clients, then the ratios, the writes and the memory; see the module."""
    parser = argparse.ArgumentParser(prog="takt bench timeline")
    parser.add_argument("--n", type=int, default=COUNT, help="intervals over 50 machines; 1000000 is the real one and takes minutes")
    parser.add_argument("--clients", type=int, nargs="+", default=list(CLIENTS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        rows = asyncio.run(_run(Path(folder), arguments.n, arguments.clients, arguments.rounds))
    return {"bench": "timeline", "n": arguments.n, "rows": rows}


async def _run(folder: Path, count: int, clients: Sequence[int], rounds: int) -> list[dict[str, Any]]:
    give_up = time.monotonic() + BUDGET_S
    embedded = EmbeddedStore()
    url = embedded.start(folder / "data")
    try:
        store = await Store.connect(StoreSettings(data_dir=folder / "data", redis_url=url))
        try:
            await store.organisations.add(ORGANISATION)
            (folder / "tokens").write_text("\n".join(await make_tokens(store, TOKENS_FOR)))
            found = [await _load(store, count)]
            if count > COUNT:
                # Who asks for more has more time.
                give_up = time.monotonic() + BUDGET_S
            async with _servers(folder, url, embedded.pid) as servers:
                found += await _measure(servers, clients, rounds, give_up)
            return found + await measure_writes(store)
        finally:
            await store.close()
    finally:
        embedded.stop()


async def _load(store: Store, count: int) -> dict[str, Any]:
    before = (await store.redis.info("memory"))["used_memory"]
    started = time.monotonic()
    counts = {machine(number): count // MACHINES for number in range(MACHINES - 1)}
    counts[READ] = max(counts[READ], READ_AT_LEAST)
    counts[LARGE] = counts[READ] * LARGE_TIMES
    waiting = iter(counts.items())

    async def loader() -> None:
        for name, events in waiting:
            await load(store, name, events)

    async with asyncio.TaskGroup() as group:
        for _ in range(LOADERS):
            group.create_task(loader())
    seconds, total = time.monotonic() - started, sum(counts.values())
    grown = (await store.redis.info("memory"))["used_memory"] - before
    await load_naively(store, READ, counts[READ])
    row = {"case": "load", "intervals": total, "per_s": round(total / seconds), "mib_a_million": round(grown / total * 1e6 / 2**20, 1)}
    return _told(row)


async def _measure(servers: Servers, clients: Sequence[int], rounds: int, give_up: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    middle = clients[len(clients) // 2]
    for number in sorted(clients, key=lambda number: number != middle):
        if rows and time.monotonic() > give_up:
            print(f"timeline: the machine is too busy to measure {number} clients in time", file=sys.stderr, flush=True)
            continue
        cases = _reads() if number == middle else [case for case in _reads() if case.name in ("hour", "day", "event posted")]
        for count in range(rounds + 1):
            if count > 1 and time.monotonic() > give_up:
                break
            for case in cases:
                await _window(servers, case, number, counts=count > 0)
            if count == 0 and number == middle:
                cases += await _unchanged(servers, cases)
        rows += [_row(case, number) for case in cases]
        rows += _ratios(cases, number)
    return rows


def _reads() -> list[Case]:
    middle_ms = FROM_MS + 4 * HOUR_MS
    hour, day = (middle_ms, middle_ms + HOUR_MS), (middle_ms, middle_ms + DAY_MS)
    return [
        Case("hour", "naive", _target(hour, READ), HOUR_REQUESTS),
        Case("hour", "takt", _target(hour, READ), HOUR_REQUESTS),
        Case("day", "naive", _target(day, READ), DAY_REQUESTS),
        Case("day", "takt", _target(day, READ), DAY_REQUESTS),
        Case("hour with ten times as much outside", "takt", _target(hour, LARGE), HOUR_REQUESTS),
        Case("hour of all machines", "takt", _target(hour, None), DAY_REQUESTS),
        Case("event posted", "takt", "/api/v1/events", HOUR_REQUESTS, status="201", body=POSTED),
    ]


async def _unchanged(servers: Servers, cases: list[Case]) -> list[Case]:
    """The same requests of clients that have the answer already."""
    asked = [case for case in cases if case.server == "takt" and not case.body and "outside" not in case.name]
    etags = [str((await _ask(servers, case, 1, 1))["etag"]) for case in asked]
    return [
        Case(f"{case.name}, unchanged", case.server, case.target, HOUR_REQUESTS, etag, "304")
        for case, etag in zip(asked, etags, strict=True)
    ]


def _target(window: tuple[int, int], of: str | None) -> str:
    query = {"from": iso(window[0]), "to": iso(window[1])} | ({"machine_foreign_ids": of} if of else {})
    return "/api/v1/events?" + urlencode(query)


async def _window(servers: Servers, case: Case, clients: int, *, counts: bool) -> None:
    server = servers.programs[case.server]
    used, of_store = cpu_s(server.pid), cpu_s(servers.store_pid)
    answer = await _ask(servers, case, clients, case.requests if counts else max(1, case.requests // WARM_UP))
    used, of_store = cpu_s(server.pid) - used, cpu_s(servers.store_pid) - of_store
    if counts:
        case.cpu_us.append(used / case.requests * 1e6)
        case.store_us.append(of_store / case.requests * 1e6)
        case.answers.append(answer)


async def _ask(servers: Servers, case: Case, clients: int, requests: int) -> dict[str, Any]:
    load = servers.loads[case.server]
    load.say(json.dumps({"target": case.target, "etag": case.etag, "clients": clients, "requests": requests, "body": case.body}))
    answer: dict[str, Any] = json.loads(await asyncio.to_thread(load.line, "seconds"))
    if answer["statuses"] != {case.status: requests}:
        raise RuntimeError(f"{case.name} of {case.server} was answered {answer['statuses']}")
    return answer


def _row(case: Case, clients: int) -> dict[str, Any]:
    row = {
        "case": case.name,
        "server": case.server,
        "clients": clients,
        "per_s": round(median_low([case.requests / answer["seconds"] for answer in case.answers])),
        "p50_ms": round(median_low([answer["p50_ms"] for answer in case.answers]), 2),
        "p99_ms": round(median_low([answer["p99_ms"] for answer in case.answers]), 2),
        "cpu_us": round(case.us),
        "cpu_with_store_us": round(case.with_store_us),
        "bytes": case.answers[0]["bytes"] if case.status == "200" else 0,
    }
    return _told(row)


def _ratios(cases: list[Case], clients: int) -> list[dict[str, Any]]:
    """What the promises say: less than 1 of the naive way, at most 0.65 of the hour's and 0.1 of the day's, about 1 with more outside."""
    by_name = {(case.name, case.server): case for case in cases}
    wanted = (
        ("hour", "takt", "hour", "naive"),
        ("day", "takt", "day", "naive"),
        ("hour, unchanged", "takt", "hour", "takt"),
        ("day, unchanged", "takt", "day", "takt"),
        ("hour of all machines, unchanged", "takt", "hour of all machines", "takt"),
        ("hour with ten times as much outside", "takt", "hour", "takt"),
    )
    rows = []
    for name, server, other, other_server in wanted:
        case, base = by_name.get((name, server)), by_name.get((other, other_server))
        if case is not None and base is not None:
            ratios = {"cpu_ratio": round(case.us / base.us, 3), "with_store_ratio": round(case.with_store_us / base.with_store_us, 3)}
            rows.append(_told({"case": f"{name} to {other} ({other_server})", "clients": clients, **ratios}))
    return rows


@contextlib.asynccontextmanager
async def _servers(folder: Path, url: str, store_pid: int) -> AsyncIterator[Servers]:
    environment = {"TAKT_REDIS_URL": url, "TAKT_DATA_DIR": str(folder / "data"), "TAKT_PORT": "0", "TAKT_LOG_LEVEL": "ERROR"}
    with contextlib.ExitStack() as stack:
        programs = {
            "takt": stack.enter_context(Program([sys.executable, "-m", "hub"], environment, errors=True)),
            "naive": stack.enter_context(Program([sys.executable, "-m", "bench.timeline_naive", url])),
        }
        loads = {}
        for name, program in programs.items():
            command = [sys.executable, "-m", "bench.timeline_load", str(program.port()), str(folder / "tokens")]
            loads[name] = stack.enter_context(Program(command))
        yield Servers(store_pid, programs, loads)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    print("timeline: " + " ".join(f"{name} {value}" for name, value in row.items()), file=sys.stderr, flush=True)
    return row
