"""The three websockets as AsyncAPI 3, made from the models that parse them and the commands that are declared."""

from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel

from hub.operation import REGISTRY
from hub.protocol.authentication import AuthRequest
from hub.protocol.coaching import InterruptRequest, ResumeRequest, StartRequest
from hub.protocol.coaching_message import CoachingStatus
from hub.protocol.live import SubscribeRequest, UnsubscribeRequest
from hub.protocol.pushed_frames import PushedFrameMessage
from hub.version import VERSION
from storage.entities.detected_downtime import DowntimeFact

_ID = {"type": ["string", "integer"], "description": "Chosen by the client; comes back in the reply."}
_TEXT, _NUMBER, _WHOLE, _FLAG, _OBJECT = ({"type": kind} for kind in ("string", "number", "integer", "boolean", "object"))
_TIMESTAMP = {"type": "object", "properties": {"seconds": _TEXT, "nanos": _WHOLE}, "required": ["seconds", "nanos"]}
_STEP = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "previous_step_id": _TEXT,
        "next_step_id": _TEXT,
        "started_at": _TIMESTAMP,
        "status": {"enum": ["PENDING", "ACTIVE", "COMPLETE", "INCORRECT", "OCCLUDED", "SKIPPED"]},
        "confidence": _NUMBER,
        "benchmark": {"type": "number", "description": "seconds"},
        "evidence": {"type": "number", "description": "0..1, of a PREDICTION: how sure it is by now that the step is done"},
        "view": {"type": "string", "description": "of a PREDICTION: what the sentence in `message` rests on"},
    },
}
_COACHING = {
    "type": "object",
    "properties": {
        "id": _ID,
        "status": {"enum": ["ok", "error"]},
        "msg": {
            "type": "object",
            "properties": {
                "status": {"enum": [status.value for status in CoachingStatus]},
                "assembly_record_id": _TEXT,
                "assembly_id": _TEXT,
                "station_id": _TEXT,
                "created_at": _TIMESTAMP,
                "benchmark": _NUMBER,
                "step": _STEP,
                "prediction_label": {"type": "object", "properties": {"name": _TEXT, "value": _TEXT, "full": _TEXT}},
                "message": _TEXT,
                "figure": _TEXT,
                "error": _TEXT,
                "ocr_entries": {"type": "array", "items": {"type": "object"}},
                "frame_no": _WHOLE,
                "captured_at_ns": _WHOLE,
                "epoch": _TEXT,
                "offset": _TEXT,
            },
        },
    },
    "required": ["status", "msg"],
}
_DOWNTIME = {
    "type": "object",
    "description": "What happened to a downtime of a line, and the downtime as GET /api/v1/downtime answers it.",
    "properties": {
        "type": {"enum": [fact.value for fact in DowntimeFact]},
        "downtime": {
            "type": "object",
            "properties": {
                "event_id": _TEXT,
                "line_name": _TEXT,
                "roi_name": _TEXT,
                "roi_title": _TEXT,
                "roi_api_name": _TEXT,
                "detected_at": _TEXT,
                "updated_at": _TEXT,
                "ended_at": {"type": ["string", "null"]},
                "downtime_seconds": _NUMBER,
                "downtime_reason": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"label_name": _TEXT, "duration_seconds": _NUMBER}},
                },
            },
        },
    },
    "required": ["type", "downtime"],
}
_POSITION = {"channel": _TEXT, "epoch": _TEXT, "offset": _TEXT, "recovered": {"type": "boolean"}, "snapshot": {"type": "object"}}

