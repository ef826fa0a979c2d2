"""Debian's chromium, driven by Playwright; skipped where there is none."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A guard against hanging: what a page does at once may take seconds on a busy machine.
TIME_OUT_MS = 20_000
expect.set_options(timeout=TIME_OUT_MS)


def eventually(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    """Returns when something holds that the page cannot be asked for."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


_SCAN = """
(code) => {
  const at = document.activeElement;
  const press = (key) => at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const key of code) if (press(key) && "value" in at && at.type !== "radio") at.value += key;
  return !press("Enter");
}
"""


def scan(page: Page, code: str) -> bool:
    """What a reader types, as quickly as one types however busy this machine is; answers whether its Enter was taken for a reader's."""
    taken: bool = page.evaluate(_SCAN, code)
    return taken


def keep(page: Page, name: str) -> None:
    """With TAKT_KEEP_SCREENSHOTS=1 a picture of the page becomes one of the documents'."""
    if os.environ.get("TAKT_KEEP_SCREENSHOTS"):
        page.screenshot(path=Path(__file__).parents[2] / "docs" / "images" / f"{name}.png")


LANDSCAPE = (1280, 800)
PORTRAIT = (820, 1180)


def needs_chromium() -> pytest.MarkDecorator:
    """Skips a test only where there is no chromium."""
    return pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium at /usr/bin/chromium")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that is closed again."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=20_000)
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """One page with everything it asked for, said and broke: what the tests of every screen look at in the end."""

    def __init__(self, browser: Browser, size: tuple[int, int], *, dark: bool = False, calm: bool = True) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            service_workers="block",
        )
        self.context.set_default_timeout(TIME_OUT_MS)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: self._heard(message.type, message.text))

    def _heard(self, kind: str, text: str) -> None:
        # A refused connection is logged by the browser itself; the tests that cut it expect that.
        if kind == "error" and "Failed to load resource" not in text and "WebSocket connection" not in text:
            self.problems.append(text)

    def close(self) -> None:
        """Closes the page and its storage."""
        self.context.close()
