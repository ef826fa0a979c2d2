"""The part of the environment that every process reads: where the data is."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REDIS_SCHEMES = ("redis://", "rediss://", "redis+sentinel://", "redis+cluster://", "unix://")


def default_data_dir() -> Path:
    """`takt` under the user's data home."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "takt"


class StoreSettings(BaseSettings):
    """TAKT_DATA_DIR and TAKT_REDIS_URL; frozen, checked at start."""

    model_config = SettingsConfigDict(env_prefix="TAKT_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Field(default_factory=default_data_dir)
    redis_url: str = ""
    """Empty = the embedded store under data_dir."""
    retention_days: Annotated[int, Field(ge=1)] | None = None
    """None = never trimmed."""
    films_free_gb: Annotated[float, Field(ge=0)] = 2.0
    """Nothing is filmed while less is free on the disk of the data folder."""

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if value and not value.startswith(REDIS_SCHEMES):
            raise ValueError("allowed are " + ", ".join(s + "…" for s in REDIS_SCHEMES))
        return value

    @property
    def files_dir(self) -> Path:
        """Root of the file store."""
        return self.data_dir / "files"
