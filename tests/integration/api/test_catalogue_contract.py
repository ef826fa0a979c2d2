"""Every operation of the catalogue, by table: a good answer, the read that shows its effect, and who and what is refused."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest_asyncio
import yaml

from storage.entities.user import Role
from tests.support.catalogue import Catalogue, make_catalogue
from tests.support.catalogue_table import TABLE, Ask
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.operators import quick_hashes as quick_hashes
from tests.support.records import reports_made

TAGS = {"Assembly Revisions", "Coachable Assembly Revisions", "Assemblies", "Steps", "Assembly Records", "Operators", "Settings"}
_ALL = yaml.safe_load((Path(__file__).parents[2] / "contract" / "supercoach.yaml").read_text())
CONTRACT: dict[int, dict[str, Any]] = {operation["n"]: operation for operation in _ALL if operation["tag"] in TAGS}
# What the source calls POST and changes nothing: an id is looked up, somebody signs in, a password is looked at.
QUESTIONS = {101, 106, 108, 109, 110}
# What takes away what others need comes last.
LAST = (55, 67, 68, 80, 87, 100, 8)
# They make something of the caller's own, which may be called like what another organisation has.
MAKES = (44, 46, 52, 54, 98)
# Its answer is a file; everything else is JSON.
FILES = {75: "video/webm", 93: "application/pdf"}
ENVELOPE: dict[str, type[Any]] = {"string": str, "object": dict, "array": list}


@pytest_asyncio.fixture
async def catalogue(quick_hashes: RunningHub) -> Catalogue:
    """One of everything, in the hub's own organisation."""
    return await make_catalogue(quick_hashes)


def writes(number: int) -> bool:
    return CONTRACT[number]["method"] != "GET" and number not in QUESTIONS


def role_of(number: int) -> Role:
    """The lowest rung, as outside.md has it."""
    if number in (92, 106, 109):
        return Role.OPERATOR
    if number in (108, 110) or (98 <= number <= 110 and writes(number)):
        return Role.ADMIN
    return Role.SUPERVISOR if writes(number) else Role.VIEWER


async def send(client: HttpClient, number: int, catalogue: Catalogue, ask: Ask, raw: bytes | None = None) -> Answer:
    """The request with its places filled in."""
    places = catalogue.ids | ask.path
    path = re.sub(r"\{(\w+)\}", lambda place: quote(places[place[1]], safe=""), CONTRACT[number]["path"])
    headers = {"Content-Type": "application/json"} if raw is not None else None
    return await client(CONTRACT[number]["method"], path, ask.body, query=ask.query or None, raw=raw, headers=headers)


async def read(client: HttpClient, number: int, catalogue: Catalogue, writer: Ask) -> tuple[int, bytes]:
    """What a read tells of what a writer changes."""
    asked = TABLE[number].good(catalogue)
    answer = await send(client, number, catalogue, Ask(asked.body, asked.query, asked.path | writer.path))
    return answer.status, answer.body


def told_badly(answer: Answer) -> bool:
    """Whether an error does not have the shape of the surface, or says nothing."""
    body = answer.json()
    fields = {"status", "code", "msg"} | ({"field"} if "field" in body else set())
    return set(body) != fields or body["status"] != "error" or not re.fullmatch("[a-z_]+", body["code"]) or len(body["msg"].split()) < 3


def faults(number: int, answer: Answer) -> str:
    """How a good answer differs from the contract's shape."""
    row, shape = TABLE[number], CONTRACT[number]["response"]
    if answer.status != 200:
        return f"{answer.status} {answer.body[:300]!r}"
    if number in FILES:
        return "" if answer.headers["content-type"] == FILES[number] and answer.body else "no file"
    body: Any = answer.json()
    if shape == "id int":
        return "" if set(body) == {"id"} and isinstance(body["id"], int) else f"{body}"
    kind = next((kind for kind in ENVELOPE if str(shape).endswith(kind)), "string")
    if set(body) != {"status", "msg"} or body["status"] != "ok" or not isinstance(body["msg"], ENVELOPE[kind]):
        return f"no {kind}: {answer.body[:200]!r}"
    msg: Any = body["msg"][row.inside] if row.inside else body["msg"]
    wanted = row.keys | (set(CONTRACT[row.like]["body"]) - {"password"} if row.like else set())
    items = msg if isinstance(msg, list) else [msg]
    if wanted and not items:
        return "nothing in it"
    return f"lacks {lacking}" if wanted and (lacking := [wanted - set(item) for item in items if not wanted <= set(item)]) else ""


