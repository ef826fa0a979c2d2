"""The vision worker on a real store: pushed frames, models that change, recordings, pictures, health."""

import json
import time
from pathlib import Path

import cv2
import numpy as np

from bench.drawn import draw, jpeg
from storage import keys
from storage.connection import Store
from storage.entities.recording import RecordingState
from storage.entities.session import SessionState
from storage.errors import StoreUnavailable
from storage.messages import Picture, SourceState
from storage.packing import unpack
from tests.integration.vision.line import STATION, Line, until
from tests.support.store import KillableStore

START, GOOD, BOTH = (jpeg(draw(parts, 50 + parts)) for parts in (0, 1, 2))


async def heartbeat(store: Store) -> dict[str, object]:
    said = await store.redis.get(keys.component("vision"))
    return json.loads(said) if said else {}


async def stations_of(line: Line) -> dict[str, object]:
    beat = await heartbeat(line.store)
    found = [each for each in beat.get("stations", []) if each["organisation"] == line.organisation]  # type: ignore[attr-defined]
    return found[0] if found else {}


async def test_every_pushed_frame_is_inferred_in_order_and_acknowledged(line: Line) -> None:
    await line.add_version(1)
    await line.open_session()
    async with line.vision():
        await until(lambda: _runs(line, 1))
        for number in range(1, 13):
            await line.push(number, GOOD if number > 6 else START)
        await until(lambda: len(line.acknowledged()) == 12)
        await until(lambda: len(line.predictions()) >= 12)
    predictions = line.predictions()[-12:]
    assert [prediction.frame_no for prediction in predictions] == list(range(1, 13))
    assert sorted(line.acknowledged()) == list(range(1, 13))
    assert [prediction.label for prediction in predictions] == ["previous"] * 6 + ["good-1"] * 6
    last = predictions[-1]
    assert (last.station, last.step_id, last.model_version) == (STATION, 1, 1)
    assert last.captured_at_ns < last.published_at_ns
    assert last.infer_ms > 0
    assert last.roi is not None


async def _runs(line: Line, version: int) -> bool:
    """Pushes frames until a prediction of that version comes."""
    number = 100_000 + len(line.predictions()) + int(time.monotonic() * 1000) % 100_000
    await line.push(number, START)
    done = bool(line.predictions()) and line.predictions()[-1].model_version == version
    if done:
        # What was pushed for this is through before the test begins.
        await until(lambda: number in line.acknowledged())
        for said in line.ears.said.values():
            said.clear()
    return done


async def test_frames_without_a_session_are_acknowledged_and_not_predicted(line: Line) -> None:
    async with line.vision():
        for number in (1, 2, 3):
            await line.push(number, START)
        await until(lambda: sorted(line.acknowledged()) == [1, 2, 3])
        assert line.predictions() == []


async def test_the_model_follows_the_step_the_version_and_the_end_of_the_session(line: Line) -> None:
    await line.add_version(1)
    opened = await line.open_session()
    async with line.vision() as _:
        await until(lambda: _runs(line, 1))
        opened = await line.move(opened, 2)
        await until(lambda: _sees(line, 2, 1))
        await line.add_version(2)
        await until(lambda: _sees(line, 2, 2))
        await line.move(opened, 2, SessionState.CANCELLED)
        await until(lambda: _idle(line))


