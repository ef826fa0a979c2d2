"""From a decoded message to a checked model."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, TypeAdapter, ValidationError

from hub.errors import BadMessage, Invalid

M = TypeVar("M", bound=BaseModel)

RequestId = StrictInt | Annotated[StrictStr, Field(max_length=64)]
_REQUEST_ID: TypeAdapter[int | str] = TypeAdapter(RequestId)


class SourceModel(BaseModel):
    """A request of the source's own protocol: fields that it does not name are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class OwnModel(BaseModel):
    """A request of our own protocol: fields that it does not name are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def fit(model: type[M], value: object, where: str) -> M:
    """`value` as `model`. Raises Invalid that names the first field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join([where, *(str(part) for part in first["loc"])])
        raise Invalid(f"{path}: {first['msg']}.", field=path) from error


def as_map(message: object) -> dict[str, Any]:
    """The message as a map. Raises BadMessage."""
    if not isinstance(message, dict) or not all(isinstance(key, str) for key in message):
        raise BadMessage("A message must be a map with text keys.")
    return message


def request_id(message: dict[str, Any]) -> int | str | None:
    """The `id` that comes back in the reply; None when there is none. Raises BadMessage."""
    if message.get("id") is None:
        return None
    try:
        return _REQUEST_ID.validate_python(message["id"])
    except ValidationError as error:
        raise BadMessage("id must be a whole number or a text of at most 64 characters.") from error


def one_of(message: dict[str, Any], *names: str) -> str:
    """The single name of `names` that the message holds. Raises BadMessage for none or several."""
    held = [name for name in names if message.get(name) is not None]
    if len(held) != 1:
        found = " and ".join(held) or "none of them"
        raise BadMessage(f"A message holds exactly one of {', '.join(names)}; this one holds {found}.")
    return held[0]
