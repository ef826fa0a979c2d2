"""Endless tasks and their owner."""

import asyncio

import pytest

from hub import background
from hub.background import Background


async def test_what_dies_is_started_again_and_stop_ends_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FIRST_WAIT_S", 0.001)
    runs, third, cleaned = 0, asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise RuntimeError("died")
        third.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.set()

    owner = Background()
    owner.start("work", work)
    await asyncio.wait_for(third.wait(), 5)
    await owner.stop()
    assert (runs, cleaned.is_set()) == (3, True)
    assert [task for task in asyncio.all_tasks() if task.get_name() == "work"] == []


async def test_a_cancellation_that_was_swallowed_once_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "CANCEL_AGAIN_S", 0.05)
    began = asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(3600)

    owner = Background()
    owner.start("work", work)
    await began.wait()
    await asyncio.wait_for(owner.stop(), 1)
