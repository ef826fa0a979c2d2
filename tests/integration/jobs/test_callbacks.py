"""Whoever asked is told how a training ended: once, or again until it is heard, also by the next process when the first is killed."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from hub.jobs import callbacks
from hub.jobs.callbacks import TrainingCallbacks
from hub.settings import Settings
from storage.connection import Store
from storage.consumers import CommandServer
from storage.entities.model_version import Callback, TrainingRun, TrainingState
from storage.entities.user import Role
from storage.repositories.training_runs import CALLBACKS, TRAINING_ENDED
from tests.support.coaching import add_assembly, wait_until
from tests.support.hub import RunningHub, run_hub
from tests.support.store import KillableStore
from tests.support.system import ROOT, environment

HOST = "127.0.0.1"
# A process that starts on a busy machine, or an entry that is taken over from a dead one.
WITHIN_S = 90.0


class Receiver:
    """A real HTTP server. `answers`: what each request is answered, the last one for ever; None = hangs up, "" = keeps silent."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.heard: list[dict[str, Any]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/done?of=takt"

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        """Until the block ends."""
        server = await asyncio.start_server(self._take, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.heard.append({"line": head.splitlines()[0], "once": headers["idempotency-key"], "body": body})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "":
            await reader.read()
        elif answer is not None:
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def calling(hub_settings: Settings, store: Store, organisation: str) -> AsyncIterator[RunningHub]:
    """A hub that allows this machine to be called, and beside it the job that calls, which waits a moment only between its tries."""
    settings = hub_settings.model_copy(update={"callback_hosts": f"elsewhere:9,{HOST}"})
    jobs = await Store.connect(settings)
    jobs.organisations.names = lambda: _only(organisation)  # type: ignore[method-assign]
    job = TrainingCallbacks(jobs, settings.callback_targets, first_wait_s=0.01)
    serving = asyncio.create_task(CommandServer(jobs, CALLBACKS, {TRAINING_ENDED: job.tell}).run())
    try:
        async with run_hub(settings, store, organisation) as running:
            await add_assembly(store, organisation)
            yield running
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await jobs.close()


async def _only(name: str) -> list[str]:
    return [name]


async def ask(hub: RunningHub, url: str | None) -> Any:
    return await (await hub.as_role(Role.SUPERVISOR))("POST", "/model/new/asm", {"complete_callback": url})


def begun(organisation: str, url: str) -> TrainingRun:
    return TrainingRun(organisation=organisation, id="run-1", assembly_id="asm", callback_url=url, created_at_ms=1, updated_at_ms=1)


async def end(store: Store, organisation: str, state: TrainingState, **fields: object) -> None:
    """A training that somebody wants to hear of ends, as the trainer ends it."""
    run = await store.training_runs.add(begun(organisation, await store.training_callbacks.find(organisation, "asm")))
    await store.training_runs.progress(run.model_copy(update={"state": state, **fields}))


async def outcome(store: Store, organisation: str) -> TrainingRun:
    """The run, once nothing more is tried."""

    async def settled() -> bool:
        return (await store.training_runs.get(organisation, "run-1")).callback not in (Callback.NONE, Callback.DUE)

    await wait_until(settled, WITHIN_S)
    return await store.training_runs.get(organisation, "run-1")


@pytest.mark.parametrize(
    ("state", "fields", "sentence"),
    [
        (TrainingState.FINISHED, {"model_version": 3}, "Model 3 is trained."),
        (TrainingState.FAILED, {"error": "The disk is full."}, "The disk is full."),
        (TrainingState.CANCELLED, {}, "The training was cancelled."),
    ],
)
async def test_the_end_of_a_training_is_told_once(calling: RunningHub, state: TrainingState, fields: dict[str, Any], sentence: str) -> None:
    async with Receiver("204 No Content").listening() as receiver:
        assert (await ask(calling, receiver.url)).status == 200
        await end(calling.store, calling.organisation, state, **fields)
        assert (await outcome(calling.store, calling.organisation)).callback is Callback.DELIVERED
    said = {"assembly_id": "asm", "training_run_id": "run-1", "version": fields.get("model_version"), "status": state, "msg": sentence}
    assert receiver.heard == [{"line": "POST /done?of=takt HTTP/1.1", "once": "callback-run-1", "body": said}]
    told = (await (await calling.as_role())("GET", "/model/train/progress/asm")).json()["msg"]
    assert json.loads(told)["callback"] == "delivered"


async def test_a_receiver_that_fails_hangs_up_or_keeps_silent_is_told_again(calling: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "ANSWER_WITHIN_S", 0.5)
    async with Receiver("500 Broken", None, "", "503 Busy", "429 Slow down", "nonsense", "200 OK").listening() as receiver:
        await ask(calling, receiver.url)
        await end(calling.store, calling.organisation, TrainingState.FINISHED)
        assert (await outcome(calling.store, calling.organisation)).callback is Callback.DELIVERED
    assert len(receiver.heard) >= 7
    assert len({told["once"] for told in receiver.heard}) == 1


@pytest.mark.parametrize(("answer", "reason"), [("302 Found\r\nLocation: /other", "redirects are not followed"), ("404 Not Found", "404")])
async def test_a_redirect_is_not_followed_and_a_refusal_not_repeated(calling: RunningHub, answer: str, reason: str) -> None:
    async with Receiver(answer).listening() as receiver:
        await ask(calling, receiver.url)
        await end(calling.store, calling.organisation, TrainingState.FINISHED)
        run = await outcome(calling.store, calling.organisation)
    assert (run.callback, len(receiver.heard)) == (Callback.GIVEN_UP, 1)
    assert reason in run.callback_error


async def test_who_is_never_there_is_given_up_and_the_progress_says_so(calling: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "MOST_TRIES", 3)
    async with Receiver("200 OK").listening() as receiver:
        url = receiver.url
    await ask(calling, url)
    await end(calling.store, calling.organisation, TrainingState.FINISHED)
    assert "Tried 3 times" in (await outcome(calling.store, calling.organisation)).callback_error
    told = json.loads((await (await calling.as_role())("GET", "/model/train/progress/asm")).json()["msg"])
    assert (told["callback"], told["callback_error"][:5]) == ("given_up", "Tried")


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/",
        "http://elsewhere:10/",
        f"http://{HOST}.example.com/",
        f"http://user:word@{HOST}/",
        f"ftp://{HOST}/",
        f"http://{HOST}:99999/",
        f"http://{HOST}/a b",
        f"http://{HOST}/\r\nX-Evil: 1",
        "http://[::1/",
        "nonsense",
    ],
)
async def test_a_host_that_is_not_allowed_and_what_is_no_url_are_refused_with_a_sentence(calling: RunningHub, url: str) -> None:
    answer = await ask(calling, url)
    assert (answer.status, answer.json()["field"]) == (422, "complete_callback")
    assert answer.json()["msg"].endswith(".") or "TAKT_CALLBACK_HOSTS" in answer.json()["msg"]


