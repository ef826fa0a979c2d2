"""Random sequences of commands on two whole catalogues against simple models in memory: the same answers, and the invariants after each."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from hub.services import lock_out
from storage.entities.user import Role
from tests.support.catalogue_checks import INDEXES, compare, compare_indexes
from tests.support.catalogue_player import STATIONS, CataloguePlayer
from tests.support.coaching import add_station
from tests.support.hub import RunningHub
from tests.support.operators import quick_hashes

__all__ = ["quick_hashes"]

SEED = 3747
COMMANDS = 240
INDEX_EVERY = 3
# The other organisation is looked at as well, to see that nothing has leaked into it.
OTHER_EVERY = 6
# Each of these once in both organisations, so that there is something to work on.
BEGINNING = (*["put_recipe"] * 3, *["add_step"] * 4, *["add_data"] * 3, *["add_operator"] * 3)
COMMON = (
    *("put_recipe", "add_step", "add_step", "delete_step", "move_step", "put_data", "add_data", "record", "record", "begin", "begin"),
    *("add_operator", "set_badge", "sign_in"),
)
EVERY = (
    *("put_product", "add_product", "activate_of_product", "put_recipe", "add_recipe", "activate", "touch", "augment", "delete_recipe"),
    *("add_step", "change_step", "move_step", "delete_step", "add_data", "put_data", "put_info", "delete_info"),
    *("delete_variables", "rename_variable", "remove_variable", "record", "film", "begin", "set_step", "complete", "set_release_control"),
    *("add_operator", "set_active", "set_role", "set_name", "set_password", "set_badge", "find_operator"),
    *("sign_in", "sign_in_by_badge", "use_a_token"),
)


async def player_of(hub: RunningHub, organisation: str, drawn: random.Random) -> CataloguePlayer:
    theirs = replace(hub, organisation=organisation)
    for station in STATIONS:
        await add_station(hub.store, organisation, station)
    return CataloguePlayer(theirs, await theirs.as_role(Role.ADMIN), drawn)


async def play(players: list[CataloguePlayer], drawn: random.Random, commands: int) -> Counter[tuple[str, int]]:
    """How often each command was answered with which status. Raises AssertionError saying what was asked when hub and model differ."""
    answered: Counter[tuple[str, int]] = Counter()
    ahead = [(name, player) for name in BEGINNING for player in players]
    for number in range(commands):
        ahead = ahead or [(name, drawn.choice(players)) for name in drawn.sample([*COMMON, *EVERY], len(COMMON) + len(EVERY))]
        name, player = ahead.pop(0)
        statuses = await getattr(player, name)()
        if statuses is None:
            continue
        told = f"command {number}, {name} of {player.hub.organisation}: {player.told}"
        assert statuses[1] == statuses[0], f"{told} is answered {statuses[1]}, not {statuses[0]}"
        answered[name, statuses[1]] += 1
        try:
            await compare(player)
            if number % INDEX_EVERY == 0:
                await compare_indexes(player)
            if number % OTHER_EVERY == 0:
                await compare(players[1 - players.index(player)])
        except AssertionError as error:
            raise AssertionError(f"after {told}: {error}") from error
    return answered


async def test_random_commands_answer_as_a_simple_model_does_and_leave_what_it_leaves(
    quick_hashes: RunningHub, other_organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever is locked out stays so, however slow the machine is.
    monkeypatch.setattr(lock_out, "FIRST_LOCK_S", 3600.0)
    monkeypatch.setattr(lock_out, "LONGEST_LOCK_S", 3600.0)
    print(f"seed {SEED}")
    drawn = random.Random(SEED)
    players = [await player_of(quick_hashes, organisation, drawn) for organisation in (quick_hashes.organisation, other_organisation)]
    answered = await play(players, drawn, COMMANDS)
    for player in players:
        await compare(player)
        for look in INDEXES:
            await look(player)
    # These dice do every command, and have many refused: for what others depend on, or while release control is on.
    assert {name for name, status in answered if status == 200} == set(EVERY)
    refused = {name for name, status in answered if status == 409}
    assert refused >= {"activate", "begin", "delete_recipe", "put_data", "remove_variable", "rename_variable", "set_badge", "set_name"}
