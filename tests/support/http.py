"""A small HTTP client for tests: the standard library's, in a thread, with every answer read whole."""

import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

# A guard against hanging, far above what the slowest machine needs.
TIME_OUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case, repeated ones joined by a newline."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def cookie(self) -> str:
        """`name=value` of the cookie that was set, or an empty string."""
        return self.headers.get("set-cookie", "").partition(";")[0]


class HttpClient:
    """Asks one server. `token` goes out as a bearer token unless a call brings its own headers for it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self.token = token

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Any = None,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request; `body` as JSON, `raw` as it is; `query` a map or a list of pairs."""
        sent = dict(headers or {})
        if self.token is not None and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        content = raw
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        target = path if query is None else f"{path}?{urlencode(query, doseq=True)}"
        return await asyncio.to_thread(_ask, self.url, method, target, content, sent)

    def signed(self, token: str | None) -> "HttpClient":
        """The same server with another token."""
        return HttpClient(self.url, token)


def _ask(url: str, method: str, target: str, content: bytes | None, headers: dict[str, str]) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIME_OUT_S)
    try:
        connection.request(method, target, content, headers)
        response = connection.getresponse()
        told: dict[str, str] = {}
        for name, value in response.getheaders():
            known = told.get(name.lower())
            told[name.lower()] = value if known is None else f"{known}\n{value}"
        return Answer(response.status, told, response.read())
    finally:
        connection.close()
