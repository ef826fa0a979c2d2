"""A job that was clocked on at a machine: what its event does not say."""

from storage.entities.base import Entity


class StepEvent(Entity):
    """`id` is that of its work_order_operation event, which has start, end and label. Times expected are seconds."""

    id: str
    machine: str
    """Identifier of the machine."""
    user_email: str | None = None
    part: str | None = None
    recipe_version: str | None = None
    step_number: str | None = None
    expected_cycle_s: float | None = None
    expected_setup_s: float | None = None
    quantity_expected: float | None = None
    work_order: str | None = None
    started_at_ms: int
    is_clocked_off: bool = False
    """A client said when it ended. Else it ends where the next job at the machine starts."""
