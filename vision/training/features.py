"""What the network sees in a picture: the two maps of its fixed half, for many pictures at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from vision.detectors.backbone import CHANNELS, build_backbone, with_picture_entrance
from vision.detectors.pictures import Picture


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells of which map a step looks at: stride → numbers of the cells, row by row."""

    size: int
    by_stride: dict[int, NDArray[np.intp]]

    @property
    def features(self) -> int:
        """How many numbers one picture gives."""
        return sum(CHANNELS[stride] * len(cells) for stride, cells in self.by_stride.items())


@lru_cache(maxsize=4)
def _network(size: int, strides: tuple[int, ...], threads: int) -> ov.CompiledModel:
    """Compiled once a process for every step that looks at pictures of that size."""
    backbone = build_backbone(size)
    model = with_picture_entrance({f"map{stride}": backbone.maps[stride] for stride in strides}, backbone.entrance, size)
    # Tied to cores, threads of low priority would wait for those that coaching uses while another one is free.
    free = {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
    properties = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT", **free}
    return ov.Core().compile_model(model, "CPU", properties)


def see(pictures: Sequence[Picture], cells: Cells, threads: int, done: Callable[[int], None]) -> NDArray[np.float32]:
    """Pictures × features: each map's cells, channel by channel, one map after the other. `done` gets the number of pictures begun."""
    strides = tuple(sorted(cells.by_stride))
    seen = np.empty((len(pictures), cells.features), np.float32)

    def keep(request: ov.InferRequest, row: int) -> None:
        at = 0
        for stride in strides:
            chosen = cells.by_stride[stride]
            width = CHANNELS[stride] * len(chosen)
            values = request.get_tensor(f"map{stride}").data[0].reshape(CHANNELS[stride], -1)
            seen[row, at : at + width] = values[:, chosen].ravel()
            at += width

    queue = ov.AsyncInferQueue(_network(cells.size, strides, threads))
    queue.set_callback(keep)
    try:
        for row, picture in enumerate(pictures):
            queue.start_async({0: picture[None]}, row)
            done(row)
    finally:
        queue.wait_all()
    return seen
