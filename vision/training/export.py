"""A trained step as files: its network in one IR with its facts, and its reference picture."""

from pathlib import Path

import cv2
import numpy as np
import openvino as ov
import openvino.opset13 as op

from vision.detectors.backbone import CHANNELS, build_backbone, with_picture_entrance
from vision.detectors.classifier import MODEL_FILE, REFERENCE_FILE
from vision.detectors.pictures import Picture
from vision.detectors.step_facts import StepFacts
from vision.training.features import Cells
from vision.training.head import Head


def build_network(head: Head, cells: Cells, facts: StepFacts) -> ov.Model:
    """u8 picture → "logits" of 1 × labels, the facts in rt_info."""
    backbone = build_backbone(cells.size)
    flat = op.constant(np.array([1, -1]))
    pieces = []
    for stride in sorted(cells.by_stride):
        side = cells.size // stride
        rows = op.reshape(backbone.maps[stride], op.constant(np.array([1, CHANNELS[stride], side * side])), special_zero=False)
        chosen = op.gather(rows, op.constant(cells.by_stride[stride].astype(np.int64)), op.constant(np.array(2)))
        pieces.append(op.reshape(chosen, flat, special_zero=False))
    features = op.concat(pieces, 1)
    logits = op.add(op.matmul(features, op.constant(head.matrix), False, False), op.constant(head.bias[None]))
    model = with_picture_entrance({"logits": logits}, backbone.entrance, cells.size)
    facts.write(model)
    return model


def write_step(folder: Path, model: ov.Model, reference: Picture) -> None:
    """model.xml and model.bin (half precision numbers, a third of a second of loading saved) and reference.png. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        ov.save_model(model, folder / MODEL_FILE, compress_to_fp16=True)
    except RuntimeError as error:
        raise OSError(f"{folder / MODEL_FILE} could not be written.") from error
    if not cv2.imwrite(str(folder / REFERENCE_FILE), reference):
        raise OSError(f"{folder / REFERENCE_FILE} could not be written.")