async def _sees(line: Line, step: int, version: int) -> bool:
    await line.push(time.monotonic_ns() // 1000, BOTH)
    newest = line.predictions()[-1:] or [None]
    return newest[0] is not None and (newest[0].step_id, newest[0].model_version) == (step, version)


async def _idle(line: Line) -> bool:
    said = len(line.predictions())
    number = time.monotonic_ns() // 1000
    await line.push(number, START)
    await until(lambda: number in line.acknowledged())
    return len(line.predictions()) == said


async def test_a_model_that_cannot_be_loaded_is_said_and_the_old_one_goes_on(line: Line) -> None:
    await line.add_version(1)
    opened = await line.open_session()
    async with line.vision():
        await until(lambda: _runs(line, 1))
        await line.add_version(2, broken=True)
        await until(lambda: _said(line, "model version 2 of step 1 cannot be loaded"))
        await until(lambda: _sees(line, 1, 1))
        await line.move(opened, 2)
        await until(lambda: _sees(line, 2, 1))
        assert (await heartbeat(line.store))["state"] == "degraded"


async def _said(line: Line, sentence: str) -> bool:
    return sentence in str((await stations_of(line)).get("model_error", ""))


async def test_a_recording_holds_what_was_pushed_between_start_and_stop(line: Line) -> None:
    recording = await line.add_recording()
    async with line.vision():
        await line.push(1, START)
        await until(lambda: line.acknowledged() == [1])
        assert (await line.ask("record_start", recording_id=recording.id, station_id=STATION)).ok
        assert (await line.ask("record_start", recording_id=recording.id, station_id=STATION)).ok
        for number in range(2, 12):
            await line.push(number, GOOD)
        answer = await line.ask("record_stop", recording_id=recording.id)
        await line.push(12, START)
        await until(lambda: 12 in line.acknowledged())
        again = await line.ask("record_stop", recording_id=recording.id)
    assert answer.body == {"frames": 10, "width": 640, "height": 480, "refused": 0}
    assert again.body["frames"] == 10
    folder = line.store.files.path(recording.folder)
    assert len(json.loads((folder / "times.json").read_text())) == 10
    assert (folder / "000009.jpg").read_bytes() == GOOD


async def test_an_empty_recording_and_a_second_one_at_once_are_refused(line: Line) -> None:
    first, second = await line.add_recording(), await line.add_recording()
    async with line.vision():
        assert (await line.ask("record_start", recording_id=first.id)).ok
        assert (await line.ask("record_start", recording_id=second.id)).code == "recording_open"
        empty = await line.ask("record_stop", recording_id=first.id)
        assert (empty.ok, empty.code) == (False, "nothing_recorded")
        assert (await line.ask("record_start", recording_id=second.id)).ok
        assert (await line.ask("record_start", recording_id="none")).code == "recording_unknown"


async def test_a_reverted_recording_leaves_nothing_behind(line: Line) -> None:
    recording = await line.add_recording()
    async with line.vision():
        await line.ask("record_start", recording_id=recording.id)
        await line.push(1, GOOD)
        await until(lambda: line.acknowledged() == [1])
        assert (await line.ask("record_revert", recording_id=recording.id)).ok
        assert (await line.ask("record_revert", recording_id=recording.id)).ok
        assert (await line.ask("record_stop", recording_id=recording.id)).code == "recording_unknown"
    assert not line.store.files.exists(recording.folder)


async def test_a_recording_that_was_reverted_while_vision_was_away_is_dropped(line: Line) -> None:
    recording = await line.add_recording(in_context=True)
    async with line.vision():
        await line.ask("record_start", recording_id=recording.id)
        await line.push(1, GOOD)
        await until(lambda: line.acknowledged() == [1])
    async with line.vision():
        await until(lambda: _recording(line, recording.id))
        await line.store.recordings.save(recording.model_copy(update={"state": RecordingState.REVERTED}))
        context = await line.store.training_contexts.find(line.organisation)
        assert context is not None
        await line.store.training_contexts.save(context.model_copy(update={"recording_id": None}))
        await until(lambda: not line.store.files.exists(recording.folder))


async def _recording(line: Line, recording_id: str) -> bool:
    return (await stations_of(line)).get("recording") == recording_id


async def test_a_camera_is_read_recorded_and_shown(line: Line, tmp_path: Path) -> None:
    folder = tmp_path / "camera"
    folder.mkdir()
    for number in range(4):
        cv2.imwrite(str(folder / f"{number}.jpg"), draw(1, number))
    (folder / "camera.json").write_text('{"fps": 30}')
    await line.add_station(str(folder))
    await line.store.redis.set(keys.picture_demand(line.organisation, STATION, 480), "10", ex=20)
    recording = await line.add_recording()
    pictures = line.ears.of(keys.pictures(line.organisation, STATION, 480))
    async with line.vision(recording_most_frames=5):
        assert (await line.ask("record_start", recording_id=recording.id)).ok
        await until(lambda: _refused(line))
        recorded = await line.ask("record_stop", recording_id=recording.id)
        await until(lambda: len(pictures) > 3)
        snapshot = await line.ask("snapshot", station_id=STATION)
        state = await line.store.redis.get(keys.source_state(line.organisation, STATION))
        assert unpack(SourceState, state).state == "live"
        await line.store.stations.delete(line.organisation, STATION)
        await line.ask("stations_changed")
        await until(lambda: _forgotten(line))
    assert recorded.body["frames"] == 5
    assert int(str(recorded.body["refused"])) > 0
    picture = unpack(Picture, pictures[0])
    assert (picture.width, picture.height) == (480, 360)
    shown = cv2.imdecode(np.frombuffer(snapshot.body["jpeg"], np.uint8), cv2.IMREAD_COLOR)  # type: ignore[call-overload]
    assert shown.shape == (480, 640, 3)


async def _refused(line: Line) -> bool:
    return int(str((await stations_of(line)).get("refused", 0))) > 0


async def _forgotten(line: Line) -> bool:
    return await line.store.redis.get(keys.source_state(line.organisation, STATION)) is None


async def test_a_camera_that_is_not_there_cannot_be_recorded_or_shown(line: Line, tmp_path: Path) -> None:
    await line.add_station(str(tmp_path / "none"))
    recording = await line.add_recording()
    async with line.vision():
        refused = await line.ask("record_start", recording_id=recording.id)
        assert refused.code == "camera_not_live"
        assert "no such folder" in refused.message
        assert (await line.ask("snapshot", station_id=STATION)).code == "no_picture"


async def test_vision_goes_on_after_the_store_was_away(killable_store: KillableStore, step_folders: dict[int, Path]) -> None:
    store = await Store.connect(killable_store.settings)
    await store.organisations.add("plant")
    line = Line(store, "plant", step_folders)
    await line.set_up()
    try:
        await line.add_version(1)
        await line.open_session()
        async with line.vision():
            await until(lambda: _runs(line, 1))
            killable_store.kill()
            killable_store.start()
            await until(lambda: _runs_again(line), 20.0)
    finally:
        await line.tear_down()
        await store.close()


async def _runs_again(line: Line) -> bool:
    try:
        return await _sees(line, 1, 1)
    except StoreUnavailable:
        return False
