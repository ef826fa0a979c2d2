"""From the environment to running processes: settings, the bound socket, the store, the first administrator."""

import asyncio
import contextlib
import errno
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from hub.settings import Settings
from hub.supervisor import Program, Say, Supervisor, procfile
from storage.connection import Store
from storage.embedded import EmbeddedStore
from storage.errors import StoreError, StoreUnavailable

BACKLOG = 4096
# The default backlog of 100 loses clients when a thousand of them reconnect at once.
DEFAULT_ORGANISATION = "default"
# What quiet processes say goes into one file; it starts anew when it has grown past this.
LOG_MOST_BYTES = 16 * 2**20

# Less than a script of the store may write at once.
FULL_DISK_BYTES = 4 * 2**20


class StartRefused(Exception):
    """Takt cannot start; the message is one sentence for the terminal."""


def read_settings(**changes: object) -> Settings:
    """The settings of the environment. Raises StartRefused naming the bad one and what is allowed."""
    try:
        return Settings(**changes)  # type: ignore[arg-type]  # values are checked by the model itself
    except ValidationError as error:
        problems = [_problem(e["loc"], e["input"], e["msg"]) for e in error.errors()]
        raise StartRefused("a setting is wrong: " + "; ".join(problems)) from error


def _problem(where: tuple[int | str, ...], given: object, why: str) -> str:
    shown = re.sub(r"//[^/@]*@", "//…@", f"{given!r}")
    return f"TAKT_{'_'.join(str(part) for part in where).upper()}={shown}: {why.removeprefix('Value error, ')}"


def bind(host: str, port: int) -> socket.socket:
    """A listening socket that all hub workers share. Raises StartRefused when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartRefused(f"{host}:{port} cannot be listened on ({error.strerror}); {_instead(error)}") from error
    return listener


def _instead(error: OSError) -> str:
    """What to set when an address cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        return "set TAKT_PORT to a free port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "ports below 1024 belong to the system: set TAKT_PORT to a higher one"
    return "set TAKT_HOST to an address of this machine, or to 0.0.0.0 for all of them"


def bind_from(host: str, port: int, tries: int = 20) -> socket.socket:
    """The first free port from `port` on. Raises StartRefused when none of `tries` is free."""
    for candidate in range(port, port + tries):
        with contextlib.suppress(StartRefused):
            return bind(host, candidate)
    raise StartRefused(f"no port from {port} to {port + tries - 1} is free; set TAKT_PORT")


def address_of(listener: socket.socket) -> str:
    """URL under which a browser on this machine finds the hub."""
    host, port = listener.getsockname()[:2]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


@contextlib.asynccontextmanager
async def reach_store(settings: Settings) -> AsyncIterator[Store]:
    """The store of these settings for one command: external, the one that `up` runs, or an embedded one started for as long as it takes."""
    embedded: EmbeddedStore | None = None
    try:
        store = await Store.connect(settings)
    except StoreUnavailable:
        if settings.redis_url:
            raise
        embedded = EmbeddedStore()
        settings = settings.model_copy(update={"redis_url": _start_in(embedded, settings.data_dir)})
        store = await Store.connect(settings)
    try:
        yield store
    finally:
        await store.close()
        if embedded is not None:
            embedded.stop()


def _start_in(server: EmbeddedStore, data_dir: Path) -> str:
    """Starts the embedded store of a data folder and returns its URL. Raises StartRefused."""
    try:
        return server.start(data_dir)
    except StoreError as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        what = f"the data folder {data_dir} cannot be used ({error.strerror or error})"
        raise StartRefused(f"{what}; set TAKT_DATA_DIR to a folder that you may write to") from error


async def prepare(settings: Settings) -> tuple[str, tuple[str, str] | None]:
    """Makes the first organisation and its administrator where there is none.

    Returns a one-time sign-in code of an administrator, and the first administrator's e-mail and password where one was made just now.
    """
    from hub.services.auth import AuthService

    store = await Store.connect(settings)
    auth = AuthService(store)
    try:
        if not await store.organisations.exists(DEFAULT_ORGANISATION):
            await store.organisations.add(DEFAULT_ORGANISATION)
        first = await auth.ensure_first_admin(DEFAULT_ORGANISATION)
        return await auth.make_sign_in_code(DEFAULT_ORGANISATION), first
    finally:
        auth.close()
        await store.close()


class OwnStore:
    """The embedded store of a data folder, as the supervisor tends it."""

    def __init__(self, data_dir: Path, say: Say) -> None:
        self._data_dir = data_dir
        self._say = say
        self._server = EmbeddedStore()

    def start(self) -> str:
        """Starts it and returns its URL. Raises StartRefused."""
        return _start_in(self._server, self._data_dir)

    def is_running(self) -> bool:
        return self._server.pid != 0

    def restart(self) -> None:
        """Starts it again on the same socket, so that everybody reconnects to it. A server that cannot write ends itself: says so."""
        if shutil.disk_usage(self._data_dir).free < FULL_DISK_BYTES:
            self._say(f"the disk of {self._data_dir} is full: nothing more is stored until there is room on it")
        self._server.stop()
        self._server.start(self._data_dir)

    def stop(self) -> None:
        self._server.stop()


class Launch:
    """One run of all processes on one data folder: holds the lock, the socket, the store and the supervisor."""

    def __init__(self, settings: Settings, say: Say, *, search_port: bool = False, quiet: bool = False) -> None:
        self.settings = settings
        self.say = say
        self.quiet = quiet
        self.url = ""
        self.store: OwnStore | None = None
        self._search_port = search_port
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Takes the data folder (the embedded store, unless an external one is configured), then the address. Raises StartRefused.

        The folder first: who starts a second Takt on it wants to hear that, not that its port is taken.
        """
        if not self.settings.redis_url:
            self.store = OwnStore(self.settings.data_dir, self.say)
            self.settings = self.settings.model_copy(update={"redis_url": self.store.start()})
        take = bind_from if self._search_port else bind
        self._listener = take(self.settings.host, self.settings.port)
        self.url = address_of(self._listener)

    def prepare(self) -> tuple[str, tuple[str, str] | None]:
        """See the function of this name. Raises StartRefused when the store cannot be reached."""
        try:
            return asyncio.run(prepare(self.settings))
        except StoreError as error:
            raise StartRefused(str(error)) from error

    def run(self, extra: Sequence[Program] = ()) -> int:
        """Runs the Procfile and `extra` until stopped; returns the exit code."""
        assert self._listener is not None, "open() first"
        with self._log() as log:
            supervisor = Supervisor(
                programs=[*procfile(self.settings.hub_workers), *extra],
                environment=self._environment(self._listener),
                store=self.store,
                say=self.say,
                pass_fds=(self._listener.fileno(),),
                log=log,
            )
            return supervisor.run()

    def close(self) -> None:
        """Gives the address and the data folder back."""
        if self._listener is not None:
            self._listener.close()
        if self.store is not None:
            self.store.stop()

    def _environment(self, listener: socket.socket) -> dict[str, str]:
        return {
            "TAKT_REDIS_URL": self.settings.redis_url,
            "TAKT_DATA_DIR": str(self.settings.data_dir),
            "TAKT_LISTEN_FD": str(listener.fileno()),
            "TAKT_URL": self.url,
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        }

    @contextlib.contextmanager
    def _log(self) -> Iterator[IO[bytes] | None]:
        if not self.quiet:
            yield None
            return
        path = self.settings.data_dir / "takt.log"
        grown = path.exists() and path.stat().st_size > LOG_MOST_BYTES
        with path.open("wb" if grown else "ab") as log:
            yield log
