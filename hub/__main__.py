"""`python -m hub`: one hub process."""

import asyncio
import os
import socket
import sys

import structlog
import uvloop

from hub.app import create_app
from hub.hub import Hub
from hub.logs import configure_logs
from hub.serving import listener, raise_descriptor_limit, serve, stop_on_signals
from hub.settings import Settings
from hub.startup import StartRefused, read_settings
from storage.connection import Store
from storage.errors import StoreError


def main() -> int:
    """Serves until SIGTERM; returns the exit code. A wrong setting, a taken port or an absent store is one sentence and code 2."""
    try:
        settings = read_settings()
        configure_logs(settings.log_level)
        raise_descriptor_limit()
        listening = _listen(settings)
        uvloop.run(_serve(settings, listening))
    except (StartRefused, StoreError) as error:
        print(f"takt hub: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def _listen(settings: Settings) -> socket.socket:
    handed_over = os.environ.get("TAKT_LISTEN_FD")
    try:
        return listener(settings.host, settings.port, int(handed_over) if handed_over else None)
    except (OSError, ValueError) as error:
        where = f"descriptor {handed_over}" if handed_over else f"{settings.host}:{settings.port}"
        raise StartRefused(f"{where} cannot be listened on ({error})") from error


async def _serve(settings: Settings, listening: socket.socket) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    store = await Store.connect(settings)
    try:
        app = create_app(settings, store)
        hub = app.extensions["takt"]
        assert isinstance(hub, Hub)
        host, port = listening.getsockname()[:2]

        def ready() -> None:
            print(f"takt hub: ready on {host}:{port}", file=sys.stderr, flush=True)

        await serve(app, listening, ending=hub.live.close_all, ready=ready, stop=stop)
    finally:
        await store.close()
        structlog.contextvars.clear_contextvars()


if __name__ == "__main__":
    sys.exit(main())
