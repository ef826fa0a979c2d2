"""Fixtures that all tests share; each lives in tests/support and is named here."""

pytest_plugins = ["tests.support.store", "tests.support.hub", "tests.support.properties"]
