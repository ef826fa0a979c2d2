"""All entries of the log look alike, and what a client sends cannot write one of its own."""

import subprocess
import sys

FORGING = """
import structlog
from hub.logs import configure_logs
configure_logs("INFO")
structlog.get_logger().warning("refused", path="/a\\r\\nlevel=error event=forged \\x1b[2J")
"""

OTHERS = """
import logging
from hub.logs import configure_logs
configure_logs("INFO")
logging.getLogger("storage.channels").info("the subscriber is back after %d s", 3)
logging.getLogger("somebody").info("nothing that matters")
logging.getLogger("somebody").warning("trouble")
"""


def test_what_the_store_and_libraries_say_has_a_time_and_a_level_too() -> None:
    told = subprocess.run([sys.executable, "-c", OTHERS], capture_output=True, text=True, timeout=60, check=True).stderr.splitlines()
    assert [line.partition("Z ")[2] for line in told] == [
        'level=info event="the subscriber is back after 3 s"',
        "level=warning event=trouble",
    ]
    assert all(line.startswith("timestamp=") for line in told)


def test_new_lines_and_escapes_of_a_client_stay_inside_their_entry() -> None:
    told = subprocess.run([sys.executable, "-c", FORGING], capture_output=True, timeout=60, check=True).stderr
    assert told.count(b"\n") == 1
    assert b"\r" not in told
    assert b"\x1b" not in told
    assert b"\\x1b[2J" in told
