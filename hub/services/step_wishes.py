"""What a caller wants of a step and its data; a field that is not in `fields` stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storage.entities.step_data import OcrCaptureVariable


@dataclass(frozen=True, slots=True)
class InfoWish:
    """A step data info; `id` None = a new one, under an id that the hub gives."""

    id: int | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataWish:
    """A step data; `infos` and `variables` are the whole lists, None = they stay."""

    id: int | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    infos: Sequence[InfoWish] | None = None
    variables: Sequence[OcrCaptureVariable] | None = None


@dataclass(frozen=True, slots=True)
class StepWish:
    """A step; `previous_id` and `next_id`: hub.coaching.step_order.moved; `step_data` is the whole list, None = it stays."""

    fields: Mapping[str, object] = field(default_factory=dict)
    previous_id: int | None = None
    next_id: int | None = None
    step_data: Sequence[DataWish] | None = None
