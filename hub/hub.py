"""What one hub process is made of; the doors reach it through `current_hub()`."""

from dataclasses import dataclass

from quart import current_app

from hub.live.live import Live
from hub.metrics import Metrics
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
from storage.connection import Store


@dataclass(frozen=True)
class Hub:
    """Settings, store and one service a noun."""

    settings: Settings
    store: Store
    metrics: Metrics
    numbers: NumbersService
    limits: LimitsService
    auth: AuthService
    users: UsersService
    operators: OperatorsService
    operator_sign_ins: OperatorSignIns
    api_keys: ApiKeysService
    stations: StationsService
    assemblies: AssembliesService
    recipes: RecipesService
    assembly_revisions: AssemblyRevisionsService
    assembly_deletion: AssemblyDeletion
    assembly_files: AssemblyFiles
    site_settings: SiteSettingsService
    steps: StepsService
    step_data: StepDataService
    ocr_variables: OcrVariablesService
    training: TrainingService
    assembly_records: AssemblyRecordsService
    qa_reports: QaReportsService
    films: FilmsService
    work_instructions: WorkInstructionsService
    devices: DevicesService
    device_apps: DeviceAppsService
    events: EventsService
    event_writes: EventWritesService
    shift_patterns: ShiftPatternsService
    step_events: StepEventsService
    charts: ChartsService
    machines: MachinesService
    reason_codes: ReasonCodesService
    downtime: DowntimeService
    reliability: ReliabilityService
    rois: RoisService
    detected_downtimes: DetectedDowntimesService
    health: HealthService
    coaching: CoachingService
    live: Live


def current_hub() -> Hub:
    """The hub that answers this request or socket."""
    hub = current_app.extensions["takt"]
    assert isinstance(hub, Hub)
    return hub
