"""The door to everything stored: one Store a process."""

from collections.abc import Callable
from typing import Self

from storage.addresses import Address
from storage.channels import Channels, Subscriber
from storage.database import Client, Database
from storage.durability import Durability, durability_of
from storage.embedded import socket_url
from storage.files import FileStore
from storage.migrations import migrate
from storage.repositories.api_keys import ApiKeys
from storage.repositories.assemblies import Assemblies
from storage.repositories.assembly_records import AssemblyRecords
from storage.repositories.assembly_removal import AssemblyRemoval
from storage.repositories.assembly_revisions import AssemblyRevisions
from storage.repositories.credentials import Credentials
from storage.repositories.detected_downtimes import DetectedDowntimes
from storage.repositories.device_apps import DeviceApps
from storage.repositories.devices import Devices
from storage.repositories.downtime_records import DowntimeRecords
from storage.repositories.events import Events
from storage.repositories.films import Films
from storage.repositories.intervals import Intervals
from storage.repositories.machines import Machines
from storage.repositories.model_versions import ModelVersions
from storage.repositories.ocr_variables import OcrVariables
from storage.repositories.operators import Operators
from storage.repositories.organisations import Organisations
from storage.repositories.posted_events import PostedEvents
from storage.repositories.qa_reports import QaReports
from storage.repositories.reason_codes import ReasonCodes
from storage.repositories.recordings import Recordings
from storage.repositories.rois import Rois
from storage.repositories.sessions import Sessions
from storage.repositories.shift_patterns import ShiftPatterns
from storage.repositories.sign_ins import SignIns
from storage.repositories.site_settings import SiteSettings
from storage.repositories.stations import Stations
from storage.repositories.step_changes import StepChanges
from storage.repositories.step_events import StepEvents
from storage.repositories.training_callbacks import TrainingCallbacks
from storage.repositories.training_contexts import TrainingContexts
from storage.repositories.training_runs import TrainingRuns
from storage.repositories.users import Users
from storage.repositories.work_instructions import WorkInstructions
from storage.settings import StoreSettings
from storage.streams import CommandClient


class Store:
    """Repositories, channels, commands and files. All errors of the server surface as StoreUnavailable.

    Its constructor is a list, a line a repository: the one place that says what is stored.
    """

    def __init__(self, settings: StoreSettings, address: Address) -> None:
        self.settings = settings
        self.address = address
        self.database: Database = address.database()
        self.redis: Client = self.database.redis
        self.files = FileStore(settings.files_dir)
        self.channels = Channels(self.database)
        self.commands = CommandClient(self.database)
        self.organisations = Organisations(self.database)
        self.users = Users(self.database)
        self.api_keys = ApiKeys(self.database)
        self.credentials = Credentials(self.database)
        self.sign_ins = SignIns(self.database)
        self.operators = Operators(self.database)
        self.stations = Stations(self.database)
        self.machines = Machines(self.database)
        self.assemblies = Assemblies(self.database)
        self.assembly_revisions = AssemblyRevisions(self.database)
        self.assembly_removal = AssemblyRemoval(self.database)
        self.site_settings = SiteSettings(self.database)
        self.step_changes = StepChanges(self.database)
        self.ocr_variables = OcrVariables(self.database)
        self.recordings = Recordings(self.database)
        self.model_versions = ModelVersions(self.database)
        self.training_runs = TrainingRuns(self.database)
        self.training_callbacks = TrainingCallbacks(self.database)
        self.training_contexts = TrainingContexts(self.database)
        self.sessions = Sessions(self.database)
        self.assembly_records = AssemblyRecords(self.database)
        self.qa_reports = QaReports(self.database)
        self.work_instructions = WorkInstructions(self.database)
        self.films = Films(self.database)
        self.events = Events(self.database)
        self.intervals = Intervals(self.database)
        self.posted_events = PostedEvents(self.database)
        self.step_events = StepEvents(self.database)
        self.shift_patterns = ShiftPatterns(self.database)
        self.devices = Devices(self.database)
        self.device_apps = DeviceApps(self.database)
        self.rois = Rois(self.database)
        self.detected_downtimes = DetectedDowntimes(self.database)
        self.downtime_records = DowntimeRecords(self.database)
        self.reason_codes = ReasonCodes(self.database)

    @classmethod
    async def connect(cls, settings: StoreSettings) -> Self:
        """Connects to TAKT_REDIS_URL, or to the embedded store that runs on the data folder. Raises StoreUnavailable, SchemaTooNew."""
        store = cls(settings, Address(settings.redis_url or socket_url(settings.data_dir)))
        try:
            await store.redis.ping()
            await migrate(store.database)
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Closes all connections."""
        await self.database.close()

    def subscriber(self, on_gap: Callable[[], None] | None = None) -> Subscriber:
        """A new subscriber with its own connection; the caller enters and leaves it (`async with`)."""
        return Subscriber(self.address, self.channels, on_gap)

    async def durability(self) -> Durability:
        """Asks the server how it keeps what it acknowledges. Raises StoreUnavailable."""
        return await durability_of(self.redis, is_cluster=self.address.is_cluster, fails_over=self.address.fails_over)
