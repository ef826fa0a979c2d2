"""Messages keep their fields on the way."""

import msgpack
import pytest

from storage.messages import Answer, Command, Picture, Prediction, PushedFrame, SourceState
from storage.packing import Message, pack, unpack

MESSAGES: list[Message] = [
    Prediction("s", 1, 1_748_339_400_000_000_000, "a", 2, 3, "l1", 0.9, {"l1": 0.9, "wrong": 0.1}, 0.2, roi=(0.1, 0.2, 0.3, 0.4)),
    Prediction("s", 1, 2, "a", 2, 3, "previous", 0.5),
    Picture("s", 1, 2, 960, 540, b"\xff\xd8\x00"),
    SourceState("s", "lost", 5, "no route", 14.9, None, 3),
    PushedFrame("s", 7, 8, b"\xff\xd8"),
    Command("id", "org", "train", {"list": [1, [2]], "map": {"x": None}}, 9),
    Answer("id", False, {}, "late", "too late"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_a_message_is_the_same_on_the_other_side(message: Message) -> None:
    assert unpack(type(message), pack(message)) == message


def test_fields_that_a_newer_sender_appends_are_passed_over() -> None:
    assert unpack(PushedFrame, msgpack.packb(["s", 7, 8, b"x", "newer"])) == PushedFrame("s", 7, 8, b"x")


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x01", b"\x80", msgpack.packb(["s"]), b"x" * 100, msgpack.packb(None)])
def test_what_is_no_message_is_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError, match="no PushedFrame"):
        unpack(PushedFrame, payload)
