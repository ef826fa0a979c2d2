"""The wire language: what is read, what is written, what is refused."""

import contextlib
from typing import Any

import msgpack
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BadMessage, Conflict, Invalid, NotAuthenticated
from hub.protocol import coaching, coaching_message, live
from hub.protocol.authentication import token_of
from hub.protocol.close_codes import CloseCode, may_reconnect
from hub.protocol.coaching_message import CoachedStep, CoachingMessage, CoachingStatus, PredictionLabel
from hub.protocol.codec import JSON, MSGPACK, PLAIN, choose, decode
from hub.protocol.frames import build
from hub.protocol.pictures import PictureMessage, from_json_client_bytes, to_json_client, to_msgpack_client

START = {"assembly_id": "a", "operator_id": "o"}


def test_only_an_offered_subprotocol_is_chosen() -> None:
    assert choose([]) is PLAIN
    assert choose(["mqtt"]) is PLAIN
    assert choose(["mqtt", "takt.v1.msgpack", "takt.v1.json"]) is MSGPACK


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=4), max_leaves=12
    )
)
def test_both_codecs_give_back_what_they_were_given(value: Any) -> None:
    message = {"value": value}
    assert decode(JSON.encode(message).decode()) == message
    assert decode(MSGPACK.encode(message)) == message


@given(st.binary(max_size=64) | st.text(max_size=64))
def test_no_message_breaks_the_decoder(data: str | bytes) -> None:
    with contextlib.suppress(BadMessage):
        decode(data)


def test_deep_nesting_is_refused_in_both_codecs() -> None:
    for data in ("[" * 40 + "]" * 40, bytes([0x91]) * 40 + b"\xc0"):
        with pytest.raises(BadMessage, match="nested"):
            decode(data)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_says_its_length(size: int) -> None:
    frame = build(b"x" * size, binary=True)
    assert frame.wire[0] == 0x82
    head = len(frame.wire) - size
    assert head == (2 if size < 126 else 4 if size < 65_536 else 10)
    length = frame.wire[1] if size < 126 else int.from_bytes(frame.wire[2:head])
    assert length == size


@pytest.mark.parametrize(
    "message", [{"start": START, "interrupt": {"assembly_record_id": "r"}}, {}, {"id": 1}, [], "start", {"start": None}]
)
def test_start_and_interrupt_come_one_at_a_time(message: Any) -> None:
    with pytest.raises(BadMessage):
        coaching.parse(message)


def test_a_start_is_read_with_all_its_fields_and_others_are_ignored() -> None:
    options = {"alignment_mode": "manual", "use_alignment_ai": True, "new": 1}
    request = coaching.parse({"id": "x", "start": {**START, "step_progression_delay": 0.5, "system_options": options, "new": 1}})
    assert request.id == "x"
    assert request.start is not None
    assert request.start.step_progression_delay == 0.5
    assert request.start.system_options is not None
    assert request.start.system_options.alignment_mode == "manual"
    assert request.start.auto_coach_enabled is None


@pytest.mark.parametrize(
    ("start", "field"),
    [
        ({"operator_id": "o"}, "start.assembly_id"),
        ({**START, "auto_coach_enabled": "yes"}, "start.auto_coach_enabled"),
        ({**START, "prediction_smoothing_default": float("nan")}, "start.prediction_smoothing_default"),
        ({**START, "system_options": {"alignment_mode": "sideways"}}, "start.system_options.alignment_mode"),
    ],
)
def test_a_start_that_does_not_fit_names_its_field(start: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        coaching.parse({"start": start})
    assert refused.value.field == field


def test_an_interrupt_pauses_unless_it_says_otherwise() -> None:
    request = coaching.parse({"interrupt": {"assembly_record_id": "r"}})
    assert request.interrupt is not None
    assert request.interrupt.interrupt_type == "PAUSE"
    with pytest.raises(Invalid):
        coaching.parse({"interrupt": {"assembly_record_id": "r", "interrupt_type": "STOP"}})


def test_a_coaching_message_has_the_sources_fields() -> None:
    step = CoachedStep("7", "", "8", 1_700_000_000_123, "ACTIVE", 0.9, 12.0)
    message = CoachingMessage(
        CoachingStatus.STEP_ADVANCE, "r", "a", "s", 1_700_000_000_456, 30.0, step, PredictionLabel("step-3", "good", "step-3_good")
    )
    said = coaching_message.encode(message.at("e", "5-0"), 4)
    assert (said["id"], said["status"], said["msg"]["status"]) == (4, "ok", "STEP_ADVANCE")
    assert said["msg"]["created_at"] == {"seconds": "1700000000", "nanos": 456_000_000}
    assert said["msg"]["step"]["started_at"] == {"seconds": "1700000000", "nanos": 123_000_000}
    assert (said["msg"]["epoch"], said["msg"]["offset"]) == ("e", "5-0")
    assert "frame_no" not in said["msg"]
    refused = coaching_message.error(Conflict("busy", code="station_busy"), 5, assembly_record_id="r")
    assert (refused["status"], refused["msg"]["error"], refused["msg"]["assembly_record_id"]) == ("error", "station_busy", "r")


def test_a_subscription_may_name_where_it_was() -> None:
    request = live.parse({"id": 1, "subscribe": {"channel": "timeline:*", "since": {"epoch": "e", "offset": "1-2"}}})
    assert request.subscribe is not None
    assert request.subscribe.since is not None
    for wrong in ({"epoch": "e", "offset": "later"}, {"offset": "1-2"}):
        with pytest.raises(Invalid):
            live.parse({"subscribe": {"channel": "timeline:*", "since": wrong}})


@pytest.mark.parametrize("first", ["{}", "[1]", '{"auth": {}}', '{"auth": {"token": 5}}', b"\xc0", '{"auth": {"token": ""}}'])
def test_a_first_message_without_a_token_is_not_let_in(first: str | bytes) -> None:
    with pytest.raises(NotAuthenticated):
        token_of(first)


def test_a_token_comes_as_a_message_of_either_codec_or_as_it_is() -> None:
    assert token_of(" takt_ro_x\n") == "takt_ro_x"
    assert token_of('{"auth": {"token": "t"}}') == "t"
    assert token_of(msgpack.packb({"auth": {"token": "t"}})) == "t"


def test_a_picture_travels_in_both_codecs() -> None:
    picture = PictureMessage("frames:S1", 7, 123, 480, 270, b"\xff\xd8")
    assert from_json_client_bytes(to_json_client(picture)) == picture
    said = msgpack.unpackb(to_msgpack_client(picture))
    assert said["channel"] == "frames:S1"
    assert said["latest"] == {
        "channel": "frames:S1",
        "frame_no": 7,
        "captured_at_ns": 123,
        "width": 480,
        "height": 270,
        "jpeg": b"\xff\xd8",
    }
    for broken in (b"", b"\x00\x00\x00\x02{}", orjson.dumps({})):
        with pytest.raises(BadMessage):
            from_json_client_bytes(broken)


def test_the_close_code_says_whether_to_come_back() -> None:
    assert [code for code in CloseCode if not may_reconnect(code)] == [
        CloseCode.TOO_BIG,
        CloseCode.BAD_MESSAGE,
        CloseCode.NOT_AUTHENTICATED,
        CloseCode.NOT_ALLOWED,
        CloseCode.CONFLICT,
    ]
    assert may_reconnect(1006)
