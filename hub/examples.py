"""An example for every body and answer of the documents, made from its schema: values go with a field's name, else its kind."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_UUID = "57618016-cd00-4fc8-85f5-e4b26304c6ba"
_OTHER_UUID = "796f3b09-b3a1-4410-8d1a-c8ba38c0f751"
_RECTANGLE = "0.1,0.1,0.5,0.4"
# The same thing has the same name everywhere. The first value that a field's schema allows is taken.
_TEXTS: dict[str, tuple[str, ...]] = {
    "id": (_UUID, "evt_1rrzuLDAuQxQ", "1"),
    "event_id": ("evt_1rrzuLDAuQxQ",),
    "assembly_id": (_UUID,),
    "assembly_record_id": (_OTHER_UUID,),
    "revision_id": ("f73ba137-3f7d-4bd0-b503-4abcd926c9ee",),
    "step_id": ("1",),
    "operator_id": ("1",),
    "operator_name": ("Anna Nowak",),
    "first_name": ("Anna",),
    "last_name": ("Nowak",),
    "full_name": ("Anna Nowak",),
    "email": ("anna@example.com",),
    "user_email": ("anna@example.com",),
    "password": ("Kohlrabi-77-werk",),
    "organisation": ("default",),
    "tenant_id": ("default",),
    "assembly_name": ("Motorcycle kit",),
    "name": ("Motorcycle kit", "bench-1"),
    "description": ("Four parts on the bench",),
    "station_id": ("bench-1",),
    "step_camera_name": ("bench-1",),
    "camera": ("rtsp://10.0.0.12/stream1",),
    "machine_foreign_id": ("PRESS-4",),
    "machine_foreign_ids": ("PRESS-4",),
    "machine_identifier": ("PRESS-4",),
    "machine_name": ("Press 4",),
    "machine_display_name": ("Press 4",),
    "display_name": ("Press 4",),
    "line_name": ("Line 1",),
    "label": ("PART123",),
    "idempotency_key": ("plc-7/10422",),
    "reason": ("Waiting for parts",),
    "notes": ("Seen by the night shift",),
    "status": ("ok",),
    "state": ("ok",),
    "step_description": ("Lay the engine block in the middle of the bench, cover to the left.",),
    "time_zone": ("Europe/Prague",),
    "token_type": ("bearer",),
    "unit": ("seconds",),
    "seconds": ("1795259655",),
    "start": ("06:00", "2026-11-21T08:00:00Z"),
    "end": ("14:00", "2026-11-21T09:00:00Z"),
    "from": ("2026-11-21T08:00:00Z",),
    "to": ("2026-11-21T09:00:00Z",),
    "roi_zoom": (_RECTANGLE,),
    "step_roi_zoom": (_RECTANGLE,),
    "overlay_rectangles": (_RECTANGLE,),
}
_NUMBERS: dict[str, float] = {
    "nanos": 804_000_000,
    "confidence": 0.97,
    "step_index": 1,
    "step_benchmark": 8.0,
    "benchmark": 8.0,
    "step_minimum_predict": 0.6,
    "minimum_predict": 0.6,
    "duration_seconds": 30,
    "downtime_seconds": 42.0,
}
_TIME = "2026-11-21T08:00:00Z"
_BY_FORMAT = {"date-time": _TIME, "date": "2026-11-21", "uuid": _UUID, "email": "anna@example.com", "uri": "https://erp.example.com/takt"}
_ANY_TEXT = "text"


class Examples:
    """Makes examples; `components` are the document's named schemas."""

    def __init__(self, components: Schema) -> None:
        self._components = components

    def of(self, schema: Schema, *, whole: bool) -> Any:
        """A value that the schema allows. `whole` = with every field, as an answer has; else with those that are needed or well known."""
        return self._of(schema, "", whole, ())

    def _of(self, schema: Schema, name: str, whole: bool, inside: tuple[str, ...]) -> Any:
        if "$ref" in schema:
            return self._of(self._components[_named(schema)], name, whole, (*inside, _named(schema)))
        if "const" in schema:
            return schema["const"]
        for given in ("examples", "enum"):
            if schema.get(given):
                return schema[given][0]
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._of(next((kind for kind in schema[choice] if kind.get("type") != "null"), {}), name, whole, inside)
        return self._of_kind(schema, name, whole, inside)

    def _of_kind(self, schema: Schema, name: str, whole: bool, inside: tuple[str, ...]) -> Any:
        match schema.get("type", "object"):
            case "string":
                return _text(schema, name)
            case "integer" | "number":
                return _number(schema, name)
            case "boolean":
                return True
            case "array":
                return self._array(schema, name, whole, inside)
            case "object":
                return self._object(schema, whole, inside)
        return None

    def _object(self, schema: Schema, whole: bool, inside: tuple[str, ...]) -> dict[str, Any]:
        needed = schema.get("required", ())
        return {
            name: self._of(field, name, whole, inside)
            for name, field in schema.get("properties", {}).items()
            if whole or name in needed or name in _TEXTS or name in _NUMBERS
        }

    def _array(self, schema: Schema, name: str, whole: bool, inside: tuple[str, ...]) -> list[Any]:
        if "prefixItems" in schema:
            return [self._of(item, name, whole, inside) for item in schema["prefixItems"]]
        # A tree ends where it would begin anew.
        if "items" not in schema or _named(schema["items"]) in inside:
            return []
        return [self._of(schema["items"], name, whole, inside)] * max(1, schema.get("minItems", 1))


def _named(schema: Schema) -> str:
    """Name of the schema that is referred to, "" for one that stands there itself."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _text(schema: Schema, name: str) -> str:
    given = _BY_FORMAT.get(schema.get("format", ""))
    if given is not None:
        return given
    shortest = schema.get("minLength", 0)
    stands_for_itself = _TIME if name.endswith("_at") else name.removesuffix("_id") or _ANY_TEXT
    for value in (*_TEXTS.get(name, ()), stands_for_itself, _ANY_TEXT.ljust(shortest, "x")):
        if shortest <= len(value) <= schema.get("maxLength", len(value)) and re.search(schema.get("pattern", ""), value):
            return value
    return ""


def _number(schema: Schema, name: str) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    value = min(max(_NUMBERS.get(name, 1), least), schema.get("maximum", schema.get("exclusiveMaximum", float("inf"))))
    return int(value) if schema["type"] == "integer" else value
