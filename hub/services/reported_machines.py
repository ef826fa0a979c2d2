"""Machines that reports name: made when they are first heard of."""

import asyncio
import contextlib
import re
from collections.abc import Mapping

from hub.errors import Invalid
from storage.connection import Store
from storage.entities.machine import Machine
from storage.errors import VersionConflict

MACHINES_LIMIT = 10_000
"""A plant has hundreds: more are identifiers gone wrong."""
# Questions that wait for the store at the same time.
_AT_A_TIME = 16
_NOT_IN_IDENTIFIERS = re.compile(r"[\s,\[\]{}:*]+")
_LONGEST_IDENTIFIER = 100


class ReportedMachines:
    """Whoever may report for a machine may also be the first to name it: a client need not set machines up before it works."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ensure(self, organisation: str, wanted: Mapping[str, str]) -> dict[str, Machine]:
        """The machines by identifier (`wanted`: identifier → which report named it, for a refusal); new ones are made.

        Raises Invalid, having made none, for an archived one and for one too many.
        """
        identifiers = list(wanted)
        found: list[Machine | None] = []
        for at in range(0, len(identifiers), _AT_A_TIME):
            portion = identifiers[at : at + _AT_A_TIME]
            found += await asyncio.gather(*(self._store.machines.by_identifier(organisation, each) for each in portion))
        machines = {}
        for identifier, machine in zip(identifiers, found, strict=True):
            if machine is not None and not machine.is_active:
                raise refused(wanted[identifier], f"{identifier} is archived")
            if machine is not None:
                machines[identifier] = machine
        unknown = [each for each in identifiers if each not in machines]
        if unknown and await self._store.machines.count(organisation) + len(unknown) > MACHINES_LIMIT:
            raise refused(wanted[unknown[0]], f"{unknown[0]} is not known, and there are {MACHINES_LIMIT} machines already")
        for identifier in unknown:
            machines[identifier] = await self._store.machines.ensure(organisation, identifier)
        return machines

    async def by_display_name(self, organisation: str, name: str) -> Machine:
        """The machine of this name or identifier; made when there is none, with an identifier made from its name.

        Raises Invalid for an archived one, and for a name that several have.
        """
        known = await self._store.machines.list(organisation, MACHINES_LIMIT)
        found = [each for each in known if each.machine_identifier == name] or [
            each for each in known if each.name == name and each.is_active
        ]
        if len(found) > 1:
            raise Invalid(f"machine_display_name: several machines are called {name}: use an identifier", field="machine_display_name")
        identifier = found[0].machine_identifier if found else _NOT_IN_IDENTIFIERS.sub("-", name)[:_LONGEST_IDENTIFIER]
        try:
            machine = (await self.ensure(organisation, {identifier: ""}))[identifier]
        except Invalid as error:
            raise Invalid(error.message.replace("machine_foreign_id", "machine_display_name", 1), field="machine_display_name") from error
        if any(each.machine_identifier == identifier for each in known):
            return machine
        with contextlib.suppress(VersionConflict):
            # Somebody else names it just now.
            return await self._store.machines.save(machine.model_copy(update={"name": name}))
        return machine


def refused(place: str, why: str) -> Invalid:
    """Names the report at fault, if it is one of several."""
    return Invalid(f"{place}.machine_foreign_id: {why}" if place else f"machine_foreign_id: {why}", field="machine_foreign_id")
