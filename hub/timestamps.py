"""ISO 8601 at the doors, milliseconds UTC inside."""

import time
from datetime import UTC, datetime

from hub.errors import Invalid


def now_ms() -> int:
    """Milliseconds UTC."""
    return time.time_ns() // 1_000_000


def iso(at_ms: int) -> str:
    """`2025-05-27T10:00:00Z`; milliseconds only where they are not zero."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{at_ms % 1000:03d}Z" if at_ms % 1000 else "Z")


def iso_ms(at_ms: int) -> str:
    """`2026-03-30T06:29:50.000Z`; always with milliseconds."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Milliseconds UTC of an ISO 8601 time with Z or an offset. Raises Invalid."""
    try:
        # In a query string the + of an offset arrives as a space.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError as error:
        raise Invalid(f"{text[:40]} is not an ISO 8601 time.") from error
    if moment.tzinfo is None:
        raise Invalid(f"{text[:40]} has no time zone: end it with Z or an offset.")
    return round(moment.timestamp() * 1000)
