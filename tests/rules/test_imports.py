"""The rooms of the house: who may import whom, and what each room may bring in from outside."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("hub", "vision", "storage", "clients")
# The longest name that fits a module is its rule; inside its own name a module may import freely.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "storage": (),
    "storage.entities": (),
    "vision": ("storage",),
    "hub": ("storage",),
    "hub.coaching": ("storage.entities", "hub.errors"),
    "hub.protocol": ("hub.errors",),
    "clients": ("hub.protocol",),
}
NEVER: dict[str, frozenset[str]] = {
    "storage": frozenset({"quart", "hypercorn", "cv2", "openvino", "numpy"}),
    "storage.entities": frozenset({"redis", "msgpack", "asyncio"}),
    "vision": frozenset({"quart", "hypercorn"}),
    "hub": frozenset({"cv2", "openvino"}),
    "hub.coaching": frozenset({"quart", "redis", "asyncio", "time", "random", "datetime"}),
    "hub.services": frozenset({"quart"}),
    "hub.protocol": frozenset({"quart", "redis", "asyncio", "time"}),
    "clients": frozenset({"quart", "redis", "openvino"}),
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which door is used"
            yield node.module or ""


def is_in(name: str, room: str) -> bool:
    return f"{name}.".startswith(f"{room}.")


def broken_doors(name: str, imported: str) -> bool:
    if imported.split(".")[0] not in ROOMS:
        return False
    rule = max((r for r in MAY_IMPORT if is_in(name, r)), key=len)
    return not any(is_in(imported, allowed) for allowed in (rule, *MAY_IMPORT[rule]))


def test_rooms_use_only_their_doors() -> None:
    broken = [f"{name} imports {imported}" for name, path in modules() for imported in imports_of(path) if broken_doors(name, imported)]
    assert broken == []


def test_no_room_brings_in_what_belongs_to_another() -> None:
    broken = [
        f"{name} imports {imported}"
        for name, path in modules()
        for imported in imports_of(path)
        for room, never in NEVER.items()
        if is_in(name, room) and imported.split(".")[0] in never
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("hub.api.steps", "vision.pipeline"),
        ("vision.worker", "hub.errors"),
        ("hub.coaching.session", "storage.repositories.sessions"),
        ("clients.station.client", "hub.errors"),
        ("storage.streams", "hub.settings"),
        ("hub.protocol.codec", "storage.messages"),
    ],
)
def test_the_law_notices_a_broken_door(name: str, imported: str) -> None:
    assert broken_doors(name, imported)


def test_keys_are_spelled_in_one_place() -> None:
    spelled = [name for name, path in modules() if not is_in(name, "storage.keys") and re.search(r"""["']takt:[a-z{]""", path.read_text())]
    assert spelled == []


def test_the_command_line_starts_without_the_web_framework_and_without_vision() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, hub.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert {"quart", "hypercorn", "vision", "cv2", "openvino"}.isdisjoint(told.stdout.split())


def test_nobody_waits_in_the_way_that_loses_cancellations() -> None:
    """docs/adr/0003: on Python 3.11 asyncio.wait_for loses a cancellation that comes together with the outcome."""
    waiting = [name for name, path in modules() if "asyncio.wait_for(" in path.read_text()]
    assert waiting == []
