"""`takt bench records`: what each page of assembly records costs a client, when there are a thousand records and when there are many.

A real hub process over HTTP, one client that asks one page after the other, small and large in turn. All records are of one assembly and
one operator, which is the longest that any list can be. They are stored with the same JSON and in the same lists as a session's end does,
only many in one write.
"""

import argparse
import asyncio
import contextlib
import http.client
import itertools
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import Program
from hub.services.auth import AuthService
from hub.timestamps import iso
from storage import keys
from storage.connection import Store
from storage.embedded import EmbeddedStore
from storage.entities.operator import Operator
from storage.entities.session import Session, SessionState, StepResult, StepStatus
from storage.entities.user import Role
from storage.repositories.assembly_records import ended_at_ms, record_lists
from storage.settings import StoreSettings

COUNT = 100_000
SMALL = 1_000
REQUESTS = 30
STEPS = 10
# Loading included; a busy machine has fewer rounds.
BUDGET_S = 36.0
LEAST_ROUNDS = 2
FROM_MS = 1_746_057_600_000
"""2025-05-01T00:00:00Z"""
EVERY_MS = 300_000
CANCELLED_EVERY = 20
# So many units differ; then they come again.
MODELS = 100
_ID = "@id@"
_BATCH = 500
# A page of figures may be asked for this often by one token (hub.api.assembly_records.FIGURES).
REQUESTS_A_TOKEN = 50
ANSWER_WITHIN_S = 30.0


