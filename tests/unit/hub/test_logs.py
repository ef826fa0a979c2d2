"""What a client sends cannot write a log entry of its own."""

import subprocess
import sys

FORGING = """
import structlog
from hub.logs import configure_logs
configure_logs("INFO")
structlog.get_logger().warning("refused", path="/a\\r\\nlevel=error event=forged \\x1b[2J")
"""


def test_new_lines_and_escapes_of_a_client_stay_inside_their_entry() -> None:
    told = subprocess.run([sys.executable, "-c", FORGING], capture_output=True, timeout=60, check=True).stderr
    assert told.count(b"\n") == 1
    assert b"\r" not in told
    assert b"\x1b" not in told
    assert b"\\x1b[2J" in told
