"""A floor as the four services would describe it: machines, a day of their events, records and reason codes. Made, not measured."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HOUR_MS = 3_600_000
NAMES = ["Press", "Lathe", "Mill", "Weld cell", "Paint", "Assembly", "Test bench", "Packing"]
TREE = [
    ("M", "Mechanical", "unplanned", [("M1", "Bearing failure"), ("M2", "Belt worn"), ("M3", "Jammed part"), ("M4", "Hydraulics leak")]),
    ("E", "Electrical", "unplanned", [("E1", "Sensor dirty"), ("E2", "Drive fault")]),
    ("T", "Tooling", "changeover", [("T1", "Tool change"), ("T2", "New product")]),
    ("S", "Upkeep", "maintenance", [("S1", "Lubrication"), ("S2", "Inspection")]),
    ("P", "Organisation", "planned", [("P1", "Break"), ("P2", "No material")]),
]
WEIGHTS = [5, 2, 6, 1, 6, 1, 5, 2, 2, 1, 3, 2]


def stable(name: str) -> str:
    """The same uuid for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def iso(ms: int) -> str:
    """A time as the services write it."""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def reason_tree() -> list[dict[str, Any]]:
    """GET /api/v1/reason-codes/tree."""

    def node(code: str, name: str, category: str, parent: str | None, children: list[dict[str, Any]]) -> dict[str, Any]:
        stamps = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
        return {"id": stable(code), "code": code, "name": name, "category": category, "parent_id": parent, "is_active": True,
                "children": children, **stamps}  # fmt: skip

    return [
        node(code, name, category, None, [node(c, n, category, stable(code), []) for c, n in children])
        for code, name, category, children in TREE
    ]


LEAVES = [(code, name, category) for _, _, category, children in TREE for code, name in children]
STOPPED_NOW = {2: LEAVES[3], 6: LEAVES[6]}


@dataclass
class Day:
    """What happened on a floor of `count` machines in the hours before `now_ms`."""

    now_ms: int
    count: int = 12
    hours: int = 12
    cycle_s: float = 75.0
    machines: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    spans: dict[str, tuple[int, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(11)
        for at in range(self.count):
            name = f"{NAMES[at % len(NAMES)]} {at // len(NAMES) + 1}"
            foreign = f"MACHINE_{at + 1:03d}"
            machine = {"id": stable(foreign), "name": name, "machine_identifier": foreign, "protocol": "json", "location": "Hall 1",
                       "line_name": f"Line {'ABCDEF'[at * 3 // max(3, self.count)]}", "status": "healthy", "is_active": True,
                       "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}  # fmt: skip
            self.machines.append(machine)
            self._live_through(machine, at)

    def event(self, kind: str, machine: str, start_ms: int, end_ms: int | None, label: str, id_: str | None = None) -> dict[str, Any]:
        """Adds an event in GET's shape and returns it."""
        made = {
            "id": id_ or f"evt_{len(self.events):012d}", "type": kind, "machine_foreign_id": machine, "from": iso(start_ms),
            "to": None if end_ms is None else iso(end_ms), "duration_seconds": None if end_ms is None else (end_ms - start_ms) / 1000,
            "label": label,
        }  # fmt: skip
        self.events[made["id"]] = made
        self.spans[made["id"]] = (start_ms, end_ms)
        return made

    def record(self, machine_id: str, start_ms: int, end_ms: int | None, code: tuple[str, str, str]) -> dict[str, Any]:
        """Adds a downtime record and its event."""
        record = {"id": str(uuid.uuid4()), "machine_id": machine_id, "reason": code[1], "category": code[2],
                  "reason_code_id": stable(code[0]), "started_at": iso(start_ms), "ended_at": None if end_ms is None else iso(end_ms),
                  "duration_seconds": None if end_ms is None else (end_ms - start_ms) / 1000,
                  "created_at": iso(start_ms), "updated_at": iso(start_ms)}  # fmt: skip
        self.records[record["id"]] = record
        self.tell(record)
        return record

    def tell(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record's event as it is now."""
        machine = next(one for one in self.machines if one["id"] == record["machine_id"])
        end = record["ended_at"] and to_ms(record["ended_at"])
        id_ = f"evt_{uuid.UUID(record['id']).hex[:12]}"
        return self.event("activity_reason", machine["machine_identifier"], to_ms(record["started_at"]), end, record["reason"], id_)

    def _live_through(self, machine: dict[str, Any], at: int) -> None:
        foreign, chance = machine["machine_identifier"], self._chance
        begin = self.now_ms - self.hours * HOUR_MS
        for shift in range(-1, self.hours // 8 + 2):
            start = (begin // (8 * HOUR_MS) + shift) * 8 * HOUR_MS
            if at % 4 != 1 or (start // (8 * HOUR_MS)) % 3 != 0:
                label = ("Night", "Morning", "Afternoon")[(start // (8 * HOUR_MS)) % 3]
                self.event("shift_period", foreign, start, start + 8 * HOUR_MS, label)
        self.event("work_order_operation", foreign, begin, begin + self.hours * HOUR_MS // 2, f"WO-{4700 + at} op 20")
        self.event("work_order_operation", foreign, begin + self.hours * HOUR_MS // 2 + 600_000, None, f"WO-{4760 + at} op 10")
        now, number = begin, 0
        # Two machines stand still now, and one has ended its shift.
        end = self.now_ms - {2: 47 * 60_000, 6: 9 * 60_000, 9: 100 * 60_000}.get(at, 0)
        while now < end:
            if chance.random() < 0.012 * self.cycle_s / 75:
                now = self._stop(machine, now)
                continue
            length = int(self.cycle_s * chance.uniform(700, 1250))
            self._cycle(foreign, now, length, number)
            number += 1
            now += length + int(chance.uniform(1, 9) * 1000)
        if at in STOPPED_NOW:
            self.record(machine["id"], min(now, self.now_ms - 60_000), None, STOPPED_NOW[at])

    def _stop(self, machine: dict[str, Any], start: int) -> int:
        code = self._chance.choices(LEAVES, WEIGHTS)[0]
        length = int(min(5400, self._chance.lognormvariate(6.0, 0.9)) * 1000)
        end = start + length
        self.record(machine["id"], start, end if end < self.now_ms else None, code)
        return end + 20_000

    def _cycle(self, foreign: str, start: int, length: int, number: int) -> None:
        open_ = start + length >= self.now_ms
        self.event("cycle", foreign, start, None if open_ else start + length, f"PART{1000 + number}")
        half = start + length // 2
        self.event("step", foreign, start, half if half < self.now_ms else None, "Load")
        if half < self.now_ms:
            self.event("step", foreign, half, None if open_ else start + length, "Work")
        if not open_:
            self.event("part_count", foreign, start + length, start + length, "1")


def to_ms(text: str) -> int:
    """Milliseconds of an ISO time."""
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
