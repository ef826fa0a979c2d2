"""The REST operations as OpenAPI 3.1, made from their declarations by quart-schema's provider."""

from typing import Any

import orjson
from quart import Quart
from quart_schema import QuartSchema
from quart_schema.openapi import APIKeySecurityScheme, HttpSecurityScheme, Info, OpenAPIProvider
from werkzeug.routing import Rule

from hub.examples import Examples
from hub.operation import Operation, Surface, operation_of
from hub.version import VERSION

DESCRIPTION = (
    "Takt learns an assembly from a few seconds of video a step and coaches it live. Its operations keep the manners of the services they "
    "come from: the tag of an operation names its surface, and so the shape of its errors. Press Authorize and give a token, such as "
    "./takt token --role viewer prints, to try them. The websockets are in /asyncapi.json."
)
TITLES = {
    Surface.TAKT: "Takt's own",
    Surface.SUPERCOACH: "Supercoach",
    Surface.HALTLESS: "Haltless",
    Surface.VIANA: "VIANA",
    Surface.TRACKMYMACHINES: "TrackMyMachines",
    Surface.CERRION: "Cerrion",
}
_ERRORS: dict[Surface, dict[str, Any]] = {
    Surface.TAKT: {"status": "error", "code": "not_found", "msg": "There is no such station."},
    Surface.SUPERCOACH: {"status": "error", "code": "not_found", "msg": "There is no such assembly."},
    Surface.HALTLESS: {"detail": "User not found."},
    Surface.VIANA: {"status": False, "message": "Not found", "error_code": "NOT_FOUND"},
    Surface.TRACKMYMACHINES: {"error": "API key not found"},
    Surface.CERRION: {"error": "Not found"},
}
_MEANINGS = {
    400: "The body is not readable.",
    401: "No token, or one that is not valid any more.",
    403: "The role is too low, or the Origin is not allowed.",
    404: "Not there, or another organisation's.",
    409: "The state of things does not allow it.",
    413: "The body is too big.",
    422: "A field does not fit; it is named.",
    429: "Too many requests: wait as long as Retry-After says.",
    503: "The store, vision or the camera is not there.",
}
_HEADERS = {
    "X-RateLimit-Limit": {"description": "Requests that a period allows.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "Requests left now.", "schema": {"type": "integer"}},
}


class TaktProvider(OpenAPIProvider):
    """Adds what quart-schema leaves out: required bodies, errors per surface, media types, limits, roles."""

    def operation_id(self, method: str, path: str, func: Any) -> str | None:
        """The declared name, which is unique by law."""
        declared = operation_of(func)
        return declared.name if declared else None

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """The paths of a rule, completed from its declaration."""
        paths, components = super().build_paths(rule)
        declared = operation_of(self._app.view_functions[rule.endpoint])
        if declared is not None:
            for operations in paths.values():
                for described in operations.values():
                    _complete(described, declared)
        return paths, components


def openapi_of(app: Quart) -> dict[str, Any]:
    """The whole document."""
    # The extension is only the provider's source of settings: it is not installed, because it would wrap every answer and every socket.
    described = QuartSchema(
        info=Info(title="Takt", version=VERSION, description=DESCRIPTION),
        security_schemes={
            "bearer": HttpSecurityScheme(scheme="bearer", bearer_format="JWT or API key"),
            "apiKey": APIKeySecurityScheme(name="X-API-Key", in_="header"),
        },
    )
    app.config.setdefault("QUART_SCHEMA_CONVERSION_PREFERENCE", "pydantic")
    app.config.setdefault("QUART_SCHEMA_CONVERT_CASING", False)
    document: dict[str, Any] = orjson.loads(orjson.dumps(TaktProvider(app, described).schema(), option=orjson.OPT_NON_STR_KEYS))
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["components"]["schemas"] |= {f"Error_{surface.value}": _error_schema(surface) for surface in Surface}
    operations = [described for path in document["paths"].values() for described in path.values()]
    examples = Examples(document["components"]["schemas"])
    for described in operations:
        _show_examples(described, examples)
    # In the order of the surfaces, each with its nouns.
    titles = list(TITLES.values())
    tags = {described["tags"][0] for described in operations}
    document["tags"] = [{"name": tag} for tag in sorted(tags, key=lambda tag: (titles.index(tag.partition(":")[0]), tag))]
    return document


def _show_examples(described: dict[str, Any], examples: Examples) -> None:
    """Puts an example beside every schema of JSON or of a form that is asked for or answered."""
    answers = [answer for status, answer in described["responses"].items() if status.startswith("2")]
    for part, is_answer in [(described.get("requestBody", {}), False), *((answer, True) for answer in answers)]:
        for media_type, content in part.get("content", {}).items():
            if media_type.endswith(("json", "form-urlencoded")):
                content["example"] = examples.of(content["schema"], whole=is_answer)


def openapi_bytes(app: Quart) -> bytes:
    """The document as JSON; made once an app."""
    made = app.extensions.get("takt.openapi")
    if not isinstance(made, bytes):
        made = app.extensions["takt.openapi"] = orjson.dumps(openapi_of(app))
    return made


def _complete(described: dict[str, Any], declared: Operation) -> None:
    if "requestBody" in described and declared.body is not None:
        described["requestBody"]["required"] = any(f.is_required() for f in declared.body.model_fields.values())
    for status, answer in declared.answers.items():
        if isinstance(answer, str):
            described["responses"][status] = {"description": "The content itself.", "content": {answer: {"schema": {"type": "string"}}}}
        elif answer is None:
            described["responses"][status] = {"description": "Done; nothing to say."}
    for response in described["responses"].values():
        response.setdefault("headers", {}).update(_HEADERS)
    for status in _statuses(declared):
        described["responses"].setdefault(status, _error(status, declared.surface))
    described["security"] = [] if declared.role is None else [{"bearer": []}, {"apiKey": []}]
    described["tags"] = [f"{TITLES[declared.surface]}: {declared.name.partition('.')[0].replace('_', ' ')}"]
    needs = f"Needs the role {declared.role.value} or a higher one" if declared.role else "Needs no token"
    allowed = f"{needs}; at most {declared.limit.requests} requests in {declared.limit.per_s} s."
    described["description"] = "\n\n".join(filter(None, (described.get("description", "").strip(), allowed)))
    described["x-takt-role"] = declared.role.value if declared.role else None
    described["x-takt-limit"] = {"requests": declared.limit.requests, "per_s": declared.limit.per_s}
    if declared.number is not None:
        described["x-supercoach-operation"] = declared.number


def _statuses(declared: Operation) -> list[int]:
    statuses = [429, 503]
    if declared.role is not None:
        statuses += [401, 403, 404]
    if declared.body is not None:
        statuses += [400, 409, 413, 422]
    if declared.query is not None:
        statuses += [422]
    if declared.surface is Surface.VIANA:
        statuses = [400 if status == 422 else status for status in statuses]
    return sorted(set(statuses))


def _error(status: int, surface: Surface) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/Error_{surface.value}"}
    return {"description": _MEANINGS[status], "content": {"application/json": {"schema": schema}}}


def _error_schema(surface: Surface) -> dict[str, Any]:
    example = _ERRORS[surface]
    kinds = {str: "string", bool: "boolean"}
    properties: dict[str, Any] = {name: {"type": kinds[type(value)]} for name, value in example.items()}
    if surface is Surface.HALTLESS:
        properties = {"detail": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}}
    return {"type": "object", "properties": properties, "required": list(example), "examples": [example]}
