"""What can go wrong between a station and the hub."""


class StationError(Exception):
    """A sentence that a person can act on."""


class Refused(StationError):
    """The hub refused a request and nothing has changed; `code` is stable (station_busy, not_found, …), `status` that of HTTP or 0."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class ConnectionClosed(StationError):
    """The hub closed the connection with a code that says not to come back; `code` is that of realtime.md."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"The hub closed the connection: {reason or _SENTENCES.get(code, 'no reason given')} ({code}).")
        self.code = code
        self.reason = reason


class OutcomeUnknown(StationError):
    """The connection broke, or the time ran out, between a request and its reply: the events that follow tell what happened."""


_SENTENCES = {
    1009: "a message was too big",
    4400: "a message was wrong",
    4401: "the token is wrong or has expired",
    4403: "the token may not do this",
    4404: "there is no such address",
    4409: "another connection took the station over",
}