def test_the_table_has_every_operation_of_the_tags() -> None:
    assert set(TABLE) == set(CONTRACT)
    assert len(TABLE) == 76


def test_every_writing_operation_names_the_read_that_shows_its_effect() -> None:
    without = [number for number in TABLE if writes(number) != (TABLE[number].shown_by is not None)]
    assert without == []
    no_read = [n for n, row in TABLE.items() if row.shown_by not in (None, n) and CONTRACT[row.shown_by or n]["method"] != "GET"]
    assert no_read == []


async def test_the_hub_has_and_documents_every_operation_as_the_contract_has_it(hub: RunningHub) -> None:
    document = (await hub.http("GET", "/openapi.json")).json()
    known = {re.sub(r"\{\w+\}", "{}", path): operations for path, operations in document["paths"].items()}
    wrong: dict[int, str] = {}
    for number, contract in CONTRACT.items():
        path = re.sub(r"\{\w+\}", "{}", contract["path"])
        found = known.get(path, {}).get(contract["method"].lower())
        if found is None:
            wrong[number] = f"{contract['method']} {contract['path']} is missing"
            continue
        if len((found.get("summary", "") + " " + found.get("description", "")).split()) < 3 or "200" not in found["responses"]:
            wrong[number] = "no document"
        asked = {parameter["name"] for parameter in found.get("parameters", []) if parameter["in"] == "query"}
        if not set(contract["query_params"]) <= asked:
            wrong[number] = f"lacks {set(contract['query_params']) - asked}"
        if not set(contract["body"]) <= _documented_fields(document, found):
            wrong[number] = f"lacks {set(contract['body']) - _documented_fields(document, found)}"
        if bool(contract.get("deprecated")) != bool(found.get("deprecated")):
            wrong[number] = "deprecated or not"
    assert wrong == {}


