"""Keys of what clients report themselves: events, and jobs clocked on."""

from storage.keys.base import tenant_key as _key


def posted_events(organisation: str) -> str:
    """Hash: id of an event that a client reported → its machine. What retention forgot goes from here once a day."""
    return _key(organisation, "posted-events")


def idempotency(organisation: str) -> str:
    """Hash: idempotency key → "id machine type start end label" of the first event that came with it. Kept for ever: a retry may come
    when retention has long forgotten the event."""
    return _key(organisation, "idempotency")


def jobs(organisation: str) -> str:
    """Hash: machine → id of the job that was clocked on there last, whenever it began; one field a machine."""
    return _key(organisation, "jobs")
