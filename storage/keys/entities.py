"""Keys of entities, accounts and limits."""

from storage.keys.base import tenant_key as _key

ORGANISATIONS = "takt:organisations"
"""Set of organisation names."""
EMAILS = "takt:emails"
"""Hash: lower-case e-mail → "organisation user_id" (an address signs in to one organisation)."""
API_KEYS = "takt:api-keys"
"""Hash: SHA-256 of a key → "organisation key_id"."""
SCHEMA = "takt:schema"
"""Number of the form in which the data are stored."""
JWT_SECRET = "takt:jwt-secret"
"""The signing secret of the whole installation."""


def organisation(name: str) -> str:
    return _key(name, "organisation")


def entity(organisation: str, noun: str, id_: str) -> str:
    """JSON of one entity."""
    return _key(organisation, noun, id_)


def entities(organisation: str, noun: str) -> str:
    """Sorted set of a noun's ids, by creation time."""
    return _key(organisation, noun + "s")


def owned(organisation: str, noun: str, owner_id: str) -> str:
    """Sorted set of the ids of a noun that belong to one owner (an assembly's recordings), by creation time."""
    return _key(organisation, noun + "s-of", owner_id)


def model_numbers(organisation: str, assembly: str) -> str:
    """Hash: number of a model version → its id."""
    return _key(organisation, "model-numbers", assembly)


def applied(organisation: str, commit_id: str) -> str:
    """The outcome of one write, so that its repetition after a lost reply has no second effect; expires after APPLIED_TTL_S."""
    return _key(organisation, "applied", commit_id)


def sign_in(organisation: str, id_: str) -> str:
    """One sign-in; expires with its refresh token."""
    return _key(organisation, "sign-in", id_)


def sign_in_code(code_sha256: str) -> str:
    """A one-time sign-in of the console; expires after minutes, deleted by its use."""
    return "takt:sign-in-code:" + code_sha256


def login_failures(account_sha256: str) -> str:
    """Counter of failed log-ins of one account, expiring."""
    return "takt:login-failures:" + account_sha256


def rate_limit(caller_sha256: str) -> str:
    """When a caller's next request of one operation is due at the steady rate; expires when that is past."""
    return "takt:allowance:" + caller_sha256


def revoked(organisation: str, id_: str) -> str:
    """Marks a token without a user (by its jti) as ended; expires with the token."""
    return _key(organisation, "revoked", id_)
