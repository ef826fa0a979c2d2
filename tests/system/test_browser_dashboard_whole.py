"""The dashboard on the whole system: every process for real, machines that report over REST, a person who records a downtime."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.dashboard_page import click_bar, faults, row, until
from tests.support.system import RunningTakt

pytestmark = [pytest.mark.browser, needs_chromium()]

Call = Callable[[str, str, Any], Any]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningTakt]:
    """A whole Takt on a site in Prague."""
    system = RunningTakt(tmp_path / "data", TAKT_HUB_WORKERS="2", TAKT_SITE_TIME_ZONE="Europe/Prague")
    try:
        yield system.wait_until_ready()
    finally:
        system.stop()


def caller(running: RunningTakt) -> Call:
    """REST as a machine or an ERP calls it."""
    token = running.token()

    def call(method: str, path: str, body: Any = None) -> Any:
        asked = urllib.request.Request(running.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        asked.add_header("Authorization", f"Bearer {token}")
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, timeout=15) as answer:
            return json.loads(answer.read())

    return call


def ago(seconds: float) -> str:
    """A time before now."""
    return datetime.fromtimestamp(int(time.time() - seconds), UTC).isoformat().replace("+00:00", "Z")


def test_a_floor_that_reports_over_rest_is_seen_and_a_downtime_is_recorded_ended_and_reopened(
    running: RunningTakt, open_tab: OpenTab
) -> None:
    call = caller(running)
    code = running.wait_for(r"#code=([\w-]+)").group(1)
    top = call("POST", "/api/v1/reason-codes", {"code": "M", "name": "Mechanical", "category": "unplanned"})
    call("POST", "/api/v1/reason-codes", {"code": "M1", "name": "Bearing failure", "category": "unplanned", "parent_id": top["id"]})
    for name in ("Press 1", "Press 2"):
        machine = {"name": name, "machine_identifier": name.upper().replace(" ", "_"), "protocol": "json", "line_name": "Line A"}
        press = call("POST", "/api/v1/machines", machine)
    past = {"reason": "Belt worn", "category": "unplanned", "started_at": ago(3000), "ended_at": ago(2400)}
    call("POST", f"/api/v1/machines/{press['id']}/downtime", past)
    cycles = [
        {"type": "cycle", "machine_foreign_id": "PRESS_1", "from": ago(600 - 60 * n), "to": ago(550 - 60 * n), "label": f"P{n}"}
        for n in range(9)
    ]
    call("POST", "/api/v1/events", cycles)
    page = open_tab(f"{running.url}/dashboard#code={code}").page
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    expect(page.locator("#zone")).to_have_text("Europe/Prague")
    expect(page.locator(".pareto")).to_contain_text("Belt worn")
    expect(page.locator(".tile").nth(2)).to_contain_text("10 min")
    page.get_by_role("button", name="1 h", exact=True).click()
    expect(row(page, "Press 2").locator(".row-share")).to_contain_text("82.")
    # The page reckons as the hub does.
    end, start = ago(0), ago(3600)
    path = f"/api/v1/machines/{press['id']}/uptime-summary?start={start}&end={end}"
    share = page.evaluate("(id) => takt.side.shares.get(takt.floor.rowOfMachine(id))", press["id"])
    # The window of the page reaches a little into the future, so a little less of the past counts.
    assert 100 * share == pytest.approx(call("GET", path)["uptime_percentage"], abs=1.0)
    # In flight, told by the websocket alone.
    (event,) = call(
        "POST", "/api/v1/events", [{"type": "cycle", "machine_foreign_id": "PRESS_2", "from": ago(5), "to": None, "label": "P100"}]
    )
    expect(row(page, "Press 2")).to_contain_text("Running")
    call("PATCH", f"/api/v1/events/{event['id']}", {"to": ago(0)})
    until(page, f"takt.floor.events.get('{event['id']}').toMs !== null")
    row(page, "Press 1").get_by_role("button").click()
    page.get_by_role("button", name="Record downtime").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Bearing failure").check()
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("Recorded: Bearing failure at Press 1.")
    expect(row(page, "Press 1")).to_have_attribute("data-state", "down")
    stop = until(page, "takt.floor.order.find((one) => one.name === 'Press 1').running('activity_reason')?.id")
    click_bar(page, stop)
    expect(page.locator("#facts .badge")).to_have_text("Unplanned")
    assert faults(page) == []
    page.get_by_role("button", name="End it now").click()
    expect(row(page, "Press 1")).not_to_have_attribute("data-state", "down")
    page.get_by_role("button", name="It goes on").click()
    expect(row(page, "Press 1")).to_have_attribute("data-state", "down")
    (record,) = [one for one in call("GET", "/api/v1/fleet/downtime")["items"] if one["reason"] == "Bearing failure"]
    assert record["ended_at"] is None
    page.keyboard.press("Escape")
    expect(page.locator("#devices")).to_contain_text("Takt")
