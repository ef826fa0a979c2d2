"""From bytes at the door to a checked model: the first of a route's four moves."""

import re
from functools import cache
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import orjson
import structlog
from pydantic import BaseModel, ValidationError
from quart import request

from hub.errors import BadMessage, Invalid

M = TypeVar("M", bound=BaseModel)

# Deeper JSON than any body here has; a parser's own limit is far higher and costs memory.
DEPTH_LIMIT = 32
FORM = "application/x-www-form-urlencoded"
# Several times what any form here has.
FORM_FIELDS = 100

# How clients write the place of a value in a list: `ids[]=a`, `ids[0]=a`.
_PLACE = re.compile(r"\[\d{0,4}\]$")

log = structlog.get_logger(__name__)


class BadFields(Invalid):
    """A body or query that does not fit its model; keeps pydantic's list for surfaces that answer with it."""

    def __init__(self, where: str, details: list[dict[str, Any]]) -> None:
        first = details[0]
        path = ".".join(str(part) for part in first["loc"][1:]) or where
        super().__init__(f"{path}: {first['msg']}", field=path)
        self.where = where
        self.details = details


async def read_body(model: type[M], *, strict: bool, form: bool = False) -> M:
    """The request's body as `model`. An empty body counts as {}. Raises BadMessage when unreadable, BadFields when it does not fit."""
    sent = await request.get_data(cache=False)
    raw = sent if isinstance(sent, bytes) else sent.encode()
    value: object = {}
    if form:
        value = parse_form(raw) if request.mimetype == FORM else {}
    elif raw.strip():
        value = parse_json(raw)
    if not isinstance(value, dict) and not _takes_any_json(model):
        raise BadMessage("The body must be a JSON object.")
    return _fit(model, value, "body", strict=strict)


def read_query(model: type[M], *, strict: bool) -> M:
    """The query string as `model`; a name given more than once, or with [] or [0], becomes a list where the model wants one."""
    value: dict[str, object] = {}
    lists = _lists(model)
    for name, values in request.args.lists():
        plain = _PLACE.sub("", name)
        if plain in lists:
            known = value.setdefault(plain, [])
            assert isinstance(known, list)
            known.extend(values)
        else:
            value[plain] = values[-1]
    return _fit(model, value, "query", strict=strict)


def parse_form(raw: bytes) -> dict[str, str]:
    """The fields of a form; of a repeated one the last. Raises BadMessage."""
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS))
    except ValueError as error:
        raise BadMessage("The body is not readable as a form.") from error


def parse_json(raw: bytes) -> Any:
    """JSON of sane depth. Raises BadMessage."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadMessage("The body is not readable as JSON.") from error
    if not _is_shallow(value):
        raise BadMessage(f"The JSON is nested deeper than {DEPTH_LIMIT} levels.")
    return value


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return True
        level = below
    return not any(isinstance(item, dict | list) for item in level)


def _fit(model: type[M], value: object, where: str, *, strict: bool) -> M:
    if isinstance(value, dict):
        _unknown_fields(model, value, where, strict=strict)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = [
            {"loc": [where, *d["loc"]], "msg": d["msg"], "type": d["type"]} for d in error.errors(include_url=False, include_input=False)
        ]
        raise BadFields(where, details) from error


def _unknown_fields(model: type[BaseModel], value: dict[Any, Any], where: str, *, strict: bool) -> None:
    if model.model_config.get("extra") == "allow" or _takes_any_json(model):
        return
    known = _known(model)
    unknown = sorted(str(name) for name in value if name not in known)
    if not unknown:
        return
    if strict:
        details = [{"loc": [where, name], "msg": "there is no such field", "type": "extra_forbidden"} for name in unknown]
        raise BadFields(where, details)
    log.info("unknown fields ignored", path=request.path, fields=unknown[:20])


@cache
def _known(model: type[BaseModel]) -> frozenset[str]:
    names = (name for key, info in model.model_fields.items() for name in (key, info.alias, info.validation_alias))
    return frozenset(name for name in names if isinstance(name, str))


def _takes_any_json(model: type[BaseModel]) -> bool:
    return bool(getattr(model, "__pydantic_root_model__", False))


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """Fields that take more than one value."""
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if any(get_origin(choice) is list for choice in (info.annotation, *get_args(info.annotation)))
    )
