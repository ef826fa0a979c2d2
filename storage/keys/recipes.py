"""Keys of assemblies and what belongs to them."""

from storage.keys.base import tenant_key as _key


def revision_numbers(organisation: str, revision: str) -> str:
    """Hash: number within an assembly revision → id of the assembly."""
    return _key(organisation, "revision-numbers", revision)


def part_number(organisation: str, part: str) -> str:
    """Counter: the id that was given last to a part of an assembly ("step", "step-data", "step-data-info")."""
    return _key(organisation, "part-number", part)


def part_owners(organisation: str, part: str) -> str:
    """Hash: id of a part → id of its assembly."""
    return _key(organisation, "part-owners", part)


def coached_sessions(organisation: str, assembly: str) -> str:
    """Set of the ids of the sessions that are open on an assembly."""
    return _key(organisation, "coached-sessions", assembly)


def doomed_files(organisation: str) -> str:
    """Set of the folders whose owners are deleted already; emptied as soon as they are gone from the disk."""
    return _key(organisation, "doomed-files")


def variable_users(organisation: str, name: str) -> str:
    """Set of the ids of the assemblies in which an OCR capture variable, or its type, is called so."""
    return _key(organisation, "variable-users", name)
