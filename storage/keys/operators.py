"""Keys of operators."""

from storage.keys.base import tenant_key as _key
from storage.keys.records import records


def operator_number(organisation: str) -> str:
    """Counter: the id that was given last."""
    return _key(organisation, "operator-number")


def operator_names(organisation: str) -> str:
    """Hash: name without its case → id; a name is one operator's."""
    return _key(organisation, "operator-names")


def operator_badges(organisation: str) -> str:
    """Hash: SHA-256 of a badge → id; a badge is one operator's."""
    return _key(organisation, "operator-badges")


def active_operators(organisation: str) -> str:
    """Sorted set of the ids of active operators, by creation time."""
    return _key(organisation, "operators-active")


def operator_records(organisation: str, operator_id: str) -> str:
    """Sorted set of the ids of an operator's finished records, by their end."""
    return records(organisation, operator_id=operator_id)
