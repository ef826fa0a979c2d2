"""Processes that a bench starts, and what they use."""

import os
import re
import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_TIMEOUT_S = 30.0


class Program:
    """A child process whose output is read line by line; ends with its block."""

    def __init__(self, argv: Sequence[str], environment: dict[str, str] | None = None, *, errors: bool = False) -> None:
        self._process = subprocess.Popen(
            argv,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if errors else subprocess.PIPE,
            stderr=subprocess.PIPE if errors else None,
            text=True,
        )
        out = self._process.stderr if errors else self._process.stdout
        assert out is not None
        self._out: IO[str] = out

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def line(self, containing: str = "") -> str:
        """The next line that contains a text. Raises RuntimeError when the process ends before."""
        for line in self._out:
            if containing in line:
                return line.strip()
        raise RuntimeError(f"{self._process.args!r} ended before it said {containing!r}")

    def port(self) -> int:
        """The port that it says it listens on: a number at the end of its next line that tells one."""
        found = re.search(r"(\d+)$", self.line("port ") if self._process.stderr is None else self.line("ready on"))
        assert found is not None
        return int(found[1])

    def say(self, line: str) -> None:
        """Writes a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, all its threads and the kernel's work for it included."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return float(found[1]) if found else 0.0


def descriptors_for(sockets: int) -> int:
    """Raises the limit of open files as far as it goes; returns how many of `sockets` fit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sockets if hard == resource.RLIM_INFINITY else min(sockets, hard - 300)
