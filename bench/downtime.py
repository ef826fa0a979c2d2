"""`takt bench downtime`: how surely and how exactly stops of a machine are seen by a camera, on real footage with known stops.

The thresholds were fixed on the first half of the footage with machines and stops of the seeds 0 to 99. Measured is the second half
with other seeds: other people, other machines, other stops. Every stop of 5.2 to 20 s counts; a region is idle after 4 s and works
again after 2 s.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from bench.footage import Footage, NoFootage, find_footage
from bench.stops import FPS, Conditions, build_machine, plan, play
from vision.activity.stops import Change, Reason
from vision.activity.watch import RegionWatch

_CONDITIONS = (
    Conditions("camera noise", noise=3),
    Conditions("flicker and bands", noise=3, flicker=0.06, bands=0.03),
    Conditions("shake", noise=3, shake_px=1.5),
    Conditions("light drifts and jumps", noise=3, flicker=0.02, drift=0.2, sudden=0.15),
    Conditions("somebody steps before the machine", noise=3, people="resolving"),
    Conditions("all of it", noise=4, flicker=0.03, bands=0.02, shake_px=1.0, drift=0.15, sudden=0.1, people="resolving"),
)
_CROWD = Conditions("people before the machine at any time", noise=3, people="always")
"""Whoever moves before the machine as much as it does hides its stop: measured with `--full`, no goal."""
_WORK = (
    Conditions("work, light drifts and jumps", noise=4, flicker=0.03, bands=0.02, drift=0.2, sudden=0.15),
    Conditions("work, all of it", noise=4, flicker=0.03, bands=0.02, shake_px=1.0, drift=0.15, sudden=0.1, people="always"),
)
_IDLE_S, _RESUME_S = 4.0, 2.0
_CLIP_S, _WORK_CLIP_S = 90.0, 100.0
_FIRST_SEED, _SEED_OF_THRESHOLDS = 6000, 0
_ROUNDS, _WORK_ROUNDS, _ROUNDS_FULL = 2, 3, 8
_BUDGET_S, _BUDGET_FULL_S = 42.0, 3600.0
_PROCESSES = 2
_GOAL_ERROR_S = 1.0
_START_NS = 1_700_000_000_000_000_000
_footage: Footage | None = None


@dataclass(frozen=True)
class Seen:
    """One clip: true stops, stops seen (start, end, seconds somebody was in the region), its seconds, and ms a picture."""

    case: str
    true: tuple[tuple[float, float], ...]
    seen: tuple[tuple[float, float, float], ...]
    seconds: float
    cost_ms: float


def _open(path: Path, half: int) -> None:
    global _footage
    cv2.setNumThreads(1)
    _footage = Footage.load(path, half)


def watch(conditions: Conditions, seed: int, seconds: float, stops: bool, deadline: float) -> Seen | None:
    """Plays one clip to a watch; None once `deadline` (monotonic) has passed."""
    assert _footage is not None
    clip, machine = plan(conditions, seed, seconds, stops=stops), build_machine(_footage, seed)
    region = RegionWatch(machine.polygon, _IDLE_S, _RESUME_S)
    stopped: dict[int, tuple[float, float, float]] = {}
    spent, looks, last_s = 0.0, 0, 0.0
    for last_s, picture in play(_footage, clip, machine):
        if time.monotonic() > deadline:
            return None
        began = time.perf_counter()
        changes = region.look(picture, _START_NS + int(last_s * 1e9))
        spent, looks = spent + time.perf_counter() - began, looks + 1
        for change in changes:
            start, end = ((each - _START_NS // 1_000_000) / 1000 for each in (change.detected_at_ms, change.last_ms))
            stopped[change.detected_at_ms] = (start, end, change.reasons[Reason.OPERATOR_RESOLVING_ANOMALY])
            assert abs(sum(change.reasons.values()) - change.seconds) < 0.001 * len(Reason)
            assert change.kind is not Change.FINISHED or change.ended_at_ms is not None
    return Seen(conditions.name, clip.stops, tuple(stopped.values()), last_s, 1000 * spent / looks)


def _pairs(one: Seen) -> list[tuple[tuple[float, float], tuple[float, float, float]]]:
    """True stops with what was seen of each: the first that overlaps it."""
    left, pairs = list(one.seen), []
    for true in one.true:
        found = next((seen for seen in left if seen[0] < true[1] and seen[1] > true[0]), None)
        if found is not None:
            left.remove(found)
            pairs.append((true, found))
    return pairs


def _largest(values: Iterable[float]) -> float | None:
    return round(max(values), 2) if (values := list(values)) else None


def _mean(values: Iterable[float]) -> float | None:
    return round(sum(values) / len(values), 2) if (values := list(values)) else None


def _row(case: str, clips: Sequence[Seen]) -> dict[str, Any]:
    pairs = [pair for clip in clips for pair in _pairs(clip)]
    onsets, ends = [abs(seen[0] - true[0]) for true, seen in pairs], [abs(seen[1] - true[1]) for true, seen in pairs]
    true, seen = sum(len(clip.true) for clip in clips), sum(len(clip.seen) for clip in clips)
    hours = sum(clip.seconds for clip in clips) / 3600
    false = seen - len(pairs)
    exact = all(error <= _GOAL_ERROR_S for error in (*onsets, *ends))
    return {
        "case": case,
        "minutes": round(60 * hours, 1),
        "stops": true,
        "found": len(pairs),
        "precision": round(len(pairs) / seen, 3) if seen else None,
        "recall": round(len(pairs) / true, 3) if true else None,
        "onset_error_mean_s": _mean(onsets),
        "onset_error_max_s": _largest(onsets),
        "end_error_mean_s": _mean(ends),
        "end_error_max_s": _largest(ends),
        "false_alarms": false,
        "false_alarms_per_hour": round(false / hours, 2) if hours else None,
        "operator_s": round(sum(each[2] for clip in clips for each in clip.seen), 1),
        "ms_per_picture": _mean(clip.cost_ms for clip in clips),
        "met": len(pairs) == true and false == 0 and exact and bool(clips),
    }


def _say(row: dict[str, Any]) -> None:
    stops = f"{row['found']} of {row['stops']} stops found, " if row["stops"] else ""
    errors = f"onset off by at most {row['onset_error_max_s']} s, end {row['end_error_max_s']} s, " if row["found"] else ""
    print(f"{row['case']}: {stops}{errors}{row['false_alarms']} false alarms in {row['minutes']} minutes.", file=sys.stderr)


def main(argv: list[str]) -> dict[str, Any]:
    """A row a condition with stops, and two of work alone. Without the footage one row that says so."""
    parser = argparse.ArgumentParser(prog="takt bench downtime")
    parser.add_argument("--full", action="store_true", help="more machines and stops, an hour at most")
    parser.add_argument("--tuning", action="store_true", help="the half and the seeds that the thresholds were fixed on")
    options = parser.parse_args(argv)
    budget_s = _BUDGET_FULL_S if options.full else _BUDGET_S
    deadline = time.monotonic() + budget_s
    about = {"bench": "downtime", "load": [round(each, 1) for each in os.getloadavg()], "pictures_per_second": FPS}
    try:
        path = find_footage()
    except NoFootage as error:
        print(str(error), file=sys.stderr)
        return {**about, "rows": [{"case": "none", "skipped": str(error), "met": False}]}
    first = _SEED_OF_THRESHOLDS if options.tuning else _FIRST_SEED
    rounds, work = (_ROUNDS_FULL, _ROUNDS_FULL) if options.full else (_ROUNDS, _WORK_ROUNDS)
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn"), _open, (path, 0 if options.tuning else 1)) as pool:
        tasks = [(each, first + 10 * turn + 1, _WORK_CLIP_S, False) for turn in range(work) for each in _WORK]
        tasks += [(each, first + 10 * turn + 2 + place, _CLIP_S, True) for turn in range(rounds) for place, each in enumerate(_CONDITIONS)]
        tasks += [(_CROWD, first + 10 * turn + 9, _CLIP_S, True) for turn in range(rounds) if options.full]
        waiting = [pool.submit(watch, *task, deadline) for task in tasks]
        clips = [clip for each in waiting if (clip := each.result()) is not None]
    if len(clips) < len(tasks):
        print(f"The machine is too busy: {len(clips)} of {len(tasks)} clips in {budget_s:g} s; take `--full`.", file=sys.stderr)
    rows = [_row(each.name, [clip for clip in clips if clip.case == each.name]) for each in (*_CONDITIONS, *_WORK)]
    rows.append(_row("together", [clip for clip in clips if clip.case != _CROWD.name]))
    rows += [_row(_CROWD.name, [clip for clip in clips if clip.case == _CROWD.name])] if options.full else []
    for row in rows:
        _say(row)
    return {**about, "half_of_footage": "first" if options.tuning else "second", "clips_left_out": len(tasks) - len(clips), "rows": rows}
