"""Fixtures of the tests that drive a browser."""

from tests.support.browser_fixtures import browser, fake, open_tab

__all__ = ["browser", "fake", "open_tab"]
