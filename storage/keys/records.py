"""Keys of what is listed of finished sessions."""

from storage.keys.base import tenant_key as _key


def records(organisation: str, assembly_id: str = "", operator_id: str = "", status: str = "") -> str:
    """Sorted set of the ids of finished records by their end (ms): all, or those of an assembly, an operator, a status, and what these
    have in common. None of the three has a colon or begins with a dash, so no two lists share a key."""
    return _key(organisation, "records", assembly_id or "-", operator_id or "-", status or "-")