async def test_without_allowed_hosts_calling_back_is_configured_off(hub: RunningHub) -> None:
    answer = await ask(hub, "http://127.0.0.1/")
    assert (answer.status, answer.json()["code"]) == (503, "callbacks_off")


async def test_a_later_call_without_a_target_ends_it(calling: RunningHub) -> None:
    assert (await ask(calling, f"http://{HOST}:1/")).status == 200
    assert (await ask(calling, None)).status == 200
    assert await calling.store.training_callbacks.find(calling.organisation, "asm") == ""


async def jobs_process(store: KillableStore, folder: Path) -> asyncio.subprocess.Process:
    named = {"TAKT_REDIS_URL": store.url, "TAKT_CALLBACK_HOSTS": HOST}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.jobs", cwd=ROOT, env=environment(folder, **named), stdout=asyncio.subprocess.DEVNULL
    )


async def test_a_jobs_process_killed_in_the_middle_leaves_it_to_the_next_one(killable_store: KillableStore, tmp_path: Path) -> None:
    store = await Store.connect(killable_store.settings)
    processes = []
    try:
        await store.organisations.add("acme")
        async with Receiver("", "200 OK").listening() as receiver:
            run = await store.training_runs.add(begun("acme", receiver.url))
            await store.training_runs.progress(run.model_copy(update={"state": TrainingState.FINISHED}))
            processes.append(await jobs_process(killable_store, tmp_path / "jobs"))
            await wait_until(lambda: len(receiver.heard) == 1, WITHIN_S)
            os.kill(processes[0].pid, signal.SIGKILL)
            processes.append(await jobs_process(killable_store, tmp_path / "jobs"))
            assert (await outcome(store, "acme")).callback is Callback.DELIVERED
        assert len(receiver.heard) == 2
        assert receiver.heard[0] == receiver.heard[1]
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await store.close()


@pytest.mark.parametrize("hosts", ["http://elsewhere", "elsewhere/path", "a b"])
def test_a_setting_that_names_no_host_is_refused(hosts: str) -> None:
    with pytest.raises(ValidationError, match="host:port"):
        Settings(callback_hosts=hosts)
