"""Every key of a tenant lies under the tenant's hash tag, so that one script may touch them all on a cluster."""

import inspect

import pytest

from storage import keys

FUNCTIONS = {n: f for n, f in inspect.getmembers(keys, inspect.isfunction) if not n.startswith("_") and f is not keys.tenant_key}
TENANTS = {n: f for n, f in FUNCTIONS.items() if n == "organisation" or next(iter(inspect.signature(f).parameters)) == "organisation"}


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_a_key_of_a_tenant_carries_its_hash_tag(name: str) -> None:
    function = TENANTS[name]
    parameters = inspect.signature(function).parameters.values()
    arguments = [7 if p.annotation in (int, "int") else f"x-{p.name}" for p in parameters]
    key = function(*["acme", *arguments[1:]])
    assert key.startswith("takt:{acme}")
    assert all(str(a) in key for a in arguments[1:])


def test_no_two_nouns_share_a_key() -> None:
    made = {}
    for name, function in TENANTS.items():
        parameters = list(inspect.signature(function).parameters.values())
        arguments = ["acme", *(7 if p.annotation in (int, "int") else "x" for p in parameters[1:])]
        made[name] = function(*arguments)
    assert len(set(made.values())) == len(made)


def test_no_lane_shares_a_key_with_another_nor_with_a_noun() -> None:
    lanes = [keys.Lane("acme", kind, owner) for kind in keys.KINDS for owner in ("x", "y")]
    # What a client may ask for as a machine.
    lanes += [keys.Lane("acme", keys.MACHINE, f"{kind}:x") for kind in keys.KINDS]
    made = [key for lane in lanes for key in (lane.intervals, lane.json, lane.index_prefix, lane.classes, lane.open)]
    assert len(set(made)) == len(made)
    assert all(key.startswith("takt:{acme}") for key in made)


def test_the_epoch_lies_beside_its_stream() -> None:
    assert keys.epoch(keys.timeline("acme")).startswith(keys.timeline("acme"))
