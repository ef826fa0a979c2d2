"""A folder of somebody's own pictures: what it may hold, and the sentence when it does not."""

from pathlib import Path

import pytest

from clients.demo.folder import BadFolder, FolderBench

JPEG = b"\xff\xd8 a picture"


def folder(root: Path, *labels: str, unit: int = 3) -> Path:
    for name in [f"labels/{label}" for label in labels] + (["unit"] if unit else []):
        (root / name).mkdir(parents=True)
        for number in range(3):
            (root / name / f"{number:03d}.jpg").write_bytes(JPEG)
    return root


def test_lessons_come_in_the_order_in_which_steps_are_made(tmp_path: Path) -> None:
    names = ("occluded", "step-2_good", "step-1_incorrect_1", "step-1_good", "start", "step-1_good_2")
    bench = FolderBench(folder(tmp_path, *names))
    assert [(lesson.step_index, lesson.step_type, lesson.label_index) for lesson in bench.lessons] == [
        (0, "MASTER", 0),
        (1, "MASTER", 0),
        (1, "CORRECT", 2),
        (1, "INCORRECT", 1),
        (2, "MASTER", 0),
        (0, "OCCLUDED", 0),
    ]
    assert bench.step_names() == ("Step 1", "Step 2")


@pytest.mark.parametrize(
    ("labels", "unit", "sentence"),
    [
        ((), 1, "has no labels"),
        (("start", "step-1_good"), 0, "no unit"),
        (("step-1_good",), 1, "lacks labels/start"),
        (("start", "step-1_good", "step-3_good"), 1, r"lacks labels/step-2_good"),
        (("start",), 1, "lacks labels/step-1_good"),
        (("start", "step-1_good", "step-1_incorrect"), 1, "numbered from 1"),
        (("start", "step-1_good", "bench"), 1, "labels/bench is no label"),
    ],
)
def test_a_bad_folder_is_told_what_is_missing(tmp_path: Path, labels: tuple[str, ...], unit: int, sentence: str) -> None:
    with pytest.raises(BadFolder, match=sentence):
        FolderBench(folder(tmp_path, *labels, unit=unit))


def test_an_empty_label_and_a_file_that_is_no_picture_are_named(tmp_path: Path) -> None:
    root = folder(tmp_path, "start", "step-1_good")
    (root / "labels" / "step-1_good" / "001.jpg").write_bytes(b"GIF89a")
    with pytest.raises(BadFolder, match=r"step-1_good/001\.jpg is no JPEG"):
        FolderBench(root)
    (root / "labels" / "occluded").mkdir()
    with pytest.raises(BadFolder, match="occluded holds no JPEG"):
        FolderBench(root)


def test_a_label_is_shown_again_and_again_and_a_unit_once(tmp_path: Path) -> None:
    root = folder(tmp_path, "start", "step-1_good")
    for number in range(3):
        (root / "unit" / f"{number:03d}.jpg").write_bytes(JPEG + bytes([number]))
    bench = FolderBench(root)
    unit = bench.unit(0)
    # Three pictures for one step last five seconds; the last one stays.
    assert [unit.look(t)()[-1] for t in (0.0, 1.8, 4.0, 60.0)] == [0, 1, 2, 2]
    show = bench.lesson(bench.lessons[0])
    assert show.look(0.0)() == show.look(3 / 15)() == JPEG
