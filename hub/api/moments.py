"""Moments and machines in the bodies of the timeline's own operations."""

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from hub.errors import Invalid
from hub.timestamps import parse_iso

# Nothing was tracked before, and nobody plans so far ahead: what lies outside is a clock gone wrong, or seconds taken for milliseconds.
EARLIEST_MS = 946_684_800_000
"""2000-01-01T00:00:00Z"""
LATEST_MS = 4_102_444_800_000
"""2100-01-01T00:00:00Z"""


def _moment(value: object) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError("moment", "must be an ISO 8601 time as text")
    try:
        at_ms = parse_iso(value)
    except Invalid as error:
        raise PydanticCustomError("moment", "{told}", {"told": error.message}) from error
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        raise PydanticCustomError("moment", "must lie in the years 2000 to 2099")
    return at_ms


Moment = Annotated[int, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 with Z or an offset outside, milliseconds UTC inside."""
# The identifier stands in keys, channels and comma separated lists.
MachineForeignId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\s,\[\]{}:*]+$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
