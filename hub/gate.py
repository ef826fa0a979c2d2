"""Before and after every request: correlation id, Origin, identity, role, rate limit, safe headers."""

import re
import secrets
import time

import structlog
from quart import Quart, Response, current_app, g, request

from hub.caller import Caller
from hub.errors import NotAllowed, NotAuthenticated, TaktError, TooMany
from hub.hub import current_hub
from hub.operation import Operation, Surface, find_caller, operation_of, set_caller
from hub.origins import origin_is_allowed
from hub.services.limits import Allowance

log = structlog.get_logger(__name__)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CORRELATION = re.compile(r"^[A-Za-z0-9._-]{8,64}$")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; "
    "media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def install_gate(app: Quart) -> None:
    """Puts the gate before and after every HTTP request of `app`."""
    app.before_request(_before)
    app.after_request(_after)


def bearer_token() -> str | None:
    """The token or API key that the request carries in Authorization or X-API-Key."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("X-API-Key") or None


async def _before() -> None:
    g.takt_started = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.takt_request_id = given if CORRELATION.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.takt_request_id)
    declared = operation_of(current_app.view_functions.get(request.endpoint or ""))
    if declared is None:
        if request.routing_exception is None:
            raise TaktError(f"{request.endpoint} is not declared as an operation.")
        return
    try:
        caller = await _identify(declared)
    except NotAuthenticated:
        # Guesses at tokens count against the address that they come from.
        await _take_allowance(declared, None)
        raise
    await _take_allowance(declared, caller)
    _check_origin()
    if caller is not None:
        require_role(declared, caller)


def _check_origin() -> None:
    if request.method in _SAFE:
        return
    if not origin_is_allowed(request.headers.get("Origin"), request.host, current_hub().settings.origins):
        raise NotAllowed("This origin may not change anything here. Add it to TAKT_ALLOWED_ORIGINS.", code="origin_not_allowed")


async def _identify(declared: Operation) -> Caller | None:
    if declared.role is None:
        return None
    token = bearer_token()
    if token is None:
        code = "MISSING_TOKEN" if declared.surface is Surface.VIANA else ""
        raise NotAuthenticated("This operation needs a token: Authorization: Bearer … or X-API-Key.", code=code)
    caller = await current_hub().auth.verify_token(token)
    set_caller(caller)
    structlog.contextvars.bind_contextvars(organisation=caller.organisation, caller=f"{caller.kind}:{caller.id}")
    return caller


def require_role(declared: Operation, caller: Caller) -> None:
    """Raises NotAllowed when the caller stands below the operation's lowest rung."""
    if declared.role is None or caller.role.may(declared.role):
        return
    if declared.surface is Surface.TRACKMYMACHINES and caller.kind == "api_key":
        raise NotAllowed("This API key does not have write permissions")
    raise NotAllowed(f"This needs the role {declared.role.value}; you have {caller.role.value}.")


async def admit(declared: Operation, caller: Caller) -> None:
    """Lets one command of a socket through: role, then rate limit. Raises NotAllowed, TooMany."""
    require_role(declared, caller)
    _granted(await _take(declared, bucket(caller)))


async def _take_allowance(declared: Operation, caller: Caller | None) -> None:
    g.takt_allowance = await _take(declared, bucket(caller) if caller else f"address/{request.remote_addr}")
    _granted(g.takt_allowance)


async def _take(declared: Operation, who: str) -> Allowance:
    return await current_hub().limits.take(declared.name, who, declared.limit)


def bucket(caller: Caller) -> str:
    """Whose allowances a caller's requests are taken from."""
    return f"{caller.organisation}/{caller.kind}/{caller.id}"


def _granted(allowance: Allowance) -> None:
    if not allowance.granted:
        raise TooMany("Too many requests. Wait as long as Retry-After says.", retry_after_s=allowance.retry_after_s)


async def _after(response: Response) -> Response:
    headers = response.headers
    allowance = g.get("takt_allowance")
    # No handler sets these itself, so none is looked for before it is added.
    if isinstance(allowance, Allowance):
        headers.add("X-RateLimit-Limit", str(allowance.limit))
        headers.add("X-RateLimit-Remaining", str(allowance.remaining))
    headers.add("X-Request-Id", g.get("takt_request_id", ""))
    headers.extend(ALWAYS)
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("Cache-Control", "no-store")
    _account(response)
    return response


def _account(response: Response) -> None:
    declared = operation_of(current_app.view_functions.get(request.endpoint or ""))
    name = declared.name if declared else "unknown"
    elapsed_s = time.perf_counter() - g.get("takt_started", time.perf_counter())
    current_hub().metrics.http(name, response.status_code, elapsed_s)
    caller = find_caller()
    log.debug("answered", operation=name, status=response.status_code, ms=round(elapsed_s * 1000, 1), caller=caller.id if caller else None)
