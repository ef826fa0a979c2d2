"""Keys of sessions, stations and what is taught."""

from storage.keys.base import tenant_key as _key


def station_session(organisation: str, station: str) -> str:
    """Id of the session that is open at a station, if any."""
    return _key(organisation, "station-session", station)


def open_sessions(organisation: str) -> str:
    """Set of the ids of sessions that are open at any station."""
    return _key(organisation, "open-sessions")


def station_lease(organisation: str, station: str) -> str:
    """Which hub runs the station's session; expires after LEASE_TTL_MS."""
    return _key(organisation, "lease", station)


def coaching_facts(organisation: str, station: str) -> str:
    """Stream of a station's coaching facts, capped at FACTS_KEPT; its channel has the same name."""
    return _key(organisation, "facts", "coaching", station)


def epoch(stream: str) -> str:
    """Birth mark of a stream."""
    return stream + ":epoch"


def assembly_records(organisation: str) -> str:
    """Sorted set of all sessions' ids by start, finished ones included."""
    return _key(organisation, "assembly-records")


def training_callbacks(organisation: str) -> str:
    """Hash: assembly id → URL that is told when a training of it has ended; a field goes with its assembly."""
    return _key(organisation, "training-callbacks")


def training_context(organisation: str) -> str:
    """The "global training context": assembly id and the open recording."""
    return _key(organisation, "training-context")
