"""Why machines stand still, as a tree that the organisation keeps."""

from storage.entities.base import Entity
from storage.entities.downtime_record import Category


class ReasonCode(Entity):
    """`code` is unique in the organisation; `parent_id` None = at the top of the tree."""

    id: str
    code: str
    name: str
    category: Category | None = None
    parent_id: str | None = None
    is_active: bool = True
    """An inactive one stays in old records and is offered no more."""
    created_at_ms: int
    updated_at_ms: int
