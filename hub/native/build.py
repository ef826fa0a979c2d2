"""Compiles fan.c once a machine and source, into a folder of the caller's choice; nothing happens at import."""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

SOURCE = Path(__file__).with_name("fan.c")
# A cold compiler on a loaded machine; longer means that something is wrong and os.write serves.
COMPILE_TIMEOUT_S = 20


def compiler() -> list[str] | None:
    """The command of a C compiler: $CC or cc of this machine, else the one that the package ziglang carries, else None."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            return [name]
    if importlib.util.find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    return None


def compile_c(source: Path, target: Path, *flags: str) -> None:
    """Compiles one C file, atomically. Raises OSError or subprocess.SubprocessError; FileNotFoundError without a compiler."""
    command = compiler()
    if command is None:
        raise FileNotFoundError("there is no C compiler on this machine")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        arguments = [*command, "-O2", *flags, "-o", str(fresh), str(source)]
        subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S, stdin=subprocess.DEVNULL)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def load(cache: Path) -> ctypes.CDLL | None:
    """The compiled call, built into `cache` when it is not there yet; None, and a line in the log, when it cannot be had. Blocks."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    target = cache / f"takt-fan-{digest}.so"
    try:
        if not _is_ours(target):
            compile_c(SOURCE, target, "-shared", "-fPIC")
        library = ctypes.CDLL(str(target))
    except (OSError, subprocess.SubprocessError) as error:
        log.info("no compiled fan-out, os.write serves", reason=str(error))
        return None
    library.takt_fan_out.restype = ctypes.c_int
    library.takt_fan_out.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
    return library


def _is_ours(target: Path) -> bool:
    """Whether the file is there and nobody else could have put it there."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return False
    return found.st_uid == os.getuid() and not found.st_mode & 0o022
