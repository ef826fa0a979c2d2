"""What every route and every socket command declares: its name, who may, how often, and the manners of its surface.

`@operation(...)` stands directly above the handler, under the route. It documents the handler for /openapi.json (or, with `socket`,
/asyncapi.json), and parses what `body` and `query` name into arguments of those names. The gate (hub/gate.py) reads the declaration
before the handler runs: a route without one is refused, and a law test finds it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec

from pydantic import BaseModel
from quart import g
from quart.typing import ResponseReturnValue
from quart_schema import document_querystring, document_request, document_response, operation_id, tag
from quart_schema.validation import DataSource

from hub.caller import Caller as Caller
from hub.errors import NotAuthenticated
from hub.parsing import read_body, read_query
from storage.entities.user import Role

Handler = Callable[..., Awaitable[ResponseReturnValue]]
P = ParamSpec("P")

_ATTRIBUTE = "takt_operation"


class Surface(StrEnum):
    """Whose manners an operation keeps: the shape of its errors, and what it does with an unknown field."""

    TAKT = "takt"
    SUPERCOACH = "supercoach"
    HALTLESS = "haltless"
    VIANA = "viana"
    TRACKMYMACHINES = "trackmymachines"
    CERRION = "cerrion"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in any `per_s` seconds, per caller and operation; bursts up to `requests` are allowed.

    `shared` False counts in this process only: for what must answer without the store, or costs less than asking it.
    """

    requests: int
    per_s: int = 60
    shared: bool = True


READS = Limit(600)
"""Ten a second: a screen that starts asks for a handful at once."""
WRITES = Limit(120)
"""Two a second: a person, or a machine that reports single events."""


@dataclass(frozen=True)
class Operation:
    """One declared operation. `role` None = without a token. `socket` = path of the socket whose command this is."""

    name: str
    role: Role | None
    limit: Limit
    surface: Surface
    document: str
    body: type[BaseModel] | None = None
    form: bool = False
    query: type[BaseModel] | None = None
    answers: Mapping[int, type[BaseModel] | str | None] = field(default_factory=dict)
    """Status → model of the JSON, a media type for anything else, or None for an empty body."""
    socket: str | None = None
    number: int | None = None
    """Number of the Supercoach operation, where it is one."""
    strict: bool = True
    """Unknown fields are refused by name; False = ignored and logged (the sources' clients may send more)."""


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    role: Role | None,
    limit: Limit,
    surface: Surface = Surface.TAKT,
    body: type[BaseModel] | None = None,
    form: bool = False,
    query: type[BaseModel] | None = None,
    answers: Mapping[int, type[BaseModel] | str | None] | None = None,
    socket: str | None = None,
    number: int | None = None,
    strict: bool | None = None,
) -> Callable[[Handler], Handler]:
    """Declares an operation; the docstring of the handler is its document. Raises ValueError for a name used twice or no docstring."""

    def declare(handler: Handler) -> Handler:
        document = (handler.__doc__ or "").strip()
        if not document:
            raise ValueError(f"operation {name} has no document: give {handler.__qualname__} a docstring")
        keeps = surface is Surface.TAKT if strict is None else strict
        declared = Operation(name, role, limit, surface, document, body, form, query, answers or {}, socket, number, keeps)
        if REGISTRY.get(name, declared) != declared:
            raise ValueError(f"operation {name} is declared twice")
        REGISTRY[name] = declared
        run = handler if socket else _parsing(declared, handler)
        setattr(run, _ATTRIBUTE, declared)
        return run if socket else _documented(declared, run)

    return declare


def declare_socket_command(name: str, *, role: Role | None, limit: Limit, socket: str, document: str) -> Operation:
    """Declares a command of a socket that has no handler function of its own. Raises ValueError for a name used twice."""
    declared = Operation(name, role, limit, Surface.TAKT, document, socket=socket)
    if REGISTRY.get(name, declared) != declared:
        raise ValueError(f"operation {name} is declared twice")
    REGISTRY[name] = declared
    return declared


def operation_of(view: object) -> Operation | None:
    """The declaration of a view function, if it has one."""
    found = getattr(view, _ATTRIBUTE, None)
    return found if isinstance(found, Operation) else None


def set_caller(caller: Caller) -> None:
    """Remembers who asks, for the rest of this request."""
    g.takt_caller = caller


def find_caller() -> Caller | None:
    """Who asks; None before, or without, authentication."""
    caller = g.get("takt_caller")
    return caller if isinstance(caller, Caller) else None


def current_caller() -> Caller:
    """Who asks. Raises NotAuthenticated when nobody has been verified in this request."""
    caller = find_caller()
    if caller is None:
        raise NotAuthenticated("Sign in first: this operation needs a token.")
    return caller


def _parsing(declared: Operation, handler: Handler) -> Handler:
    @wraps(handler)
    async def parsed(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if declared.query is not None:
            kwargs["query"] = read_query(declared.query, strict=declared.strict)
        if declared.body is not None:
            kwargs["body"] = await read_body(declared.body, strict=declared.strict, form=declared.form)
        return await handler(*args, **kwargs)

    return parsed


def _documented(declared: Operation, run: Handler) -> Handler:
    if declared.query is not None:
        run = document_querystring(declared.query)(run)
    if declared.body is not None:
        run = document_request(declared.body, source=DataSource.FORM if declared.form else DataSource.JSON)(run)
    for status, answer in declared.answers.items():
        if isinstance(answer, type):
            run = document_response(answer, status)(run)
    run = operation_id(declared.name)(run)
    return tag([declared.surface.value])(run)
