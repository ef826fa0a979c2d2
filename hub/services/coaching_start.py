"""What must hold before a unit is begun, and the session it begins with."""

import uuid

from hub.errors import Conflict, Invalid, NotFound
from hub.protocol.coaching import StartRequest
from hub.services.readiness import lack_of_release, lack_of_training
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.session import CoachingOptions, Session
from storage.entities.station import Station

_OPTIONS = (
    "auto_coach_enabled",
    "prediction_smoothing_enabled",
    "prediction_smoothing_default",
    "step_progression_delay",
    "auto_advance_emulated_camera",
    "experiment_id",
    "is_rework",
    "rework_assembly_record_id",
)


async def ready_assembly(store: Store, organisation: str, assembly_id: str) -> Assembly:
    """The assembly, if it can be coached. Raises NotFound; Conflict saying what it lacks."""
    assembly = await store.assemblies.find(organisation, assembly_id)
    if assembly is None:
        raise NotFound(f"There is no assembly {assembly_id[:64]}.")
    models = await store.model_versions.active_of(organisation, [assembly])
    lack = lack_of_training(assembly, models.get(assembly.id))
    if lack is None and await store.site_settings.has_release_control(organisation):
        lack = lack_of_release(assembly)
    if lack is not None:
        raise Conflict(lack.sentence, code=lack.code)
    return assembly


async def chosen_station(store: Store, organisation: str, station_id: str | None) -> Station:
    """The station named, or the only one. Raises NotFound; Conflict where none is named and there is not exactly one."""
    if station_id:
        station = await store.stations.find(organisation, station_id)
        if station is None:
            raise NotFound(f"There is no station {station_id[:64]}.")
        return station
    stations = await store.stations.list(organisation, limit=2)
    if len(stations) != 1:
        why = "There are several stations: name one in station_id." if stations else "There is no station yet: add one."
        raise Conflict(why, code="name_a_station")
    return stations[0]


async def named_operator(store: Store, organisation: str, said: str) -> tuple[str, str]:
    """Id and name of the operator whose id or name a start gives; what it gives and no name where nobody is called so.

    Raises Conflict for an operator who is inactive.
    """
    operator = await store.operators.find(organisation, said) or await store.operators.by_name(organisation, said)
    if operator is None:
        return said, ""
    if not operator.active:
        raise Conflict(f"{operator.name} is inactive and cannot build. Choose another operator.", code="operator_inactive")
    return str(operator.id), operator.name


def new_session(assembly: Assembly, station: Station, request: StartRequest, operator: tuple[str, str], at_ms: int) -> Session:
    """The session that a request begins, at the step it names or the first; `operator`: id and name. Raises Invalid naming step_id."""
    asked = {name: value for name in _OPTIONS if (value := getattr(request, name)) is not None}
    return Session(
        organisation=assembly.organisation,
        id=str(uuid.uuid4()),
        station_id=station.id,
        machine=station.machine_identifier,
        assembly_id=assembly.id,
        assembly_name=assembly.name,
        steps_total=len(assembly.steps),
        operator_id=operator[0],
        operator_name=operator[1],
        step_id=step_named(assembly, request.step_id, "step_id") if request.step_id else assembly.steps[0].id,
        step_started_at_ms=at_ms,
        started_at_ms=at_ms,
        last_activity_at_ms=at_ms,
        options=CoachingOptions.model_validate(asked),
        filmed=assembly.record_videos,
    )


def step_named(assembly: Assembly, step_id: str, field: str) -> int:
    """A step's id from its text. Raises Invalid naming the field."""
    for step in assembly.steps:
        if str(step.id) == step_id:
            return step.id
    known = ", ".join(str(step.id) for step in assembly.steps[:20])
    raise Invalid(f"{assembly.name} has no step {step_id[:40]}; its steps are {known}.", field=field)
