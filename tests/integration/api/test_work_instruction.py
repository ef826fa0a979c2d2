"""Work-instruction videos: work_instruction.make, work_instruction.status, work_instruction.cancel, work_instruction.video."""

import asyncio
import contextlib
import io
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from hub.jobs.work_instructions import WorkInstructionMaker
from hub.services.work_instructions import BEGIN_WITHIN_S, COMMAND, CONSUMER, SILENT_S, WorkInstructionsService
from storage.entities.assembly import Assembly
from storage.entities.recording import Recording, RecordingState
from storage.entities.step import Label, LabelType, Step
from storage.entities.user import Role
from storage.entities.work_instruction import VideoState, WorkInstruction
from storage.streams import CommandServer
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.system import ROOT, environment

Colour = tuple[int, int, int]
RED, GREEN, BLUE, BACK = (200, 30, 40), (20, 160, 60), (20, 60, 200), (26, 33, 43)
EBML = b"\x1a\x45\xdf\xa3"
WITHIN_S = 20.0
VIDEO = "/assembly/asm/work-instruction/video"


async def put_assembly(hub: RunningHub, *colours: Colour | None, seconds: float = 0.0) -> Assembly:
    """A step for each colour, with a recording of two frames of it; None = a step without one."""
    steps = []
    for number, colour in enumerate(colours, start=1):
        label = Label(id=f"m{number}", type=LabelType.MASTER, recordings=(f"old{number}", f"rec{number}") if colour else ())
        steps.append(Step(id=number * 10, name=f"Fit part {number} – Müller", labels=(label,)))
        if colour:
            await _put_recording(hub, f"old{number}", number, (0, 0, 0), RecordingState.REVERTED, seconds)
            await _put_recording(hub, f"rec{number}", number, colour, RecordingState.FINISHED, seconds)
    assembly = Assembly(
        organisation=hub.organisation,
        id="asm",
        revision_id="rev",
        name="Gearbox",
        steps=tuple(steps),
        next_step_id=1000,
        created_at_ms=1,
        updated_at_ms=1,
    )
    return await hub.store.assemblies.add(assembly)


async def _put_recording(hub: RunningHub, id_: str, number: int, colour: Colour, state: RecordingState, seconds: float) -> None:
    recording = Recording(
        organisation=hub.organisation,
        id=id_,
        assembly_id="asm",
        step_id=number * 10,
        label_id=f"m{number}",
        label_type=LabelType.MASTER,
        station_id="st1",
        state=state,
        frames=2,
        started_at_ms=1000,
        finished_at_ms=1000 + int(seconds * 1000),
    )
    await hub.store.recordings.add(recording)
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "JPEG")
    for frame in range(2):
        await asyncio.to_thread(hub.store.files.write, f"{recording.folder}/{frame:06d}.jpg", out.getvalue())


@contextlib.asynccontextmanager
async def jobs(hub: RunningHub) -> AsyncIterator[None]:
    """The jobs process's part, for as long as the block lasts."""
    server = asyncio.create_task(CommandServer(hub.store, CONSUMER, {COMMAND: WorkInstructionMaker(hub.store).make}).run())
    try:
        yield
    finally:
        server.cancel()
        await asyncio.wait([server], timeout=5)


async def status(client: HttpClient) -> str:
    answer = await client("GET", f"{VIDEO}/status")
    assert answer.status == 200, answer.body
    return str(answer.json()["msg"])


async def until(read: Callable[[], Awaitable[object]], wanted: Callable[[object], bool]) -> object:
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = await read()
            if wanted(found):
                return found
            await asyncio.sleep(0.1)


async def until_status(client: HttpClient, beginning: str) -> str:
    return str(await until(lambda: status(client), lambda said: str(said).startswith(beginning)))


