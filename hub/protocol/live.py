"""Envelopes of /live: requests in, answers and pushes out."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StrictStr

from hub.errors import TaktError
from hub.protocol.parsing import OwnModel, as_map, fit, one_of, request_id

# The greatest rate of pictures that a subscriber may ask for.
MAX_FPS = 60

ChannelName = Annotated[StrictStr, Field(min_length=1, max_length=300)]
OFFSET_PATTERN = r"^\d{1,20}-\d{1,20}$"


class Since(OwnModel):
    """The last fact that a client has."""

    epoch: Annotated[StrictStr, Field(max_length=64)]
    offset: Annotated[StrictStr, Field(pattern=OFFSET_PATTERN)]


class SubscribeRequest(OwnModel):
    """Asks for a channel; `max_fps` and `max_width` (pixels) matter on `frames:*` alone."""

    channel: ChannelName
    since: Since | None = None
    max_fps: Annotated[float, Field(gt=0, le=MAX_FPS)] | None = None
    max_width: Annotated[StrictInt, Field(gt=0, le=8192)] | None = None


class UnsubscribeRequest(OwnModel):
    """Gives a channel back."""

    channel: ChannelName


RequestName = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """One request with the id that its reply carries; exactly one of the two is set."""

    id: int | str | None
    subscribe: SubscribeRequest | None = None
    unsubscribe: UnsubscribeRequest | None = None


def parse(message: object) -> LiveRequest:
    """A request of /live. Raises BadMessage or Invalid."""
    held = as_map(message)
    id_ = request_id(held)
    if one_of(held, "subscribe", "unsubscribe") == "subscribe":
        return LiveRequest(id_, subscribe=fit(SubscribeRequest, held["subscribe"], "subscribe"))
    return LiveRequest(id_, unsubscribe=fit(UnsubscribeRequest, held["unsubscribe"], "unsubscribe"))


def subscribed(
    id_: int | str | None, channel: str, *, epoch: str = "", offset: str = "", recovered: bool = False, snapshot: object = None
) -> dict[str, Any]:
    """The answer to `subscribe`. Latest-only channels have no position."""
    body: dict[str, Any] = {"channel": channel}
    if offset:
        body |= {"epoch": epoch, "offset": offset}
    body["recovered"] = recovered
    if snapshot is not None:
        body["snapshot"] = snapshot
    return _reply(id_, {"subscribed": body})


def unsubscribed(id_: int | str | None, channel: str) -> dict[str, Any]:
    """The answer to `unsubscribe`."""
    return _reply(id_, {"unsubscribed": {"channel": channel}})


def error(id_: int | str | None, problem: TaktError) -> dict[str, Any]:
    """The answer to a request that failed, or to a message that is none."""
    return _reply(id_, {"error": {"code": problem.code, "message": problem.message}})


def fact(channel: str, offset: str, event: dict[str, Any]) -> dict[str, Any]:
    """A push that is never skipped."""
    return {"channel": channel, "offset": offset, "event": event}


def latest(channel: str, value: object) -> dict[str, Any]:
    """A push of which only the newest matters."""
    return {"channel": channel, "latest": value}


def ping(number: int) -> dict[str, Any]:
    """Asks a takt.v1 client for {"pong": number}."""
    return {"ping": number}


def _reply(id_: int | str | None, body: dict[str, Any]) -> dict[str, Any]:
    return body if id_ is None else {"id": id_, **body}
