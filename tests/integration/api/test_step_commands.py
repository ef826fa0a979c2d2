"""Random sequences of commands on steps against a simple model in memory: the same answers, and the invariants after each."""

import random
from collections import Counter
from typing import Any

from storage.entities.user import Role
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.step_model import StepModel

COMMANDS = 130
NAMES = ("serial", "lot", "date")
TYPES = ("ocr-capture", "ocr-capture", "ocr-verify", "ocr-verify", "qa")
ASSEMBLIES = ("left", "right")


class Player:
    """Draws commands, gives each to the hub and to the model, and holds the two against each other."""

    def __init__(self, client: HttpClient, seed: int) -> None:
        self.client = client
        self.model = StepModel(*ASSEMBLIES)
        self.drawn = random.Random(seed)
        often = [self.move, self.put_data]
        self.commands = [*often, *often, self.delete, self.add_data, self.info, self.delete_info, self.delete_variables]
        self.commands += [self.rename, self.remove, self.change]

    def assembly(self) -> str:
        return self.drawn.choice(ASSEMBLIES)

    def step_id(self, assembly: str | None = None) -> int:
        """Mostly one that is there."""
        every = [id_ for name, steps in self.model.assemblies.items() for id_ in steps if assembly in (None, name)]
        return self.drawn.choice([*every, *every, *every, 999_999])

    def some(self, ids: list[int]) -> int:
        return self.drawn.choice([*ids, self.drawn.randrange(500, 520)])

    def data_ids(self) -> list[int]:
        return [id_ for steps in self.model.assemblies.values() for step in steps.values() for id_ in step.data]

    def info_ids(self) -> list[int]:
        every = [data for steps in self.model.assemblies.values() for step in steps.values() for data in step.data.values()]
        return [id_ for data in every for id_ in data.infos]

    def data(self) -> tuple[str, list[str], dict[str, Any]]:
        type_, names = self.drawn.choice(TYPES), self.drawn.sample(NAMES, self.drawn.choice((0, 1, 2, 2)))
        return type_, names, {"data_type": type_, "ocr_capture_variable_info": [{"name": name} for name in names]}

    # --- commands: what the model says, what the hub says -----------------------------------------------
    async def add(self) -> tuple[int, int]:
        assembly, name = self.assembly(), f"Step {self.drawn.randrange(1000)}"
        answer = await self.client("POST", f"/assembly/{assembly}/step", {"name": name})
        id_ = answer.json()["id"]
        assert self.model.home(id_) is None
        self.model.add(assembly, id_, name)
        return 200, answer.status

    async def change(self) -> tuple[int, int]:
        assembly = self.assembly()
        id_ = self.step_id(assembly)
        answer = await self.client("PUT", f"/assembly/{assembly}/step/{id_}", {"name": "renamed"})
        if id_ not in self.model.assemblies[assembly]:
            return 404, answer.status
        self.model.assemblies[assembly][id_].name = "renamed"
        return 200, answer.status

    async def move(self) -> tuple[int, int]:
        assembly = self.assembly()
        id_ = self.step_id(assembly)
        order = [0, *self.model.assemblies[assembly], 0]
        at = self.drawn.randrange(len(order) - 1)
        said: dict[str, int | None] = {"previous_step_id": order[at], "next_step_id": order[at + 1]}
        if self.drawn.random() < 0.6:
            said[self.drawn.choice(list(said))] = self.drawn.choice([None, self.step_id(assembly)])
        body = {name: "" if wanted == 0 else str(wanted) for name, wanted in said.items() if wanted is not None}
        answer = await self.client("PUT", f"/assembly/{assembly}/step/{id_}", body)
        return self.model.move(assembly, id_, said["previous_step_id"], said["next_step_id"]), answer.status

    async def delete(self) -> tuple[int, int]:
        assembly = self.assembly()
        id_ = self.step_id(assembly)
        answer = await self.client("DELETE", f"/assembly/{assembly}/step/{id_}")
        return self.model.delete(assembly, id_), answer.status

    async def add_data(self) -> tuple[int, int]:
        id_, (type_, names, body) = self.step_id(), self.data()
        answer = await self.client("POST", f"/step/{id_}/step-data", body)
        new = answer.json().get("id", 0)
        assert self.model.data_home(new) is None
        return self.model.put_data(id_, new, type_, names), answer.status

    async def put_data(self) -> tuple[int, int]:
        id_, (type_, names, body) = self.step_id(), self.data()
        here = self.model.assemblies[self.model.home(id_) or "left"].get(id_)
        data_id = self.some(list(here.data) if here and here.data and self.drawn.random() < 0.8 else self.data_ids())
        answer = await self.client("PUT", f"/step/{id_}/step-data/{data_id}", body)
        return self.model.put_data(id_, data_id, type_, names), answer.status

    async def info(self) -> tuple[int, int]:
        data_id, info_id = self.some(self.data_ids()), self.some(self.info_ids())
        body = {"step_data_id": data_id, "name": f"key {self.drawn.randrange(9)}"}
        answer = await self.client("PUT", f"/step-data-info/{info_id}", body)
        return self.model.put_info(info_id, data_id, str(body["name"])), answer.status

    async def delete_info(self) -> tuple[int, int]:
        info_id = self.some(self.info_ids())
        answer = await self.client("DELETE", f"/step-data-info/{info_id}")
        return self.model.delete_info(info_id), answer.status

    async def delete_variables(self) -> tuple[int, int]:
        id_ = self.step_id()
        answer = await self.client("DELETE", f"/step/{id_}/ocr-capture-variable")
        return self.model.delete_variables(id_), answer.status

    async def rename(self) -> tuple[int, int]:
        old, new = self.drawn.choice(NAMES), self.drawn.choice((*NAMES, "spare"))
        answer = await self.client("PUT", "/ocr-capture-variable", {"current_name": old, "new_name": new})
        return self.model.rename(old, new), answer.status

    async def remove(self) -> tuple[int, int]:
        name = self.drawn.choice(NAMES)
        answer = await self.client("DELETE", f"/ocr-capture-variable?variable={name}")
        return self.model.remove(name), answer.status

    # --- what must hold ---------------------------------------------------------------------------------
    async def compare(self, assembly: str) -> None:
        answer = (await self.client("GET", f"/assembly/{assembly}/step")).json()["msg"]
        assert [_reduced(step) for step in answer] == self.model.shown(assembly)
        ids = [step["id"] for step in answer]
        assert [step["previous_step_id"] for step in answer] == ["", *ids][: len(ids)]
        assert [step["next_step_id"] for step in answer] == [*ids, ""][1:]

    async def compare_use(self) -> None:
        name = self.drawn.choice(NAMES)
        used = (await self.client("GET", f"/ocr-capture-variable/in-use?variable={name}")).json()["msg"]
        assert (used["in_use"], {user["id"] for user in used["assemblies"]}) == (bool(self.model.users(name)), self.model.users(name))


