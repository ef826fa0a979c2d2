"""Which Takt this is; the same number as in pyproject.toml (a test keeps them equal)."""

VERSION = "0.2.0"
