"""`python -m vision` as a process: it ends in time whatever its camera does, and a kill costs no recording."""

import socket
from pathlib import Path

import pytest

from bench.drawn import draw, jpeg
from storage import keys
from storage.messages import SourceState
from storage.packing import unpack
from tests.integration.vision.line import STATION, Line, until
from tests.integration.vision.program import Program

GOOD = jpeg(draw(1, 51))


async def source_state(line: Line) -> str:
    said = await line.store.redis.get(keys.source_state(line.organisation, STATION))
    return unpack(SourceState, said).state if said else ""


async def listens(line: Line) -> bool:
    channel = keys.pushed_frames(line.organisation, STATION)
    return dict(await line.store.redis.pubsub_numsub(channel)).get(channel.encode(), 0) > 0


async def test_a_recording_survives_a_kill(line: Line, tmp_path: Path) -> None:
    recording = await line.add_recording(in_context=True)
    with Program("vision", line.store, tmp_path / "said") as vision:
        await until(lambda: listens(line))
        assert (await line.ask("record_start", recording_id=recording.id)).ok
        for number in range(1, 8):
            await line.push(number, GOOD)
        await until(lambda: len(line.acknowledged()) == 7)
        vision.kill()
        await until(lambda: _nobody(line))
        vision.start()
        await until(lambda: _resumed(line, recording.id), 15.0)
        for number in range(8, 11):
            await line.push(number, GOOD)
        await until(lambda: len(line.acknowledged()) == 10)
        stopped = await line.ask("record_stop", recording_id=recording.id)
        assert stopped.body["frames"] == 10
        assert vision.terminate()[0] == 0


async def _nobody(line: Line) -> bool:
    return not await listens(line)


async def _resumed(line: Line, recording_id: str) -> bool:
    return await listens(line) and recording_id.encode() in (await line.store.redis.get(keys.component("vision")) or b"")


async def test_a_recording_is_finished_from_disk_when_its_end_comes_after_a_kill(line: Line, tmp_path: Path) -> None:
    recording = await line.add_recording(in_context=True)
    with Program("vision", line.store, tmp_path / "said") as vision:
        await until(lambda: listens(line))
        await line.ask("record_start", recording_id=recording.id)
        for number in range(1, 5):
            await line.push(number, GOOD)
        await until(lambda: len(line.acknowledged()) == 4)
        vision.kill()
        command = await line.store.commands.send(line.organisation, "vision", "record_stop", {"recording_id": recording.id}, 30.0)
        vision.start()
        answer = await line.store.commands.call(
            line.organisation, "vision", "record_stop", {"recording_id": recording.id}, 20.0, command.id
        )
        assert answer.body["frames"] == 4


async def test_it_ends_in_time_while_a_camera_hangs(line: Line, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        await line.add_station(f"http://127.0.0.1:{silent.getsockname()[1]}/video")
        with Program("vision", line.store, tmp_path / "said", TAKT_CAMERA_OPEN_TIMEOUT_S="20") as vision:
            await until(lambda: _is(line, "connecting"))
            code, took_s = vision.terminate()
    assert code == 0
    assert took_s < 2.5


async def _is(line: Line, state: str) -> bool:
    return await source_state(line) == state


async def test_it_waits_for_a_store_that_is_not_there_and_still_ends_when_asked(line: Line, tmp_path: Path) -> None:
    with Program("vision", line.store, tmp_path / "said", TAKT_REDIS_URL=f"unix://{tmp_path}/none.sock") as vision:
        await until(lambda: "does not answer yet" in vision.said())
        code, took_s = vision.terminate()
    assert code == 0
    assert took_s < 2.0


@pytest.mark.parametrize("module", ["vision", "vision.training"])
async def test_a_bad_setting_is_named_with_what_is_allowed(line: Line, tmp_path: Path, module: str) -> None:
    with Program(module, line.store, tmp_path / "said", TAKT_INFERENCE_PRECISION="f64") as program:
        assert program.process is not None
        assert program.process.wait(10.0) == 2
    assert "TAKT_INFERENCE_PRECISION='f64'" in (tmp_path / "said").read_text()
    assert "bf16" in (tmp_path / "said").read_text()
