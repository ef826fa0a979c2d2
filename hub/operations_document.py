"""docs/operations.md, made from the declarations: `python -m hub.operations_document` writes it, a test keeps it current."""

import re
import tempfile
from pathlib import Path

from quart import Quart

from hub.app import create_app
from hub.openapi import TITLES
from hub.operation import REGISTRY, Operation, Surface, operation_of
from hub.settings import Settings
from storage.addresses import Address
from storage.connection import Store

PATH = Path(__file__).resolve().parent.parent / "docs" / "operations.md"

_HEAD = """# Operations

Made from the code by `./takt docs`; do not edit it by hand. The shapes are in `/openapi.json` and `/asyncapi.json`, readable at `/docs`.

The role is the lowest rung of viewer < operator < supervisor < admin; *open* needs no token. The limit counts per caller and operation.
"""


def operations_markdown(app: Quart) -> str:
    """The whole document: one table a surface, then the commands of the sockets."""
    rows: dict[Surface, list[str]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        declared = operation_of(app.view_functions[rule.endpoint])
        if declared is None or rule.websocket:
            continue
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        address = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
        rows.setdefault(declared.surface, []).append(_row(f"`{method} {address}`", declared))
    parts = [_HEAD]
    for surface, title in TITLES.items():
        if surface in rows:
            parts.append(_table(f"{title} surface", "operation", rows[surface]))
    commands = sorted((o for o in REGISTRY.values() if o.socket), key=lambda o: (o.socket or "", o.name))
    parts.append(_table("Sockets", "socket and command", [_row(f"`{o.socket}` {o.name}", o) for o in commands]))
    return "\n".join(parts)


def _table(title: str, first: str, rows: list[str]) -> str:
    return "\n".join([f"## {title}", "", f"| {first} | name | role | limit | does |", "|---|---|---|---|---|", *rows, ""])


def _row(address: str, declared: Operation) -> str:
    role = declared.role.value if declared.role else "*open*"
    limit = f"{declared.limit.requests} / {declared.limit.per_s} s"
    number = "" if declared.number is None else f" (operation {declared.number})"
    does = " ".join(declared.document.split("\n\n")[0].split()).replace("|", "\\|")
    return f"| {address} | {declared.name}{number} | {role} | {limit} | {does} |"


def describe() -> str:
    """The document of the application as it is; needs no store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        return operations_markdown(create_app(settings, Store(settings, Address("redis://127.0.0.1:1"))))


if __name__ == "__main__":
    PATH.write_text(describe())
