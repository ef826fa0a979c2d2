"""Accounts; an e-mail address signs in to one organisation."""

from storage import keys
from storage.database import Database
from storage.entities.user import User
from storage.repositories.base import Repository
from storage.repositories.claims import Claims


def _address(email: str) -> str:
    return email.strip().lower()


class Users(Repository[User]):
    """Users of one organisation; their addresses are unique in the installation, whatever the case of their letters."""

    noun = "user"
    model = User

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._emails = Claims(db, keys.EMAILS, self.noun, "e-mail address")

    async def by_email(self, email: str) -> User | None:
        """The account of an address in any organisation."""
        claim = await self._emails.find(_address(email))
        user = None if claim is None else await self.find(claim.organisation, claim.id)
        return user if user is not None and _address(user.email) == _address(email) else None

    async def add(self, entity: User) -> User:
        """A new account. Raises AlreadyExists for a taken id or address."""
        await self._emails.take(_address(entity.email), entity.organisation, entity.id)
        return await super().add(entity)

    async def save(self, entity: User) -> User:
        """As Repository.save; a new address replaces the old one. Raises AlreadyExists when it is taken."""
        before = await self.get(entity.organisation, entity.id)
        moved = _address(before.email) != _address(entity.email)
        if moved:
            await self._emails.take(_address(entity.email), entity.organisation, entity.id)
        saved = await super().save(entity)
        if moved:
            await self._emails.release(_address(before.email), entity.organisation, entity.id)
        return saved

    async def delete(self, organisation: str, id_: str) -> None:
        """Deletes the account and frees its address."""
        user = await self.get(organisation, id_)
        await super().delete(organisation, id_)
        await self._emails.release(_address(user.email), organisation, id_)
