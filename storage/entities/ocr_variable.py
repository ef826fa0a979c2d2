"""What the OCR settings of an organisation know: the names that capture variables, and their types, have."""

from storage.entities.base import Entity


class OcrVariable(Entity):
    """A name that some step has used for a variable or its type; it stays known until it is removed, also when nothing uses it."""

    id: str
    """The name."""
    created_at_ms: int