def _documented_fields(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(schema.get("properties", {}))


async def test_a_good_request_is_answered_in_the_shape_of_the_contract_and_its_effect_is_read(
    hub: RunningHub, catalogue: Catalogue
) -> None:
    client = await hub.as_role(Role.ADMIN)
    wrong: dict[int, str] = {}
    async with reports_made(hub.store):
        for number in sorted(TABLE, key=lambda number: (number in LAST, LAST.index(number) if number in LAST else number)):
            row = TABLE[number]
            ask, shown_by = row.good(catalogue), row.shown_by
            before = await read(client, shown_by, catalogue, ask) if shown_by and shown_by != number else None
            wrong[number] = faults(number, await send(client, number, catalogue, ask))
            if wrong[number] or not shown_by:
                continue
            after = await read(client, shown_by, catalogue, ask)
            if before == after or (shown_by == number and after[0] != 404):
                wrong[number] = f"operation {shown_by} shows nothing of it: {after[1][:300]!r}"
    assert {number: fault for number, fault in wrong.items() if fault} == {}


async def test_without_a_token_and_one_rung_below_every_operation_is_refused_and_changes_nothing(
    hub: RunningHub, catalogue: Catalogue
) -> None:
    before = await _everything(hub, catalogue)
    wrong: dict[str, object] = {}
    for number, row in TABLE.items():
        callers = {401: hub.http}
        if role_of(number) is not Role.VIEWER:
            callers[403] = await hub.as_role(list(Role)[role_of(number).rung - 1])
        for status, client in callers.items():
            # Also for what is not there, and for what cannot be read: who asks comes first.
            for ask, raw in ((row.good(catalogue), None), (Ask(path=dict.fromkeys(catalogue.ids, "nobody")), b"{")):
                answer = await send(client, number, catalogue, ask, raw if CONTRACT[number]["method"] != "GET" else None)
                if answer.status != status or told_badly(answer):
                    wrong[f"{number} {status}"] = (answer.status, answer.body[:200])
    assert wrong == {}
    assert await _everything(hub, catalogue) == before


async def test_the_lowest_rung_of_each_operation_may(hub: RunningHub, catalogue: Catalogue) -> None:
    wrong = {}
    for number in TABLE:
        # Without a body, and of nothing that is there: refused for that, and not for who asks.
        answer = await send(await hub.as_role(role_of(number)), number, catalogue, Ask(path=dict.fromkeys(catalogue.ids, "nobody")))
        if answer.status in (401, 403, 500):
            wrong[number] = (answer.status, answer.body[:200])
    assert wrong == {}


async def test_another_organisation_reaches_nothing_and_changes_nothing(
    hub: RunningHub, catalogue: Catalogue, other_organisation: str
) -> None:
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    before = await _everything(hub, catalogue)
    secrets = [catalogue.ids[name].encode() for name in ("assembly_id", "second", "taught")] + [b"Gearbox", b"Muster", b"Scan"]
    wrong: dict[int, object] = {}
    for number in sorted(TABLE, key=lambda number: number in MAKES):
        row = TABLE[number]
        ask = row.good(catalogue)
        named = "{" in CONTRACT[number]["path"] or number in (73, 74, 101) or "id" in (ask.body or {})
        answer = await send(stranger, number, catalogue, ask)
        if answer.status != (row.elsewhere if named or row.elsewhere != 404 else 200):
            wrong[number] = (answer.status, answer.body[:200])
        # What it made itself, under names of its own choice, is its own.
        elif answer.status != 404 and number not in MAKES and any(secret in answer.body for secret in secrets):
            wrong[number] = ("leaks", answer.body[:300])
    assert wrong == {}
    assert await _everything(hub, catalogue) == before


async def test_bad_input_is_refused_in_a_sentence_and_changes_nothing(hub: RunningHub, catalogue: Catalogue) -> None:
    client = await hub.as_role(Role.ADMIN)
    before = await _everything(hub, catalogue)
    wrong: dict[str, object] = {}
    for number, row in TABLE.items():
        for at, (ask, status) in enumerate(row.bad(catalogue)):
            # What a row does not say is as in its good request; a body that is wrong stands for itself.
            good = row.good(catalogue)
            whole = Ask(
                ask.body if ask.body is not None else good.body, ask.query if ask.query or not good.query else {}, good.path | ask.path
            )
            answer = await send(client, number, catalogue, whole)
            if answer.status != status or told_badly(answer) or (status == 422 and "field" not in answer.json()):
                wrong[f"{number} {at}"] = (status, answer.status, answer.body[:200])
    assert wrong == {}
    assert await _everything(hub, catalogue) == before


async def test_a_body_that_cannot_be_read_is_too_large_or_of_wrong_types_is_refused(hub: RunningHub, catalogue: Catalogue) -> None:
    client = await hub.as_role(Role.ADMIN)
    before = await _everything(hub, catalogue)
    wrong: dict[str, object] = {}
    for number in (number for number, contract in CONTRACT.items() if contract["body"]):
        good = TABLE[number].good(catalogue)
        for raw, status in ((b"{", 400), (b"[]", 400), (b'{"a": "' + b"x" * 1_100_000 + b'"}', 413), (b"\xff\xfe", 400)):
            answer = await send(client, number, catalogue, Ask(path=good.path), raw)
            if answer.status != status or told_badly(answer):
                wrong[f"{number} {raw[:9]!r}"] = (status, answer.status, answer.body[:200])
        for name, said in CONTRACT[number]["body"].items():
            if name in ("last_edited", "training_complete", "num_records", "has_password", "classes", "training_required"):
                continue
            answer = await send(client, number, catalogue, Ask({**good.body, name: [["no value of any field"]]}, path=good.path))
            if answer.status != 422 or told_badly(answer) or not str(answer.json().get("field", "")).startswith(name):
                wrong[f"{number} {name} {said['type']}"] = (answer.status, answer.body[:200])
    assert wrong == {}
    assert await _everything(hub, catalogue) == before


async def _everything(hub: RunningHub, catalogue: Catalogue) -> dict[int, tuple[int, bytes]]:
    """All that reads tell, to find whether anything has changed."""
    client = await hub.as_role(Role.ADMIN)
    reads = [number for number, contract in CONTRACT.items() if contract["method"] == "GET"]
    return {number: await read(client, number, catalogue, Ask()) for number in reads}
