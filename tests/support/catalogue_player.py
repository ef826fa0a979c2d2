"""Draws commands on the assemblies of one organisation and the units built by them, gives each to the hub and to the model."""

import asyncio
import time
from typing import Any

from hub.timestamps import iso
from storage.entities.step import LabelType
from tests.support.operator_player import OperatorPlayer
from tests.support.step_player import Statuses
from tests.support.steps import label, recorded

# "pump" is a product's id and an assembly's: an assembly that names no product has one of its own id.
PRODUCTS = ("pump", "cover")
RECIPES = ("a1", "a2", "a3", "pump")
STATIONS = ("bench-1", "bench-2")


class CataloguePlayer(OperatorPlayer):
    """Products, the versions of their recipes, their files, and what is built by them."""

    # --- what is drawn ------------------------------------------------------------------------------------
    def recipe(self) -> str:
        """Mostly one that is there."""
        return self.mostly([*self.model.recipes], self.drawn.choice(RECIPES))

    def product(self) -> str:
        """Mostly one that is there."""
        return self.mostly([*self.model.products], self.drawn.choice(PRODUCTS))

    def perhaps(self, value: Any, often: float = 0.3) -> Any:
        """The value, or None for what is not said."""
        return value if self.drawn.random() < often else None

    def said_of_a_recipe(self) -> dict[str, Any]:
        """What is said of an assembly; mostly little."""
        said = {
            "name": self.perhaps(self.drawn.choice(("Cover", "Pumpe für Öl", "")), 0.4),
            "approver": self.perhaps(self.drawn.choice(("Ada", "")), 0.4),
            "published": self.perhaps(self.drawn.random() < 0.7),
            "active": self.perhaps(self.drawn.random() < 0.7),
            "product": self.perhaps(self.drawn.choice(PRODUCTS), 0.5),
            "parent": self.perhaps(self.recipe()),
            "number": self.perhaps(self.drawn.randrange(5), 0.35),
            "lighting": self.perhaps(float(self.drawn.randrange(3)), 0.2),
        }
        return {name: value for name, value in said.items() if value is not None}

    # --- products -----------------------------------------------------------------------------------------
    async def put_product(self) -> Statuses:
        id_, active = self.product(), self.perhaps(self.recipe(), 0.4)
        said = {"name": self.drawn.choice(("Pump", "Cover", "")), "active": active, "published": self.perhaps(self.drawn.random() < 0.7)}
        said = {name: value for name, value in said.items() if value is not None}
        body = {("active_revision" if name == "active" else name): value for name, value in said.items()}
        answer = await self.ask("PUT", f"/assembly-revision/{id_}", body)
        return self.model.put_product(id_, said), answer.status

    async def add_product(self) -> Statuses:
        name = f"Product {self.drawn.randrange(100)}"
        answer = await self.ask("POST", "/assembly-revision", {"name": name})
        id_ = answer.json()["msg"]["id"]
        assert id_ not in self.model.products
        return self.model.put_product(id_, {"name": name}), answer.status

    async def activate_of_product(self) -> Statuses:
        id_, recipe = self.product(), self.recipe()
        answer = await self.ask("PUT", f"/assembly-revision/{id_}/active", {"assembly_id": {"id": recipe}})
        return self.model.activate_of(id_, recipe), answer.status

    # --- assemblies ---------------------------------------------------------------------------------------
    async def put_recipe(self) -> Statuses:
        id_, said = self.drawn.choice((self.recipe(), self.drawn.choice(RECIPES))), self.said_of_a_recipe()
        answer = await self.ask("PUT", f"/assembly/{id_}", _body(said))
        return self.model.put_recipe(id_, said), answer.status

    async def add_recipe(self) -> Statuses:
        said = self.said_of_a_recipe()
        answer = await self.ask("POST", "/assembly", _body(said))
        id_ = answer.json()["msg"]["id"]["id"] if answer.status == 200 else "none"
        assert id_ not in self.model.recipes
        return self.model.put_recipe(id_, said), answer.status

    async def activate(self) -> Statuses:
        id_, active = self.recipe(), self.drawn.random() < 0.7
        answer = await self.ask("PUT", f"/assembly/{id_}/active", {"active": active})
        return self.model.activate(id_, active), answer.status

    async def touch(self) -> Statuses:
        id_ = self.recipe()
        answer = await self.ask("PUT", f"/assembly/{id_}/last-edited")
        return 200 if id_ in self.model.recipes else 404, answer.status

    async def augment(self) -> Statuses:
        id_, lighting = self.recipe(), float(self.drawn.randrange(3))
        answer = await self.ask("PUT", f"/assembly/{id_}/augmentation", {"lighting_aug": lighting})
        return self.model.put_recipe(id_, {"lighting": lighting}) if id_ in self.model.recipes else 404, answer.status

    async def delete_recipe(self) -> Statuses:
        # Now and then one that has several heirs.
        crowded = [product.active or "" for id_, product in self.model.products.items() if len(self.model.of(id_)) > 2]
        id_ = self.drawn.choice([*crowded, self.recipe()])
        answer = await self.ask("DELETE", f"/assembly/{id_}")
        return self.model.delete_recipe(id_), answer.status

    # --- files --------------------------------------------------------------------------------------------
    async def record(self) -> Statuses | None:
        """What ends a recording leaves: a label of a step, and its pictures."""
        at = [(name, id_) for name, steps in self.steps.items() for id_ in steps]
        if not at:
            return None
        name, step_id = self.drawn.choice(at)
        step = self.steps[name][step_id]
        self.told = ("record", name, step_id)
        made = label(f"l{time.time_ns()}", LabelType.CORRECT, len(step.files) + 1)
        _, recording = await recorded(self.hub, await self.hub.store.assemblies.get(self.hub.organisation, name), step_id, made)
        step.files |= {f"{recording.folder}/000000.jpg"}
        return 200, 200

    async def film(self) -> Statuses | None:
        """What making a work-instruction video leaves."""
        name = next((name for name in self.model.recipes if name not in self.model.videos), None)
        if name is None:
            return None
        self.told = ("film", name)
        assembly = await self.hub.store.assemblies.get(self.hub.organisation, name)
        await asyncio.to_thread(self.hub.store.files.write, assembly.video_file, b"\x1a\x45\xdf\xa3 a video")
        self.model.videos[name] = assembly.video_file
        return 200, 200

    # --- units --------------------------------------------------------------------------------------------
    async def begin(self) -> Statuses:
        ready = [id_ for id_ in self.model.recipes if self.model.is_ready(id_)]
        recipe, station = self.drawn.choice([*ready, self.recipe()]), self.drawn.choice(STATIONS)
        step, operator = self.step_id(recipe), str(self.drawn.choice((self.operator_id(), "guest")))
        answer = await self.ask("POST", f"/coach/start/{recipe}/{step}", {"station_id": station, "operator_id": operator})
        record = answer.json()["msg"]["assembly_record_id"] if answer.status == 200 else "none"
        assert record not in self.model.units
        return self.model.begin(record, recipe, step, station, operator), answer.status

    async def set_step(self) -> Statuses | None:
        record = self.a_unit()
        if record is None:
            return None
        recipe = self.model.units[record].recipe
        step = self.step_id(recipe if recipe in self.steps else None)
        body = {"assembly_record_id": record, "end_time": iso(time.time_ns() // 1_000_000)}
        answer = await self.ask("POST", f"/coach/step/{recipe}/{step}", body)
        return self.model.set_step(record, step), answer.status

    async def complete(self) -> Statuses | None:
        record = self.a_unit()
        if record is None:
            return None
        answer = await self.ask("POST", f"/coach/complete/{self.model.units[record].recipe}", {"assembly_record_id": record})
        return self.model.complete(record), answer.status

    def a_unit(self) -> str | None:
        """Mostly one that is being built; None = there has been none."""
        every = [record for record, unit in self.model.units.items() if unit.open or self.drawn.random() < 0.05]
        return self.drawn.choice(every) if every else None


def _body(said: dict[str, Any]) -> dict[str, Any]:
    """What is said of an assembly, as the source writes it."""
    body = {name: value for name, value in said.items() if name in ("name", "approver", "published", "active")}
    for name, field in (("product", "revision_id"), ("parent", "parent_id")):
        body |= {field: {"id": said[name]}} if name in said else {}
    body |= {"revision": said["number"]} if "number" in said else {}
    return body | ({"augmentation": {"lighting_aug": said["lighting"]}} if "lighting" in said else {})
