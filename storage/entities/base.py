"""What every stored thing has in common."""

from pydantic import BaseModel, ConfigDict


class Entity(BaseModel):
    """A frozen stored value; `version` counts its saves and guards against a lost update.

    Changes are made with `model_copy(update=...)` and saved by a repository, which compares the version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    organisation: str
    version: int = 0
