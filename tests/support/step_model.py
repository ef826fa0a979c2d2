"""A simple model of steps, their data and OCR variables, kept in memory: what each command should answer and leave behind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ModelData:
    """One action: its type, the variables it names, its infos as id → name."""

    type: str
    variables: list[str]
    infos: dict[int, str] = field(default_factory=dict)


@dataclass
class ModelStep:
    """One step, its data in order of their adding, and the files of its recordings."""

    name: str
    data: dict[int, ModelData] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


Steps = dict[int, ModelStep]
"""In order: a dict keeps it."""


def needs_met(steps: Steps) -> set[tuple[int, str]]:
    """Which step finds which variable captured before it."""
    seen: set[str] = set()
    met = set()
    for id_, step in steps.items():
        for data in step.data.values():
            if data.type == "ocr-capture":
                seen |= set(data.variables)
            else:
                met |= {(id_, name) for name in data.variables if name in seen}
    return met


def all_needs(steps: Steps) -> set[tuple[int, str]]:
    """Which step names which variable without capturing it."""
    return {(id_, name) for id_, step in steps.items() for d in step.data.values() if d.type != "ocr-capture" for name in d.variables}


def copy(steps: Steps) -> Steps:
    """Of its own, down to the infos."""
    return {
        id_: ModelStep(step.name, {at: ModelData(d.type, list(d.variables), dict(d.infos)) for at, d in step.data.items()}, step.files)
        for id_, step in steps.items()
    }


def disturbs(before: Steps, after: Steps, at: int) -> bool:
    """Whether a unit that is at a step would lose it, or would do a step twice or never."""
    passed = [set(list(steps)[: list(steps).index(at)]) if at in steps else None for steps in (before, after)]
    return passed[1] is None or passed[0] is None or passed[0] & set(after) != passed[1] & set(before)


class StepModel:
    """Assemblies by id, and the names that the OCR settings know. A command answers the status that the hub should give.

    `units` says of an assembly at which steps units are that are being built.
    """

    def __init__(self, units: Callable[[str], list[int]] = lambda _: []) -> None:
        self.assemblies: dict[str, Steps] = {}
        self.known: set[str] = set()
        self.units = units

    # --- reads --------------------------------------------------------------------------------------------
    def users(self, name: str) -> set[str]:
        """Assemblies that name a variable."""
        return {id_ for id_, steps in self.assemblies.items() if any(name in d.variables for s in steps.values() for d in s.data.values())}

    def home(self, step_id: int) -> str | None:
        """The assembly of a step."""
        return next((id_ for id_, steps in self.assemblies.items() if step_id in steps), None)

    def data_home(self, data_id: int) -> int | None:
        """The step of step data."""
        return next((at for steps in self.assemblies.values() for at, step in steps.items() if data_id in step.data), None)

    def info_home(self, info_id: int) -> tuple[int, int] | None:
        """The step and the step data of an info."""
        every = [
            (at, data_id, data) for steps in self.assemblies.values() for at, step in steps.items() for data_id, data in step.data.items()
        ]
        return next(((at, data_id) for at, data_id, data in every if info_id in data.infos), None)

    def shown(self, assembly: str) -> list[dict[str, Any]]:
        """What matters of the list of steps."""
        steps = self.assemblies[assembly]
        ids = ["", *map(str, steps), ""]
        return [
            {
                "id": str(id_),
                "name": step.name,
                "previous_step_id": ids[at],
                "next_step_id": ids[at + 2],
                "data": {str(data_id): (d.type, d.variables, {str(i): n for i, n in d.infos.items()}) for data_id, d in step.data.items()},
            }
            for at, (id_, step) in enumerate(steps.items())
        ]

    # --- commands -----------------------------------------------------------------------------------------
    def add(self, assembly: str, id_: int, name: str) -> int:
        """A step at the end."""
        if assembly not in self.assemblies:
            return 404
        self.assemblies[assembly][id_] = ModelStep(name)
        return 200

    def rename_step(self, assembly: str, id_: int, name: str) -> int:
        """Another name for a step."""
        if id_ not in self.assemblies.get(assembly, {}):
            return 404
        self.assemblies[assembly][id_].name = name
        return 200

    def delete(self, assembly: str, id_: int) -> int:
        """A step with its data."""
        if id_ not in self.assemblies.get(assembly, {}):
            return 404
        after = copy(self.assemblies[assembly])
        del after[id_]
        return self._try(assembly, after)

    def move(self, assembly: str, id_: int, previous: int | None, following: int | None) -> int:
        """Between neighbours; 0 = the end, None = nothing is said."""
        before = self.assemblies.get(assembly, {})
        if id_ not in before:
            return 404
        order = list(before)
        here = order.index(id_)
        others = [other for other in order if other != id_]
        wanted = []
        if previous is not None and previous != ([0, *order])[here]:
            wanted.append([0, *others].index(previous) if previous in (0, *others) else None)
        if following is not None and following != ([*order, 0])[here + 1]:
            wanted.append([*others, 0].index(following) if following in (0, *others) else None)
        if (previous, following) == (0, 0):
            wanted = []
        if None in wanted or len(set(wanted)) > 1:
            return 422
        for place in wanted[:1]:
            assert place is not None
            others.insert(place, id_)
            return self._try(assembly, {other: before[other] for other in others})
        return 200

    def put_data(self, step_id: int, data_id: int, type_: str, variables: list[str]) -> int:
        """Step data under an id, new or changed."""
        assembly = self.home(step_id)
        if assembly is None:
            return 404
        if self.data_home(data_id) not in (None, step_id):
            return 409
        after = copy(self.assemblies[assembly])
        infos = after[step_id].data[data_id].infos if data_id in after[step_id].data else {}
        after[step_id].data[data_id] = ModelData(type_, variables, infos)
        status = self._try(assembly, after)
        if status == 200:
            self.known |= set(variables)
        return status

    def put_info(self, info_id: int, data_id: int, name: str) -> int:
        """An info under an id, new or changed."""
        at, there = self.data_home(data_id), self.info_home(info_id)
        if there is not None and there[1] != data_id:
            return 409
        if at is None:
            return 404
        self.assemblies[self.home(at) or ""][at].data[data_id].infos[info_id] = name
        return 200

    def delete_info(self, info_id: int) -> int:
        """One info."""
        there = self.info_home(info_id)
        if there is None:
            return 404
        del self.assemblies[self.home(there[0]) or ""][there[0]].data[there[1]].infos[info_id]
        return 200

    def delete_variables(self, step_id: int) -> int:
        """All that a step captures."""
        assembly = self.home(step_id)
        if assembly is None:
            return 404
        after = copy(self.assemblies[assembly])
        for data in after[step_id].data.values():
            if data.type == "ocr-capture":
                data.variables = []
        return self._try(assembly, after)

    def rename(self, old: str, new: str) -> int:
        """A variable, everywhere."""
        if old == new:
            return 422
        if old not in self.known:
            return 404
        if new in self.known:
            return 409
        self.known = self.known - {old} | {new}
        for steps in self.assemblies.values():
            for data in [data for step in steps.values() for data in step.data.values()]:
                data.variables = [new if name == old else name for name in data.variables]
        return 200

    def remove(self, name: str) -> int:
        """A variable that nothing uses."""
        if self.users(name):
            return 409
        if name not in self.known:
            return 404
        self.known.discard(name)
        return 200

    def _try(self, assembly: str, after: Steps) -> int:
        """Takes the change over unless a need that is met would no longer be, or a unit would come out of order."""
        before = self.assemblies[assembly]
        if (needs_met(before) & all_needs(after)) - needs_met(after):
            return 409
        if any(disturbs(before, after, at) for at in self.units(assembly)):
            return 409
        self.assemblies[assembly] = after
        return 200
