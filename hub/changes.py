"""Changes of which a field may be left out: it stays then, which is something else than becoming null."""

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import Field

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Stays(Enum):
    """Stands for a field that does not change."""

    STAYS = "stays"


STAYS = Stays.STAYS


def may_be_left_out() -> Any:
    """Default of a body's field that stays where it is left out; null is only for fields that may be null."""
    return Field(default_factory=lambda: STAYS)


def changed_fields(change: "DataclassInstance") -> dict[str, object]:
    """What a change names, for `model_copy(update=...)`."""
    named = {each.name: getattr(change, each.name) for each in dataclasses.fields(change)}
    return {name: value for name, value in named.items() if value is not STAYS}
