"""Killing any process at any moment loses, doubles or reorders no fact; and the test would notice if it did."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.connection import Store
from storage.embedded import socket_url
from storage.errors import StoreError
from storage.settings import StoreSettings
from tests.support.system import ROOT, RunningTakt, environment
from tests.support.witness import Told, Witness, as_offset, compare

STATION = "demo"
ORGANISATION = "default"
KILLS = 50
# Recording and training beside whatever else the machine does.
TAUGHT_WITHIN_S = 480.0
# Only how long a wait may last: processes that start again, and a unit, beside whatever else the machine does.
COACHED_WITHIN_S = 240.0
BACK_WITHIN_S = 60.0
TOLD_WITHIN_S = 30.0
# What was under way when the load ended is over after one or two readings.
STILL_TRIES = 20
# The load pushes 16 pictures a second and drives units over the same sockets.
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
            await asyncio.sleep(chance.uniform(0.2, 1.8))
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(witness.told.wait(), TOLD_WITHIN_S)
        await until(partial(kill_one, system, victim), BACK_WITHIN_S, f"{victim} was not started again", system)


async def until(holds: Callable[[], bool], within_s: float, what: str, system: RunningTakt) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        load = system.data_dir.parent / "coach.said"
        assert time.monotonic() < deadline, f"{what}\n{load.read_text()[-3000:]}\n{system.said()[-3000:]}"
        await asyncio.sleep(0.1)


async def until_calm(system: RunningTakt, witness: Witness) -> None:
    """Waits until a whole unit was coached after the last kill."""
    begin = len(witness.log)

    def whole_unit() -> bool:
        statuses = [told.content["status"] for told in witness.log[begin:]]
        return "COACHING_STARTED" in statuses and "COACHING_COMPLETE" in statuses[statuses.index("COACHING_STARTED") :]

    await until(whole_unit, COACHED_WITHIN_S, "no unit came to its end after the kills", system)


class Driven:
    """A taught Takt with the load beside it; both ended with the block."""

    def __init__(self, taught: Path, data_dir: Path, fault: str = "") -> None:
        shutil.copytree(taught, data_dir)
        self.system = start(data_dir, fault)
        self.load: subprocess.Popen[bytes] | None = None
        self.witness = Witness("", "", f"coaching:{STATION}")

    async def __aenter__(self) -> "Driven":
        try:
            await asyncio.to_thread(self.system.wait_until_ready)
            self.viewer = self.system.token("viewer")
            self.witness = Witness(self.system.url, self.viewer, f"coaching:{STATION}")
            self._watching = asyncio.create_task(self.witness.run())
            self.load = drive(self.system, "coach")
            await until(lambda: bool(self.witness.log), COACHED_WITHIN_S, "no unit began", self.system)
        except BaseException:
            await asyncio.to_thread(self.end)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """Ends all processes."""
        self.rest()
        self.system.stop()

    def rest(self) -> None:
        """Ends the load: no more pictures, so nothing more is done."""
        if self.load is not None:
            self.load.kill()
            self.load.wait()

    async def problems(self) -> list[str]:
        """What the witness was told against what the store and the timeline hold, at a moment when nothing happens."""
        self.rest()
        after = await stored_facts(self.system.data_dir)
        for _ in range(STILL_TRIES):
            before, steps = after, await timeline(self.system.url, self.viewer)
            after = await stored_facts(self.system.data_dir)
            if before == after:
                break
        return self.witness.problems + compare(self.witness.log, after) + disagreements(after, steps)


def start(data_dir: Path, fault: str = "") -> RunningTakt:
    changes = {"TAKT_HUB_WORKERS": "2"}
    if fault:
        return RunningTakt(data_dir, (fault, "up"), module="tests.support.forgetful_takt", **changes)
    return RunningTakt(data_dir, ("up",), **changes)


def drive(system: RunningTakt, how: str) -> subprocess.Popen[bytes]:
    named = {"TAKT_URL": system.url, "TAKT_TOKEN": system.token("supervisor")}
    with (system.data_dir.parent / f"{how}.said").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.hurried", how],
            env=environment(system.data_dir, **named),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a trained assembly, to be copied: teaching takes longer than most of what follows."""
    system = start(tmp_path_factory.mktemp("taught") / "data")
    try:
        system.wait_until_ready()
        teaching = drive(system, "teach")
        try:
            ended_with = teaching.wait(TAUGHT_WITHIN_S)
        finally:
            teaching.kill()
            teaching.wait()
        assert ended_with == 0, (system.data_dir.parent / "teach.said").read_text() + system.said()[-3000:]
    finally:
        system.stop()
    return system.data_dir


async def test_no_fact_is_lost_doubled_or_out_of_order_when_processes_are_killed_fifty_times(taught: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("TAKT_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}: run again with TAKT_TEST_SEED={seed}")
    chance = random.Random(seed)
    async with Driven(taught, tmp_path / "data") as driven:
        await torment(driven.system, driven.witness, [chance.choice(VICTIMS) for _ in range(KILLS)], chance)
        await until_calm(driven.system, driven.witness)
        assert await driven.problems() == [], f"seed {seed}"
        assert driven.witness.cuts > 0, "no kill reached the witness: the test proves nothing"
        assert len(driven.witness.log) > KILLS / 2, "the units hardly went on"


@pytest.mark.parametrize(("fault", "victim"), [("volatile", "store"), ("hasty", "hub")])
async def test_the_same_test_reports_a_loss_where_there_is_one(taught: Path, tmp_path: Path, fault: str, victim: str) -> None:
    async with Driven(taught, tmp_path / "data", fault) as driven:
        for _ in range(8):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(driven.witness.told.wait(), 8.0)
            # Every one of them, so that whichever was about to append dies.
            kill_all(driven.system, victim)
            if await reports_a_loss(driven):
                return
        pytest.fail(f"facts were thrown away and nothing noticed:\n{driven.system.said()[-3000:]}")


async def reports_a_loss(driven: Driven, within_s: float = 5.0) -> bool:
    """Whether the comparison says so soon after a kill."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(StoreError):
            if any("lost" in p for p in driven.witness.problems + compare(driven.witness.log, await stored_facts(driven.system.data_dir))):
                return True
        await asyncio.sleep(0.3)
    return False


async def timeline(url: str, token: str) -> list[dict[str, Any]]:
    """All step intervals of the last day, as REST gives them."""
    from clients.station.rest import RestClient

    now = int(time.time())
    window = "&".join(
        f"{name}={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at))}" for name, at in (("from", now - 3600), ("to", now + 60))
    )
    rest = RestClient(url, token)
    events: list[dict[str, Any]] = await rest.get(f"/api/v1/events?{window}&types=step")
    return events


def disagreements(stored: list[Told], steps: list[dict[str, Any]]) -> list[str]:
    """Where the facts and the timeline tell different stories: each completed step is one finished interval, and no id stands twice."""
    completed = sum(fact.content["status"] == "STEP_COMPLETE" for fact in stored)
    # A unit that is cancelled leaves its step undone without a fact of its own.
    left = sum(fact.content["status"] in ("STEP_INTERRUPT", "COACHING_CANCELLED") for fact in stored)
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
