"""The channel `predictions:{station}`: what vision saw, with names instead of ids and the time each stage took."""

import time
from typing import Any

from hub.live.channel import Channel
from hub.live.label_names import LabelNames, StepNames
from hub.live.push import MessagePush
from hub.protocol.live import latest
from storage import keys
from storage.messages import Prediction
from storage.packing import unpack


def predictions_channel(name: str, organisation: str, station: str, names: LabelNames) -> Channel:
    """The channel of one station."""

    def read(payload: bytes) -> MessagePush | None:
        seen = unpack(Prediction, payload)
        step = names.of_step(organisation, seen.assembly_id, seen.step_id)
        return None if step is None else MessagePush(latest(name, content(seen, step, time.time_ns())))

    return Channel(name, f"live:{organisation}:{name}", keys.predictions(organisation, station), read)


def content(seen: Prediction, names: StepNames, now_ns: int) -> dict[str, Any]:
    """What a screen is told; probabilities with four digits, times in ms with two."""
    return {
        "frame_no": seen.frame_no,
        "captured_at_ns": seen.captured_at_ns,
        "model_version": seen.model_version,
        "prediction_label": names.of(seen.label)._asdict(),
        "confidence": round(seen.confidence, 4),
        "confidences": {names.of(label).full: round(p, 4) for label, p in seen.confidences.items()},
        "novelty": round(seen.novelty, 4),
        "latency_ms": {
            "capture": round(seen.capture_ms, 2),
            "infer": round(seen.infer_ms, 2),
            "bus": round(max(0, now_ns - seen.published_at_ns) / 1e6, 2),
            "total": round(max(0, now_ns - seen.captured_at_ns) / 1e6, 2),
        },
        "camera_moved": seen.camera_moved,
        "roi": seen.roi,
    }
