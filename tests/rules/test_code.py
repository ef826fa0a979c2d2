"""Habits that end badly: tasks that nobody owns, errors that vanish, waits without a name, things left unfinished."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("hub", "vision", "storage", "clients")
# Waits whose first argument is a time.
TIMED = ("asyncio.timeout", "asyncio.sleep", "time.sleep")
# Simple queues, which take no size: of free inference requests, filled once with as many as there are, and of frames under way, whose
# maker waits while there are too many.
SIZED_BY_THEIR_USE = frozenset({"vision/engine.py", "vision/pipeline.py"})
# Reads the one foreign file of weights; it knows three names and no more.
RESTRICTED_READER = "vision/detectors/weights.py"
DANGEROUS = re.compile(
    r"^\s*(from|import) pickle|\bpickle\.|(?<![.\w])(eval|exec)\(|shell=True|verify=False|yaml\.load\(|\bmktemp\(|os\.system\(", re.M
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplemented(Error)?)\b")

STARTS_TASK = re.compile(r"^(asyncio|\w*loop|asyncio\.get_running_loop\(\))\.(create_task|ensure_future)$")
STORE = re.compile(r"\.store\b|\.redis\b|^(from|import) redis|from storage\.(connection|keys|streams|scripts|database|commit)", re.M)

Law = Callable[[ast.AST], str | None]


def sources() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text()


def broken(law: Law, but: frozenset[str] = frozenset()) -> list[str]:
    """Where a law of single expressions is broken."""
    found = []
    for name, text in sources():
        if name not in but:
            found += [f"{name}: {why}" for node in ast.walk(ast.parse(text)) if (why := law(node))]
    return found


def breaks(law: Law, code: str) -> bool:
    return any(law(node) for node in ast.walk(ast.parse(code)))


def called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def task_without_owner(node: ast.AST) -> str | None:
    """A group owns its tasks; what the loop itself starts has to be kept by somebody."""
    if isinstance(node, ast.Expr) and re.search(
        r"^(asyncio|\w*loop|asyncio\.get_running_loop\(\))\.(create_task|ensure_future)$", called(node.value)
    ):
        return f"line {node.lineno}: nobody keeps this task"
    return None


def vanished_error(node: ast.AST) -> str | None:
    """An except that does nothing; contextlib.suppress says on purpose which errors do not matter."""
    if isinstance(node, ast.ExceptHandler) and all(isinstance(done, ast.Pass) or is_text(done) for done in node.body):
        return f"line {node.lineno}: the error vanishes"
    return None


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def kept_cancellation(node: ast.AST) -> str | None:
    """Whoever catches a cancellation raises it again."""
    if not isinstance(node, ast.ExceptHandler):
        return None
    caught = ast.unparse(node.type) if node.type else "BaseException"
    if re.search(r"CancelledError|BaseException", caught) and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
        return f"line {node.lineno}: {caught} is not raised again"
    return None


def nameless_wait(node: ast.AST) -> str | None:
    """A time-out or a pause of a bare number: it has no name, no reason and no unit. 0 is no wait."""
    if not isinstance(node, ast.Call):
        return None
    times = [keyword.value for keyword in node.keywords if keyword.arg and "timeout" in keyword.arg]
    times += node.args[:1] if called(node) in TIMED else []
    if any(isinstance(time, ast.Constant) and isinstance(time.value, int | float) and time.value for time in times):
        return f"line {node.lineno}: {ast.unparse(node)[:80]}"
    return None


def endless_queue(node: ast.AST) -> str | None:
    if re.search(r"(^|\.)(Lifo|Simple|Priority)?Queue$", called(node)) and isinstance(node, ast.Call) and not (node.args or node.keywords):
        return f"line {node.lineno}: this queue has no size"
    return None


@pytest.mark.parametrize(
    ("law", "but"),
    [
        (task_without_owner, frozenset()),
        (vanished_error, frozenset()),
        (kept_cancellation, frozenset()),
        (nameless_wait, frozenset()),
        (endless_queue, SIZED_BY_THEIR_USE),
    ],
)
def test_the_rooms_keep_the_law(law: Law, but: frozenset[str]) -> None:
    assert broken(law, but) == []


@pytest.mark.parametrize(
    ("law", "bad", "good"),
    [
        (task_without_owner, "asyncio.create_task(work())", "task = asyncio.create_task(work())\ngroup.create_task(work())"),
        (vanished_error, "try:\n    work()\nexcept OSError:\n    pass", "try:\n    work()\nexcept OSError as error:\n    tell(error)"),
        (
            kept_cancellation,
            "try:\n    work()\nexcept asyncio.CancelledError:\n    tidy()",
            "try:\n    work()\nexcept BaseException:\n    raise",
        ),
        (nameless_wait, "asyncio.timeout(3)", "asyncio.timeout(WITHIN_S)\nasyncio.sleep(0)"),
        (nameless_wait, "connect(open_timeout=2.5)", "connect(open_timeout=OPEN_S)"),
        (endless_queue, "asyncio.Queue()", "asyncio.Queue(MOST)"),
    ],
)
def test_the_law_notices(law: Law, bad: str, good: str) -> None:
    assert breaks(law, bad)
    assert not breaks(law, good)


def test_nothing_is_unfinished() -> None:
    assert [name for name, text in sources() if UNFINISHED.search(text)] == []


def test_nothing_runs_what_it_reads() -> None:
    assert [name for name, text in sources() if name != RESTRICTED_READER and DANGEROUS.search(text)] == []


def test_the_doors_of_rest_do_not_reach_into_the_store() -> None:
    """A route parses, is allowed, calls one service and renders; it knows shapes of what is stored, and no store."""
    assert [name for name, text in sources() if name.startswith("hub/api/") and STORE.search(text)] == []


def test_the_rules_are_pure_functions_of_frozen_values() -> None:
    impure = []
    for name, text in sources():
        if name.startswith("hub/coaching/"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global):
                    impure.append(f"{name}:{node.lineno} waits or keeps something")
                if isinstance(node, ast.ClassDef):
                    made = [ast.unparse(decorator) for decorator in node.decorator_list]
                    impure += [
                        f"{name}:{node.lineno} {node.name} changes" for how in made if "dataclass" in how and "frozen=True" not in how
                    ]
    assert impure == []


def test_every_package_is_pinned_by_version_and_hash() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        lines = [line for line in path.read_text().splitlines() if line and not line.lstrip().startswith("#")]
        packages = [line for line in lines if not line.startswith(" ")]
        assert packages, path.name
        assert [line for line in packages if not re.match(r"[\w.\[\]-]+==[\w.+!-]+ *(;.*)?\\?$", line)] == [], path.name
        hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}", path.read_text()))
        assert hashes >= len(packages), path.name
