"""A whole Takt, started as a person starts it, for the tests of the system."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Only how long a wait may last: processes that start beside other work on a small machine.
START_S = 90.0
STOP_S = 8.0


@dataclass(frozen=True)
class Process:
    """A child of the supervisor: `name` is the module it runs, or "store"."""

    pid: int
    name: str


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """A clean environment for one data folder, on any free port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAKT_")}
    return kept | {"TAKT_DATA_DIR": str(data_dir), "TAKT_PORT": "0", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | changes


def takt(data_dir: Path, *arguments: str, timeout_s: float = 60.0, **changes: str) -> subprocess.CompletedProcess[str]:
    """Runs one command of Takt to its end."""
    command = [sys.executable, "-m", "hub.cli", *arguments]
    return subprocess.run(
        command, env=environment(data_dir, **changes), cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


class RunningTakt:
    """`takt up` (or another long command) on a data folder; what it says is in `said()`."""

    def __init__(self, data_dir: Path, arguments: tuple[str, ...] = ("up",), module: str = "hub.cli", **changes: str) -> None:
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        self._output = data_dir.parent / f"{data_dir.name}.{time.time_ns()}.said"
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=environment(data_dir, **changes),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = ""

    def said(self) -> str:
        """Everything printed so far, by all processes."""
        return self._output.read_text(errors="replace")

    def wait_for(self, pattern: str, timeout_s: float = START_S) -> re.Match[str]:
        """Waits until something like `pattern` has been said."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.said()):
                return match
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said()}"
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not said within {timeout_s} s:\n{self.said()}")

    def wait_until_ready(self, timeout_s: float = START_S) -> "RunningTakt":
        """Waits until the hub answers that everything it needs is there."""
        self.url = self.wait_for(r"the screen is at (http://[^\s;]+)").group(1).rstrip("/")
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return self
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said()}"
            time.sleep(0.05)
        raise AssertionError(f"not ready within {timeout_s} s:\n{self.said()}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def token(self, role: str = "admin") -> str:
        """A token from the command line, while it runs."""
        return takt(self.data_dir, "token", "--role", role).stdout.strip()

    def children(self) -> list[Process]:
        """The supervisor's living children."""
        return [Process(pid, _name(pid)) for pid in children_of(self.process.pid)]

    def stop(self, timeout_s: float = STOP_S) -> int:
        """SIGTERM, as a service manager does; kills what is left after the time allowed and says so by the exit code -9."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                for child in self.children():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGKILL)
                self.process.kill()
                self.process.wait(timeout_s)
        return self.process.returncode


def children_of(pid: int) -> list[int]:
    """Living children of a process, by the kernel's own list."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _name(pid: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"-m" in argv:
            return argv[argv.index(b"-m") + 1].decode()
        return "store"
    return ""
