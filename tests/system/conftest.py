"""Fixtures of the tests that drive a browser."""

from tests.support.browser_fixtures import browser, catalogue, fake, open_tab

__all__ = ["browser", "catalogue", "fake", "open_tab"]
