"""The rooms of the house: who may import whom, and what each room may bring in from outside."""

import ast
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
    "hub.protocol": (),
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
        ("hub.protocol.codec", "hub.errors"),
    ],
)
def test_the_law_notices_a_broken_door(name: str, imported: str) -> None:
    assert broken_doors(name, imported)


def test_keys_are_spelled_in_one_file() -> None:
    spelled = [name for name, path in modules() if name != "storage.keys" and '"takt:' in path.read_text()]
    assert spelled == []
