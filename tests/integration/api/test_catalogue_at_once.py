"""Random commands on a catalogue, several at the same moment: each is done whole or refused, and what must hold of a catalogue holds."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

from hub.timestamps import iso
from storage.entities.user import Role
from tests.support.catalogue_checks import check_invariants
from tests.support.coaching import add_station
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub

SEED = 2
ROUNDS = 16
AT_ONCE = 9
PRODUCTS = ("pump", "cover")
RECIPES = ("a1", "a2", "a3", "a4")
STATIONS = ("st1", "st2", "st3")
VARIABLES = ("serial", "lot")
Ask = tuple[str, str, Any]
Shown = list[dict[str, Any]]


class Storm:
    """Draws commands from what was there when it last looked: some of it is gone by the time that they arrive."""

    def __init__(self, client: HttpClient, drawn: random.Random) -> None:
        self.client = client
        self.drawn = drawn
        self.recipes: Shown = []
        self.records: list[dict[str, str]] = []

    async def begin(self) -> None:
        """Two assemblies that can be built."""
        for id_ in RECIPES[:2]:
            await self.client("PUT", f"/assembly/{id_}", {"revision_id": PRODUCTS[0]})
            for name in ("Scan", "Fit", "Seal"):
                step = (await self.client("POST", f"/assembly/{id_}/step", {"name": name})).json()["id"]
                assert (await self.client("POST", f"/step/{step}/step-data", {"data_type": "qa"})).status == 200

    async def look(self, hub: RunningHub) -> None:
        """Reads all there is, and checks it."""
        products, self.recipes = [(await self.client("GET", path)).json()["msg"] for path in ("/assembly-revision", "/assembly")]
        operators = (await self.client("GET", "/operator")).json()["msg"]["operators"]
        check_invariants(hub.organisation, products, self.recipes, operators)
        await self._check_indexes([product["id"] for product in products])
        steps = {each["id"]["id"]: [step["id"] for step in each["steps"]["steps"]] for each in self.recipes}
        self.records = []
        for unit in await hub.store.sessions.all_open(hub.organisation):
            self.records.append({"record": unit.id, "recipe": unit.assembly_id})
            assert str(unit.step_id) in steps[unit.assembly_id], "a unit is at a step that is not there"

    async def _check_indexes(self, products: list[str]) -> None:
        for id_ in products:
            found = (await self.client("GET", f"/assembly-revision/{id_}/assembly")).json()["msg"]
            assert {each["id"]["id"] for each in found} == {e["id"]["id"] for e in self.recipes if e["revision_id"]["id"] == id_}
            for each in found:
                assert (await self.client("GET", f"/assembly-revision/{id_}/assembly/{each['revision']}")).json()["msg"] == each
        for name in VARIABLES:
            users = {each["id"]["id"] for each in self.recipes if name in _variables(each)}
            used = (await self.client("GET", f"/ocr-capture-variable/in-use?variable={name}")).json()["msg"]["assemblies"]
            assert {user["id"] for user in used} == users, name
        for step in [step for each in self.recipes for step in each["steps"]["steps"]]:
            assert (await self.client("GET", f"/step/{step['id']}/step-data")).json()["msg"]["step_data"] == step["step_data"]

    # --- what is drawn ------------------------------------------------------------------------------------
    def command(self) -> Ask:
        """The next one."""
        often = (*[self.of_a_recipe] * 3, *[self.of_a_step] * 5, *[self.of_a_unit] * 5)
        draw: Callable[[], Ask] = self.drawn.choice((*often, self.of_the_rest))
        return draw()

    def of_a_recipe(self) -> Ask:
        id_, product = self.drawn.choice(RECIPES), self.drawn.choice(PRODUCTS)
        whole = {"revision_id": product, "active": self.drawn.random() < 0.5, "published": self.drawn.random() < 0.5}
        return self.drawn.choice(
            (
                ("PUT", f"/assembly/{id_}", whole),
                ("PUT", f"/assembly/{id_}", {"parent_id": self.drawn.choice(RECIPES)}),
                ("PUT", f"/assembly/{id_}/active", {"active": True}),
                ("PUT", f"/assembly-revision/{product}/active", {"assembly_id": id_}),
                ("PUT", f"/assembly-revision/{product}", {"active_revision": id_, "published": True}),
                ("PUT", f"/assembly/{id_}/augmentation", {"color_aug": 0.5}),
                ("DELETE", f"/assembly/{id_}", None),
            )
        )

    def of_a_step(self) -> Ask:
        recipe, step, other, bare = self.drawn.choice(RECIPES), self.step(), self.step(), self.step(lambda steps: steps[-1:])
        data = {"data_type": self.drawn.choice(("ocr-capture", "ocr-verify", "qa")), "ocr_capture_variable_info": self.variables()}
        return self.drawn.choice(
            (
                ("POST", f"/assembly/{recipe}/step", {"name": "new"}),
                ("POST", f"/step/{bare[1]}/step-data", data),
                ("POST", f"/step/{bare[1]}/step-data", data),
                ("PUT", f"/step/{step[1]}/step-data/{self.drawn.randrange(1, 9)}", data),
                ("PUT", f"/assembly/{step[0]}/step/{step[1]}", {"previous_step_id": self.drawn.choice(("", other[1]))}),
                ("DELETE", f"/assembly/{step[0]}/step/{step[1]}", None),
            )
        )

    def of_a_unit(self) -> Ask:
        step = self.step(lambda steps: steps if all(each["step_data"] for each in steps) else [])
        unit = self.drawn.choice(self.records or [{"record": "none", "recipe": "a1"}])
        begin = ("POST", f"/coach/start/{step[0]}/{step[1]}", {"station_id": self.drawn.choice(STATIONS), "operator_id": "guest"})
        body = {"assembly_record_id": unit["record"]}
        others = [s["id"] for each in self.recipes if each["id"]["id"] == unit["recipe"] for s in each["steps"]["steps"]]
        there = self.drawn.choice([*others, step[1]])
        move = ("POST", f"/coach/step/{unit['recipe']}/{there}", {**body, "end_time": iso(time.time_ns() // 1_000_000)})
        return self.drawn.choice((begin, begin, move, move, ("POST", f"/coach/complete/{unit['recipe']}", body)))

    def of_the_rest(self) -> Ask:
        names = self.drawn.sample((*VARIABLES, "date"), 2)
        operator = {"first_name": self.drawn.choice(("Ada", "Ben")), "rfid": self.drawn.choice(("ab", "AB", "cd"))}
        change = {"id": self.drawn.randrange(1, 4), **operator}
        return self.drawn.choice(
            (
                ("PUT", "/ocr-capture-variable", {"current_name": names[0], "new_name": names[1]}),
                ("DELETE", f"/ocr-capture-variable?variable={names[0]}", None),
                ("PUT", "/setting/release-control", {"release_control_enabled": self.drawn.random() < 0.2}),
                ("POST", "/operator", operator),
                ("PUT", "/operator/rfid", change),
                ("PUT", "/operator/name", change),
            )
        )

    def step(self, of: Callable[[Shown], Shown] = lambda steps: steps) -> tuple[str, str]:
        """Assembly and id of one, of those that `of` chooses from the steps of an assembly."""
        every = [(each["id"]["id"], step["id"]) for each in self.recipes for step in of(each["steps"]["steps"])]
        return self.drawn.choice(every or [("a1", "1")])

    def variables(self) -> list[dict[str, str]]:
        return [{"name": name} for name in self.drawn.sample(VARIABLES, self.drawn.randrange(3))]


def _variables(recipe: dict[str, Any]) -> set[str]:
    data = [data for step in recipe["steps"]["steps"] for data in step["step_data"]]
    return {variable["name"] for each in data for variable in each["ocr_capture_variable_info"]}


async def test_commands_at_the_same_moment_are_done_whole_or_refused_and_leave_nothing_behind(hub: RunningHub) -> None:
    client, drawn = await hub.as_role(Role.ADMIN), random.Random(SEED)
    storm = Storm(client, drawn)
    for station in STATIONS:
        await add_station(hub.store, hub.organisation, station)
    await storm.begin()
    await storm.look(hub)
    for number in range(ROUNDS):
        asks = [storm.command() for _ in range(AT_ONCE)]
        answers: list[Answer] = await asyncio.gather(*(client(*ask) for ask in asks))
        told = [(ask, answer.status) for ask, answer in zip(asks, answers, strict=True)]
        assert {status for _, status in told} <= {200, 404, 409, 422}, (SEED, number, told)
        try:
            await storm.look(hub)
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}, round {number}: {error}; {told}") from error
    for unit in storm.records:
        assert (await client("POST", f"/coach/complete/{unit['recipe']}", {"assembly_record_id": unit["record"]})).status == 200
    for each in storm.recipes:
        assert (await client("DELETE", f"/assembly/{each['id']['id']}")).status == 200
    await storm.look(hub)
    assert storm.recipes == []
