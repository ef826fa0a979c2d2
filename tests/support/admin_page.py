"""A page with the administration, and what the tests ask of it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_catalogue import FakeCatalogue
from tests.support.screen_checks import problems

BOTH = pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, True), (PORTRAIT, False)], ids=["1280x800 dark", "820x1180 light"])


def opened(catalogue: FakeCatalogue, open_tab: OpenTab, tab: str, size: tuple[int, int] = LANDSCAPE, *, dark: bool = False) -> Page:
    """The administration at one of its parts."""
    page = open_tab(f"{catalogue.url}/admin#{tab}", size, dark=dark).page
    expect(page.locator(".panel-head").first).to_be_visible()
    return page


def opened_steps(catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int] = LANDSCAPE, *, dark: bool = False) -> Page:
    """The steps of the first version."""
    page = opened(catalogue, open_tab, "assemblies", size, dark=dark)
    page.get_by_role("button", name="Steps").first.click()
    expect(page.locator("#steps li")).to_have_count(6)
    return page


def fits(page: Page) -> None:
    """Nothing is wrong with the page; its lists may scroll."""
    assert problems(page, may_scroll=True) == []


def undo(page: Page, words: str) -> None:
    """Takes the change back that the bar tells of."""
    expect(page.locator("#undo")).to_contain_text(words)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#undo")).to_be_hidden()


def numbered(page: Page) -> list[str]:
    """The names of the steps in the order that the page shows."""
    names: list[str] = page.locator("#steps .row-name").evaluate_all("all => all.map((one) => one.firstChild.textContent)")
    return names


def check(name: str, kind: str = "ocr-capture") -> dict[str, Any]:
    """A check as operation 63 shows one: it keeps a text, or compares it."""
    kept = {"id": "70", "step_id": "3", "name": name, "data_type": kind, "units": "", "tolerance": 0.0, "auto_align": False}
    variables = [{"name": name, "type": "", "value": "", "options": {}}]
    return kept | {"torque_data": {}, "options": {}, "step_data_info": [], "ocr_capture_variable_info": variables}


def deleted(catalogue: FakeCatalogue) -> list[str]:
    """What the hub was asked to delete, in order: the last part of each address."""
    return [path.rsplit("/", 1)[1] for method, path, _ in list(catalogue.requests) if method == "DELETE"]
