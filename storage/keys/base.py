"""What every key of a tenant starts with, and the bounds of what is stored."""

# Streams that only serve the resume of a socket keep this many facts (about a shift of coaching at one station).
FACTS_KEPT = 20_000
# Commands and answers are consumed within seconds; the cap only bounds a consumer that is down.
COMMANDS_KEPT = 1_000
# A write that is repeated after a lost reply comes within seconds.
APPLIED_TTL_S = 120
# A repeated delivery of a command comes within its deadline; a day also covers a consumer that was down.
COMMAND_DONE_TTL_S = 86_400
ANSWER_TTL_S = 60
# A hub that stops renewing loses its station after this long.
LEASE_TTL_MS = 3_000


def tenant_key(organisation: str, *parts: str) -> str:
    """A key under the organisation's hash tag, so that one script may touch them all on a cluster."""
    return ":".join(("takt:{" + organisation + "}", *parts))
