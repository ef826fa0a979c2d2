"""A process of the vision room, started and killed as the supervisor would."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from storage.connection import Store

ROOT = Path(__file__).resolve().parents[3]


class Program:
    """`python -m <module>` on a store; ended at the latest when the block is left."""

    def __init__(self, module: str, store: Store, output: Path, **changes: str) -> None:
        settings = store.settings
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TAKT_")}
        self._environment = kept | {"TAKT_DATA_DIR": str(settings.data_dir), "TAKT_REDIS_URL": settings.redis_url} | changes
        self._module = module
        self._output = output
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def start(self) -> None:
        with self._output.open("ab") as output:
            command = [sys.executable, "-m", self._module]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=output, stderr=output, start_new_session=True)

    def kill(self) -> None:
        """SIGKILL, at once."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5.0)

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; the exit code and how long it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10.0), time.monotonic() - began

    def said(self) -> str:
        return self._output.read_text()
