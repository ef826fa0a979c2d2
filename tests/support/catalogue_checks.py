"""What must hold of a catalogue after every command: by the model, and by itself."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.catalogue_player import CataloguePlayer
from tests.support.http import Answer
from tests.support.step_player import VARIABLES

Shown = list[dict[str, Any]]


async def compare(player: CataloguePlayer) -> None:
    """Everything that the whole lists show, and the files."""
    products = _whole(await player.client("GET", "/assembly-revision"))
    recipes = _whole(await player.client("GET", "/assembly"))
    operators = _whole(await player.client("GET", "/operator"))
    check_invariants(player.hub.organisation, products, recipes, operators)
    assert {each["id"]: _product(each) for each in products} == player.model.shown_products()
    assert {each["id"]["id"]: _recipe(each) for each in recipes} == player.model.shown_recipes()
    wanted = player.model.operators.shown()
    assert {int(each["id"]): {name: each[name] for name in wanted[int(each["id"])]} for each in operators} == wanted
    assert await asyncio.to_thread(_files, player.hub.store.files.root, player.hub.organisation) == player.model.files()


def check_invariants(organisation: str, products: Shown, recipes: Shown, operators: Shown) -> None:
    """What holds whatever the model says."""
    for product in products:
        versions = [each for each in recipes if each["revision_id"]["id"] == product["id"]]
        assert [each["id"]["id"] for each in versions if each["active"]] == ([product["active_revision"]] if versions else [])
        assert bool(product["active_revision"]) == bool(versions)
        _once(each["revision"] for each in versions)
    assert {each["revision_id"]["id"] for each in recipes} <= {product["id"] for product in products}
    assert {each["tenant_id"] for each in [*products, *recipes]} <= {organisation}
    steps = [each["steps"]["steps"] for each in recipes]
    for sequence in steps:
        ids = [step["id"] for step in sequence]
        assert [step["previous_step_id"] for step in sequence] == ["", *ids][: len(ids)]
        assert [step["next_step_id"] for step in sequence] == [*ids, ""][1:]
    every = [step for sequence in steps for step in sequence]
    data = [each for step in every for each in step["step_data"]]
    for parts in (every, data, [info for each in data for info in each["step_data_info"]]):
        _once(part["id"] for part in parts)
    _once(each["rfid"].casefold() for each in operators if each["rfid"])


def _once(values: Iterable[Any]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    assert not twice, twice


async def compare_indexes(player: CataloguePlayer) -> None:
    """One list that is kept beside the whole ones, drawn by lot; all of them at the end."""
    await player.lots.choice(INDEXES)(player)


async def _versions(player: CataloguePlayer) -> None:
    for id_ in player.lots.sample(list(player.model.products), min(2, len(player.model.products))):
        found = _whole(await player.client("GET", f"/assembly-revision/{id_}/assembly"))
        wanted = player.model.of(id_)
        assert [each["id"]["id"] for each in found] == list(wanted)
        numbers = [recipe.number for recipe in wanted.values()]
        for number in player.lots.sample(range(1, player.model.products[id_].next + 1), min(4, player.model.products[id_].next)):
            answer = await player.client("GET", f"/assembly-revision/{id_}/assembly/{number}")
            assert (answer.status == 200) == (number in numbers)
            assert answer.status == 404 or answer.json()["msg"]["id"]["id"] == list(wanted)[numbers.index(number)]


async def _active_operators(player: CataloguePlayer) -> None:
    found = _whole(await player.client("GET", "/operator/active"))
    assert {int(each["id"]) for each in found} == {id_ for id_, each in player.model.operators.everybody.items() if each.active}


async def _coachable(player: CataloguePlayer) -> None:
    found = _whole(await player.client("GET", "/coachable-assembly-revision"))
    assert {each["id"]["id"] for each in found} == player.model.coachable()


async def _variables(player: CataloguePlayer) -> None:
    name = player.lots.choice((*VARIABLES, "spare"))
    used = (await player.client("GET", f"/ocr-capture-variable/in-use?variable={name}")).json()["msg"]
    users = player.model.steps.users(name)
    assert (used["in_use"], {user["id"] for user in used["assemblies"]}) == (bool(users), users)


async def _taught(player: CataloguePlayer) -> None:
    found = (await player.client("GET", "/api/v1/assemblies")).json()
    shown = {each["id"]: [sum(label["recordings"] for label in step["labels"]) for step in each["steps"]] for each in found}
    assert shown == {id_: [len(step.files) for step in steps.values()] for id_, steps in player.steps.items()}


async def _files_told(player: CataloguePlayer) -> None:
    for id_ in [*player.model.recipes][:2]:
        taught = any(step.files for step in player.steps[id_].values())
        for what, is_there in (("video", id_ in player.model.videos), ("training-dataset", taught)):
            answer = await player.client("GET", f"/assembly/{id_}/{what}/exists")
            assert answer.json() == {"status": "ok", "msg": "true" if is_there else "false"}, (id_, what)


async def _records(player: CataloguePlayer) -> None:
    for record, unit in player.lots.sample([*player.model.units.items()], min(2, len(player.model.units))):
        told = (await player.client("GET", f"/assembly-record/{record}")).json()["msg"]
        assert (told["assembly_id"], told["assembly_name"], told["station_id"]) == (unit.recipe, unit.recipe_name, unit.station)
        assert told["status"] == ("active" if unit.open else "complete")
        listed = _whole(await player.client("GET", f"/assembly-record/assembly/{unit.recipe}"))
        wanted = {id_ for id_, each in player.model.units.items() if each.recipe == unit.recipe and not each.open}
        assert {each["id"] for each in listed} == wanted


async def _torque(player: CataloguePlayer) -> None:
    assert (await player.client("GET", "/setting/torque")).json()["msg"] == player.model.torque


async def _steps(player: CataloguePlayer) -> None:
    for id_ in player.lots.sample(list(player.steps), min(1, len(player.steps))):
        listed = _whole(await player.client("GET", f"/assembly/{id_}/step"))
        assert [_step(step) for step in listed] == player.model.steps.shown(id_)
        for step in listed[:2]:
            assert (await player.client("GET", f"/assembly/{id_}/step/{step['id']}")).json()["msg"] == step
            assert (await player.client("GET", f"/step/{step['id']}/step-data")).json()["msg"] == {"step_data": step["step_data"]}


INDEXES = (_versions, _active_operators, _coachable, _variables, _taught, _files_told, _records, _torque, _steps)


def _whole(answer: Answer) -> Shown:
    """The items of a list that says how many there are."""
    assert answer.status == 200, answer.body
    told = answer.json()["msg"]
    found: Shown = told["operators"] if isinstance(told, dict) else told
    assert int(answer.headers["x-total-count"]) == len(found)
    return found


def _product(shown: dict[str, Any]) -> dict[str, Any]:
    return {"name": shown["name"], "active": shown["active_revision"], "published": shown["published"]}


def _recipe(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: shown[name] for name in ("name", "published", "approver", "active")},
        "product": shown["revision_id"]["id"],
        "number": shown["revision"],
        "parent": shown["parent_id"].get("id"),
        "lighting": shown["augmentation"]["lighting_aug"],
        "steps": [_step(step) for step in shown["steps"]["steps"]],
    }


def _step(shown: dict[str, Any]) -> dict[str, Any]:
    data = {
        each["id"]: (
            each["data_type"],
            [variable["name"] for variable in each["ocr_capture_variable_info"]],
            {info["id"]: info["name"] for info in each["step_data_info"]},
        )
        for each in shown["step_data"]
    }
    return {name: shown[name] for name in ("id", "name", "previous_step_id", "next_step_id")} | {"data": data}


def _files(root: Path, organisation: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / organisation).rglob("*") if path.is_file()}
