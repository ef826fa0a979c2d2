"""Keys of downtime records and reason codes."""

from storage.keys.base import tenant_key as _key


def downtime_sorted(organisation: str, field: str, machine_id: str = "") -> str:
    """Sorted set of all downtime records, or of one machine's, by one field: members of equal score in the order of their text."""
    return _key(organisation, "downtime-by", field, machine_id)


def reason_codes_by_code(organisation: str) -> str:
    """Hash: code → id of the reason code."""
    return _key(organisation, "reason-codes-by-code")


def reason_code_tree(organisation: str) -> str:
    """JSON with the version of the tree of reason codes: one change of it at a time."""
    return _key(organisation, "reason-code-tree")