def watch(video: bytes, tmp_path: Path) -> tuple[list[np.ndarray], float]:
    """All pictures (RGB) and how many a second."""
    path = tmp_path / "seen.webm"
    path.write_bytes(video)
    capture = cv2.VideoCapture(str(path))
    pictures = []
    while (read := capture.read())[0]:
        pictures.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    return pictures, capture.get(cv2.CAP_PROP_FPS)


def colours_in_order(pictures: list[np.ndarray]) -> list[Colour]:
    """What colour lies in the upper right corner, where nothing is written, without repetitions."""
    seen: list[Colour] = []
    for picture in pictures:
        corner = picture[20:60, -120:].reshape(-1, 3).mean(axis=0)
        near = [known for known in (RED, GREEN, BLUE, BACK) if np.abs(corner - known).max() < 25]
        if near and (not seen or seen[-1] != near[0]):
            seen.append(near[0])
    return seen


async def test_a_video_shows_the_steps_in_order_with_their_names(hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where vision is imported, FFmpeg opens no files by itself.
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "protocol_whitelist;file")
    assembly = await put_assembly(hub, RED, None, BLUE)
    viewer, supervisor = await hub.as_role(), await hub.as_role(Role.SUPERVISOR)
    assert await status(viewer) == "none"
    missing = await viewer("GET", VIDEO)
    assert (missing.status, missing.json()["code"]) == (404, "no_video")
    async with jobs(hub):
        asked = await supervisor("POST", VIDEO)
        assert (asked.status, asked.json()) == (200, {"status": "ok", "msg": "The work-instruction video of Gearbox is being made."})
        await until_status(viewer, "done")
    answer = await viewer("GET", VIDEO)
    assert (answer.headers["content-type"], answer.headers["accept-ranges"], answer.body[:4]) == ("video/webm", "bytes", EBML)
    assert b"V_VP9" in answer.body[:4096]
    assert (await viewer("GET", "/assembly/asm/video/exists")).json()["msg"] == "true"
    assert await asyncio.to_thread(hub.store.files.read, assembly.video_file) == answer.body
    pictures, rate = await asyncio.to_thread(watch, answer.body, tmp_path)
    assert rate == 10
    assert {picture.shape for picture in pictures} == {(540, 960, 3)}
    # Three titles of 1.5 s and two recordings of 2 s.
    assert len(pictures) == 85
    assert colours_in_order(pictures) == [BACK, RED, BACK, BLUE]
    strip, title = pictures[20][-48:-4], pictures[3]
    assert (strip > 150).all(axis=2).mean() > 0.01, "nothing is written over the picture"
    assert (title > 180).all(axis=2).mean() > 0.01, "nothing is written on the title"
    assert np.abs(pictures[3].astype(int) - pictures[38]).max() > 100, "the titles are the same"