_SOCKETS: dict[str, dict[str, Any]] = {
    "coach": {
        "address": "/coach",
        "description": "Coaches a unit at a station: one of start, interrupt and resume a message. Facts come in order, once each.",
        "in": {
            "auth": ("Signs in; first message of a browser, within 10 s.", {"auth": AuthRequest}),
            "start": ("Begins a unit.", {"start": StartRequest, "id": _ID}),
            "interrupt": ("Pauses, resumes, cancels, steps back or skips.", {"interrupt": InterruptRequest, "id": _ID}),
            "resume": ("Asks for the facts after the last one that the client has.", {"resume": ResumeRequest, "id": _ID}),
        },
        "out": {
            "coachingMessage": ("A fact, a prediction or an error.", _COACHING),
            "resumed": (
                "Answers resume: recovered true = all that was missed follows; false = the snapshot, one msg, is where to begin.",
                {"id": _ID, "status": {"const": "ok"}, "msg": {"type": "object", "properties": {"recovered": _FLAG, "snapshot": _OBJECT}}},
            ),
        },
    },
    "live": {
        "address": "/live",
        "description": "Channels of all that a screen shows: facts in order, or the latest value alone.",
        "in": {
            "auth": ("Signs in, or renews the token.", {"auth": AuthRequest}),
            "subscribe": ("Asks for a channel, from a position if one is given.", {"subscribe": SubscribeRequest, "id": _ID}),
            "unsubscribe": ("Gives a channel back.", {"unsubscribe": UnsubscribeRequest, "id": _ID}),
        },
        "out": {
            "subscribed": (
                "The channel's position; the missed facts follow.",
                {"id": _ID, "subscribed": {"type": "object", "properties": _POSITION}},
            ),
            "unsubscribed": ("The channel has ended.", {"id": _ID, "unsubscribed": {"type": "object", "properties": {"channel": _TEXT}}}),
            "fact": ("Never skipped.", {"channel": _TEXT, "offset": _TEXT, "event": {"type": "object"}}),
            "downtimeFact": ("A fact of downtime:{line}.", {"channel": _TEXT, "offset": _TEXT, "event": _DOWNTIME}),
            "latest": ("Only the newest matters.", {"channel": _TEXT, "latest": {"type": "object"}}),
            "failed": (
                "The request with this id failed.",
                {"id": _ID, "error": {"type": "object", "properties": {"code": _TEXT, "message": _TEXT}}},
            ),
            "picture": (
                "The newest of frames:{station}; as JSON in a binary message: four bytes of big-endian length, so many of this, the JPEG.",
                {"channel": _TEXT, "frame_no": _WHOLE, "captured_at_ns": _WHOLE, "width": _WHOLE, "height": _WHOLE},
            ),
        },
    },
    "stationFrames": {
        "address": "/station/{station_id}/frames",
        "description": "A station pushes its camera: binary msgpack up, credit down. One pusher a station.",
        "in": {
            "auth": ("Signs in.", {"auth": AuthRequest}),
            "frame": ("One picture; only with credit.", PushedFrameMessage),
        },
        "out": {"credit": ("So many more frames are welcome.", {"credit": _WHOLE})},
    },
}
_SIGNED_IN = {
    "auth": {"type": "object", "properties": {"role": _TEXT, "organisation": _TEXT, "expires_in": {"type": ["integer", "null"]}}},
}


def asyncapi_of() -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, socket in _SOCKETS.items():
        told = {
            **socket["out"],
            "signedIn": ("The token was accepted.", _SIGNED_IN),
            "expires": ("The token ends soon.", {"expires_in": _WHOLE}),
            "ping": ("Asks for a pong within 8 s.", {"ping": _WHOLE}),
        }
        heard = {**socket["in"], "pong": ("Answers a ping.", {"pong": _WHOLE})}
        messages = {**_messages(name, heard, schemas), **_messages(name, told, schemas)}
        channels[name] = {"address": socket["address"], "description": socket["description"], "messages": messages}
        if "{station_id}" in socket["address"]:
            channels[name]["parameters"] = {"station_id": {"description": "The station whose camera it is."}}
        operations[f"{name}.receive"] = _operation("receive", name, heard, socket["address"])
        operations[f"{name}.send"] = _operation("send", name, told, socket["address"])
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Takt sockets",
            "version": VERSION,
            "description": "Subprotocols takt.v1.json (text) and takt.v1.msgpack (binary).",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas},
    }


@cache
def asyncapi_bytes() -> bytes:
    """The document as JSON."""
    return orjson.dumps(asyncapi_of())


def _operation(action: str, channel: str, messages: dict[str, Any], address: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }
    commands = {
        o.name: {"role": o.role.value if o.role else None, "document": o.document} for o in REGISTRY.values() if o.socket == address
    }
    if action == "receive" and commands:
        described["x-takt-commands"] = commands
    return described


def _messages(channel: str, messages: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    described = {}
    for name, (summary, shape) in messages.items():
        content_type = "application/msgpack" if isinstance(shape, type) else "application/json"
        described[name] = {"summary": summary, "contentType": content_type, "payload": _payload(shape, schemas)}
    return described


def _payload(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return _reference(shape, schemas)
    if "type" in shape and isinstance(shape["type"], str):
        return dict(shape)
    properties = {name: _payload(part, schemas) if isinstance(part, type) else part for name, part in shape.items()}
    return {"type": "object", "properties": properties, "required": [name for name in shape if name != "id"]}


def _reference(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}
