"""The form in which the data are stored has a number; older data are brought up to it at the start, newer ones are refused."""

from collections.abc import Awaitable, Callable

from storage import keys
from storage.database import Database
from storage.errors import SchemaTooNew
from storage.repositories.assemblies import list_assemblies
from storage.repositories.assembly_records import list_records

Migration = Callable[[Database], Awaitable[None]]
# Entry n brings data of schema n + 1 to n + 2. Each must be safe to repeat: a crash may stop it anywhere.
MIGRATIONS: tuple[Migration, ...] = (list_records, list_assemblies)
SCHEMA = 1 + len(MIGRATIONS)


async def migrate(db: Database) -> None:
    """Brings the data to SCHEMA. Raises SchemaTooNew with a sentence to act on."""
    await db.redis.set(keys.SCHEMA, SCHEMA, nx=True)
    stored = int(await db.redis.get(keys.SCHEMA))
    if stored > SCHEMA:
        raise SchemaTooNew(
            f"The data were written by a newer Takt (schema {stored}; this one knows up to {SCHEMA}). "
            "Start that version, or restore an older backup."
        )
    for number in range(stored, SCHEMA):
        await MIGRATIONS[number - 1](db)
        await db.redis.set(keys.SCHEMA, number + 1)
