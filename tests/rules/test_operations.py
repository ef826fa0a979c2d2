"""The law of operations: each declares who may, how often and what it is, and is named by a test."""

import re
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel
from quart import Quart

from hub.app import create_app
from hub.operation import REGISTRY, Limit, Operation, declare_socket_command, operation, operation_of
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role

TESTS = Path(__file__).parents[1]
# Without a token: what outside.md lists, and the screens with the documents.
OPEN = re.compile(r"^(health\.(live|ready)|screens\..+|documents\..+|auth\.(login|refresh|sign_in_code)|oauth\.token)$")


@pytest.fixture
def app(hub_settings: Settings, store: Store) -> Quart:
    """The application with all its doors."""
    return create_app(hub_settings, store)


def undeclared(app: Quart) -> list[str]:
    """Routes without an operation. A socket is declared by its handler or by its commands."""
    sockets = {re.sub(r"\{(\w+)\}", r"<\1>", declared.socket) for declared in REGISTRY.values() if declared.socket}
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not (rule.rule in sockets if rule.websocket else operation_of(app.view_functions[rule.endpoint]))
    ]


def faults(declared: Operation) -> list[str]:
    """What a declaration lacks."""
    found = []
    if len(declared.document.split()) < 3:
        found.append("no document")
    if not (0 < declared.limit.requests <= 10_000 and 0 < declared.limit.per_s <= 3600):
        found.append("no limit")
    if declared.socket is None and not any(200 <= status < 300 for status in declared.answers):
        found.append("no answer")
    if declared.role is None and not OPEN.match(declared.name):
        found.append("no role")
    return found


async def test_every_route_and_socket_is_a_declared_operation(app: Quart) -> None:
    assert undeclared(app) == []


async def test_every_operation_has_a_role_a_limit_a_document_and_an_answer(app: Quart) -> None:
    wanting = {declared.name: faults(declared) for declared in REGISTRY.values() if faults(declared)}
    assert wanting == {}


async def test_every_operation_is_named_by_a_test(app: Quart) -> None:
    text = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    named = set(re.findall(r"[a-z_]+(?:\.[a-z_]+)?", text))
    unnamed = sorted(set(REGISTRY) - named)
    assert not unnamed, ", ".join(unnamed)


async def test_no_two_supercoach_operations_share_a_number(app: Quart) -> None:
    numbers = [declared.number for declared in REGISTRY.values() if declared.number is not None]
    assert len(numbers) == len(set(numbers))


async def test_the_law_notices_a_route_without_a_declaration(app: Quart) -> None:
    async def stray() -> str:
        return ""

    app.add_url_rule("/stray", "stray", stray)
    assert undeclared(app) == ["/stray"]
    assert (await app.test_client().get("/stray")).status_code == 500


def test_the_law_notices_what_a_declaration_lacks() -> None:
    bad = Operation("secret.read", None, Limit(0), REGISTRY["stations.list"].surface, "")
    assert faults(bad) == ["no document", "no limit", "no answer", "no role"]


def test_an_operation_without_a_document_or_with_a_taken_name_is_refused() -> None:
    async def silent() -> str:
        return ""

    with pytest.raises(ValueError, match="no document"):
        operation("test.silent", role=Role.VIEWER, limit=Limit(1))(silent)
    with pytest.raises(ValueError, match="declared twice"):
        declare_socket_command("stations.list", role=Role.VIEWER, limit=Limit(1), socket="/live", document="Something else.")


async def test_no_two_models_of_the_doors_share_a_name(app: Quart) -> None:
    # The documents tell models by their names: of two, one would stand for both.
    doors = [module for name, module in sys.modules.items() if name.startswith("hub.api.")]
    models = {found for module in doors for found in vars(module).values() if isinstance(found, type) and issubclass(found, BaseModel)}
    names = [model.__name__ for model in models if model.__module__.startswith("hub.api.") and "[" not in model.__name__]
    assert len(names) > 100
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
