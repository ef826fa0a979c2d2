"""Wires the services to the doors and registers the routes; nothing else."""

import importlib

from quart import Quart

from hub.background import Background
from hub.forwarded import Forwarded
from hub.gate import install_gate
from hub.hot_reads import HotReads
from hub.hub import Hub
from hub.lingering import Lingering
from hub.live.live import Live
from hub.metrics import Metrics
from hub.rendering import install_error_handlers
from hub.services.api_keys import ApiKeysService
from hub.services.assemblies import AssembliesService
from hub.services.assembly_deletion import AssemblyDeletion
from hub.services.assembly_files import AssemblyFiles
from hub.services.assembly_records import AssemblyRecordsService
from hub.services.assembly_revisions import AssemblyRevisionsService
from hub.services.auth import AuthService
from hub.services.charts import ChartsService
from hub.services.coaching import CoachingService
from hub.services.detected_downtimes import DetectedDowntimesService
from hub.services.device_apps import DeviceAppsService
from hub.services.devices import DevicesService
from hub.services.downtime import DowntimeService
from hub.services.event_writes import EventWritesService
from hub.services.events import EventsService
from hub.services.films import FilmsService
from hub.services.health import HealthService
from hub.services.limits import LimitsService
from hub.services.machines import MachinesService
from hub.services.numbers import NumbersService
from hub.services.ocr_variables import OcrVariablesService
from hub.services.operator_sign_ins import OperatorSignIns
from hub.services.operators import OperatorsService
from hub.services.qa_reports import QaReportsService
from hub.services.reason_codes import ReasonCodesService
from hub.services.recipes import RecipesService
from hub.services.reliability import ReliabilityService
from hub.services.rois import RoisService
from hub.services.shift_patterns import ShiftPatternsService
from hub.services.site_settings import SiteSettingsService
from hub.services.stations import StationsService
from hub.services.step_data import StepDataService
from hub.services.step_events import StepEventsService
from hub.services.steps import StepsService
from hub.services.training import TrainingService
from hub.services.users import UsersService
from hub.services.work_instructions import WorkInstructionsService
from hub.settings import Settings
from hub.stage_watch import StageWatch
from storage.connection import Store

BODY_LIMIT_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 20

# Each has a `blueprint`: one noun of REST, or one socket.
DOORS = (
    "hub.api.api_keys",
    "hub.api.assemblies",
    "hub.api.assembly_files",
    "hub.api.assembly_records",
    "hub.api.assembly_revisions",
    "hub.api.auth",
    "hub.api.charts",
    "hub.api.coaching",
    "hub.api.dashboard",
    "hub.api.detected_downtimes",
    "hub.api.device_apps",
    "hub.api.devices",
    "hub.api.documents",
    "hub.api.downtime",
    "hub.api.event_writes",
    "hub.api.events",
    "hub.api.films",
    "hub.api.fleet",
    "hub.api.health",
    "hub.api.machines",
    "hub.api.model",
    "hub.api.oauth",
    "hub.api.operator_records",
    "hub.api.ocr_variables",
    "hub.api.operator_sign_ins",
    "hub.api.operators",
    "hub.api.qa_reports",
    "hub.api.reason_codes",
    "hub.api.recipes",
    "hub.api.rois",
    "hub.api.screens",
    "hub.api.shift_patterns",
    "hub.api.site_settings",
    "hub.api.stations",
    "hub.api.step_data",
    "hub.api.step_events",
    "hub.api.steps",
    "hub.api.users",
    "hub.api.work_instructions",
    "hub.live.coach",
    "hub.live.endpoint",
    "hub.live.station",
)


def create_app(settings: Settings, store: Store) -> Quart:
    """The hub as an ASGI application. It runs its background tasks between start-up and shutdown; the store stays the caller's to close."""
    app = Quart("takt", static_folder=None, template_folder=None)
    # A slash too many at the end is forgiven, as the services that Takt answers for forgive it; one inside is no address.
    app.url_map.strict_slashes, app.url_map.merge_slashes = False, False
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT_BYTES, BODY_TIMEOUT=BODY_TIMEOUT_S, PROPAGATE_EXCEPTIONS=False)
    hub = build_hub(settings, store)
    app.extensions["takt"] = hub
    install_gate(app)
    install_error_handlers(app)
    for door in DOORS:
        app.register_blueprint(importlib.import_module(door).blueprint)
    _run_in_background(app, hub)
    app.asgi_app = Forwarded(hub.live.wrap(HotReads(Lingering(app.asgi_app), hub)), settings.proxies)  # type: ignore[method-assign]  # where Quart takes a middleware
    return app


def build_hub(settings: Settings, store: Store) -> Hub:
    """The services of one process, each over the same store: a list, a line a service, so that who needs whom is seen at once."""
    metrics = Metrics()
    auth = AuthService(store)
    stations = StationsService(store, settings)
    devices = DevicesService(store)
    assemblies = AssembliesService(store)
    recipes = RecipesService(store)
    machines = MachinesService(store)
    return Hub(
        settings=settings,
        store=store,
        metrics=metrics,
        numbers=NumbersService(store, metrics),
        limits=LimitsService(store),
        auth=auth,
        users=UsersService(store, auth.passwords),
        operators=OperatorsService(store, auth.passwords),
        operator_sign_ins=OperatorSignIns(store, auth.passwords),
        api_keys=ApiKeysService(store),
        stations=stations,
        assemblies=assemblies,
        recipes=recipes,
        assembly_revisions=AssemblyRevisionsService(store, recipes),
        assembly_deletion=AssemblyDeletion(store),
        assembly_files=AssemblyFiles(store),
        site_settings=SiteSettingsService(store),
        steps=StepsService(store),
        step_data=StepDataService(store),
        ocr_variables=OcrVariablesService(store),
        training=TrainingService(store, stations, assemblies, settings.callback_targets),
        assembly_records=AssemblyRecordsService(store),
        qa_reports=QaReportsService(store),
        films=FilmsService(store),
        work_instructions=WorkInstructionsService(store),
        devices=devices,
        device_apps=DeviceAppsService(store, devices, settings.site_time_zone),
        events=EventsService(store),
        event_writes=EventWritesService(store),
        shift_patterns=ShiftPatternsService(store),
        step_events=StepEventsService(store, settings.site_time_zone),
        charts=ChartsService(store),
        machines=machines,
        reason_codes=ReasonCodesService(store),
        downtime=DowntimeService(store, machines),
        reliability=ReliabilityService(store, machines),
        rois=RoisService(store),
        detected_downtimes=DetectedDowntimesService(store),
        health=HealthService(store, settings),
        coaching=CoachingService(store, settings.idle_after_s),
        live=Live(settings, store, auth.verify_token, metrics),
    )


def _run_in_background(app: Quart, hub: Hub) -> None:
    background = Background()
    watch = StageWatch(hub.live.bus, hub.coaching, hub.stations, hub.metrics)

    @app.before_serving
    async def start() -> None:
        await hub.live.start()
        background.start("coaching", lambda: hub.coaching.run(hub.live.bus))
        background.start("heartbeat", lambda: hub.health.keep_beating(f"hub:{hub.metrics.worker}"))
        background.start("numbers", hub.numbers.run)
        background.start("stage watch", watch.run)

    @app.after_serving
    async def stop() -> None:
        await background.stop()
        await hub.live.stop()
        hub.auth.close()
