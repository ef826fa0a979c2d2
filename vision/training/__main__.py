"""`python -m vision.training`: the trainer process, which lets coaching go first."""

import os
import sys

from storage.connection import Store
from vision.process import run_process
from vision.settings import VisionSettings


async def work(store: Store, settings: VisionSettings) -> None:
    """Takes training runs until cancelled."""
    os.nice(settings.trainer_nice)
    # Read once, when numpy is loaded: hence the late import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(settings.trainer_threads))
    from vision.training.service import Trainer

    await Trainer(store, settings).run()


if __name__ == "__main__":
    sys.exit(run_process(work))
