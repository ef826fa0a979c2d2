"""Values that are unique in the whole installation, such as an e-mail address: a claim names its owner.

The table of claims and the owner's entity lie under different hash tags and cannot be written in one step. A claim is taken
first; one whose owner was never stored (the writer died in between) may be taken over after CLAIM_SETTLES_MS.
"""

import time
from dataclasses import dataclass

from storage import keys
from storage.database import Database
from storage.errors import AlreadyExists

CLAIM_SETTLES_MS = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """Who owns a value."""

    organisation: str
    id: str
    taken_at_ms: int

    @classmethod
    def parse(cls, stored: bytes) -> "Claim":
        """From its stored form."""
        organisation, id_, taken_at_ms = stored.decode().split(" ")
        return cls(organisation, id_, int(taken_at_ms))

    def __str__(self) -> str:
        return f"{self.organisation} {self.id} {self.taken_at_ms}"


class Claims:
    """One table of unique values of a noun (`what` they are called in a refusal)."""

    def __init__(self, db: Database, table: str, noun: str, what: str) -> None:
        self._db = db
        self._table = table
        self._noun = noun
        self._what = what

    async def find(self, value: str) -> Claim | None:
        """Who owns the value."""
        stored = await self._db.redis.hget(self._table, value)
        return None if stored is None else Claim.parse(stored)

    async def take(self, value: str, organisation: str, id_: str) -> None:
        """Takes the value for an owner. Raises AlreadyExists when another has it."""
        now_ms = time.time_ns() // 1_000_000
        mine = Claim(organisation, id_, now_ms)
        abandoned = ""
        stored = await self._db.redis.hget(self._table, value)
        if stored is not None:
            theirs = Claim.parse(stored)
            if (theirs.organisation, theirs.id) == (organisation, id_):
                return
            if now_ms - theirs.taken_at_ms > CLAIM_SETTLES_MS and not await self._db.redis.exists(
                keys.entity(theirs.organisation, self._noun, theirs.id)
            ):
                abandoned = str(theirs)
        if not await self._db.run("claim", [self._table], value, str(mine), abandoned):
            raise AlreadyExists(f"this {self._what} is taken")

    async def release(self, value: str, organisation: str, id_: str) -> None:
        """Gives the value up, if this owner has it."""
        claim = await self.find(value)
        if claim is not None and (claim.organisation, claim.id) == (organisation, id_):
            await self._db.redis.hdel(self._table, value)
