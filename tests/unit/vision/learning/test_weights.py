"""The pinned network is read as it was published, and nothing else is."""

import pickle
from io import BytesIO

import cv2
import numpy as np
import openvino as ov
import openvino.opset13 as op
import pytest

from clients.demo.photographs import photograph
from tests.support.scenes import PRACTICE
from vision.detectors import backbone, weights
from vision.detectors.backbone import build_backbone, with_picture_entrance
from vision.training.features import Cells, see


def test_the_checkpoint_has_the_published_shapes() -> None:
    read = weights.load_weights()
    assert len(read) == 296
    assert read["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert read["_blocks.10._project_conv.weight"].shape == (112, 672, 1, 1)
    assert read["_fc.weight"].shape == (1000, 1280)
    assert sum(value.size for key, value in read.items() if key.endswith(("weight", "bias"))) == 4_652_008


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SHA256", "0" * 64)
    weights.load_weights.cache_clear()
    with pytest.raises(weights.WeightsUnreadable, match="not the pinned file"):
        weights.load_weights()
    weights.load_weights.cache_clear()


@pytest.mark.parametrize("harm", [pickle.dumps(print), b"cos\nsystem\n(S'true'\ntR."])
def test_a_checkpoint_that_asks_for_a_function_is_refused(harm: bytes) -> None:
    with pytest.raises(weights.WeightsUnreadable, match="does not need"):
        weights.read_checkpoint(BytesIO(harm))


def test_a_file_of_another_format_is_refused() -> None:
    with pytest.raises(weights.WeightsUnreadable, match="expected format"):
        weights.read_checkpoint(BytesIO(pickle.dumps(1) + pickle.dumps(2)))


@pytest.mark.parametrize(("photo", "classes"), [("coffee.png", {967, 968}), ("chelsea.png", {281, 282, 285}), ("rocket.jpg", {657, 812})])
def test_the_whole_network_names_what_photographs_show(photo: str, classes: set[int]) -> None:
    entrance = op.parameter([1, 3, 224, 224], np.float32)
    x = backbone.trunk(entrance, [*backbone._STAGES, (192, 4, 2), (320, 1, 1)])[-1]
    read = weights.load_weights()
    x = op.clamp(backbone._convolution(x, read, "_conv_head.weight", "_bn1"), 0.0, 6.0)
    pooled = op.reduce_mean(x, op.constant(np.array([2, 3])), keep_dims=False)
    scores = op.add(op.matmul(pooled, op.constant(read["_fc.weight"]), False, True), op.constant(read["_fc.bias"][None]))
    model = with_picture_entrance({"scores": scores}, entrance, 224)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    picture = photograph(photo)
    side = min(picture.shape[:2])
    top, left = ((extent - side) // 2 for extent in picture.shape[:2])
    middle = cv2.resize(picture[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)
    assert int(compiled(middle[None])["scores"].argmax()) in classes


def test_the_maps_have_cells_of_length_one_and_the_size_of_their_stride() -> None:
    built = build_backbone(112)
    model = with_picture_entrance({f"map{stride}": node for stride, node in built.maps.items()}, built.entrance, 112)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    picture = PRACTICE["tissue"].render("correct", 3)[:112, :112]
    found = compiled(picture[None])
    assert found["map8"].shape == (1, 40, 14, 14)
    assert found["map16"].shape == (1, 112, 7, 7)
    assert np.linalg.norm(found["map16"], axis=1) == pytest.approx(1.0, abs=1e-3)


def test_features_tell_pictures_apart_and_keep_their_order() -> None:
    pictures = [PRACTICE[name].render("start", 3)[100:212, 100:212].copy() for name in ("tissue", "lawn", "cat")] * 3
    cells = Cells(112, {8: np.arange(10), 16: np.arange(4)})
    features = see(pictures, cells, 2, lambda _: None)
    assert features.shape == (9, 10 * 40 + 4 * 112)
    assert np.array_equal(features[:3], features[6:])
    assert np.linalg.norm(features[0] - features[1]) > 1
