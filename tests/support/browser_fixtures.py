"""Fixtures of the browser tests: one browser, a hub that says what it is told, and pages that are looked at in the end."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.support.browser import LANDSCAPE, Tab, chromium
from tests.support.fake_catalogue import FakeCatalogue
from tests.support.fake_hub import FakeHub

OpenTab = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file. No longer: while Playwright runs, no test of another kind can have an event loop."""
    with chromium() as running:
        yield running


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    """A fake hub that is stopped again."""
    hub = FakeHub()
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


@pytest.fixture
def catalogue() -> Iterator[FakeCatalogue]:
    """A fake hub that keeps operators and recipes."""
    hub = FakeCatalogue()
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[OpenTab]:
    """Opens an address. In the end no page may have asked anybody else, broken its policy, or thrown."""
    tabs: list[tuple[str, Tab]] = []

    def opened(url: str, size: tuple[int, int] = LANDSCAPE, *, dark: bool = False, calm: bool = True) -> Tab:
        tab = Tab(browser, size, dark=dark, calm=calm)
        tabs.append((urlsplit(url).netloc, tab))
        tab.page.goto(url)
        return tab

    try:
        yield opened
        for origin, tab in tabs:
            strangers = [url for url in tab.requests if urlsplit(url).scheme != "blob" and urlsplit(url).netloc != origin]
            assert strangers == []
            assert tab.problems == []
    finally:
        for _, tab in tabs:
            tab.close()
