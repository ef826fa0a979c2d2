"""Which web pages may speak to the hub."""

from urllib.parse import urlsplit


def origin_is_allowed(origin: str | None, host: str, allowed: frozenset[str]) -> bool:
    """Whether a browser's Origin is the hub's own (same host and port) or configured. None, no Origin, is not a browser's and passes."""
    if origin is None:
        return True
    given = origin.rstrip("/").lower()
    return given in allowed or (bool(host) and urlsplit(given).netloc == host.lower())
