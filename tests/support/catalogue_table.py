"""What a good and a bad request of every operation of the catalogue look like, and which read shows what a good one changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.catalogue import Catalogue
from tests.support.operators import PASSWORD

LONG = "x" * 5_000
BIG = {"blob": "x" * 17_000}


@dataclass(frozen=True)
class Ask:
    """What differs from request to request; `path` replaces places of the address."""

    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)


def _nothing(_: Catalogue) -> Ask:
    return Ask()


@dataclass(frozen=True)
class Row:
    """`good` and `bad` make requests on a catalogue; `bad` says with which status each is refused.

    `like` is the operation whose body names the fields that a good answer shows (of each item, where it is a list; under `inside`, where
    the list stands in an object). `shown_by` is the read that shows what a writing operation did: itself = a second time is 404; None = it
    writes nothing. `elsewhere` is what another organisation is answered: 404, or an empty list.
    """

    good: Callable[[Catalogue], Ask] = _nothing
    like: int | None = None
    keys: frozenset[str] = frozenset()
    inside: str = ""
    shown_by: int | None = None
    elsewhere: int = 404
    bad: Callable[[Catalogue], list[tuple[Ask, int]]] = lambda _: []


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _body(**body: Any) -> Callable[[Catalogue], Ask]:
    return lambda _: Ask(body)


def _refused(*bodies: Any, status: int = 422) -> list[tuple[Ask, int]]:
    return [(Ask(body), status) for body in bodies]


def _unknown(**path: str) -> list[tuple[Ask, int]]:
    return [(Ask(path=path), 404)]


def _operator(c: Catalogue, **changes: Any) -> Ask:
    """The whole operator, of which the operation heeds its part."""
    return Ask({"id": c.ids["operator_id"], "first_name": "Ada", "last_name": "Muster", "num_records": 3, "has_password": False} | changes)


NO_STEP = [*_unknown(step_id="999999"), *_unknown(step_id="9" * 400), *_unknown(step_id="one")]
NO_ASSEMBLY = [*_unknown(assembly_id="00000000-0000-4000-8000-000000000000"), *_unknown(assembly_id="x" * 3000)]
NO_RECORD = [*_unknown(record_id="nobody", assembly_record_id="nobody"), *_unknown(operator_id="2"), *_unknown(operator_id="x")]
WINDOWS = [(Ask(query=query), 422) for query in ({"from": "noon"}, {"status": "tired"}, {"from": "2026-01-02", "to": "2026-01-01"})]
PAGES = [(Ask(query={"page": page}), 422) for page in (0, "x", 10**12)]
RECORD = _keys("id assembly_id operator_id status started_at finished_at seconds benchmark first_pass interrupted retries")

TABLE: dict[int, Row] = {
    # --- Settings
    8: Row(_body(release_control_enabled=True), shown_by=50, bad=lambda _: _refused({}, {"release_control_enabled": "perhaps"})),
    9: Row(_body(unit="Nm", wrenches={"w1": 4}), shown_by=10, bad=lambda _: _refused(BIG)),
    10: Row(),
    # --- Assembly revisions
    43: Row(like=46, keys=_keys("id")),
    44: Row(_body(name="Motor"), like=46, keys=_keys("id"), shown_by=43, bad=lambda _: _refused({"name": LONG})),
    45: Row(like=46, keys=_keys("id"), bad=lambda _: _unknown(revision_id="nobody")),
    46: Row(
        _body(name="Gearbox", description="All covers"),
        like=46,
        keys=_keys("id"),
        shown_by=45,
        elsewhere=200,
        bad=lambda c: _refused({"name": LONG}, {"active_revision": c.ids["taught"]}, {"active_revision": "nobody"}),
    ),
    47: Row(like=54, bad=lambda _: [*_unknown(rev_number="9"), *_unknown(rev_number="first"), *_unknown(rev_number="9" * 400)]),
    48: Row(
        lambda c: Ask({"assembly_id": {"id": c.ids["second"]}}),
        shown_by=45,
        bad=lambda c: [*_refused({}, {"assembly_id": 7}, {"assembly_id": c.ids["taught"]}), *_unknown(revision_id="nobody")],
    ),
    49: Row(like=54, bad=lambda _: _unknown(revision_id="nobody")),
    50: Row(like=54),
    # --- Assemblies
    51: Row(like=54),
    52: Row(
        _body(name="Lid", revision_id={"id": "lids"}, options={"colour": "red"}),
        like=54,
        shown_by=51,
        bad=lambda _: [
            *_refused({"name": LONG}, {"options": BIG}, {"revision": "two"}),
            (Ask({"name": "Twin", "revision_id": "rev", "revision": 1}), 409),
        ],
    ),
    53: Row(like=54, bad=lambda _: NO_ASSEMBLY),
    54: Row(
        _body(notes="Mind the two seals", published=True),
        like=54,
        shown_by=53,
        elsewhere=200,
        bad=lambda c: [
            *_refused({"name": LONG}, {"options": BIG}, {"published": "perhaps"}, {"id": {"id": c.ids["second"]}}),
        ],
    ),
    55: Row(lambda c: Ask(path={"assembly_id": c.ids["second"]}), shown_by=53, bad=lambda _: NO_ASSEMBLY),
    56: Row(
        _body(active=True),
        shown_by=53,
        bad=lambda c: [*_refused({"active": "perhaps"}), (Ask({"active": False}, path={"assembly_id": c.ids["taught"]}), 409)],
    ),
    57: Row(shown_by=53, bad=lambda _: NO_ASSEMBLY),
    58: Row(keys=_keys("name type value options"), bad=lambda _: NO_ASSEMBLY),
    59: Row(bad=lambda _: NO_ASSEMBLY),
    60: Row(bad=lambda _: NO_ASSEMBLY),
    61: Row(bad=lambda _: NO_ASSEMBLY),
    62: Row(bad=lambda _: NO_ASSEMBLY),
    63: Row(like=66, bad=lambda _: NO_ASSEMBLY),
    64: Row(
        _body(name="Close", benchmark=12.5),
        shown_by=63,
        bad=lambda _: [*NO_ASSEMBLY, *_refused({"name": LONG}, {"minimum_predict": 2}, {"benchmark": -1}, {"roi_zoom": "all of it"})],
    ),
    65: Row(like=66, bad=lambda _: NO_STEP),
    66: Row(
        _body(name="Scan the plate", minimum_predict=0.8),
        shown_by=65,
        bad=lambda c: [
            *NO_STEP,
            *_refused({"name": LONG}, {"minimum_predict": -0.1}, {"options": BIG}),
            # A step cannot go before the one that captures what it verifies.
            (Ask({"next_step_id": c.ids["step_id"]}, path={"step_id": c.ids["verifying"]}), 409),
        ],
    ),
    67: Row(
        lambda c: Ask(path={"step_id": c.ids["spare"]}),
        shown_by=65,
        bad=lambda c: [*NO_STEP, (Ask(path={"step_id": c.ids["step_id"]}), 409)],
    ),
    68: Row(shown_by=65, bad=lambda _: [*_unknown(step_num="99"), *_unknown(step_num="2"), *_unknown(step_num="one")]),
    69: Row(like=70, bad=lambda _: NO_ASSEMBLY),
    70: Row(
        _body(lighting_aug=0.5, color_aug=1.5),
        like=70,
        shown_by=69,
        bad=lambda c: [*NO_ASSEMBLY, *_refused({"lighting_aug": 9}, {"color_aug": "much"}, {"assembly_id": {"id": c.ids["second"]}})],
    ),
    71: Row(bad=lambda _: NO_RECORD),
    72: Row(
        lambda _: Ask(query={"variable": "serial"}),
        keys=_keys("in_use assemblies"),
        elsewhere=200,
        bad=lambda _: [(Ask(), 422), (Ask(query={"variable": LONG}), 422), (Ask(query={"variable": ""}), 422)],
    ),
    73: Row(
        lambda _: Ask(query={"variable": "lot"}),
        shown_by=73,
        bad=lambda _: [(Ask(), 422), (Ask(query={"variable": "serial"}), 409), (Ask(query={"variable": "nobody"}), 404)],
    ),
    74: Row(
        _body(current_name="serial", new_name="serial number"),
        shown_by=72,
        bad=lambda _: [
            *_refused({}, {"current_name": "serial"}, {"current_name": "serial", "new_name": LONG}, {"current_name": "a", "new_name": ""}),
            (Ask({"current_name": "serial", "new_name": "batch"}), 409),
            (Ask({"current_name": "nobody", "new_name": "somebody"}), 404),
        ],
    ),
    75: Row(bad=lambda c: [*NO_ASSEMBLY, (Ask(path={"assembly_id": c.ids["second"]}), 404)]),
    76: Row(shown_by=77, bad=lambda c: [*NO_ASSEMBLY, (Ask(path={"assembly_id": c.ids["second"]}), 409)]),
    77: Row(bad=lambda _: NO_ASSEMBLY),
    78: Row(shown_by=77, bad=lambda _: [*NO_ASSEMBLY, (Ask(), 409)]),
    # --- Steps
    79: Row(keys=_keys("name type value options"), bad=lambda _: NO_STEP),
    80: Row(
        lambda c: Ask(path={"step_id": c.ids["capturing"]}),
        shown_by=79,
        bad=lambda c: [*NO_STEP, (Ask(path={"step_id": c.ids["step_id"]}), 409)],
    ),
    81: Row(like=85, inside="step_data", bad=lambda _: NO_STEP),
    82: Row(
        _body(data_type="torque", units="Nm", tolerance=0.5),
        shown_by=81,
        bad=lambda _: [*NO_STEP, *_refused({"data_type": "magic"}, {"tolerance": -1}, {"torque_data": BIG}, {"step_data_info": [7]})],
    ),
    83: Row(like=86, bad=lambda _: [*NO_STEP, *_unknown(step_data_id="999999"), *_unknown(step_data_id="one")]),
    84: Row(_body(name="lines", value="2"), shown_by=83, bad=lambda _: [*NO_STEP, *_refused({"value": LONG}, {"options": BIG})]),
    85: Row(
        _body(name="Plate"),
        shown_by=81,
        bad=lambda _: [*NO_STEP, *_refused({"data_type": "magic"}), (Ask({"ocr_capture_variable_info": []}), 409)],
    ),
    # Under a new id it needs to know of which data: another organisation's ids are new ids.
    86: Row(
        _body(value="OCR-A"),
        shown_by=83,
        elsewhere=422,
        bad=lambda c: [
            (Ask(path={"step_data_info_id": "999999"}), 422),
            (Ask({"step_data_id": "999999"}, path={"step_data_info_id": "999999"}), 404),
            (Ask({"step_data_id": c.ids["verifying_data"]}), 409),
            *_refused({"link": LONG}),
        ],
    ),
    87: Row(shown_by=83, bad=lambda _: [*_unknown(step_data_info_id="999999"), *_unknown(step_data_info_id="one")]),
    # --- Assembly records
    88: Row(bad=lambda _: NO_RECORD),
    89: Row(bad=lambda _: WINDOWS),
    90: Row(keys=RECORD, bad=lambda _: [*WINDOWS, *PAGES]),
    91: Row(keys=RECORD | {"step_results"}, bad=lambda _: _unknown(record_id="nobody")),
    92: Row(shown_by=93, bad=lambda _: _unknown(assembly_record_id="nobody")),
    93: Row(bad=lambda _: _unknown(assembly_record_id="nobody")),
    94: Row(keys=RECORD | {"step_results"}, bad=lambda _: [(Ask(path={"limit": limit}), 422) for limit in ("x", "-1", "9" * 400)]),
    95: Row(keys=RECORD | {"step_results"}, bad=lambda _: [(Ask(path={"limit": limit}), 422) for limit in ("x", "1.5")]),
    96: Row(keys=_keys("step_id status started_at finished_at seconds label"), bad=lambda _: [*NO_RECORD, *NO_STEP]),
    # --- Operators
    97: Row(like=98, inside="operators"),
    98: Row(
        _body(first_name="Cleo", last_name="Young", password=PASSWORD),
        shown_by=97,
        bad=lambda _: [
            *_refused(
                {}, {"first_name": ""}, {"first_name": LONG}, {"first_name": "D", "role": "king"}, {"first_name": "D", "password": "1"}
            ),
            *_refused({"first_name": "ada", "last_name": "muster"}, {"first_name": "D", "rfid": "badge-2"}, status=409),
        ],
    ),
    99: Row(like=98, inside="operators"),
    100: Row(
        lambda c: _operator(c, active=False),
        shown_by=99,
        bad=lambda c: [(_operator(c), 422), (_operator(c, active="perhaps"), 422), (_operator(c, id="999", active=True), 404)],
    ),
    101: Row(
        _body(first_name="Ada", last_name="Muster"),
        bad=lambda _: [*_refused({}, {"first_name": 7}), *_refused({"first_name": "Nobody"}, status=404)],
    ),
    102: Row(like=98, bad=lambda _: [*_unknown(operator_id="999"), *_unknown(operator_id="x"), *_unknown(operator_id="9" * 400)]),
    103: Row(
        lambda c: _operator(c, role="supervisor"),
        shown_by=102,
        bad=lambda c: [(_operator(c), 422), (_operator(c, role="king"), 422), (_operator(c, id=999, role="admin"), 404)],
    ),
    104: Row(
        lambda c: _operator(c, last_name="Meister"),
        shown_by=102,
        bad=lambda c: [
            (_operator(c, first_name=""), 422),
            (_operator(c, first_name=None), 422),
            (_operator(c, first_name="Ben"), 409),
            (_operator(c, id="999"), 404),
        ],
    ),
    105: Row(
        lambda c: _operator(c, password=PASSWORD),
        shown_by=102,
        bad=lambda c: [(_operator(c), 422), (_operator(c, password="1234567890"), 422), (_operator(c, id="999", password=PASSWORD), 404)],
    ),
    106: Row(
        _body(rfid="BADGE-1"),
        like=98,
        keys=_keys("token"),
        elsewhere=401,
        bad=lambda _: [*_refused({}, {"rfid": 7}), *_refused({"rfid": "nobody's"}, status=401)],
    ),
    107: Row(
        lambda c: Ask({"id": c.ids["operator_id"], "rfid": "BADGE-7"}),
        shown_by=102,
        bad=lambda c: [(_operator(c), 422), (_operator(c, rfid="BADGE-2"), 409), (_operator(c, id="999", rfid="B"), 404)],
    ),
    108: Row(_body(password=PASSWORD), elsewhere=200, bad=lambda _: _refused({}, {"password": "short"}, {"password": "1234567890"})),
    109: Row(
        _body(first_name="Ben", last_name="Muster", password=PASSWORD),
        elsewhere=401,
        bad=lambda _: [
            *_refused({}, {"first_name": "Ben"}),
            (Ask({"first_name": "Ben", "last_name": "Muster", "password": "wrong"}), 401),
            (Ask({"first_name": "Nobody", "password": PASSWORD}), 401),
        ],
    ),
    110: Row(_body(password=PASSWORD), elsewhere=200, bad=lambda _: _refused({}, {"password": 7}, {"password": LONG})),
    111: Row(keys=_keys("records"), bad=lambda _: _unknown(operator_id="999")),
    112: Row(bad=lambda _: NO_RECORD),
    113: Row(bad=lambda _: [*NO_RECORD, *NO_STEP]),
    114: Row(keys=RECORD, inside="records", bad=lambda _: [*WINDOWS, *PAGES, *_unknown(operator_id="999")]),
    115: Row(keys=RECORD | {"step_results"}, inside="records", bad=lambda _: [*WINDOWS, *PAGES, *_unknown(operator_id="999")]),
}