@dataclass
class Case:
    """One page of one organisation, and how long each request took."""

    name: str
    organisation: str
    path: str
    took_ms: list[float] = field(default_factory=list)
    bytes: int = 0

    def told(self) -> dict[str, Any]:
        """p50 and p99 (nearest rank)."""
        ordered = sorted(self.took_ms)
        p50, p99 = (ordered[-(-share * len(ordered) // 100) - 1] for share in (50, 99))
        return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "requests": len(ordered), "bytes": self.bytes}


def main(argv: Sequence[str]) -> dict[str, Any]:
    """A row for each page; see the module."""
    parser = argparse.ArgumentParser(prog="takt bench records")
    parser.add_argument("--n", type=int, default=COUNT, help="records of the large organisation")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="requests of each page")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        rows = asyncio.run(_run(Path(folder), arguments.n, arguments.requests))
    return {"bench": "records", "n": arguments.n, "rows": rows}


async def _run(folder: Path, count: int, requests: int) -> list[dict[str, Any]]:
    give_up = time.monotonic() + BUDGET_S
    embedded = EmbeddedStore()
    url = embedded.start(folder / "data")
    sizes = {"small": min(SMALL, count), "large": count}
    environment = {"TAKT_REDIS_URL": url, "TAKT_DATA_DIR": str(folder / "data"), "TAKT_PORT": "0", "TAKT_LOG_LEVEL": "ERROR"}
    try:
        store = await Store.connect(StoreSettings(data_dir=folder / "data", redis_url=url))
        try:
            # Only reads are measured, and half a gigabyte need not reach the disk for them.
            await store.redis.config_set("appendonly", "no")
            rows = [await _load(store, name, size) for name, size in sizes.items()]
            tokens = await _make_tokens(store, requests * 12)
            with Program([sys.executable, "-m", "hub"], environment, errors=True) as hub:
                port = hub.port()
                cases = [case for pair in zip(*(_pages(name, size) for name, size in sizes.items()), strict=True) for case in pair]
                await asyncio.to_thread(_measure, port, tokens, cases, requests, give_up)
            return rows + _rows(cases)
        finally:
            await store.close()
    finally:
        embedded.stop()


async def _load(store: Store, organisation: str, count: int) -> dict[str, Any]:
    started = time.monotonic()
    await store.organisations.add(organisation)
    await store.operators.add(Operator(organisation=organisation, id=1, first_name="Ada", role=Role.OPERATOR, created_at_ms=FROM_MS))
    models = [Model.of(_session(organisation, number)) for number in range(MODELS)]
    for start in range(0, count, _BATCH):
        stored: dict[str, str] = {}
        members: dict[str, dict[str, int]] = defaultdict(dict)
        for number in range(start, min(start + _BATCH, count)):
            model, id_, start_ms = models[number % MODELS], _record_id(number), FROM_MS + number * EVERY_MS
            stored[keys.entity(organisation, "session", id_)] = model.json(id_, start_ms)
            members[keys.assembly_records(organisation)][id_] = start_ms
            for index in model.lists:
                members[index][id_] = start_ms + model.length_ms
        pipeline = store.redis.pipeline(transaction=False)
        pipeline.mset(stored)
        for index, found in members.items():
            pipeline.zadd(index, found)
        await pipeline.execute()
    held = sum([int(await store.redis.memory_usage(index) or 0) for index in {index for model in models for index in model.lists}])
    json_bytes = int(await store.redis.memory_usage(keys.entity(organisation, "session", _record_id(0))) or 0)
    row = {"case": f"load {organisation}", "records": count, "seconds": round(time.monotonic() - started, 1)}
    return _told({**row, "list_bytes_a_record": round(held / count), "json_bytes_a_record": json_bytes})


@dataclass(frozen=True)
class Model:
    """A session after which many are made: checked models would take longer than what is measured."""

    parts: list[str]
    """Its JSON, cut at every moment."""
    offsets_ms: list[int]
    """The moments, from its start on."""
    length_ms: int
    lists: list[str]

    @classmethod
    def of(cls, session: Session) -> "Model":
        """The model of one that starts at FROM_MS."""
        text = session.model_dump_json()
        cut = re.split(r"\b(\d{13})\b", text.replace(session.id, _ID))
        offsets = [int(found) - session.started_at_ms for found in cut[1::2]]
        return cls(cut[::2], offsets, ended_at_ms(session) - session.started_at_ms, record_lists(session))

    def json(self, id_: str, start_ms: int) -> str:
        """The same with another id and start."""
        moments = [str(start_ms + offset) for offset in self.offsets_ms]
        found = itertools.chain.from_iterable(zip(self.parts, moments, strict=False))
        return ("".join(found) + self.parts[-1]).replace(_ID, id_)


def _session(organisation: str, number: int) -> Session:
    """A unit of ten steps; one in twenty was cancelled, others had their troubles."""
    results = tuple(
        StepResult(
            step_id=step,
            number=step,
            name=f"Fit part {step}",
            benchmark_s=20.0,
            status=StepStatus.COMPLETE,
            started_at_ms=FROM_MS + step * 20_000,
            finished_at_ms=FROM_MS + step * 20_000 + 12_000 + (number * 7 + step * 13) % 90 * 100,
            confidence=0.97,
            label=f"l{step:08x}",
            label_name=f"step-{step}_good",
            wrong_seen=int((number + step) % 37 == 0),
        )
        for step in range(1, STEPS + 1)
    )
    return Session(
        organisation=organisation,
        version=24,
        id=_record_id(number),
        station_id="station-1",
        machine="MACHINE_001",
        assembly_id="gearbox-cover",
        assembly_name="Gearbox cover",
        steps_total=STEPS,
        operator_id="1",
        operator_name="Ada",
        state=SessionState.CANCELLED if number % CANCELLED_EVERY == 0 else SessionState.COMPLETE,
        step_id=STEPS,
        step_started_at_ms=results[-1].started_at_ms,
        started_at_ms=FROM_MS,
        finished_at_ms=results[-1].finished_at_ms,
        last_activity_at_ms=results[-1].finished_at_ms,
        results=results,
    )


def _record_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


async def _make_tokens(store: Store, requests: int) -> dict[str, list[str]]:
    auth = AuthService(store)
    try:
        return {
            organisation: [await auth.issue_token(organisation, Role.VIEWER) for _ in range(requests // REQUESTS_A_TOKEN + 1)]
            for organisation in ("small", "large")
        }
    finally:
        auth.close()


def _pages(organisation: str, size: int) -> list[Case]:
    newest, deep = _record_id(size - 1), size // 20
    operator, assembly = "/operator/1", "/assembly-record/assembly/gearbox-cover"
    middle_ms = FROM_MS + size // 2 * EVERY_MS
    window = f"from={iso(middle_ms)}&to={iso(middle_ms + 86_400_000)}"
    found = {
        "one record": f"/assembly-record/{newest}",
        "newest of the assembly": f"{assembly}/recent/1",
        "first page": f"{operator}/assembly-record/filtered",
        "last page": f"{operator}/assembly-record/filtered?page={deep}",
        "page of a day in the middle": f"{operator}/assembly-record/filtered?{window}&status=complete&assembly_id=gearbox-cover",
        "page of fifty cancelled ones": f"{operator}/assembly-record/filtered?status=cancelled&page_size=50",
        "newest 1,000 of the assembly": assembly,
        "newest 1,000 of the operator": f"{operator}/assembly-record",
        "metrics of a record": f"/assembly-record/{newest}/operator/1/metrics",
        "performance in a record": f"/assembly-record/{newest}/operator/1/performance",
        "metrics of the operator": f"{operator}/metrics",
        "analytics": "/assembly-record/analytics",
    }
    return [Case(name, organisation, path) for name, path in found.items()]


def _measure(port: int, tokens: dict[str, list[str]], cases: list[Case], requests: int, give_up: float) -> None:
    """Every page in turn, again and again. The first round warms up and does not count."""
    asked = 0
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)) as connection:
        for number in range(requests + 1):
            if number > LEAST_ROUNDS and time.monotonic() > give_up:
                break
            for case in cases:
                own = tokens[case.organisation]
                asked += 1
                begun = time.perf_counter()
                connection.request("GET", case.path, headers={"Authorization": f"Bearer {own[asked % len(own)]}"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{case.path} was answered {answer.status}: {body[:200]!r}")
                case.bytes = len(body)
                if number:
                    case.took_ms.append((time.perf_counter() - begun) * 1000)


def _rows(cases: list[Case]) -> list[dict[str, Any]]:
    rows = []
    for small, large in zip(cases[::2], cases[1::2], strict=True):
        few, many = small.told(), large.told()
        said = {"small_p50_ms": few["p50_ms"], "small_p99_ms": few["p99_ms"], "growth": round(many["p50_ms"] / few["p50_ms"], 2)}
        rows.append(_told({"case": large.name, **many, **said}))
    return rows


def _told(row: dict[str, Any]) -> dict[str, Any]:
    print("records: " + json.dumps(row), file=sys.stderr, flush=True)
    return row