def _reduced(step: dict[str, Any]) -> dict[str, Any]:
    data = {
        each["id"]: (
            each["data_type"],
            [variable["name"] for variable in each["ocr_capture_variable_info"]],
            {info["id"]: info["name"] for info in each["step_data_info"]},
        )
        for each in step["step_data"]
    }
    return {name: step[name] for name in ("id", "name", "previous_step_id", "next_step_id")} | {"data": data}


async def test_random_commands_answer_as_a_simple_model_does_and_leave_what_it_leaves(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    for assembly in ASSEMBLIES:
        assert (await client("POST", f"/model/new/{assembly}", {"name": assembly})).status == 200
    player = Player(client, seed=2)
    refused: Counter[str] = Counter()
    done: set[str] = set()
    for number in range(COMMANDS):
        command = player.add if number < 6 else player.add_data if number < 14 else player.drawn.choice(player.commands)
        before = {name: player.model.shown(name) for name in ASSEMBLIES}
        wanted, got = await command()
        assert got == wanted, (number, command.__name__)
        for name in ASSEMBLIES:
            # What a command must not touch is looked at now and then, and at the end.
            if number % 10 == 0 or player.model.shown(name) != before[name] or got not in (200, 404):
                await player.compare(name)
        if number % 5 == 0:
            await player.compare_use()
        refused[command.__name__] += got == 409
        done |= {command.__name__} if got == 200 else set()
    for name in ASSEMBLIES:
        await player.compare(name)
    # Whatever the dice say, every kind of command was done and refused for what others depend on.
    assert sum(refused[name] for name in ("move", "delete", "delete_variables", "put_data")) >= 5, refused
    assert {"move", "put_data", "rename", "delete", "delete_variables", "info"} <= done, done
