"""Draws commands on steps, gives each to the hub and to the model; each answers the status that the model says and the one that came."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from tests.support.catalogue_model import CatalogueModel
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.step_model import Steps

VARIABLES = ("serial", "lot", "date")
TYPES = ("ocr-capture", "ocr-capture", "ocr-verify", "ocr-verify", "qa")
# What no step has as its id.
NO_STEP = 999_999

T = TypeVar("T")
Statuses = tuple[int, int]
"""What the model says, and what the hub answered; a command that has nothing to work on answers None instead."""


class StepPlayer:
    """Steps, their data and OCR variables of the hub's organisation."""

    def __init__(self, hub: RunningHub, client: HttpClient, drawn: random.Random) -> None:
        self.hub = hub
        self.client = client
        self.drawn = drawn
        self.lots = random.Random(0)
        """Says where to look; apart from the dice, so that looking changes no command."""
        self.model = CatalogueModel()
        self.told: Any = None
        """What the last command sent, for whoever reads that it went wrong."""

    # --- what is drawn ------------------------------------------------------------------------------------
    @property
    def steps(self) -> dict[str, Steps]:
        """The model's, by assembly."""
        return self.model.steps.assemblies

    def assembly(self) -> str:
        """Mostly one that is there, with a step for each time that it may be drawn."""
        return self.mostly([name for name, steps in self.steps.items() for _ in steps], "nothing")

    def step_id(self, assembly: str | None = None) -> int:
        """Mostly one that is there."""
        return self.mostly([id_ for name, steps in self.steps.items() for id_ in steps if assembly in (None, name)], NO_STEP)

    def bare_step_id(self) -> int:
        """Often one that has no data yet, without which nothing can be built here."""
        bare = [id_ for steps in self.steps.values() for id_, step in steps.items() if not step.data]
        return self.drawn.choice([*bare, self.step_id()])

    def mostly(self, there: Sequence[T], other: T) -> T:
        """One that is there, nine times of ten; the other one where there is none."""
        return self.drawn.choice(there) if there and self.drawn.random() < 0.9 else other

    def some(self, ids: list[int]) -> int:
        """One of them, or one of a few that may be free."""
        return self.drawn.choice([*ids, self.drawn.randrange(500, 520)])

    def data_ids(self) -> list[int]:
        """Of all step data."""
        return [id_ for steps in self.steps.values() for step in steps.values() for id_ in step.data]

    def info_ids(self) -> list[int]:
        """Of all infos."""
        return [id_ for steps in self.steps.values() for step in steps.values() for data in step.data.values() for id_ in data.infos]

    def data(self) -> tuple[str, list[str], dict[str, Any]]:
        """Type and variables of step data, and the body that says so."""
        type_, names = self.drawn.choice(TYPES), self.drawn.sample(VARIABLES, self.drawn.choice((0, 1, 2, 2)))
        return type_, names, {"data_type": type_, "ocr_capture_variable_info": [{"name": name} for name in names]}

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request; remembered until the next."""
        self.told = (method, path, body)
        return await self.client(method, path, body)

    # --- steps --------------------------------------------------------------------------------------------
    async def add_step(self) -> Statuses:
        assembly, name = self.mostly([*self.steps], "nothing"), f"Step {self.drawn.randrange(1000)}"
        answer = await self.ask("POST", f"/assembly/{assembly}/step", {"name": name})
        id_ = answer.json().get("id", NO_STEP)
        assert self.model.steps.home(id_) is None
        return self.model.steps.add(assembly, id_, name), answer.status

    async def change_step(self) -> Statuses:
        assembly, name = self.assembly(), f"Renamed {self.drawn.randrange(1000)}"
        id_ = self.step_id(assembly)
        answer = await self.ask("PUT", f"/assembly/{assembly}/step/{id_}", {"name": name})
        return self.model.steps.rename_step(assembly, id_, name), answer.status

    async def move_step(self) -> Statuses:
        assembly = self.assembly()
        id_ = self.step_id(assembly)
        order = [0, *self.steps.get(assembly, {}), 0]
        at = self.drawn.randrange(len(order) - 1)
        said: dict[str, int | None] = {"previous_step_id": order[at], "next_step_id": order[at + 1]}
        if self.drawn.random() < 0.6:
            said[self.drawn.choice(list(said))] = self.drawn.choice([None, self.step_id(assembly)])
        body = {name: "" if wanted == 0 else str(wanted) for name, wanted in said.items() if wanted is not None}
        answer = await self.ask("PUT", f"/assembly/{assembly}/step/{id_}", body)
        return self.model.steps.move(assembly, id_, said["previous_step_id"], said["next_step_id"]), answer.status

    async def delete_step(self) -> Statuses:
        assembly = self.assembly()
        id_ = self.step_id(assembly)
        answer = await self.ask("DELETE", f"/assembly/{assembly}/step/{id_}")
        return self.model.steps.delete(assembly, id_), answer.status

    # --- step data ----------------------------------------------------------------------------------------
    async def add_data(self) -> Statuses:
        id_, (type_, names, body) = self.bare_step_id(), self.data()
        answer = await self.ask("POST", f"/step/{id_}/step-data", body)
        new = answer.json().get("id", 0)
        assert self.model.steps.data_home(new) is None
        return self.model.steps.put_data(id_, new, type_, names), answer.status

    async def put_data(self) -> Statuses:
        id_, (type_, names, body) = self.step_id(), self.data()
        here = self.steps.get(self.model.steps.home(id_) or "", {}).get(id_)
        data_id = self.some(list(here.data) if here and here.data and self.drawn.random() < 0.8 else self.data_ids())
        answer = await self.ask("PUT", f"/step/{id_}/step-data/{data_id}", body)
        return self.model.steps.put_data(id_, data_id, type_, names), answer.status

    async def put_info(self) -> Statuses:
        data_id, info_id = self.some(self.data_ids()), self.some(self.info_ids())
        body = {"step_data_id": data_id, "name": f"key {self.drawn.randrange(9)}"}
        answer = await self.ask("PUT", f"/step-data-info/{info_id}", body)
        return self.model.steps.put_info(info_id, data_id, str(body["name"])), answer.status

    async def delete_info(self) -> Statuses:
        info_id = self.some(self.info_ids())
        answer = await self.ask("DELETE", f"/step-data-info/{info_id}")
        return self.model.steps.delete_info(info_id), answer.status

    # --- variables ----------------------------------------------------------------------------------------
    async def delete_variables(self) -> Statuses:
        id_ = self.step_id()
        answer = await self.ask("DELETE", f"/step/{id_}/ocr-capture-variable")
        return self.model.steps.delete_variables(id_), answer.status

    async def rename_variable(self) -> Statuses:
        old, new = self.drawn.choice([*sorted(self.model.steps.known), *VARIABLES[:1]]), self.drawn.choice((*VARIABLES, "spare", "other"))
        answer = await self.ask("PUT", "/ocr-capture-variable", {"current_name": old, "new_name": new})
        return self.model.steps.rename(old, new), answer.status

    async def remove_variable(self) -> Statuses:
        unused = [name for name in sorted(self.model.steps.known) if not self.model.steps.users(name)]
        name = self.drawn.choice([*unused, *unused, *VARIABLES])
        answer = await self.ask("DELETE", f"/ocr-capture-variable?variable={name}")
        return self.model.steps.remove(name), answer.status
