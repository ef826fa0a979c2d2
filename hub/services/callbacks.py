"""Where a caller may ask Takt to call back: hosts that the administrator named, over http or https. Pure functions of values."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.errors import Invalid, Unavailable

LONGEST_URL = 2_000
_FIELD = "complete_callback"
# Printable ASCII without a space: nothing that could end a line of the request.
_PLAIN = re.compile(r"[!-~]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """Whom to call: `path` with its query."""

    host: str
    port: int
    path: str
    is_tls: bool


def read_target(url: str, allowed: frozenset[str]) -> CallbackTarget:
    """The target of a URL. `allowed`: host, or host:port, in lower case; empty = nobody is called back.

    Raises Unavailable (configured off), Invalid (no URL, another scheme, a host that is not allowed).
    """
    if not allowed:
        raise Unavailable("Calling back is configured off: the administrator names the hosts in TAKT_CALLBACK_HOSTS.", code="callbacks_off")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Invalid("This is no URL that can be called.", field=_FIELD) from error
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or not host or not port or parts.username is not None:
        raise Invalid(f"Name an http or https URL of at most {LONGEST_URL} characters, without a password.", field=_FIELD)
    if host not in allowed and f"{host}:{port}" not in allowed:
        raise Invalid(f"The host {host}:{port} is not among those that the administrator allows (TAKT_CALLBACK_HOSTS).", field=_FIELD)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return CallbackTarget(host, port, path, parts.scheme == "https")
