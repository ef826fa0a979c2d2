"""How long a connection may stay open with nothing asked on it, at the cost of a timer.

Hypercorn 0.18 makes two tasks for this after every answer and cancels them before the next request, which costs as much as a small answer.
What it does then stays as it is: the connection ends keep_alive_timeout after its last answer, and at once when the server ends.
"""

import asyncio
from typing import Any

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import AsyncioSingleTask, WorkerContext


class IdleConnections:
    """The connections of one process that wait for their next request by a timer."""

    def __init__(self) -> None:
        self._idle: set[_Timer] = set()
        self._until_end: asyncio.Task[None] | None = None

    def adopt(self, server: TCPServer) -> None:
        """Takes a connection over, in the middle of a request; nothing happens to one that is not as expected, or is known already."""
        if type(server.idle_task) is not AsyncioSingleTask or type(server.context) is not WorkerContext:
            return
        server.idle_task = _Timer(self._idle, server)  # type: ignore[assignment]  # the two moves that the server makes
        if self._until_end is None:
            # Ends with the server, which sets its event whatever it ends by.
            self._until_end = asyncio.create_task(self._end_with(server.context))

    async def _end_with(self, context: WorkerContext) -> None:
        await context.terminated.wait()
        for timer in list(self._idle):
            timer.close()


class _Timer:
    """In place of the server's own task: the same two moves."""

    def __init__(self, idle: "set[_Timer]", server: TCPServer) -> None:
        self._idle = idle
        self._server = server
        self._tasks: Any = None
        self._handle: asyncio.TimerHandle | None = None

    async def restart(self, task_group: Any, _: object) -> None:
        self._tasks = task_group
        self._idle.add(self)
        self._cancel()
        self._handle = self._server.loop.call_later(self._server.config.keep_alive_timeout, self.close)

    async def stop(self) -> None:
        self._idle.discard(self)
        self._cancel()

    def close(self) -> None:
        """Ends the connection, unless it ends already or is asked something before its turn comes."""
        self._cancel()
        if not self._server.writer.transport.is_closing():
            self._tasks.spawn(self._end)

    async def _end(self) -> None:
        if self in self._idle:
            self._idle.discard(self)
            await self._server._initiate_server_close()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
