"""The hub's REST operations for a station: urllib in a thread, no more dependencies than the sockets have."""

import asyncio
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

import orjson

from clients.station.backoff import Backoff
from clients.station.errors import Refused, StationError

ANSWER_S = 30.0
# Busy, starting, or away for a moment.
_AGAIN = (429, 502, 503, 504)


class NotReached(StationError):
    """The hub did not answer at all."""


class RestClient:
    """Calls operations; what the hub refuses is raised as Refused with its sentence."""

    def __init__(self, url: str, token: str, again_for_s: float = 0.0) -> None:
        """`again_for_s`: so long a hub that is busy or away is asked again, seconds."""
        self.url = url.rstrip("/")
        self._token = token
        self._again_for_s = again_for_s

    async def get(self, path: str) -> Any:
        """Reads. Raises Refused, NotReached."""
        return await self.call("GET", path)

    async def post(self, path: str, body: object | None = None) -> Any:
        """Raises Refused, NotReached."""
        return await self.call("POST", path, {} if body is None else body)

    async def put(self, path: str, body: object) -> Any:
        """Raises Refused, NotReached."""
        return await self.call("PUT", path, body)

    async def call(self, method: str, path: str, body: object | None = None) -> Any:
        """The decoded answer: JSON as values, anything else as bytes, nothing as None. Raises Refused, NotReached."""
        deadline = time.monotonic() + self._again_for_s
        waits = Backoff()
        while True:
            try:
                return await asyncio.to_thread(self._ask, method, path, body)
            except (Refused, NotReached) as error:
                is_lasting = isinstance(error, Refused) and error.status not in _AGAIN
                if is_lasting or time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(waits.wait_s())

    def _ask(self, method: str, path: str, body: object | None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        content = None
        if body is not None:
            content, headers["Content-Type"] = orjson.dumps(body), "application/json"
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        try:
            with _opener.open(request, timeout=ANSWER_S) as answer:
                raw = answer.read()
                return orjson.loads(raw) if raw and "json" in answer.headers.get("Content-Type", "") else raw or None
        except urllib.error.HTTPError as error:
            raise _refused(error) from error
        except (OSError, HTTPException) as error:
            raise NotReached(f"The hub at {self.url} does not answer: {getattr(error, 'reason', None) or error}.") from error


# A station speaks to its hub itself, whatever proxy the environment names for the rest of the world.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _refused(error: urllib.error.HTTPError) -> Refused:
    with error:
        raw = error.read()
    try:
        answer = orjson.loads(raw)
        message, code = answer.get("msg") or answer.get("message") or answer.get("detail") or "", answer.get("code", "")
    except (ValueError, AttributeError):
        message, code = "", ""
    return Refused(str(message) or f"The hub answered {error.code} {error.reason}.", str(code), error.code)
