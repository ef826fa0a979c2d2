"""`python -m vision`: the vision process."""

import sys

from storage.connection import Store
from vision.process import run_process
from vision.settings import VisionSettings

# Threads hand a frame over several times; at Python's default of 5 ms each time would show.
_SWITCH_INTERVAL_S = 0.0005


async def work(store: Store, settings: VisionSettings) -> None:
    """Follows stations and sessions until cancelled."""
    import cv2

    from vision.worker.worker import Worker

    # Stations share the cores; within a picture of 320 × 240 nothing is gained by splitting it.
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    await Worker(store, settings).run()


if __name__ == "__main__":
    sys.exit(run_process(work))
