"""The naive way of reading a timeline, for comparison: Quart and orjson over XRANGE, behind Takt's own authentication and limit.

A stream a machine, an entry an event, its id the start: so it knows only the events that start in the window, and none that came late.
`python -m bench.timeline_naive STORE_URL` prints "port N" and serves until SIGTERM.
"""

import sys
import tempfile
from pathlib import Path

import orjson
import uvloop
from quart import Quart, Response, request
from redis.asyncio import Redis

from bench.naive import serve_plainly
from bench.timeline_store import naive_key
from hub.operation import READS
from hub.services.auth import AuthService
from hub.services.limits import LimitsService
from hub.timestamps import parse_iso
from storage.connection import Store
from storage.database import Client
from storage.settings import StoreSettings


def build(store: Store, redis: Client) -> Quart:
    """One route: who asks, how often, the events that start in the window."""
    app = Quart("naive")
    auth, limits = AuthService(store), LimitsService(store)

    @app.get("/api/v1/events")
    async def events() -> Response:
        caller = await auth.verify_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        allowance = await limits.take("naive.events", f"{caller.organisation}/{caller.kind}/{caller.id}", READS)
        if not allowance.granted:
            return Response(status=429)
        from_ms, to_ms = parse_iso(request.args["from"]), parse_iso(request.args["to"])
        entries = await redis.xrange(naive_key(request.args["machine_foreign_ids"]), str(from_ms), str(to_ms - 1))
        rows = [{**fields, "duration_seconds": float(fields["duration_seconds"])} for _, fields in entries]
        return Response(orjson.dumps(rows), content_type="application/json")

    return app


async def main(url: str) -> None:
    """Serves until SIGTERM."""
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        store = await Store.connect(StoreSettings(data_dir=Path(folder), redis_url=url))
        redis: Client = Redis.from_url(url, decode_responses=True)
        try:
            await serve_plainly(build(store, redis))
        finally:
            await redis.aclose()
            await store.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
