"""A bench of somebody's own pictures: labels/<label>/*.jpg to learn from, unit/*.jpg to coach."""

import re
import uuid
from pathlib import Path

from clients.demo.bench import Lesson, Look, Show, Unit
from clients.demo.story import Act

PICTURES_PER_S = 15.0
# A unit of few pictures is shown slower, so that the coach has the time that a person would take.
LEAST_S_A_STEP = 5.0
MOST_FRAMES = 150
LEAST_FRAMES = 40
JPEG_MAGIC = b"\xff\xd8"
PICTURE_LIMIT = 4 * 1024 * 1024 - 1024

_STEP = re.compile(r"^step-(\d+)_(good|incorrect|occluded)(?:_(\d+))?$")
_START = ("start", "step-1_previous")


class BadFolder(ValueError):
    """A sentence that names what is missing or wrong."""


class FolderBench:
    """The pictures of a folder. Labels: start, step-1_good, step-2_good, …, occluded; step-n_good_1, step-n_incorrect_1 if wanted."""

    has_mistakes = False

    def __init__(self, folder: Path) -> None:
        """Raises BadFolder."""
        self.title = folder.resolve().name
        self._pictures = {d.name: _pictures(d) for d in sorted((folder / "labels").glob("*")) if d.is_dir()}
        if not self._pictures:
            raise BadFolder(
                f"{folder} has no labels: make labels/start, labels/step-1_good, labels/step-2_good, … with JPEG pictures in each."
            )
        self._unit = _pictures(folder / "unit") if (folder / "unit").is_dir() else []
        if not self._unit:
            raise BadFolder(f"{folder} has no unit to coach: put its JPEG pictures, in order of their names, into unit/.")
        self.lessons: tuple[Lesson, ...] = self._lessons(folder)
        names = "\n".join([str(folder.resolve()), *(lesson.label for lesson in self.lessons)])
        self.assembly_id = str(uuid.uuid5(uuid.NAMESPACE_URL, names))

    def step_names(self) -> tuple[str, ...]:
        """Names of the steps, in order."""
        return tuple(lesson.name for lesson in self.lessons if lesson.step_type == "MASTER" and lesson.step_index)

    def lesson(self, lesson: Lesson) -> Show:
        """The label's pictures, again and again."""
        return _Loop(self._pictures[lesson.label])

    def unit(self, number: int) -> Unit:
        """The pictures once, the last of them for as long as it takes."""
        return _FolderUnit(self._unit, max(len(self._unit) / PICTURES_PER_S, LEAST_S_A_STEP * len(self.step_names())))

    def _lessons(self, folder: Path) -> tuple[Lesson, ...]:
        lessons = [self._lesson(name, len(pictures)) for name, pictures in self._pictures.items()]
        masters = {lesson.step_index for lesson in lessons if lesson.step_type == "MASTER"}
        if 0 not in masters:
            raise BadFolder(f"{folder} lacks labels/start: pictures of the bench before step 1.")
        steps = max((lesson.step_index for lesson in lessons), default=0)
        lacking = [f"labels/step-{n}_good" for n in range(1, max(steps, 1) + 1) if n not in masters]
        if lacking:
            raise BadFolder(f"{folder} lacks {', '.join(lacking)}: pictures of how the step looks when it is done.")
        # Steps are made in their order, and what else a step knows comes after its end position.
        return tuple(sorted(lessons, key=lambda lesson: (lesson.step_type == "OCCLUDED", lesson.step_index, lesson.step_type != "MASTER")))

    @staticmethod
    def _lesson(label: str, pictures: int) -> Lesson:
        frames = min(MOST_FRAMES, max(LEAST_FRAMES, pictures))
        if label in _START:
            return Lesson(label, 0, "MASTER", name="Before step 1", frames=frames)
        if label == "occluded":
            return Lesson(label, 0, "OCCLUDED", name="Hands in the way", frames=frames)
        known = _STEP.match(label)
        if not known or int(known[1]) < 1:
            raise BadFolder(f"labels/{label} is no label: use start, step-1_good, step-1_good_1, step-1_incorrect_1, occluded.")
        number, value, index = int(known[1]), known[2], int(known[3] or 0)
        if (value == "incorrect") != bool(index) and value != "good":
            raise BadFolder(f"labels/{label} needs another name: incorrect ones are numbered from 1, occluded is not.")
        kind = {"good": "CORRECT" if index else "MASTER", "incorrect": "INCORRECT", "occluded": "OCCLUDED"}[value]
        return Lesson(label, number, kind, index, f"Step {number}", "", LEAST_S_A_STEP, frames)


class _Loop:
    def __init__(self, pictures: list[Path]) -> None:
        self._pictures = pictures

    def look(self, t: float) -> Look:
        """What reads the picture at second t."""
        return self._pictures[int(t * PICTURES_PER_S) % len(self._pictures)].read_bytes


class _FolderUnit:
    def __init__(self, pictures: list[Path], lasts_s: float) -> None:
        self._pictures = pictures
        self._lasts_s = lasts_s

    def look(self, t: float) -> Look:
        """What reads the picture at second t."""
        at = int(t / self._lasts_s * len(self._pictures))
        return self._pictures[min(at, len(self._pictures) - 1)].read_bytes

    def move_to(self, step: int, t: float) -> None:
        """Pictures do not listen."""

    def hear(self, status: str, t: float) -> None:
        """Pictures do not listen."""

    def doing(self) -> Act:
        """Nothing that is known."""
        return Act.WAIT


def _pictures(folder: Path) -> list[Path]:
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    if not pictures:
        raise BadFolder(f"{folder} holds no JPEG pictures.")
    for path in pictures:
        with path.open("rb") as file:
            magic = file.read(2)
        if magic != JPEG_MAGIC or path.stat().st_size > PICTURE_LIMIT:
            raise BadFolder(f"{path} is no JPEG picture of less than 4 MiB.")
    return pictures
