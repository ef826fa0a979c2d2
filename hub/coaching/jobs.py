"""Jobs that people clock on at machines: which is which, and what they are called."""

import json
from bisect import bisect_left
from collections.abc import Iterable

from storage.entities.event import EventType, event_id
from storage.entities.step_event import StepEvent

LONGEST_LABEL = 200


def job_id(organisation: str, machine: str, start_ms: int, work_order: str | None, part: str | None, step_number: str | None) -> str:
    """The id of a job's event: the same machine, start, work order, part and step are the same job, so that clocking it off finds it."""
    natural = json.dumps([machine, start_ms, work_order, part, step_number], ensure_ascii=False)
    return event_id(organisation, EventType.WORK_ORDER_OPERATION, f"step/{natural}")


def job_label(work_order: str | None, part: str | None, step_number: str | None) -> str:
    """What the timeline calls it: the work order, else the part, else its step."""
    named = work_order or part or (f"Op{step_number}" if step_number else "Job")
    return named[:LONGEST_LABEL]


def display_name(job: StepEvent | None, label: str) -> str:
    """The part and its operation: `1677723 Op10`; of what nobody clocked on, its label."""
    if job is None or job.step_number is None:
        return job.part if job is not None and job.part else label
    return f"{job.part or label} Op{job.step_number}"


class Cycles:
    """A machine's cycles (start, end or None), asked for those that may meet a job. Made in O(n log n), asked in O(log n + k)."""

    def __init__(self, cycles: Iterable[tuple[int, int | None]], now_ms: int) -> None:
        self._cycles = sorted(cycles, key=lambda cycle: cycle[0])
        self._starts = [start for start, _ in self._cycles]
        self._longest_ms = max(((now_ms if end is None else end) - start for start, end in self._cycles), default=0)

    def meeting(self, start_ms: int, end_ms: int) -> list[tuple[int, int | None]]:
        """All that meet [start, end), and perhaps some before it."""
        return self._cycles[bisect_left(self._starts, start_ms - self._longest_ms) : bisect_left(self._starts, end_ms)]
