"""The operator's screen while the demo builds a unit: what the README shows.

With TAKT_KEEP_SCREENSHOTS=1 its pictures are kept in docs/images.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.screen_checks import problems
from tests.support.system import ROOT, RunningTakt

pytestmark = [pytest.mark.browser, needs_chromium()]

# Teaching, training and one unit, on a busy machine.
TAUGHT_S = 240.0
UNIT_S = 90.0

MEASURED = """
() => [
  document.getElementById("view").dataset.look,
  Number(document.querySelector("step-card .bar-track").ariaValueNow),
  document.querySelectorAll(".strip li[data-mark=done]").length,
]
"""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningTakt]:
    running = RunningTakt(tmp_path / "data", ("demo",), TAKT_HUB_WORKERS="1")
    try:
        yield running
    finally:
        running.stop()


def watch_unit(page: Page, pictures: Path) -> set[str]:
    """Every look that a unit showed until it was complete; pictures of the telling ones are kept."""
    seen: set[str] = set()
    deadline = time.monotonic() + UNIT_S
    while not page.get_by_role("heading", name="Unit complete").is_visible():
        assert time.monotonic() < deadline, f"the unit was not finished; seen so far: {seen}"
        look, evidence, done = page.evaluate(MEASURED)
        if look not in seen:
            page.screenshot(path=pictures / f"{look}.png")
        if look == "seen" and 45 <= evidence <= 85 and done == 2:
            page.screenshot(path=pictures / "operator.png")
        seen.add(look)
        page.wait_for_timeout(60)
    return seen


def test_a_unit_that_the_demo_builds_is_seen_from_its_first_step_to_its_last(demo: RunningTakt, open_tab: OpenTab, tmp_path: Path) -> None:
    address = demo.wait_for(r"sign in once with (http://\S+#code=[\w-]+)").group(1)
    demo.wait_until_ready()
    page = open_tab(address).page
    expect(page.locator("body")).to_have_attribute("data-screen", "coaching", timeout=TAUGHT_S * 1000)
    expect(page.locator("live-picture")).to_have_attribute("data-picture", "some")
    assert problems(page) == []
    seen = watch_unit(page, tmp_path)
    assert {"waiting", "seen", "done", "wrong", "hands"} <= seen
    assert problems(page) == []
    if os.environ.get("TAKT_KEEP_SCREENSHOTS"):
        for name in ("operator.png", "wrong.png"):
            shutil.copy(tmp_path / name, ROOT / "docs" / "images" / name)
