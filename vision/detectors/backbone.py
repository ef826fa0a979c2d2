"""EfficientNet-Lite0 up to stride 16, as an OpenVINO graph: the part of every step's network that is not learnt here.

Source of the architecture: the EfficientNet paper (Tan and Le, 2019) and its Lite variant (no squeeze-and-excitation, ReLU6, fixed stem).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import openvino as ov
import openvino.opset13 as op
from numpy.typing import NDArray
from openvino import Node
from openvino.preprocess import ColorFormat, PrePostProcessor

from vision.detectors.weights import Weights, load_weights

_STAGES = ((16, 1, 1), (24, 2, 2), (40, 2, 2), (80, 3, 2), (112, 3, 1))
"""Channels, blocks and stride of the first stages; the rest lies beyond stride 16."""
CHANNELS = {8: 40, 16: 112}
"""Depth of the map at each stride that is read."""
_STAGE_OF = {8: 2, 16: 4}
_MEAN, _SCALE = 127.0, 128.0
_BATCH_NORM_EPSILON = 1e-3
_CELL_FLOOR = 1e-3
"""Added to a cell's length before dividing, so that an empty cell stays empty instead of blowing up noise."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """A graph's entrance and its two maps, each cell of length one: stride → node of 1 × channels × rows × columns."""

    entrance: Node
    maps: dict[int, Node]


def _convolution(x: Node, weights: Weights, kernel: str, norm: str, stride: int = 1, *, grouped: bool = False) -> Node:
    """Convolution with the batch norm folded into its kernel and bias."""
    gamma, beta, mean, variance = (
        weights[f"{norm}.{part}"].astype(np.float64) for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = gamma / np.sqrt(variance + _BATCH_NORM_EPSILON)
    folded = (weights[kernel] * factor[:, None, None, None]).astype(np.float32)
    bias = (beta - mean * factor).astype(np.float32).reshape(1, -1, 1, 1)
    if grouped:
        y = op.group_convolution(x, op.constant(folded[:, None]), [stride] * 2, [0, 0], [0, 0], [1, 1], "SAME_UPPER")
    else:
        y = op.convolution(x, op.constant(folded), [stride] * 2, [0, 0], [0, 0], [1, 1], "SAME_UPPER")
    return op.add(y, op.constant(bias))


def _block(x: Node, weights: Weights, name: str, stride: int, residual: bool) -> Node:
    """Expand, filter each channel, project; the input is added where shape allows."""
    y = x
    if f"{name}._expand_conv.weight" in weights:
        y = op.clamp(_convolution(y, weights, f"{name}._expand_conv.weight", f"{name}._bn0"), 0.0, 6.0)
    y = op.clamp(_convolution(y, weights, f"{name}._depthwise_conv.weight", f"{name}._bn1", stride, grouped=True), 0.0, 6.0)
    y = _convolution(y, weights, f"{name}._project_conv.weight", f"{name}._bn2")
    return op.add(x, y) if residual else y


def _unit_cells(x: Node) -> Node:
    length = op.sqrt(op.reduce_sum(op.multiply(x, x), op.constant(np.array([1])), keep_dims=True))
    return op.divide(x, op.add(length, op.constant(np.float32(_CELL_FLOOR))))


def trunk(entrance: Node, stages: Sequence[tuple[int, int, int]] = _STAGES) -> list[Node]:
    """The stem and the stages (channels, blocks, stride) one after the other; the output of each stage."""
    weights = load_weights()
    x = op.clamp(_convolution(entrance, weights, "_conv_stem.weight", "_bn0", 2), 0.0, 6.0)
    outputs, number = [], 0
    for _channels, blocks, stride in stages:
        for index in range(blocks):
            x = _block(x, weights, f"_blocks.{number}", stride if index == 0 else 1, residual=index > 0)
            number += 1
        outputs.append(x)
    return outputs


def build_backbone(size: int) -> Backbone:
    """The graph for float pictures of 1 × 3 × size × size, already scaled (see `with_picture_entrance`)."""
    entrance = op.parameter([1, 3, size, size], np.float32, name="picture")
    outputs = trunk(entrance)
    return Backbone(entrance, {stride: _unit_cells(outputs[_STAGE_OF[stride]]) for stride in CHANNELS})


def with_picture_entrance(outputs: dict[str, Node], entrance: Node, size: int) -> ov.Model:
    """A model that takes u8 pictures of 1 × size × size × 3 in BGR and gives the named outputs."""
    results = []
    for name, node in outputs.items():
        node.output(0).get_tensor().set_names({name})
        results.append(node)
    steps = PrePostProcessor(ov.Model(results, [entrance], "step"))
    picture = steps.input()
    picture.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    picture.tensor().set_shape([1, size, size, 3])
    picture.preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB).mean([_MEAN] * 3).scale([_SCALE] * 3)
    picture.model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def cells_under(mask: NDArray[np.uint8], size: int, stride: int, least: int) -> NDArray[np.intp]:
    """Numbers of the cells, row by row, whose mean under a size × size mask (0 or 255) is above `least`."""
    cells = cv2.resize(mask, (size // stride, size // stride), interpolation=cv2.INTER_AREA)
    return np.flatnonzero(cells.ravel() > least)
