"""A simple model of one organisation's catalogue, kept in memory: what each command should answer and leave behind."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.operator_model import OperatorModel
from tests.support.step_model import StepModel

Said = dict[str, Any]
"""What a body names; what is not in it stays."""
_PLAIN = ("name", "approver")


@dataclass
class Product:
    """An assembly revision. `active` is None as long as there is no assembly."""

    name: str
    active: str | None = None
    next: int = 1


@dataclass
class Recipe:
    """An assembly. `published`: a number that grows from one publishing to the next; None = it is not."""

    product: str
    number: int
    parent: str | None
    name: str = "New assembly"
    approver: str = ""
    published: int | None = None
    lighting: float = 1.0


@dataclass
class Unit:
    """What is or was built: `open` until it is complete."""

    recipe: str
    step: int
    operator: str
    station: str
    recipe_name: str
    open: bool = True


@dataclass
class CatalogueModel:
    """A command answers the status that the hub should give."""

    products: dict[str, Product] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    videos: dict[str, str] = field(default_factory=dict)
    """Assembly → its file."""
    operators: OperatorModel = field(default_factory=OperatorModel)
    is_controlled: bool = False
    torque: Said = field(default_factory=dict)
    published: int = 0

    def __post_init__(self) -> None:
        self.steps = StepModel(lambda recipe: [unit.step for unit in self.open() if unit.recipe == recipe])

    # --- reads --------------------------------------------------------------------------------------------
    def open(self) -> list[Unit]:
        """Units that are being built."""
        return [unit for unit in self.units.values() if unit.open]

    def of(self, product: str) -> dict[str, Recipe]:
        """The versions of a product, by number."""
        found = [(id_, recipe) for id_, recipe in self.recipes.items() if recipe.product == product]
        return dict(sorted(found, key=lambda each: each[1].number))

    def is_ready(self, id_: str) -> bool:
        """Whether no step waits for a camera, of which the model has none."""
        steps = self.steps.assemblies[id_]
        return bool(steps) and all(step.data for step in steps.values())

    def may_be_built(self, id_: str) -> bool:
        """Whether a unit may be begun: it is ready, and released if that matters."""
        recipe = self.recipes[id_]
        return self.is_ready(id_) and (not self.is_controlled or (recipe.published is not None and bool(recipe.approver)))

    def coachable(self) -> set[str]:
        """Of each product the active one or, where that may not be built, the one published last that may."""
        found = set()
        for product in [product for product in self.products.values() if product.active]:
            others = [(recipe.published or 0, id_) for id_, recipe in self.of(self.recipes[product.active or ""].product).items()]
            last = max(((at, id_) for at, id_ in others if at and self.may_be_built(id_)), default=None)
            if self.may_be_built(product.active or ""):
                found.add(product.active or "")
            elif last:
                found.add(last[1])
        return found

    def files(self) -> set[str]:
        """All files that there should be."""
        recorded = [file for steps in self.steps.assemblies.values() for step in steps.values() for file in step.files]
        return {*recorded, *self.videos.values()}

    def shown_recipes(self) -> dict[str, Said]:
        """What matters of the list of assemblies."""
        return {
            id_: {
                "name": recipe.name,
                "product": recipe.product,
                "number": recipe.number,
                "parent": recipe.parent,
                "published": recipe.published is not None,
                "approver": recipe.approver,
                "lighting": recipe.lighting,
                "active": self.products[recipe.product].active == id_,
                "steps": self.steps.shown(id_),
            }
            for id_, recipe in self.recipes.items()
        }

    def shown_products(self) -> dict[str, Said]:
        """What matters of the list of assembly revisions."""
        return {
            id_: {
                "name": product.name,
                "active": product.active or "",
                "published": product.active is not None and self.recipes[product.active].published is not None,
            }
            for id_, product in self.products.items()
        }

    # --- products -----------------------------------------------------------------------------------------
    def put_product(self, id_: str, said: Said) -> int:
        """Made where absent; `active` and `published` are said of an assembly of it."""
        if said.get("name") == "" or (id_ not in self.products and (said.get("active") or said.get("published"))):
            return 422
        active = said.get("active")
        if active and (active not in self.recipes or self.recipes[active].product != id_):
            return 422
        product = self.products.get(id_) or Product("New assembly")
        active = active or product.active
        if said.get("published") and active is None:
            return 409
        product.name, product.active = said.get("name", product.name), active
        self.products[id_] = product
        if active is not None:
            self._publish(self.recipes[active], said.get("published"))
        return 200

    def activate_of(self, id_: str, recipe: str) -> int:
        """Makes an assembly of a product the active one."""
        if id_ not in self.products:
            return 404
        return self.put_product(id_, {"active": recipe})

    # --- assemblies ---------------------------------------------------------------------------------------
    def put_recipe(self, id_: str, said: Said) -> int:
        """Made where absent, in the product named, or its parent's, or one of its own."""
        known, parent, product = self.recipes.get(id_), said.get("parent"), said.get("product")
        if said.get("name") == "":
            return 422
        if known is None or parent not in (None, known.parent):
            home = self._home(id_, parent, known.product if known else product)
            if home is None:
                return 422
            product = product or home
        return self._change(id_, known, product, said) if known else self._make(id_, product or id_, said)

    def _home(self, id_: str, parent: str | None, product: str | None) -> str | None:
        """The product of a parent; None where it cannot be one."""
        if parent is None:
            return product or id_
        if parent == id_ or parent not in self.recipes or product not in (None, self.recipes[parent].product):
            return None
        return self.recipes[parent].product

    def _make(self, id_: str, home: str, said: Said) -> int:
        product = self.products.get(home) or Product(said.get("name", "New assembly"))
        number = said.get("number") or product.next
        if number in [recipe.number for recipe in self.of(home).values()]:
            return 409
        product.next = max(product.next, number + 1)
        product.active = id_ if said.get("active") else product.active or id_
        self.products[home] = product
        self.recipes[id_] = Recipe(home, number, said.get("parent"))
        self.steps.assemblies[id_] = {}
        self._fill(self.recipes[id_], said)
        return 200

    def _change(self, id_: str, known: Recipe, product: str | None, said: Said) -> int:
        if product not in (None, known.product) or said.get("number") not in (None, 0, known.number):
            return 422
        known.parent = said.get("parent") or known.parent
        if said.get("active"):
            self.products[known.product].active = id_
        self._fill(known, said)
        return 200

    def _fill(self, recipe: Recipe, said: Said) -> None:
        for name in (*_PLAIN, "lighting"):
            setattr(recipe, name, said.get(name, getattr(recipe, name)))
        self._publish(recipe, said.get("published"))

    def _publish(self, recipe: Recipe, published: bool | None) -> None:
        if published is False:
            recipe.published = None
        elif published and recipe.published is None:
            self.published += 1
            recipe.published = self.published

    def activate(self, id_: str, active: bool) -> int:
        """One always is: the active one cannot just be made inactive."""
        if id_ not in self.recipes:
            return 404
        product = self.products[self.recipes[id_].product]
        if product.active == id_ and not active:
            return 409
        product.active = id_ if active else product.active
        return 200

    def delete_recipe(self, id_: str) -> int:
        """With its steps and files; the newest published one takes its place, else the newest."""
        if id_ not in self.recipes:
            return 404
        if any(unit.recipe == id_ for unit in self.open()):
            return 409
        product = self.products[self.recipes.pop(id_).product]
        del self.steps.assemblies[id_]
        self.videos.pop(id_, None)
        if product.active == id_:
            others = [(other.published is not None, other.number, key) for key, other in self.recipes.items()]
            heirs = [each for each in others if self.products[self.recipes[each[2]].product] is product]
            product.active = max(heirs)[2] if heirs else None
        return 200

    # --- units --------------------------------------------------------------------------------------------
    def begin(self, record: str, recipe: str, step: int, station: str, operator: str) -> int:
        """Begins a unit under the id that the hub gave."""
        if recipe not in self.recipes:
            return 404
        if not self.may_be_built(recipe) or not self.operators.may_build(operator):
            return 409
        if step not in self.steps.assemblies[recipe]:
            return 422
        if any(unit.station == station for unit in self.open()):
            return 409
        self.units[record] = Unit(recipe, step, operator, station, self.recipes[recipe].name)
        return 200

    def set_step(self, record: str, step: int) -> int:
        """Moves a unit to a step of its assembly."""
        unit = self.units[record]
        if step not in self.steps.assemblies.get(unit.recipe, {}):
            return 422
        unit.step = step if unit.open else unit.step
        return 200 if unit.open else 409

    def complete(self, record: str) -> int:
        """Ends a unit; it counts for its operator."""
        unit = self.units[record]
        if not unit.open:
            return 409
        unit.open = False
        self.operators.count_record(unit.operator)
        return 200
