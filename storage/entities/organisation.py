"""The tenant: every key of a tenant carries its name as the hash tag."""

from pydantic import BaseModel, ConfigDict, Field

ORGANISATION_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"


class Organisation(BaseModel):
    """A tenant, named by a slug that is also the hash tag of its keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(pattern=ORGANISATION_PATTERN)
    created_at_ms: int