async def test_a_part_of_a_video_is_answered_where_a_player_asks_for_it(hub: RunningHub) -> None:
    assembly = await put_assembly(hub, None)
    await asyncio.to_thread(hub.store.files.write, assembly.video_file, bytes(range(250)) * 100)
    viewer = await hub.as_role()
    assert await status(viewer) == "done"

    async def asked(**headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await viewer("GET", VIDEO, headers={"Authorization": f"Bearer {viewer.token}", **named})

    part = await asked(Range="bytes=100-199")
    assert (part.status, part.headers["content-range"], part.body) == (206, "bytes 100-199/25000", bytes(range(100, 200)))
    end = await asked(Range="bytes=-10")
    assert (end.status, end.body) == (206, bytes(range(240, 250)))
    whole = await asked()
    assert (whole.status, len(whole.body)) == (200, 25_000)
    for strange in ("bytes=30000-", "bytes=0-1,5-6", "lines=1-2", "bytes=x", "bytes=9-3", "bytes=-", "bytes=" + "9" * 4000):
        answer = await asked(Range=strange)
        assert (answer.status, len(answer.body)) == (200, 25_000), strange
    assert (await asked(Range="bytes=0-9", If_Range='"older"')).status == 200
    assert (await asked(Range="bytes=0-9", If_Range=whole.headers["etag"])).status == 206
    assert (await asked(If_None_Match=whole.headers["etag"])).status == 304


async def test_one_video_of_an_assembly_is_made_at_a_time_and_can_be_cancelled_before_it_begins(hub: RunningHub) -> None:
    assembly = await put_assembly(hub, None)
    supervisor = await hub.as_role(Role.SUPERVISOR)
    nothing = await supervisor("POST", f"{VIDEO}/cancel")
    assert (nothing.status, nothing.json()["code"]) == (409, "not_running")
    # Nobody makes videos yet.
    asked = await asyncio.gather(*(supervisor("POST", VIDEO) for _ in range(4)))
    assert sorted(answer.status for answer in asked) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in asked if answer.status == 409} == {"video_in_progress"}
    assert await status(supervisor) == "queued"
    assert (await supervisor("POST", f"{VIDEO}/cancel")).json()["msg"] == "The work-instruction video of Gearbox is cancelled."
    assert await status(supervisor) == "cancelled"
    assert (await supervisor("POST", f"{VIDEO}/cancel")).status == 409
    known = await hub.store.work_instructions.get(hub.organisation, "asm")
    async with jobs(hub):
        assert (await supervisor("POST", VIDEO)).status == 200
        await until_status(supervisor, "done")
    assert (await hub.store.work_instructions.get(hub.organisation, "asm")).request_id != known.request_id
    assert await asyncio.to_thread(hub.store.files.exists, assembly.video_file)


async def test_cancelling_ends_the_making_and_leaves_the_earlier_video(hub: RunningHub) -> None:
    assembly = await put_assembly(hub, *[RED, GREEN, BLUE] * 8, seconds=6.0)
    await asyncio.to_thread(hub.store.files.write, assembly.video_file, b"an earlier one")
    supervisor = await hub.as_role(Role.SUPERVISOR)
    async with jobs(hub):
        assert (await supervisor("POST", VIDEO)).status == 200
        said = await until_status(supervisor, "running")
        assert said.endswith("%")
        assert 0 <= int(said.removeprefix("running ").removesuffix("%")) < 100
        assert (await supervisor("POST", VIDEO)).status == 409
        await until(lambda: half_made(hub), bool)
        assert (await supervisor("POST", f"{VIDEO}/cancel")).status == 200
        await until(lambda: half_made(hub), lambda found: not found)
    assert await status(supervisor) == "cancelled"
    assert (await supervisor("GET", VIDEO)).body == b"an earlier one"


async def half_made(hub: RunningHub) -> list[str]:
    folder = hub.store.files.root / ".tmp"
    return await asyncio.to_thread(lambda: [str(path) for path in folder.rglob("*.webm")])


async def test_deleting_the_assembly_takes_its_video_and_ends_the_making(hub: RunningHub) -> None:
    assembly = await put_assembly(hub, *[RED, GREEN, BLUE] * 4, seconds=6.0)
    await asyncio.to_thread(hub.store.files.write, assembly.video_file, b"an earlier one")
    supervisor = await hub.as_role(Role.SUPERVISOR)
    async with jobs(hub):
        assert (await supervisor("POST", VIDEO)).status == 200
        await until(lambda: half_made(hub), bool)
        assert (await supervisor("DELETE", "/assembly/asm")).status == 200
        await until(lambda: half_made(hub), lambda found: not found)
    assert not await asyncio.to_thread(hub.store.files.exists, assembly.video_file.rpartition("/")[0])
    assert await hub.store.work_instructions.find(hub.organisation, "asm") is None
    for method, path in (("GET", VIDEO), ("POST", VIDEO), ("GET", f"{VIDEO}/status"), ("POST", f"{VIDEO}/cancel")):
        assert (await supervisor(method, path)).status == 404


