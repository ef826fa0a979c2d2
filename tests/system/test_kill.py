"""Killing any process at any moment loses, doubles or reorders no fact; and the test would notice if it did."""

import asyncio
import contextlib
import json
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage.connection import Store
from storage.embedded import socket_url
from storage.settings import StoreSettings
from tests.support.system import RunningTakt
from tests.support.witness import Told, Witness, as_offset, compare

STATION = "demo"
ORGANISATION = "default"
KILLS = 50
# Recording and training beside whatever else the machine does.
TAUGHT_WITHIN_S = 240.0
# The demo client is the load: it pushes 15 pictures a second and drives units over the same sockets.
VICTIMS = ("store", "hub", "hub", "vision", "vision.training", "hub.jobs")


async def stored_facts(data_dir: Path) -> list[Told]:
    """The station's facts as the store holds them."""
    store = await Store.connect(StoreSettings(data_dir=data_dir, redis_url=socket_url(data_dir)))
    try:
        # Any position that was never handed out is not recovered; from the first possible one everything is read.
        position = await store.sessions.position(ORGANISATION, STATION)
        since = await store.sessions.facts_since(ORGANISATION, STATION, position.epoch, "0-1", 100_000)
        return [Told(as_offset(fact.offset), json.loads(fact.fact)) for fact in since.facts]
    finally:
        await store.close()


def kill_one(system: RunningTakt, name: str) -> bool:
    """SIGKILL to one process of this name, if one runs now."""
    pids = [child.pid for child in system.children() if child.name == name]
    if not pids:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(random.choice(pids), signal.SIGKILL)
    return True


def kill_all(system: RunningTakt, name: str) -> None:
    """SIGKILL to every process of this name that runs now."""
    for child in system.children():
        if child.name == name:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)


async def torment(system: RunningTakt, witness: Witness, victims: list[str], chance: random.Random) -> None:
    """Kills each victim: half of them at a random moment, half in the moment in which a fact is told."""
    for victim in victims:
        if chance.random() < 0.5:
            await asyncio.sleep(chance.uniform(0.3, 2.5))
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(witness.told.wait(), 6.0)
        deadline = time.monotonic() + 15.0
        while not kill_one(system, victim):
            assert time.monotonic() < deadline, f"{victim} was not started again:\n{system.said()[-3000:]}"
            await asyncio.sleep(0.05)


async def until_calm(system: RunningTakt, witness: Witness, timeout_s: float = 90.0) -> None:
    """Waits until a whole unit was coached after the last kill."""
    begin = len(witness.log)
    deadline = time.monotonic() + timeout_s
    statuses: list[str] = []
    while "COACHING_STARTED" not in statuses or "COACHING_COMPLETE" not in statuses[statuses.index("COACHING_STARTED") :]:
        assert time.monotonic() < deadline, f"no unit came to its end after the kills: {statuses}\n{system.said()[-3000:]}"
        await asyncio.sleep(0.2)
        statuses = [told.content["status"] for told in witness.log[begin:]]


def demo(data_dir: Path, fault: str = "") -> RunningTakt:
    changes = {"TAKT_HUB_WORKERS": "2"}
    if fault:
        return RunningTakt(data_dir, (fault, "demo"), module="tests.support.forgetful_takt", **changes)
    return RunningTakt(data_dir, ("demo",), **changes)


async def test_no_fact_is_lost_doubled_or_out_of_order_when_processes_are_killed_fifty_times(tmp_path: Path) -> None:
    seed = int(os.environ.get("TAKT_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}: run again with TAKT_TEST_SEED={seed}")
    chance = random.Random(seed)
    system = demo(tmp_path / "data")
    try:
        system.wait_until_ready()
        system.wait_for("COACHING_STARTED", TAUGHT_WITHIN_S)
        witness = Witness(system.url, system.token("viewer"), f"coaching:{STATION}")
        watching = asyncio.create_task(witness.run())
        try:
            await torment(system, witness, [chance.choice(VICTIMS) for _ in range(KILLS)], chance)
            await until_calm(system, witness)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        stored = await stored_facts(system.data_dir)
        problems = witness.problems + compare(witness.log, stored) + disagreements(stored, await timeline(system))
        assert problems == [], f"seed {seed}"
        assert witness.cuts > 0, "no kill reached the witness: the test proves nothing"
        assert len(witness.log) > KILLS / 2, "the units hardly went on"
    finally:
        system.stop()


@pytest.mark.parametrize(("fault", "victim"), [("volatile", "store"), ("hasty", "hub")])
async def test_the_same_test_reports_a_loss_where_there_is_one(tmp_path: Path, fault: str, victim: str) -> None:
    system = demo(tmp_path / "data", fault)
    try:
        system.wait_until_ready()
        system.wait_for("COACHING_STARTED", TAUGHT_WITHIN_S)
        witness = Witness(system.url, system.token("viewer"), f"coaching:{STATION}")
        watching = asyncio.create_task(witness.run())
        try:
            for _ in range(8):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(witness.told.wait(), 8.0)
                # Every one of them, so that whichever was about to append dies.
                kill_all(system, victim)
                await asyncio.sleep(3.0)
                if any("lost" in p for p in witness.problems + compare(witness.log, await stored_facts(system.data_dir))):
                    return
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        pytest.fail(f"facts were thrown away and nothing noticed:\n{system.said()[-3000:]}")
    finally:
        system.stop()


async def timeline(system: RunningTakt) -> list[dict[str, Any]]:
    """All step intervals of the last day, as REST gives them."""
    from clients.station.rest import RestClient

    now = int(time.time())
    window = "&".join(
        f"{name}={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at))}" for name, at in (("from", now - 3600), ("to", now + 60))
    )
    rest = RestClient(system.url, system.token("viewer"))
    events: list[dict[str, Any]] = await rest.get(f"/api/v1/events?{window}&types=step")
    return events


def disagreements(stored: list[Told], steps: list[dict[str, Any]]) -> list[str]:
    """Where the facts and the timeline tell different stories: each completed step is one finished interval, and no id stands twice."""
    completed = sum(fact.content["status"] == "STEP_COMPLETE" for fact in stored)
    left = sum(fact.content["status"] == "STEP_INTERRUPT" for fact in stored)
    finished = [step for step in steps if step["to"] is not None]
    problems = []
    if len({step["id"] for step in steps}) != len(steps):
        problems.append("doubled: an interval stands twice in the timeline")
    if not completed <= len(finished) <= completed + left:
        problems.append(f"lost: {completed} steps were completed and {left} left, the timeline has {len(finished)} finished ones")
    return problems


def test_the_comparison_notices_every_kind_of_fault() -> None:
    facts = [Told((n, 0), {"status": "STEP_COMPLETE", "n": n}) for n in range(1, 6)]
    assert compare(facts, facts) == []
    assert "lost" in compare(facts, facts[:-1])[0]
    assert "doubled" in compare([facts[0], facts[0]], facts)[0]
    assert "out of order" in compare([facts[1], facts[0]], facts)[0]
    assert "skipped" in compare([facts[0], facts[2]], facts)[0]
    assert "changed" in compare([replace(facts[0], content={"status": "STEP_ADVANCE"})], facts)[0]
