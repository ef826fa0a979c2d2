"""What an engineer does at the terminal: tokens, organisations, accounts, stations."""

import re
import sys
from pathlib import Path

from hub.errors import Conflict, Invalid, NotFound
from hub.settings import Settings
from hub.startup import reach_store, read_settings
from storage.connection import Store
from storage.entities.organisation import ORGANISATION_PATTERN
from storage.entities.user import Role


def _tell(sentence: str) -> None:
    print(f"takt: {sentence}", file=sys.stderr)


async def make_token(settings: Settings, organisation: str, role: Role, network_ids: tuple[int, ...] = ()) -> str:
    """A token of the console for 12 hours. Raises NotFound."""
    from hub.services.auth import AuthService

    async with reach_store(settings) as store:
        auth = AuthService(store)
        try:
            return await auth.issue_token(organisation, role, network_ids)
        finally:
            auth.close()


async def print_token(organisation: str, role: Role, networks: str = "") -> None:
    """Prints a token alone on stdout, so that a shell can use it; `networks` are numbers, comma separated. Raises NotFound, Invalid."""
    numbers = [number.strip() for number in networks.split(",") if number.strip()]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise Invalid("Networks are numbers, separated by commas: --networks 1,7", field="networks")
    print(await make_token(read_settings(), organisation, role, tuple(int(number) for number in numbers)))


async def add_organisation(name: str) -> None:
    """Adds an organisation and its first administrator, whose password is told once. Raises Invalid, Conflict."""
    from hub.services.auth import AuthService

    if not re.match(ORGANISATION_PATTERN, name):
        raise Invalid("An organisation's name has small letters, digits and dashes, at most 63.", field="name")
    async with reach_store(read_settings()) as store:
        if await store.organisations.exists(name):
            raise Conflict(f"There is an organisation {name} already.")
        await store.organisations.add(name)
        auth = AuthService(store)
        try:
            first = await auth.ensure_first_admin(name)
        finally:
            auth.close()
        if first is not None:
            _tell(f"the administrator of {name} is {first[0]} with the password {first[1]} (shown this once)")


async def add_user(organisation: str, email: str, role: Role) -> None:
    """Adds an account; its password is made and told once. Raises NotFound, Invalid, Conflict."""
    from hub.services.passwords import Passwords
    from hub.services.users import UsersService

    async with reach_store(read_settings()) as store:
        await _must_exist(store, organisation)
        passwords = Passwords()
        try:
            user, password = await UsersService(store, passwords).add(organisation, email, email.partition("@")[0], role)
        finally:
            passwords.close()
        _tell(f"{user.email} may now sign in as {role.value} of {organisation} with the password {password} (shown this once)")


async def add_station(organisation: str, station_id: str, camera: str, machine: str) -> None:
    """Adds a station or changes it; a running vision process follows at once. Raises NotFound, Invalid."""
    from hub.services.cameras import mask_camera

    camera = _as_the_terminal_means(camera)
    await add_station_to(read_settings(), organisation, station_id, camera, machine)
    _tell(f"station {station_id} watches {mask_camera(camera)}; open the screen to coach, /train to teach")


def _as_the_terminal_means(camera: str) -> str:
    """A path from the folder one stands in, in full: the processes run in other folders."""
    return str(Path(camera).expanduser().absolute()) if camera.startswith((".", "~")) else camera


async def add_station_to(settings: Settings, organisation: str, station_id: str, camera: str, machine: str) -> None:
    """As `add_station`, on the store of these settings."""
    from hub.services.stations import StationsService, StationWish

    async with reach_store(settings) as store:
        await _must_exist(store, organisation)
        wish = StationWish(name=station_id, camera=camera, machine_identifier=machine or None)
        await StationsService(store, settings).put(organisation, station_id, wish, from_console=True)


async def _must_exist(store: Store, organisation: str) -> None:
    if not await store.organisations.exists(organisation):
        raise NotFound(f"There is no organisation {organisation}; start Takt once, or add it with: takt organisation add {organisation}")
