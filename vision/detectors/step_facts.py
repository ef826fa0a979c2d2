"""What a step's network says about itself, in the file's rt_info, so that a model is complete without any database."""

import json
from dataclasses import asdict, dataclass, field

import openvino as ov

from vision.detectors.region import Region

_SECTION = "takt"
VERSION = 1
"""Of this table and of the way a frame is prepared; another one is refused."""


class NotAStepModel(ValueError):
    """The file is no network of a step, or one that this version does not read."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """Everything beside the numbers: `labels` in the order of the logits, those of them that are right, and where to look.

    `part` is the outline of what changes, in units (empty: none found, the whole frame is looked at); `high` the taught pictures'
    height in units; `registered` is False for a bare place, where the camera must stand still; `training` holds numbers about
    the training for people (frames, seconds, seed, …).
    """

    labels: tuple[str, ...]
    correct: tuple[str, ...]
    threshold: float
    region: Region
    high: float
    input_size: int
    part: tuple[tuple[float, float], ...] = ()
    registered: bool = True
    training: dict[str, float] = field(default_factory=dict)

    def write(self, model: ov.Model) -> None:
        """Put the facts into a model before it is saved."""
        model.set_rt_info(str(VERSION), [_SECTION, "version"])
        for name, value in asdict(self).items():
            model.set_rt_info(json.dumps(value), [_SECTION, name])

    @classmethod
    def read(cls, model: ov.Model) -> "StepFacts":
        """Raises NotAStepModel."""
        if not model.has_rt_info([_SECTION, "version"]):
            raise NotAStepModel("The file is not the network of a step.")
        version = str(model.get_rt_info([_SECTION, "version"]).value)
        if version != str(VERSION):
            raise NotAStepModel(f"The step's network is of version {version}; this program reads version {VERSION}. Train it again.")
        names = ("labels", "correct", "threshold", "region", "high", "input_size", "part", "registered", "training")
        try:
            facts = {name: json.loads(str(model.get_rt_info([_SECTION, name]).value)) for name in names}
            region = Region(**facts.pop("region"))
            labels, correct = tuple(facts.pop("labels")), tuple(facts.pop("correct"))
            part = tuple((float(x), float(y)) for x, y in facts.pop("part"))
        except (RuntimeError, TypeError, ValueError) as broken:
            raise NotAStepModel("The facts in the step's network cannot be read.") from broken
        return cls(labels=labels, correct=correct, region=region, part=part, **facts)
