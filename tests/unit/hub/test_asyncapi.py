"""The document of the sockets has every message that they send and take, field by field."""

from typing import Any

from hub.asyncapi import asyncapi_of
from hub.protocol import live
from hub.protocol.coaching_message import CoachedStep, CoachingMessage, CoachingStatus, OcrEntry, PredictionLabel, resumed
from hub.protocol.pictures import PictureMessage


def fields(channel: str, message: str) -> dict[str, Any]:
    """Documented fields of a message."""
    described: dict[str, Any] = asyncapi_of()["channels"][channel]["messages"][message]["payload"]["properties"]
    return described


def test_a_coaching_message_is_documented_field_by_field() -> None:
    step = CoachedStep("1", "", "2", 0, "ACTIVE", 0.9, 5.0)
    label = PredictionLabel("step-1", "good", "step-1_good")
    whole = CoachingMessage(
        CoachingStatus.PREDICTION, "r", "a", "s", 1, 5.0, step, label, "m", "f", "e", (OcrEntry("t", "s"),), 1, 1, "e", "o"
    )
    described = fields("coach", "coachingMessage")["msg"]["properties"]
    assert described.keys() == whole.as_map().keys()
    # The last two are added to predictions alone.
    assert described["step"]["properties"].keys() == step.as_map().keys() | {"evidence", "view"}


def test_the_answer_to_resume_is_documented() -> None:
    said = resumed(1, recovered=False, snapshot={})
    assert fields("coach", "resumed").keys() == said.keys()
    assert fields("coach", "resumed")["msg"]["properties"].keys() == said["msg"].keys()


def test_a_picture_is_documented() -> None:
    assert fields("live", "picture").keys() == PictureMessage("frames:s", 1, 1, 1, 1, b"").head().keys()


def test_every_socket_pings_and_hears_pongs() -> None:
    for channel in asyncapi_of()["channels"]:
        assert fields(channel, "ping").keys() == live.ping(1).keys()
        assert fields(channel, "pong").keys() == {"pong"}
        assert fields(channel, "expires").keys() == {"expires_in"}
