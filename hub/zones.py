"""Time zones by their IANA name, as clocks that pure rules can ask."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.errors import Invalid

# There are some 600 names; a site has one or two.
MOST_ZONES_KEPT = 64
# zoneinfo opens a file of this name: what no zone is called never reaches the disk.
LONGEST_NAME = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=MOST_ZONES_KEPT)
def clock_of(name: str) -> Callable[[int], int]:
    """How far the zone's clock is ahead of UTC (ms) at a moment (ms UTC). Raises Invalid for a name that is no zone."""
    try:
        zone = ZoneInfo(name if len(name) <= LONGEST_NAME else "")
    except (ValueError, OSError, LookupError) as error:
        raise Invalid(f"{name[:40]} is not a time zone: use an IANA name such as Europe/Zurich.") from error

    def ahead_ms(at_ms: int) -> int:
        offset = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).utcoffset()
        return 0 if offset is None else offset // timedelta(milliseconds=1)

    return ahead_ms
