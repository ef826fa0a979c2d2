"""Keys of commands and their answers."""

from storage.keys.base import tenant_key as _key


def commands(organisation: str, consumer: str) -> str:
    """Stream of commands to "vision", "trainer", "jobs", "videos" or "callbacks", capped at COMMANDS_KEPT."""
    return _key(organisation, "commands", consumer)


def answer(organisation: str, command_id: str) -> str:
    """List with the one answer of a command; expires after ANSWER_TTL_S."""
    return _key(organisation, "answer", command_id)


def command_done(organisation: str, command_id: str) -> str:
    """Marks a command whose effect happened, so that a second delivery has none; expires."""
    return _key(organisation, "done", command_id)
