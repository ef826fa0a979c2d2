"""The naive way of fan-out, for comparison: Quart on Hypercorn with a queue and an awaited `websocket.send` for each client.

`python -m bench.naive STORE_URL CHANNEL` prints "port N" and serves until SIGTERM.
"""

import asyncio
import contextlib
import signal
import socket
import sys

import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, websocket
from redis.asyncio import Redis

QUEUE = 64


def build(url: str, channel: str) -> Quart:
    """One socket that sends everything the channel brings."""
    app = Quart("naive")
    queues: set[asyncio.Queue[str]] = set()
    tasks: list[asyncio.Task[None]] = []

    @app.websocket("/live")
    async def live() -> None:
        await websocket.accept()
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        queues.add(queue)
        try:
            while True:
                await websocket.send(await queue.get())
        finally:
            queues.discard(queue)

    async def hear() -> None:
        pubsub = Redis.from_url(url).pubsub(ignore_subscribe_messages=True)
        await pubsub.subscribe(channel)
        async for heard in pubsub.listen():
            text = heard["data"].decode()
            for queue in queues:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(text)

    @app.before_serving
    async def start() -> None:
        tasks.append(asyncio.create_task(hear()))

    return app


async def serve_plainly(app: Quart) -> None:
    """Serves on a free port, which it prints, until SIGTERM."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(4096)
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.backlog = 4096
    config.accesslog = config.errorlog = None
    config.alpn_protocols = ["http/1.1"]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(f"port {listening.getsockname()[1]}", flush=True)
    await serve(app, config, shutdown_trigger=stop.wait)


if __name__ == "__main__":
    uvloop.run(serve_plainly(build(sys.argv[1], sys.argv[2])))
