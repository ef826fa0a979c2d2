"""Every REST operation of a running hub, with an address that fits its route."""

import re
from dataclasses import dataclass

from hub.operation import Operation, operation_of
from tests.support.hub import RunningHub

_PLACE = re.compile(r"<(?:[^:>]+:)?([^>]+)>")


@dataclass(frozen=True)
class RestDoor:
    """One operation, its method, and its address with nothing that exists in it."""

    operation: Operation
    method: str
    path: str


def rest_doors(hub: RunningHub) -> list[RestDoor]:
    """All of them, in the order of the url map."""
    doors = []
    for rule in hub.app.url_map.iter_rules():
        declared = operation_of(hub.app.view_functions[rule.endpoint])
        if declared is None or rule.websocket:
            continue
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        doors.append(RestDoor(declared, method, _PLACE.sub("nothing-here", rule.rule)))
    return doors
