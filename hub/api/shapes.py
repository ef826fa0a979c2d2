"""What the bodies and answers of the Supercoach surface have in common."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints
from quart import Response

from hub.rendering import json_response

OPTIONS_BYTES = 16 * 1024


def small(free: dict[str, Any]) -> dict[str, Any]:
    """A free object, if it is of OPTIONS_BYTES at most. Raises ValueError."""
    if len(orjson.dumps(free)) > OPTIONS_BYTES:
        raise ValueError(f"at most {OPTIONS_BYTES // 1024} KiB of JSON")
    return free


def _id_of(value: object) -> object:
    """An AssemblyId is {"id": …}; a bare text is accepted, and an empty object is none."""
    said = value.get("id", "") if isinstance(value, dict) else value
    return None if said == "" else said


def _text_of(value: object) -> object:
    """An integer as a text; anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Short = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=4000)]
Link = Annotated[str, StringConstraints(max_length=2000)]
FreeObject = Annotated[dict[str, Any], AfterValidator(small)]
"""DatabaseOptions, TorqueData and the like."""
AssemblyId = Annotated[Short | None, BeforeValidator(_id_of, json_schema_input_type=dict[str, str] | str | None)]
PartId = Annotated[str, BeforeValidator(_text_of, json_schema_input_type=str | int), StringConstraints(max_length=64)]
"""The id of a step, of its data or of an operator: the source writes these integers as texts; both are taken."""


class Timestamp(BaseModel):
    """A moment: seconds since 1970 as a text, and nanoseconds."""

    seconds: str
    nanos: int


class Said(BaseModel):
    """The source's envelope around a text."""

    status: Literal["ok"] = "ok"
    msg: str = ""


class ObjectAnswer(BaseModel):
    """The source's envelope around an object."""

    status: Literal["ok"] = "ok"
    msg: dict[str, Any]


def assembly_id(id_: str | None) -> dict[str, str]:
    """The source's AssemblyId; empty for none."""
    return {} if id_ is None else {"id": id_}


def timestamp(at_ms: int) -> dict[str, object]:
    """The source's Timestamp."""
    return {"seconds": str(at_ms // 1000), "nanos": at_ms % 1000 * 1_000_000}


def said(text: str) -> Response:
    """A text in the source's envelope."""
    return json_response({"status": "ok", "msg": text})


def told(value: Any) -> Response:
    """A value in the source's envelope."""
    return json_response({"status": "ok", "msg": value})


def told_list(values: list[Any], total: int) -> Response:
    """A list in the source's envelope; X-Total-Count says how many there are in all."""
    return json_response({"status": "ok", "msg": values}, headers={"X-Total-Count": str(total)})
