"""Runs Takt's processes: starts them, restarts what dies, stops all of them, the store last."""

import contextlib
import ctypes
import os
import random
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from storage.errors import StoreError

ROOT = Path(__file__).resolve().parent.parent
# SIGTERM to the last process gone: 5 s promised; the store needs some of it to close its files.
STOP_CHILDREN_S = 3.5
# A process that dies at once is started again after 0.2, 0.4 … 10 s; one that ran for a while did not die of
# its start and begins from 0.2 again: a station that is coached waits for it.
BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 10.0
HEALTHY_AFTER_S = 10.0
PR_SET_PDEATHSIG = 1
# A process that refuses its settings ends with this; starting it again would not help.
SETTINGS_REFUSED = 2

Say = Callable[[str], None]


class StoreProcess(Protocol):
    """The embedded store as the supervisor sees it."""

    def is_running(self) -> bool: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Program:
    """One line of the Procfile, and how many processes run it. `once`: its end ends everything, with its exit code."""

    name: str
    argv: tuple[str, ...]
    count: int = 1
    once: bool = False
    quiet: bool = True
    """Its output goes to the log; else to the terminal."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it alone is told, such as a token."""


@dataclass
class Child:
    """One process of a program, alive or waiting to be started again."""

    program: Program
    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_again_at: float = 0.0

    @property
    def name(self) -> str:
        return self.program.name if self.program.count == 1 else f"{self.program.name} {self.number}"


def procfile(workers: int) -> list[Program]:
    """The programs of the Procfile; `python` is this Python, and the hub runs once per worker."""
    programs = []
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(":")
        argv = shlex.split(command)
        argv[0] = sys.executable if argv[0] == "python" else argv[0]
        programs.append(Program(name.strip(), tuple(argv), workers if name.strip() == "hub" else 1))
    return programs


# Loaded before any fork: between fork and exec a child should do as little as it can.
_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """Linux: the kernel ends the child when the supervisor is killed, so that none is left behind."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Supervisor:
    """Owns every process of one data folder; `run` returns the exit code when all of them have ended."""

    programs: Sequence[Program]
    environment: Mapping[str, str]
    store: StoreProcess | None
    say: Say
    pass_fds: tuple[int, ...] = ()
    log: IO[bytes] | None = None
    clock: Callable[[], float] = time.monotonic
    children: list[Child] = field(default_factory=list)
    _stopping: bool = False
    _exit_code: int = 0
    _store_again_at: float = 0.0

    def run(self) -> int:
        """Starts everything and watches it until SIGTERM, SIGINT, or the end of a `once` program."""
        with self._signals() as wakeup:
            for program in self.programs:
                for number in range(1, program.count + 1):
                    self.children.append(Child(program, number))
            try:
                while not self._stopping:
                    self._tend()
                    self._wait(wakeup)
            finally:
                self._stop_all()
        return self._exit_code

    def _tend(self) -> None:
        """Starts what is due and notices what has died."""
        if self.store is not None and not self.store.is_running() and self.clock() >= self._store_again_at:
            self._restart_store(self.store)
        for child in self.children:
            if child.process is None:
                if self.clock() >= child.start_again_at:
                    self._start(child)
            elif (code := child.process.poll()) is not None:
                self._ended(child, code)

    def _restart_store(self, store: StoreProcess) -> None:
        self.say("the store has died: starting it again")
        try:
            store.restart()
        except StoreError as error:
            self.say(f"the store does not start ({error}): trying again in {BACKOFF_MOST_S:.0f} s")
            self._store_again_at = self.clock() + BACKOFF_MOST_S

    def _start(self, child: Child) -> None:
        output = self.log if child.program.quiet else None
        # A group of its own: a Ctrl-C in the terminal reaches the supervisor alone, which stops the others in order.
        child.process = subprocess.Popen(
            child.program.argv,
            env={**os.environ, **self.environment, **child.program.environment, "TAKT_WORKER": str(child.number)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
            pass_fds=self.pass_fds,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        child.started_at = self.clock()

    def _ended(self, child: Child, code: int) -> None:
        if child.program.once:
            self._exit_code, self._stopping, child.process = code if code >= 0 else 128 - code, True, None
            return
        if code == SETTINGS_REFUSED:
            self.say(f"{child.name} refuses to run; the line above says why. Stopping.")
            self._exit_code, self._stopping, child.process = code, True, None
            return
        ran_s = self.clock() - child.started_at
        child.failures = 1 if ran_s > HEALTHY_AFTER_S else child.failures + 1
        delay_s = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2 ** (child.failures - 1)) * random.uniform(0.8, 1.2)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self.say(f"{child.name} {how} after {ran_s:.1f} s: starting it again in {delay_s:.1f} s")
        child.process, child.start_again_at = None, self.clock() + delay_s

    def _wait(self, wakeup: socket.socket) -> None:
        """Sleeps until a signal (a child's end among them) or the next start that is due."""
        due = [c.start_again_at - self.clock() for c in self.children if c.process is None]
        timeout_s = max(0.0, min([*due, 1.0]))
        if select.select([wakeup], [], [], timeout_s)[0]:
            numbers = wakeup.recv(4096)
            if signal.SIGTERM in numbers or signal.SIGINT in numbers:
                self._stopping = True

    @contextlib.contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        """Signals become bytes on a socket; what was there before is put back."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            before_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
            watched = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
            before = [signal.signal(number, lambda *_: None) for number in watched]
            try:
                yield ours
            finally:
                for number, handler in zip(watched, before, strict=True):
                    signal.signal(number, handler)
                signal.set_wakeup_fd(before_fd)

    def _stop_all(self) -> None:
        """SIGTERM to all, SIGKILL to what is left at the deadline, then the store."""
        alive = [c.process for c in self.children if c.process is not None and c.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = self.clock() + STOP_CHILDREN_S
        for process in alive:
            try:
                process.wait(max(0.05, deadline - self.clock()))
            except subprocess.TimeoutExpired:
                # The group, so that nothing a process started outlives it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(1.0)
        if self.store is not None:
            self.store.stop()
