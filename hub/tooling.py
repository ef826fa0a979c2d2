"""The commands of a programmer: test, check, bench, docs."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ("accuracy", "downtime", "fanout", "latency", "pipeline", "records", "timeline", "train")
SHARING, ALONE = ("tests/rules", "tests/unit", "tests/integration"), ("tests/system",)
# Each brings a store and hubs of its own; more of them wait for the disk.
MOST_PROCESSES = 4
CODE = ("hub", "storage", "vision", "clients", "bench", "tests", "takt")


def run_tests(arguments: Sequence[str]) -> int:
    """Runs pytest with the arguments given. Where none of them names tests, all run: first those that can share the machine, a process
    a core, then those of whole systems one after another. Says what was left out where there is no browser."""
    named = any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)
    if named:
        codes = [_pytest(arguments)]
    else:
        processes = min(os.cpu_count() or 1, MOST_PROCESSES)
        codes = [_pytest([*SHARING, "-n", str(processes), "--dist", "loadfile", *arguments]), _pytest([*ALONE, *map(_beside, arguments)])]
    if shutil.which("chromium") is None:
        print("takt: there is no chromium here, so the tests of the screens were left out (apt-get install chromium)", file=sys.stderr)
    return next((code for code in codes if code), 0)


def _pytest(arguments: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def _beside(argument: str) -> str:
    """The second run's report stands beside the first one's."""
    return argument.removesuffix(".xml") + "-systems.xml" if argument.startswith("--junitxml=") else argument


def run_checks() -> int:
    """Format, lint, types and the laws of the house; 0 when all hold. Every check runs, so that one run tells everything."""
    checks = {
        "format": ["ruff", "format", "--check", "--quiet", *CODE],
        "lint": ["ruff", "check", "--quiet", *CODE],
        "types": ["mypy", "--no-error-summary"],
        "laws": ["pytest", "--quiet", "-p", "no:cacheprovider", "tests/rules"],
    }
    failed = []
    for name, arguments in checks.items():
        print(f"takt: {name}", file=sys.stderr)
        if subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    print("takt: " + (f"failed: {', '.join(failed)}" if failed else "all checks hold"), file=sys.stderr)
    return 1 if failed else 0


def run_bench(name: str, arguments: Sequence[str]) -> int:
    """Runs one bench and prints its result as one line of JSON on stdout; sentences go to stderr."""
    if name not in BENCHES:
        asks = name in ("--help", "-h")
        print(f"takt: {'' if asks else f'there is no bench {name!r}; '}the benches are {', '.join(BENCHES)}", file=sys.stderr)
        return 0 if asks else 2
    os.chdir(ROOT)
    result = importlib.import_module(f"bench.{name}").main(list(arguments))
    print(json.dumps(result))
    return 0


def write_docs() -> int:
    """Writes the generated documents again."""
    return subprocess.run([sys.executable, "-m", "hub.operations_document"], cwd=ROOT, check=False).returncode
