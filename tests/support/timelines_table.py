"""What a good and a bad request of every operation of the timeline services look like, and what a good answer holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.floor import PASSWORD, Floor, device, region, shifts

LONG = "x" * 5_000


@dataclass(frozen=True)
class Ask:
    """What differs from request to request; `path` replaces places of the address."""

    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, str] | None = None
    path: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """`good` and `bad` make requests on a floor. `keys` are the fields of the answer, of each of its items where it is a list, or of
    each of its `items` where it is a page. `bad` says with which status each is refused."""

    good: Callable[[Floor], Ask]
    keys: frozenset[str] = frozenset()
    status: int = 200
    page: bool = False
    bad: Callable[[Floor], list[tuple[Ask, int]]] = lambda _: []


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


RECORD = _keys("id machine_id reason category reason_code_id started_at ended_at duration_seconds created_at updated_at")
CODE = _keys("id code name category parent_id is_active created_at updated_at")
MACHINE = _keys("id name machine_identifier protocol location line_name status is_active created_at updated_at")
EVENT = _keys("id type machine_foreign_id from to duration_seconds label")
ROI = _keys("roi_name line_name roi_title roi_api_name station_id machine_foreign_id polygon idle_after_seconds resume_after_seconds")
USER = _keys("id email full_name role is_active")
RELIABILITY = _keys("mttr_hours mtbf_hours total_failures total_repairs uptime_hours method")
STEP_EVENT = _keys(
    "id tzrange started_at ended_at eventable_type eventable_id machine_id cycle_count minimum_cycle_time median_cycle_time "
    "maximum_cycle_time total_in_cycle_time part_count time_to_first_part_count minimum_time_between_part_counts "
    "maximum_time_between_part_counts median_time_between_part_counts load_time total_part_count_time total_dead_time metadata "
    "machine_name display_name range"
)


def _nothing(_: Floor) -> Ask:
    return Ask()


def _stop(floor: Floor, **changes: Any) -> dict[str, Any]:
    return {"reason": "Unplanned bearing failure", "category": "unplanned", "started_at": floor.ago(1), **changes}


def _bad_stops(floor: Floor) -> list[tuple[Ask, int]]:
    bodies: list[Any] = [
        {},
        [],
        _stop(floor, category="lunch"),
        _stop(floor, reason=""),
        _stop(floor, reason=LONG),
        _stop(floor, started_at="yesterday"),
        _stop(floor, started_at=None),
        _stop(floor, ended_at=floor.ago(2)),
        # A moment of the year 10000 in UTC, which no answer could name.
        _stop(floor, ended_at="9999-12-31T23:59:59-12:00"),
        _stop(floor, reason_code_id="00000000-0000-4000-8000-000000000000"),
    ]
    return [(Ask(body), 400 if body == [] else 422) for body in bodies]


def _bad_edits(floor: Floor) -> list[tuple[Ask, int]]:
    beyond = {"ended_at": "9999-12-31T23:59:59-12:00"}
    bodies: list[Any] = [{"category": "lunch"}, {"ended_at": floor.ago(9)}, {"reason": ""}, {"started_at": 7}, beyond]
    return [(Ask(body), 422) for body in bodies]


def _window(floor: Floor, **more: Any) -> dict[str, Any]:
    return {"from": floor.ago(12), "to": floor.ago(-0.01), **more}


def _bad_windows(floor: Floor) -> list[tuple[Ask, int]]:
    queries: list[dict[str, Any]] = [{}, {"from": floor.ago(1)}, {"from": "x", "to": "y"}, {"from": floor.ago(1), "to": floor.ago(2)}]
    return [(Ask(query=query), 422) for query in queries]


def _event(floor: Floor, **changes: Any) -> dict[str, Any]:
    return {"type": "cycle", "machine_foreign_id": "PRESS-4", "from": floor.ago(1), "to": floor.ago(0.9), "label": "PART1", **changes}


def _bad_events(floor: Floor) -> list[tuple[Ask, int]]:
    wrong = [
        _event(floor, type="lunch"),
        _event(floor, **{"from": "noon"}),
        _event(floor, to=floor.ago(2)),
        _event(floor, label=LONG),
        _event(floor, machine_foreign_id=""),
        _event(floor, machine_foreign_id=7),
    ]
    bodies: list[Any] = [{}, *wrong, [_event(floor), wrong[0]], [_event(floor)] * 1_001]
    return [(Ask(body), 422) for body in bodies]


def _bad_regions(_: Floor) -> list[tuple[Ask, int]]:
    bodies: list[Any] = [
        {},
        {**region(), "polygon": [[0, 0], [1, 1]]},
        {**region(), "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]},
        {**region(), "polygon": [[0, 0], [2, 0], [2, 2]]},
        {**region(), "idle_after_seconds": -1},
        {**region(), "station_id": "no-such-bench"},
    ]
    return [(Ask(body), 422) for body in bodies]


def _bad_devices(_: Floor) -> list[tuple[Ask, int]]:
    bodies: list[Any] = [{}, {**device(), "heartbeat_seconds": 0}, {**device(), "time_zone": "Moon/Crater"}, {**device(), "network": 7}]
    return [*((Ask(body), 400) for body in bodies), (Ask(device(), path={"deviceId": "abc"}), 400)]


def _bad_shifts(_: Floor) -> list[tuple[Ask, int]]:
    bodies: list[Any] = [
        {},
        {**shifts(), "time_zone": "Moon/Crater"},
        {**shifts(), "weekly": [{"day": "someday", "start": "06:00", "end": "14:00"}]},
        {**shifts(), "weekly": [{"day": "mon", "start": "25:00", "end": "14:00"}]},
        {**shifts(), "machine_foreign_ids": ["NO-SUCH"]},
    ]
    return [(Ask(body), 422) for body in bodies]


def _login(floor: Floor) -> Ask:
    return Ask({"email": floor.email, "password": PASSWORD})


def _client(floor: Floor, **changes: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": floor.ids["key_id"], "client_secret": floor.ids["key"], **changes}


def _clock_on(floor: Floor, **changes: Any) -> Ask:
    return Ask({"step_event": {"machine_display_name": "Press 4", "start": floor.ago(0.2), "wo_number": "WO-7", **changes}})


TABLE: dict[str, Row] = {
    # --- Cerrion
    "GET /api/v1/downtime": Row(
        lambda f: Ask(query={"since": f.ago(24)}),
        _keys("event_id line_name roi_name roi_title roi_api_name detected_at updated_at downtime_seconds downtime_reason"),
        bad=lambda _: [
            (Ask(), 422),
            (Ask(query={"since": "noon"}), 422),
            (Ask(query={"since": "2026-01-01T00:00:00Z", "update_at": "x"}), 422),
        ],
    ),
    "GET /api/v1/detections": Row(
        _nothing,
        _keys(
            "event_id line_name roi_name roi_title roi_api_name label_name label_title "
            "detected_at updated_at duration_seconds downtime_seconds"
        ),
        bad=lambda _: [(Ask(query={"since": "noon"}), 422)],
    ),
    "GET /api/v1/rois": Row(_nothing, ROI),
    "PUT /api/v1/rois/{roi_name}": Row(lambda _: Ask(region()), ROI, bad=_bad_regions),
    "DELETE /api/v1/rois/{roi_name}": Row(_nothing, status=204),
    # --- Haltless
    "POST /api/v1/machines/{machine_id}/downtime": Row(lambda f: Ask(_stop(f)), RECORD, 201, bad=_bad_stops),
    "GET /api/v1/machines/{machine_id}/downtime": Row(
        _nothing, RECORD, page=True, bad=lambda _: [(Ask(query={"page": 0}), 422), (Ask(query={"page_size": 101}), 422)]
    ),
    "PUT /api/v1/machines/{machine_id}/downtime/{record_id}": Row(lambda _: Ask({"category": "planned"}), RECORD, bad=_bad_edits),
    "POST /api/v1/machines/{machine_id}/downtime/{record_id}/end": Row(
        _nothing, RECORD, bad=lambda f: [(Ask(path={"record_id": f.ids["ended_id"]}), 409)]
    ),
    "GET /api/v1/machines/{machine_id}/uptime-summary": Row(
        lambda f: Ask(query={"start": f.ago(24), "end": f.ago(0)}),
        _keys("machine_id start end total_hours uptime_hours downtime_hours uptime_percentage downtime_by_category record_count method"),
        bad=lambda f: [(Ask(), 422), (Ask(query={"start": f.ago(1), "end": f.ago(2)}), 422), (Ask(query={"start": "x", "end": "y"}), 422)],
    ),
    "GET /api/v1/machines/{machine_id}/mttr-mtbf": Row(
        _nothing, RELIABILITY, bad=lambda _: [(Ask(query={"days": days}), 422) for days in (0, 3651, "many")]
    ),
    "GET /api/v1/fleet/downtime": Row(
        _nothing,
        RECORD,
        page=True,
        bad=lambda _: [(Ask(query=q), 422) for q in ({"sort_by": "colour"}, {"sort_dir": "up"}, {"page": 0}, {"machine_id": "x"})],
    ),
    "GET /api/v1/fleet/mttr-mtbf": Row(_nothing, RELIABILITY, bad=lambda _: [(Ask(query={"days": 0}), 422)]),
    "GET /api/v1/reason-codes": Row(_nothing, CODE, bad=lambda _: [(Ask(query={"active_only": "perhaps"}), 422)]),
    "GET /api/v1/reason-codes/tree": Row(_nothing, CODE | {"children"}),
    "POST /api/v1/reason-codes": Row(
        lambda _: Ask({"code": "LUB", "name": "Lubrication", "category": "maintenance"}),
        CODE,
        201,
        bad=lambda _: [
            (Ask({}), 422),
            (Ask({"code": "BRG", "name": "Again"}), 409),
            (Ask({"code": "X", "name": "Y", "parent_id": "00000000-0000-4000-8000-000000000000"}), 422),
            (Ask({"code": LONG, "name": "Y"}), 422),
        ],
    ),
    "PUT /api/v1/reason-codes/{code_id}": Row(
        lambda _: Ask({"name": "Bearing worn"}), CODE, bad=lambda f: [(Ask({"parent_id": f.ids["code_id"]}), 422), (Ask({"name": ""}), 422)]
    ),
    "POST /api/v1/machines": Row(
        lambda _: Ask({"name": "Lathe 2", "machine_identifier": "LATHE-2", "protocol": "json"}),
        MACHINE,
        201,
        bad=lambda _: [
            (Ask({}), 422),
            (Ask({"name": "Copy", "machine_identifier": "PRESS-4", "protocol": "json"}), 409),
            (Ask({"name": "Copy", "machine_identifier": "P5", "protocol": "telepathy"}), 422),
            (Ask({"name": "Copy", "machine_identifier": "has space", "protocol": "json"}), 422),
        ],
    ),
    "GET /api/v1/machines": Row(
        _nothing,
        MACHINE,
        page=True,
        bad=lambda _: [(Ask(query=q), 422) for q in ({"status": "tired"}, {"search": LONG}, {"sort_dir": "up"})],
    ),
    "GET /api/v1/machines/{machine_id}": Row(_nothing, MACHINE),
    "PATCH /api/v1/machines/{machine_id}": Row(
        lambda _: Ask({"location": "Hall 2"}), MACHINE, bad=lambda _: [(Ask({"is_active": "maybe"}), 422), (Ask({"name": ""}), 422)]
    ),
    "POST /api/v1/auth/login": Row(
        _login,
        _keys("access_token token_type mfa_required"),
        bad=lambda f: [(Ask({"email": f.email, "password": "wrong"}), 401), (Ask({}), 422)],
    ),
    "POST /api/v1/auth/refresh": Row(_nothing, _keys("access_token token_type mfa_required")),
    "POST /api/v1/auth/logout": Row(_nothing, status=204),
    "GET /api/v1/auth/me": Row(_nothing, _keys("id email full_name organisation role is_active")),
    "POST /api/v1/auth/users": Row(
        lambda f: Ask({"email": "new-" + f.email, "full_name": "New", "role": "viewer", "password": PASSWORD}),
        USER,
        201,
        bad=lambda f: [(Ask({}), 422), (Ask({"email": f.email, "full_name": "Twin", "role": "viewer", "password": PASSWORD}), 409)],
    ),
    "GET /api/v1/auth/users": Row(_nothing, USER),
    "PATCH /api/v1/auth/users/{user_id}": Row(lambda _: Ask({"full_name": "B Worker"}), USER, bad=lambda _: [(Ask({"role": "king"}), 422)]),
    # --- VIANA
    "GET /api/v1/device-apps/{deviceId}/{appCode}/uptime": Row(
        _nothing,
        _keys("status message data"),
        bad=lambda f: [
            (Ask(path={"deviceId": "abc"}), 400),
            (Ask(query={"from": "noon"}), 400),
            (Ask(query={"from": f.ago(1), "to": f.ago(2)}), 400),
            (Ask(path={"deviceId": "999"}), 404),
        ],
    ),
    "POST /api/v1/oauth/token": Row(
        lambda f: Ask(form=_client(f)),
        _keys("access_token expires_in token_type"),
        bad=lambda f: [
            (Ask(form=_client(f, client_secret="wrong")), 401),
            (Ask(form=_client(f, client_id="nobody")), 401),
            (Ask(form=_client(f, grant_type="password")), 400),
            (Ask(form={}), 400),
        ],
    ),
    "POST /api/v1/device-apps/{deviceId}/{appCode}/heartbeat": Row(
        lambda _: Ask({"status": "running"}),
        bad=lambda _: [(Ask({"status": "asleep"}), 400), (Ask({}), 400), (Ask({"status": "running"}, path={"deviceId": "x"}), 400)],
    ),
    "GET /api/v1/devices": Row(_nothing),
    "PUT /api/v1/devices/{deviceId}": Row(lambda _: Ask(device()), bad=_bad_devices),
    "GET /api/v1/devices/status": Row(_nothing),
    # --- TrackMyMachines
    "GET /api/v1/events": Row(
        lambda f: Ask(query=_window(f)),
        EVENT,
        bad=lambda f: [*_bad_windows(f), (Ask(query={"from": f.ago(25), "to": f.ago(0)}), 422)],
    ),
    "POST /api/v1/events": Row(lambda f: Ask(_event(f)), EVENT, 201, bad=_bad_events),
    "PATCH /api/v1/events/{event_id}": Row(
        lambda f: Ask({"to": f.ago(0.1), "label": "PART124"}),
        EVENT,
        bad=lambda f: [(Ask({"to": f.ago(9)}), 422), (Ask({"label": LONG}), 422), (Ask({"to": "noon"}), 422)],
    ),
    "GET /api/v1/step_events": Row(lambda f: Ask(query=_window(f)), STEP_EVENT, bad=lambda f: _bad_windows(f)[2:]),
    "POST /api/v1/step_events": Row(
        _clock_on,
        bad=lambda f: [(Ask({}), 422), (_clock_on(f, start="noon"), 422), (_clock_on(f, finish=f.ago(5)), 422)],
    ),
    "GET /api/v1/machine_activities": Row(lambda f: Ask(query=_window(f)), bad=_bad_windows),
    "GET /api/v1/charts/{chart_type}": Row(
        lambda f: Ask(query=_window(f)),
        _keys("chart_type from to unit series"),
        bad=lambda f: [*_bad_windows(f), (Ask(query=_window(f), path={"chart_type": "pie_of_lunch"}), 404)],
    ),
    "GET /api/v1/shift-patterns": Row(_nothing, _keys("name time_zone machine_foreign_ids weekly")),
    "PUT /api/v1/shift-patterns/{name}": Row(lambda _: Ask(shifts()), _keys("name time_zone machine_foreign_ids weekly"), bad=_bad_shifts),
    "GET /api/v1/api-keys": Row(_nothing, _keys("id name role")),
    "POST /api/v1/api-keys": Row(
        lambda _: Ask({"name": "k", "role": "read-only"}),
        _keys("id name role key"),
        201,
        bad=lambda _: [(Ask({"name": "k", "role": "king"}), 422), (Ask({}), 422)],
    ),
    "DELETE /api/v1/api-keys/{key_id}": Row(_nothing, status=204),
}
