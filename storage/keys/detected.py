"""Keys of downtime that cameras see, beside its intervals."""

from storage.keys.base import tenant_key as _key


def open_downtime(organisation: str, roi: str) -> str:
    """JSON of the downtime that is open at a region, if any."""
    return _key(organisation, "open-downtime", roi)


def detected_by_start(organisation: str) -> str:
    """Sorted set of "<event id> <line>" by the start (ms) of the downtime. Trimmed with the intervals, by retention."""
    return _key(organisation, "detected-by-start")


def detected_by_update(organisation: str) -> str:
    """The same by the last update (ms)."""
    return _key(organisation, "detected-by-update")


def confirmed_downtimes(organisation: str) -> str:
    """Hash: event id of a detected downtime → id of the record by which a person confirmed it."""
    return _key(organisation, "confirmed-downtimes")
