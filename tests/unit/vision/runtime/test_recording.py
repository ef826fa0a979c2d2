"""A recording on disk: what is captured between its start and its end, whatever happens to the process."""

import json
import shutil
from pathlib import Path

import pytest

from bench.drawn import draw, jpeg
from tests.unit.vision.runtime.waiting import frame
from vision.recording import FrameRecording, Recorded, RecordingRefused, finish_folder

JPEG = jpeg(draw(0, 1, width=320))


def test_frames_are_numbered_by_their_time_of_capture(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 0)
    for number in (3, 1, 2, 3):
        recording.add(frame(number, jpeg=JPEG))
    assert recording.finish() == Recorded(3, 320, 240)
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["000000.jpg", "000001.jpg", "000002.jpg", "times.json"]
    assert json.loads((tmp_path / "r" / "times.json").read_text()) == [1_000_000, 2_000_000, 3_000_000]


def test_what_was_seen_before_the_start_does_not_belong(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 2_000_000)
    for number in (1, 2, 3):
        recording.add(frame(number, jpeg=JPEG))
    assert recording.finish().frames == 2


def test_frames_beyond_the_cap_are_refused_and_counted(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 2, 0)
    for number in range(1, 6):
        recording.add(frame(number))
    recorded = recording.finish()
    assert (recorded.frames, recorded.refused) == (2, 3)


def test_an_empty_recording_is_refused_with_a_sentence(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 2, 0)
    with pytest.raises(RecordingRefused, match="Not one frame"):
        recording.finish()


def test_nothing_is_taken_after_the_end(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 0)
    recording.add(frame(1))
    recording.finish()
    recording.add(frame(2))
    assert finish_folder(tmp_path / "r").frames == 1


@pytest.mark.parametrize("moved", range(4))
def test_an_end_that_was_cut_anywhere_is_gone_on_with(tmp_path: Path, moved: int) -> None:
    whole = FrameRecording(tmp_path / "r", 10, 0)
    for number in (1, 2, 3):
        whole.add(frame(number, jpeg=JPEG))
    (tmp_path / "r" / "c00000000000004000000.tmp").write_bytes(JPEG[:99])
    stamps = [1_000_000, 2_000_000, 3_000_000]
    (tmp_path / "r" / "times.json").write_text(json.dumps(stamps))
    for number in range(moved):
        (tmp_path / "r" / f"c{stamps[number]:020d}.jpg").rename(tmp_path / "r" / f"{number:06d}.jpg") if number < 3 else None
    assert finish_folder(tmp_path / "r") == Recorded(3, 320, 240)
    assert finish_folder(tmp_path / "r") == Recorded(3, 320, 240)


def test_a_recording_goes_on_after_a_restart(tmp_path: Path) -> None:
    first = FrameRecording(tmp_path / "r", 10, 0)
    first.add(frame(1))
    second = FrameRecording(tmp_path / "r", 10, 0)
    second.add(frame(1))
    second.add(frame(2))
    assert second.finish().frames == 2


def test_a_finished_recording_is_not_begun_again(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 0)
    recording.add(frame(1))
    recording.finish()
    with pytest.raises(RecordingRefused, match="finished"):
        FrameRecording(tmp_path / "r", 10, 0)


def test_a_disk_that_fails_is_said_at_the_end(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 0)
    shutil.rmtree(tmp_path / "r")
    recording.add(frame(1))
    with pytest.raises(RecordingRefused, match="could not be written"):
        recording.finish()


def test_a_reverted_recording_leaves_nothing(tmp_path: Path) -> None:
    recording = FrameRecording(tmp_path / "r", 10, 0)
    recording.add(frame(1))
    recording.drop()
    assert not (tmp_path / "r").exists()
    with pytest.raises(RecordingRefused):
        finish_folder(tmp_path / "r")
