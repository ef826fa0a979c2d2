"""What an assembly wishes of augmentation is what its pictures are varied by."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.entities.assembly import Assembly
from storage.entities.augmentation import Augmentation
from storage.entities.step import Label, LabelType, Step
from vision.training.augment import Augmenter
from vision.training.dataset import RecordedPictures, lessons
from vision.training.lesson import Augmentation as Ranges

SIZE = 64
# Red on the left, blue on the right: what moves, what is relit and what is coloured all show.
PICTURE = np.zeros((SIZE, SIZE, 3), np.uint8)
PICTURE[:, : SIZE // 2, 2], PICTURE[:, SIZE // 2 :, 0], PICTURE[..., 1] = 120, 120, 60


def ranges(**strengths: float) -> Ranges:
    """What a training of an assembly with these strengths varies by."""
    start, master = Label(id="l0", type=LabelType.MASTER, recordings=("r",)), Label(id="l1", type=LabelType.MASTER, recordings=("r",))
    assembly = Assembly(
        organisation="o",
        id="a",
        revision_id="r",
        name="A",
        steps=(Step(id=1, labels=(master,)),),
        start_label=start,
        augmentation=Augmentation(**strengths),
        created_at_ms=0,
        updated_at_ms=0,
    )
    return lessons(assembly, {"r": RecordedPictures(Path("nowhere"), 1)}, 1)[0].options.augmentation


def varied(strengths: dict[str, float]) -> NDArray[np.float64]:
    """Many variations of PICTURE."""
    augmenter = Augmenter(ranges(**strengths), SIZE, SIZE / 640 * 8, np.random.default_rng(1))
    return np.stack([augmenter.vary(PICTURE, np.random.default_rng([2, n])) for n in range(40)]).astype(np.float64)


def test_one_is_as_usual() -> None:
    assert ranges() == Ranges() == ranges(lighting_aug=1, placement_aug=1, color_aug=1)


NONE = {"lighting_aug": 0.0, "placement_aug": 0.0, "color_aug": 0.0}


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("lighting_aug", lambda pictures: pictures.mean((1, 2, 3)).std()),
        ("placement_aug", lambda pictures: (pictures[..., 2] > 60).sum((1, 2)).std()),
        ("color_aug", lambda pictures: (pictures[..., 2].mean((1, 2)) / pictures[..., 0].mean((1, 2))).std()),
    ],
)
def test_more_of_one_varies_more_of_it(name: str, measure: "object") -> None:
    assert callable(measure)
    spreads = [measure(varied({**NONE, name: strength})) for strength in (0.0, 0.5, 2.0)]
    assert spreads[0] * 2 < spreads[1]
    assert spreads[1] * 2 < spreads[2]


def test_none_of_it_leaves_only_the_camera_s_own_noise() -> None:
    assert np.abs(varied(NONE).mean(0) - PICTURE)[:, 4:-4].max() < 12
