"""What the demo prints: plain aligned lines, coloured on a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from clients.station import CoachEvent

PLAIN_WIDTH = 140
_COLOURS = {
    "COACHING_STARTED": "bold cyan",
    "STEP_ADVANCE": "cyan",
    "STEP_COMPLETE": "bold green",
    "COACHING_COMPLETE": "bold green",
    "COACHING_CANCELLED": "bold red",
    "COACHING_PAUSED": "yellow",
    "ERROR": "bold red",
    "INCORRECT": "bold red",
    "OCCLUDED": "yellow",
}


class Screen:
    """A terminal, or a file."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = PLAIN_WIDTH

    def heading(self, sentence: str) -> None:
        """The next part of the job."""
        self._print(Text(f"\n{sentence}", style="bold"))

    def say(self, sentence: str) -> None:
        """One sentence."""
        self._print(Text(f"  {sentence}"))

    def fail(self, sentence: str) -> None:
        """One sentence about what went wrong."""
        self._print(Text(f"  ✗ {sentence}", style="bold red"))

    def succeed(self, sentence: str) -> None:
        """One sentence about what went right."""
        self._print(Text(f"  ✓ {sentence}", style="green"))

    def event(self, event: CoachEvent, step_name: str) -> None:
        """A coaching event as one line: when, what, which step, what the operator reads."""
        seen = event.step.status if event.step else ""
        what = event.status.value
        status = f"  sees {seen}" if what == "PREDICTION" else what
        style = _COLOURS.get(seen if what == "PREDICTION" else what, "dim")
        now = time.time()
        clock = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 10) % 10}"
        line = Text(f"  {clock}  ").append(f"{status:<18}", style=style).append(f" {step_name:<24} ").append(event.message)
        self._print(line if event.recovered else line.append("  (from the state: facts could not be replayed)", style="yellow"))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A bar on a terminal; nothing in a file, where the sentences say it."""
        columns = (TextColumn("  {task.description:<34}"), BarColumn(32), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as progress:
            yield progress

    def events_table(self, events: list[dict[str, Any]]) -> None:
        """Intervals as REST gives them."""
        table = Table(box=None, padding=(0, 2), header_style="bold")
        for name in ("type", "from", "to", "seconds", "label"):
            table.add_column(name, justify="right" if name == "seconds" else "left")
        for event in events:
            lasted = event["duration_seconds"]
            seconds = "…" if lasted is None else f"{lasted:.1f}"
            table.add_row(event["type"], event["from"], event["to"] or "in flight", seconds, Text(event["label"]))
        self.console.print(table)

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
