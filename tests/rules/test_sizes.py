"""Files and functions stay small enough to be read in one go."""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("hub", "vision", "storage", "clients")


def sources() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def length(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions() -> list[tuple[str, int]]:
    """Every function with its number of lines, docstring apart."""
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if ast.get_docstring(node) is not None:
                    doc = node.body[0]
                    lines -= (doc.end_lineno or 0) - doc.lineno + 1
                found.append((f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines))
    return found


def share(values: list[int], at_most: int) -> float:
    return sum(v <= at_most for v in values) / len(values)


def test_no_file_is_over_300_lines_and_most_are_short() -> None:
    lengths = {str(p.relative_to(ROOT)): length(p) for p in sources()}
    assert {name: n for name, n in lengths.items() if n > 300} == {}
    assert share(list(lengths.values()), 260) >= 0.9
    assert statistics.median(lengths.values()) < 100


def test_no_function_is_over_80_lines_and_most_are_short() -> None:
    found = functions()
    assert [f for f in found if f[1] > 80] == []
    assert share([lines for _, lines in found], 30) >= 0.9


def test_every_public_module_and_class_makes_its_promise_in_a_docstring() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if path.read_text().strip() and ast.get_docstring(tree) is None:
            silent.append(str(path.relative_to(ROOT)))
        silent += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and ast.get_docstring(node) is None
        ]
    assert silent == []
