"""The OCR settings' custom variables: where they are used, renamed everywhere at once, removed when nothing uses them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from hub.coaching.captured import refuse_renaming
from hub.errors import Conflict, Invalid, NotFound
from hub.services.assembly_changes import LOST_RACE, stamped
from hub.services.step_changes import ATTEMPTS
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.step import Step
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.step_changes import CircumstancesChanged

NAME_LENGTH = 100
# All of them are written in one step, which holds the store up for as long.
RENAMED_AT_ONCE = 500
# Like every list without a page.
USES_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Use:
    """An assembly and its steps that name a variable."""

    assembly: Assembly
    steps: Sequence[Step]


class OcrVariablesService:
    """A variable is known by its name, or as the type of others, from its first use until it is removed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def uses(self, organisation: str, name: str) -> Sequence[Use]:
        """The assemblies that name it, oldest first, at most USES_SHOWN; none for a name that nobody knows. Raises Invalid."""
        users = await self._store.ocr_variables.users(organisation, read_name(name, "variable"))
        assemblies = await self._store.step_changes.many(organisation, users[:USES_SHOWN])
        found = [Use(a, [step for step in a.steps if _names(step, name.strip())]) for a in assemblies]
        return sorted((use for use in found if use.steps), key=lambda use: (use.assembly.created_at_ms, use.assembly.id))

    async def remove(self, organisation: str, name: str) -> None:
        """Forgets it. Raises NotFound, and Conflict naming the assemblies that use it."""
        uses = await self.uses(organisation, name)
        if uses:
            raise Conflict(f"{name.strip()} is used in {_listed(uses)}: take it out of those steps first.", code="variable_in_use")
        try:
            await self._store.ocr_variables.remove(organisation, name.strip())
        except NotStored as error:
            raise NotFound("There is no such OCR capture variable.") from error
        except VersionConflict as error:
            raise Conflict("A step began to use it in this moment.", code="variable_in_use") from error

    async def rename(self, organisation: str, current_name: str, new_name: str) -> Sequence[Assembly]:
        """Renames it in all assemblies, or in none; those that were changed. Raises Invalid, NotFound, Conflict."""
        old, new = read_name(current_name, "current_name"), read_name(new_name, "new_name")
        if old == new:
            raise Invalid("It is called so already.", field="new_name")
        for _ in range(ATTEMPTS):
            users = await self._store.ocr_variables.users(organisation, old)
            if len(users) > RENAMED_AT_ONCE:
                raise Conflict(f"{old} is used in more than {RENAMED_AT_ONCE} assemblies: that is too much for one change.")
            assemblies = await self._store.step_changes.many(organisation, users)
            sessions = [session for session in await self._store.sessions.all_open(organisation) if session.assembly_id in users]
            refuse_renaming(sessions, old)
            changed = [stamped(_renamed(assembly, old, new)) for assembly in assemblies]
            try:
                return await self._store.step_changes.rename_variable(organisation, old, new, changed, sessions)
            except CircumstancesChanged:
                continue
            except VersionConflict as error:
                raise Conflict(LOST_RACE) from error
            except AlreadyExists as error:
                raise Conflict(f"There is a variable {new} already.", code="variable_exists", field="new_name") from error
            except NotStored as error:
                raise NotFound("There is no such OCR capture variable.") from error
        raise Conflict("Units move on all the time. Try again in a moment.")


def read_name(name: str, field: str) -> str:
    """A variable's name without spaces around it. Raises Invalid."""
    read = name.strip()
    if not read or len(read) > NAME_LENGTH or any(unicodedata.category(letter).startswith("C") for letter in read):
        raise Invalid(f"A variable's name has 1 to {NAME_LENGTH} letters.", field=field)
    return read


def _names(step: Step, name: str) -> bool:
    return any(name in data.variable_names for data in step.step_data)


def _renamed(assembly: Assembly, old: str, new: str) -> Assembly:
    steps = [step.model_copy(update={"step_data": tuple(data.renamed(old, new) for data in step.step_data)}) for step in assembly.steps]
    return assembly.model_copy(update={"steps": tuple(steps)})


def _listed(uses: Sequence[Use]) -> str:
    said = ", ".join(f"“{use.assembly.name}”" for use in uses[:3])
    return said if len(uses) <= 3 else f"{said} and {len(uses) - 3} more"
