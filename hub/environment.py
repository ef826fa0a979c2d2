"""The names in the environment that start with TAKT_: which of them nobody reads."""

import difflib
from collections.abc import Iterable

from hub.settings import Settings

# What vision reads besides; the hub may not look into that room, so a test keeps the two equal.
OF_VISION = frozenset(
    {
        "inference_precision",
        "inference_threads",
        "camera_open_timeout_s",
        "camera_read_timeout_s",
        "camera_retry_most_s",
        "recording_most_frames",
        "film_most_minutes",
        "film_most_mb",
        "films_most_gb",
        "trainer_threads",
        "trainer_nice",
    }
)
# Between the processes, and what clients and tests are given.
OTHERS = frozenset({"listen_fd", "worker", "url", "token", "keep_screenshots"})


def unread_settings(names: Iterable[str]) -> list[str]:
    """A sentence for each name that looks like a setting and is none: a slip of the pen would else change nothing, silently."""
    known = {f"TAKT_{name.upper()}" for name in (*Settings.model_fields, *OF_VISION)}
    others = {f"TAKT_{name.upper()}" for name in OTHERS}
    sentences = []
    for name in sorted(names):
        if name.upper().startswith("TAKT_") and name.upper() not in known | others:
            near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
            sentences.append(f"{name} is no setting and is not read" + (f"; did you mean {near[0]}?" if near else ""))
    return sentences
