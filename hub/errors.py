"""The tree of errors, mapped once to each HTTP surface and once to a close code.

TaktError                     500 internal_error          1011  retry
├─ BadMessage                 400 bad_request             4400
├─ NotAuthenticated           401 not_authenticated       4401
│  └─ TokenExpired            401 token_expired           4401
├─ NotAllowed                 403 not_allowed             4403
├─ NotFound                   404 not_found               4400
├─ Conflict                   409 conflict                4409
├─ TooBig                     413 too_big                 1009
├─ Invalid                    422 invalid  (field)        4400
├─ TooMany                    429 too_many (retry after)  4429  retry
├─ TimedOut                   408 timed_out               4408  retry
└─ Unavailable                503 unavailable             1011  retry
"""


class TaktError(Exception):
    """Something a caller is told: a stable `code`, a sentence a person can act on, an HTTP status and a close code."""

    status: int = 500
    code: str = "internal_error"
    close_code: int = 1011
    retry: bool = True

    def __init__(self, message: str = "Something went wrong inside Takt. The log says what.", *, code: str = "", field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        """The field at fault, for Invalid."""


class BadMessage(TaktError):
    """What came cannot be read."""

    status, code, close_code, retry = 400, "bad_request", 4400, False


class NotAuthenticated(TaktError):
    """Nobody has proved who asks."""

    status, code, close_code, retry = 401, "not_authenticated", 4401, False


class TokenExpired(NotAuthenticated):
    """The token was good once."""

    code = "token_expired"


class NotAllowed(TaktError):
    """Known, but not allowed to do this."""

    status, code, close_code, retry = 403, "not_allowed", 4403, False


class NotFound(TaktError):
    """There is no such thing, or it belongs to another organisation: the answer is the same."""

    status, code, close_code, retry = 404, "not_found", 4400, False


class Conflict(TaktError):
    """It cannot be done as things stand now."""

    status, code, close_code, retry = 409, "conflict", 4409, False

    def __init__(self, message: str, *, code: str = "", field: str = "", record_id: str = "") -> None:
        super().__init__(message, code=code, field=field)
        self.record_id = record_id
        """The assembly record that is in the way, if one is."""


class TooBig(TaktError):
    """More bytes than the door lets in."""

    status, code, close_code, retry = 413, "too_big", 1009, False


class Invalid(TaktError):
    """Readable, but a value is wrong; `field` names it."""

    status, code, close_code, retry = 422, "invalid", 4400, False


class TooMany(TaktError):
    """More requests than the limit allows; `retry_after_s` says when to come back (seconds)."""

    status, code, close_code, retry = 429, "too_many", 4429, True

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TimedOut(TaktError):
    """The other side did not say in time what it had to say."""

    status, code, close_code, retry = 408, "timed_out", 4408, True


class Unavailable(TaktError):
    """A part is configured off or not connected."""

    status, code, close_code, retry = 503, "unavailable", 1011, True
