"""REST as a program outside calls it: for tests that have no event loop."""

import json
import urllib.request
from typing import Any


def call(url: str, token: str, method: str, path: str, body: Any = None) -> Any:
    """The JSON that an operation answers. Raises urllib.error.HTTPError for everything but 2xx."""
    asked = urllib.request.Request(url + path, method=method, data=None if body is None else json.dumps(body).encode())
    asked.add_header("Authorization", f"Bearer {token}")
    asked.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(asked, timeout=15) as answer:
        return json.loads(answer.read())