async def test_a_video_is_made_although_its_maker_is_killed(hub: RunningHub) -> None:
    await put_assembly(hub, RED, seconds=4.0)
    supervisor = await hub.as_role(Role.SUPERVISOR)
    settings = environment(hub.store.settings.data_dir, TAKT_REDIS_URL=hub.store.settings.redis_url)

    silent = asyncio.subprocess.DEVNULL
    maker = await asyncio.create_subprocess_exec(sys.executable, "-m", "hub.jobs", env=settings, cwd=ROOT, stdout=silent, stderr=silent)
    try:
        assert (await supervisor("POST", VIDEO)).status == 200
        await until(lambda: half_made(hub), bool)
    finally:
        maker.kill()
        await maker.wait()
    # What it had begun ends with it and leaves nothing half made.
    await until(lambda: half_made(hub), lambda found: not found)
    assert (await status(supervisor)).startswith("running")
    async with jobs(hub):
        await until_status(supervisor, "done")
    assert (await supervisor("GET", VIDEO)).body[:4] == EBML


@pytest.mark.parametrize(("state", "later_s"), [(VideoState.RUNNING, SILENT_S), (VideoState.QUEUED, BEGIN_WITHIN_S)])
async def test_what_nobody_goes_on_with_has_failed(hub: RunningHub, state: VideoState, later_s: float) -> None:
    assembly = await put_assembly(hub, None)
    now_ms = time.time_ns() // 1_000_000
    await hub.store.work_instructions.add(
        WorkInstruction(organisation=hub.organisation, id="asm", request_id="x", state=state, created_at_ms=now_ms, noted_at_ms=now_ms)
    )
    early = WorkInstructionsService(hub.store, lambda: now_ms + int(later_s * 1000) - 1)
    late = WorkInstructionsService(hub.store, lambda: now_ms + int(later_s * 1000) + 1)
    assert (await early.status(assembly)).startswith(state.value)
    assert (await late.status(assembly)).startswith("failed: The jobs process ")
    await late.request(assembly)
    assert await early.status(assembly) == "queued"


async def test_a_video_that_cannot_be_made_says_why_and_can_be_asked_for_again(hub: RunningHub) -> None:
    assembly = await put_assembly(hub, RED)
    supervisor = await hub.as_role(Role.SUPERVISOR)
    folder = hub.store.files.path(f"{hub.organisation}/videos")
    await asyncio.to_thread(folder.parent.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(folder.write_bytes, b"in the way")
    # A frame that is no picture is passed over.
    await asyncio.to_thread(hub.store.files.write, f"{hub.organisation}/recordings/asm/rec1/000000.jpg", b"no picture")
    async with jobs(hub):
        assert (await supervisor("POST", VIDEO)).status == 200
        assert await until_status(supervisor, "failed") == "failed: The disk is full or cannot be written."
        await asyncio.to_thread(folder.unlink)
        assert (await supervisor("POST", VIDEO)).status == 200
        await until_status(supervisor, "done")
    assert await asyncio.to_thread(hub.store.files.exists, assembly.video_file)


async def test_who_may_and_what_is_refused(hub: RunningHub, other_organisation: str) -> None:
    await put_assembly(hub)
    supervisor, operator, viewer = [await hub.as_role(role) for role in (Role.SUPERVISOR, Role.OPERATOR, Role.VIEWER)]
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    empty = await supervisor("POST", VIDEO)
    assert (empty.status, empty.json()["code"]) == (409, "no_steps")
    for method, path, reads in (
        ("GET", VIDEO, True),
        ("POST", VIDEO, False),
        ("GET", f"{VIDEO}/status", True),
        ("POST", f"{VIDEO}/cancel", False),
    ):
        assert (await hub.http(method, path)).status == 401
        assert (await stranger(method, path)).status == 404
        assert (await supervisor(method, path.replace("asm", "nobody"))).status == 404
        assert ((await operator(method, path)).status == 403) is not reads
        assert ((await viewer(method, path)).status == 403) is not reads
