"""What an organisation sets once for all its assemblies."""

from typing import Any

from storage.entities.base import Entity

RELEASE_CONTROL = "release-control"
"""{"enabled": bool}: only what is published, with an approver, is coached."""
TORQUE = "torque"
"""The source names no fields of it."""


class SiteSetting(Entity):
    """One setting, by its name."""

    id: str
    value: dict[str, Any] = {}
