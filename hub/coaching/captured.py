"""OCR capture variables: which step captures a text, which needs it, and what a change of steps would take away."""

from collections.abc import Mapping, Sequence

from hub.coaching.step_order import named
from hub.errors import Conflict
from storage.entities.session import Session
from storage.entities.step import Step
from storage.entities.step_data import OcrCaptureVariable

# A sentence with more is not read.
_SAID = 3

Need = tuple[int, str]
"""Id of a step, and the variable that it needs."""


def captured_variables(steps: Sequence[Step]) -> list[OcrCaptureVariable]:
    """What the steps capture, in their order."""
    return [variable for step in steps for data in step.step_data for variable in data.captures]


def met_needs(steps: Sequence[Step]) -> dict[Need, list[int]]:
    """What is needed and was captured before: by which steps. Within a step, its data come in their order."""
    captured: dict[str, list[int]] = {}
    met: dict[Need, list[int]] = {}
    for step in steps:
        for data in step.step_data:
            for variable in data.captures:
                captured.setdefault(variable.name, []).append(step.id)
            for variable in data.needs:
                if variable.name in captured:
                    met[(step.id, variable.name)] = list(captured[variable.name])
    return met


def refuse_unmet(before: Sequence[Step], after: Sequence[Step]) -> None:
    """Raises Conflict, naming the steps, when a need that is met would no longer be."""
    met_then, met_now = met_needs(before), met_needs(after)
    needed = {(step.id, variable.name) for step in after for data in step.step_data for variable in data.needs}
    lost = {need: met_then[need] for need in met_then if need in needed and need not in met_now}
    if lost:
        raise Conflict(_sentence(before, lost), code="step_depended_on")


def refuse_renaming(sessions: Sequence[Session], name: str) -> None:
    """Raises Conflict when a unit that is being built has captured the variable already."""
    for session in sessions:
        if any(variable.name == name for result in session.results for variable in result.captured_variables):
            where = f"The unit at station {session.station_id} has captured {name} already"
            raise Conflict(f"{where}: finish or cancel it first.", code="being_coached", record_id=session.id)


def _sentence(steps: Sequence[Step], lost: Mapping[Need, Sequence[int]]) -> str:
    said = []
    for (needing, name), capturing in list(lost.items())[:_SAID]:
        who = " and ".join(named(steps, step_id) for step_id in dict.fromkeys(capturing))
        told = f"{who} captures {name}, which {named(steps, needing)} verifies"
        said.append(told[0].upper() + told[1:])
    more = f" And {len(lost) - _SAID} more." if len(lost) > _SAID else ""
    return f"{'. '.join(said)}: it must be captured before.{more} Change what verifies it first."
