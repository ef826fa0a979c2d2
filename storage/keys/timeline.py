"""Keys of intervals: what lasts from a start to an end."""

from dataclasses import dataclass

from storage.keys.base import tenant_key as _key

MACHINE = ""
"""Kind of a machine's public timeline: its events. The owner is the machine's identifier."""
DOWNTIME_RECORDS = "downtime-records"
"""Downtime that people recorded. The owner is the machine's id."""
DETECTED = "detected"
"""Downtime that cameras saw. The owner is the name of the line."""
HEARTBEATS = "heartbeats"
"""When an app ran on a device. The owner is "<device id>/<app code>"."""
KINDS = (MACHINE, DOWNTIME_RECORDS, DETECTED, HEARTBEATS)


@dataclass(frozen=True, slots=True)
class Lane:
    """The keys of one owner's intervals of one kind. No two lanes share a key, whatever a client asks for as a machine."""

    organisation: str
    kind: str
    owner: str

    @property
    def name(self) -> str:
        """What stands in the keys; also the member of `lanes`."""
        # No identifier of a machine has a colon; asked for with one, it must not lead into the lanes of another kind.
        return f"{self.kind}:{self.owner}" if self.kind or ":" in self.owner else self.owner

    @property
    def intervals(self) -> str:
        """Stream of everything that happened to the intervals, in order of arrival: the truth, and the history of what was edited.
        Trimmed only by retention. The channel has the same name."""
        return _key(self.organisation, "intervals", self.name)

    @property
    def json(self) -> str:
        """Hash: id → "start end class type " and the ready JSON of the interval."""
        return _key(self.organisation, "event-json", self.name)

    @property
    def index_prefix(self) -> str:
        """What every index of the lane starts with; scripts append the length class. Each is a sorted set: id by end (ms), of the
        intervals whose duration in ms has that many bits."""
        return _key(self.organisation, "index", self.name, "")

    @property
    def classes(self) -> str:
        """Set of the length classes that the index has."""
        return _key(self.organisation, "classes", self.name)

    @property
    def open(self) -> str:
        """Sorted set: id of an interval in flight by start (ms)."""
        return _key(self.organisation, "open", self.name)

    @property
    def changes(self) -> str:
        """Hash: which days (UTC, counted from 1970) finished intervals changed, each with the offset of the last change; what an ETag is
        made of without a look at the intervals. Besides the days: "wide" (last change of one longer than the script marks day by day),
        and from retention "trimmed" (how often it took something) and "kept" (the days before have no marks of their own any more)."""
        return _key(self.organisation, "changes", self.name)


def lanes(organisation: str, kind: str) -> str:
    """Set of the owners that have intervals of a kind."""
    return _key(organisation, "lanes", kind) if kind else _key(organisation, "event-machines")


def timeline(organisation: str) -> str:
    """Stream of all machines' timeline facts for `timeline:*`, capped at FACTS_KEPT; its channel has the same name."""
    return _key(organisation, "timeline")


def downtime_facts(organisation: str, line: str) -> str:
    """Stream of a line's downtime facts for `downtime:{line}`, capped at FACTS_KEPT; its channel has the same name."""
    return _key(organisation, "facts", "downtime", line)


def imports(organisation: str) -> str:
    """Hash: id of an export that is being imported → "lines checksum" of what is stored of it; a field goes when its import ends."""
    return _key(organisation, "imports")


def machine_identifiers(organisation: str) -> str:
    """Hash: machine_identifier → machine id."""
    return _key(organisation, "machine-identifiers")
