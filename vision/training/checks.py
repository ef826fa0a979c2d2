"""What recordings must have before they can teach a step, each said in a sentence for the person who recorded them."""

from dataclasses import replace

from vision.detectors.pictures import Picture
from vision.training.errors import TrainingError
from vision.training.lesson import LabelKind, StepData, TaughtLabel

FEWEST_FRAMES = 6
"""A third is held back, and of the rest every fourth sets the threshold: with fewer nothing is left to learn from."""
_BLACK_MEAN, _BLACK_SPREAD = 6.0, 3.0
"""Grey levels."""
_BLACK_SHARE = 0.25
_NEEDED = {
    LabelKind.START: "There is no recording of the start: the place before the step is done.",
    LabelKind.CORRECT: "There is no recording of the step done right.",
}


def name_of(label: str, taught: TaughtLabel) -> str:
    """What sentences call a label."""
    return f"‘{taught.name or label}’"


def check_labels(data: StepData) -> StepData:
    """The same without empty recordings. Raises TrainingError when a needed label is missing or has too few pictures."""
    for kind, sentence in _NEEDED.items():
        if not any(each.kind is kind and each.recordings for each in data.labels.values()):
            raise TrainingError(sentence)
    if sum(each.kind is LabelKind.START for each in data.labels.values()) > 1:
        raise TrainingError("A step has one start; more than one label is given as such.")
    for label, taught in data.labels.items():
        frames = sum(len(recording) for recording in taught.recordings)
        if frames < FEWEST_FRAMES:
            there = "1 picture" if frames == 1 else f"{frames} pictures"
            raise TrainingError(f"{name_of(label, taught)} has {there}; at least {FEWEST_FRAMES} are needed. Record it for longer.")
    return StepData(
        {label: replace(taught, recordings=[each for each in taught.recordings if len(each)]) for label, taught in data.labels.items()}
    )


def check_picture(picture: Picture, size: tuple[int, int], name: str) -> None:
    """Raises TrainingError for a picture of another size (height, width) than the first one."""
    if picture.ndim != 3 or picture.shape[:2] != size:
        high, wide = picture.shape[:2]
        there = f"The pictures of {name} are {wide} × {high} points, the others {size[1]} × {size[0]}."
        raise TrainingError(f"{there} Record all labels with one camera setting.")


def is_black(picture: Picture) -> bool:
    """Whether nothing is to be seen: no light, or a camera that gives no picture."""
    return float(picture.mean()) < _BLACK_MEAN and float(picture.std()) < _BLACK_SPREAD


def check_seen(black: int, pictures: int, name: str) -> None:
    """Raises TrainingError when too many of a label's pictures are black; a few are a camera's hiccup and are left out."""
    if black > _BLACK_SHARE * pictures:
        many = "The" if black == pictures else f"{black} of the {pictures}"
        raise TrainingError(f"{many} pictures of {name} are black. Look at the camera and the light, then record them again.")
