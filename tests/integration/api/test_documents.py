"""The documents: documents.openapi, documents.asyncapi, documents.page, documents.asset; all made from the code, all valid."""

import asyncio
import re
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.sync_api import Page, expect

from hub.operation import REGISTRY
from hub.version import VERSION
from tests.support.browser import LANDSCAPE, Tab, chromium, needs_chromium
from tests.support.doors import rest_doors
from tests.support.hub import RunningHub


async def test_the_openapi_document_is_valid_and_holds_every_operation(hub: RunningHub) -> None:
    answer = await hub.http("GET", "/openapi.json")
    document = answer.json()
    OpenAPIV31SpecValidator(document).validate()
    described = [operation for path in document["paths"].values() for operation in path.values()]
    assert sorted(operation["operationId"] for operation in described) == sorted(door.operation.name for door in rest_doors(hub))
    for operation in described:
        assert operation["summary"], operation["operationId"]
        assert any(status.startswith("2") for status in operation["responses"]), operation["operationId"]
        assert {"429", "503"} <= set(operation["responses"]), operation["operationId"]
        assert bool(operation["security"]) == (operation["x-takt-role"] is not None)
    assert (await hub.http("GET", "/openapi.json", headers={"If-None-Match": answer.headers["etag"]})).status == 304


async def test_every_operation_shows_who_may_and_an_example_that_its_schema_allows(hub: RunningHub) -> None:
    document = (await hub.http("GET", "/openapi.json")).json()
    shown = 0
    for path in document["paths"].values():
        for operation in path.values():
            assert "at most" in operation["description"], operation["operationId"]
            asked = operation.get("requestBody", {})
            answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            for media_type, content in [pair for part in (asked, *answers) for pair in part.get("content", {}).items()]:
                if media_type.endswith(("json", "form-urlencoded")):
                    shown += 1
                    schema = {**content["schema"], "components": document["components"]}
                    wrong = [error.message for error in Draft202012Validator(schema).iter_errors(content["example"])]
                    assert wrong == [], operation["operationId"]
    assert shown > 200
    used = {tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}


async def test_the_asyncapi_document_holds_the_three_sockets_and_its_references_lead_somewhere(hub: RunningHub) -> None:
    document = (await hub.http("GET", "/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in document["channels"].values()} == {"/coach", "/live", "/station/{station_id}/frames"}
    sockets = {rule.rule for rule in hub.app.url_map.iter_rules() if rule.websocket}
    assert {re.sub(r"\{(\w+)\}", r"<\1>", channel["address"]) for channel in document["channels"].values()} == sockets
    for reference in references(document):
        at: Any = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert set(operation["messages"][0]) == {"$ref"}
    commands = {name for operation in document["operations"].values() for name in operation.get("x-takt-commands", {})}
    assert commands == {operation.name for operation in REGISTRY.values() if operation.socket}


async def test_the_page_needs_nothing_from_elsewhere_and_no_inline_script(hub: RunningHub) -> None:
    page = await hub.http("GET", "/docs")
    text = page.body.decode()
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    sources = re.findall(r'(?:src|href)="(/[^"]+)"', text)
    assert len(sources) == 4
    for source in sources:
        asset = await hub.http("GET", source)
        assert (asset.status, asset.headers["content-type"].partition(";")[0] in ("text/javascript", "text/css")) == (200, True)
    for name in ("redoc.js", "..%2f..%2fpyproject.toml", "templates.py"):
        assert (await hub.http("GET", f"/docs/assets/{name}")).status == 404


@needs_chromium()
@pytest.mark.browser
async def test_the_page_shows_the_operations_in_a_browser_that_keeps_its_policy(hub: RunningHub) -> None:
    def look() -> tuple[int, list[str], list[str]]:
        with chromium() as browser:
            tab = Tab(browser, LANDSCAPE)
            tab.page.goto(f"{hub.url}/docs")
            expect(tab.page.locator(".opblock").first).to_be_visible(timeout=30_000)
            shown = shown_while_scrolling(tab.page, len(rest_doors(hub)))
            elsewhere = [url for url in tab.requests if not url.startswith((hub.url, "data:"))]
            tab.close()
            return shown, elsewhere, tab.problems

    shown, elsewhere, problems = await asyncio.to_thread(look)
    assert shown == len(rest_doors(hub))
    assert (elsewhere, problems) == ([], [])


def test_the_version_is_the_distribution_s() -> None:
    from pathlib import Path

    assert f'version = "{VERSION}"' in (Path(__file__).parents[3] / "pyproject.toml").read_text()


def shown_while_scrolling(page: Page, wanted: int) -> int:
    """How many operations the page shows, wanted at most: it draws those in view only."""
    seen: set[str] = set()
    deadline = time.monotonic() + 60
    while len(seen) < wanted and time.monotonic() < deadline:
        seen |= set(page.eval_on_selector_all(".opblock[id]", "blocks => blocks.map(block => block.id)"))
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(50)
    return len(seen)


def references(value: Any) -> list[str]:
    """All `$ref` within a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for part in value.values() for found in references(part)]
    return [found for part in value for found in references(part)] if isinstance(value, list) else []
