"""One error, told in the manners of each surface; nothing of the inside leaks."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from quart import Quart, Response, has_request_context, request, websocket
from quart.wrappers import Request, Websocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import WebsocketMismatch

from hub.errors import BadMessage, NotFound, TaktError, TooBig, TooMany, Unavailable
from hub.operation import Surface, operation_of
from hub.parsing import BadFields
from storage.errors import StoreUnavailable

log = structlog.get_logger(__name__)

# MISSING_TOKEN and FORBIDDEN_NETWORKS share their status with another one: whoever raises them names them.
_VIANA_CODES = {
    400: "INVALID_PARAM",
    401: "INVALID_TOKEN",
    403: "INSUFFICIENT_SCOPE",
    404: "NOT_FOUND",
    408: "TIMED_OUT",
    409: "CONFLICT",
    413: "TOO_BIG",
    422: "INVALID_PARAM",
    429: "TOO_MANY_REQUESTS",
    503: "SERVICE_UNAVAILABLE",
}
# A surface that has no 422 tells a wrong value like what it cannot read.
_STATUSES: dict[Surface, dict[int, int]] = {Surface.VIANA: {422: 400}}


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer by orjson."""
    return Response(orjson.dumps(value), status, headers, content_type="application/json")


def list_response(shown: list[Any], total: int) -> Response:
    """A bare array of the newest, and in X-Total-Count how many there are."""
    return json_response(shown, headers={"X-Total-Count": str(total)})


def surface_of_request() -> Surface:
    """The surface whose operation is asked for; our own where no route matches."""
    from quart import current_app

    view = current_app.view_functions.get(_asked().endpoint or "")
    declared = operation_of(view)
    return declared.surface if declared else Surface.TAKT


def _asked() -> Request | Websocket:
    """What is being answered; before its handshake a websocket is refused like a request."""
    return request if has_request_context() else websocket


def error_response(error: TaktError, surface: Surface) -> Response:
    """The answer that tells `error` on `surface`."""
    response = json_response(_BODIES[surface](error), _STATUSES.get(surface, {}).get(error.status, error.status))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_s + 0.499)))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def install_error_handlers(app: Quart) -> None:
    """Every exception of a handler becomes an answer of its surface; what is not foreseen is logged and told as internal_error."""

    async def taktly(error: TaktError) -> Response:
        return error_response(error, surface_of_request())

    async def store_away(error: StoreUnavailable) -> Response:
        log.warning("store unavailable", path=_asked().path, reason=str(error))
        return error_response(Unavailable("The store does not answer. Try again in a moment."), surface_of_request())

    async def of_framework(error: HTTPException) -> Response:
        response = error_response(_translated(error), surface_of_request())
        response.headers.extend({k: v for k, v in error.get_headers() if k.lower() in ("allow", "location")})
        return response

    async def unforeseen(error: Exception) -> Response:
        log.exception("unforeseen error", path=_asked().path, error=type(error).__name__)
        return error_response(TaktError(), surface_of_request())

    app.register_error_handler(TaktError, taktly)
    app.register_error_handler(StoreUnavailable, store_away)
    app.register_error_handler(HTTPException, of_framework)
    app.register_error_handler(Exception, unforeseen)


def _translated(error: HTTPException) -> TaktError:
    status = error.code or 500
    if status == 404:
        return NotFound("There is nothing at this address.")
    if status == 413:
        return TooBig("The body is larger than this operation accepts.")
    if isinstance(error, WebsocketMismatch):
        return BadMessage("This address is a websocket." if has_request_context() else "This address is no websocket.")
    translated: TaktError = BadMessage(error.description or error.name) if status < 500 else TaktError()
    translated.status = status
    if status == 405:
        translated.code, translated.message = "method_not_allowed", "This address does not know that method."
    return translated


def _own(error: TaktError) -> dict[str, object]:
    body: dict[str, object] = {"status": "error", "code": error.code, "msg": error.message}
    if error.field:
        body["field"] = error.field
    return body


def _haltless(error: TaktError) -> dict[str, object]:
    if isinstance(error, BadFields):
        return {"detail": error.details}
    if error.status == 422:
        return {"detail": [{"loc": ["body", error.field], "msg": error.message, "type": "value_error"}]}
    return {"detail": error.message}


def _viana(error: TaktError) -> dict[str, object]:
    known = error.code if error.code.isupper() else _VIANA_CODES.get(error.status, "SERVER_ERROR")
    return {"status": False, "message": error.message, "error_code": known}


def _bare(error: TaktError) -> dict[str, object]:
    return {"error": error.message}


_BODIES: dict[Surface, Callable[[TaktError], dict[str, object]]] = {
    Surface.TAKT: _own,
    Surface.SUPERCOACH: _own,
    Surface.HALTLESS: _haltless,
    Surface.VIANA: _viana,
    Surface.TRACKMYMACHINES: _bare,
    Surface.CERRION: _bare,
}
