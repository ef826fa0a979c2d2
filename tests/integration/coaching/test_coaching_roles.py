import pytest

import hub.api.coaching
import hub.live.coach
from hub.operation import REGISTRY
from storage.entities.user import Role

LOWEST = {
    "coach": Role.VIEWER,
    "coach.start": Role.OPERATOR,
    "coach.interrupt": Role.OPERATOR,
    "coach.resume": Role.VIEWER,
    "coaching.begin": Role.OPERATOR,
    "coaching.pause": Role.OPERATOR,
    "coaching.complete": Role.OPERATOR,
    "coaching.restart_io_monitor": Role.ADMIN,
    "coaching.history": Role.VIEWER,
    "coaching.set_step": Role.OPERATOR,
}


@pytest.mark.parametrize("name", LOWEST)
def test_each_operation_of_coaching_asks_for_the_rung_of_the_contract(name: str) -> None:
    assert REGISTRY[name].role is LOWEST[name]


def test_operations_1_to_7_of_the_contract_are_there() -> None:
    assert {hub.live.coach.blueprint.name, hub.api.coaching.blueprint.name} == {"coach", "coaching"}
    assert {declared.number for name, declared in REGISTRY.items() if name in LOWEST} - {None} == set(range(1, 8))
