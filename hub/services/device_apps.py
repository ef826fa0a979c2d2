"""Apps on devices: what they beat, and how long they ran."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hub.caller import Caller
from hub.coaching.availability import Interval, meets
from hub.coaching.shifts import DAY_MS, moment
from hub.coaching.uptime import PERIODS_OF_SILENCE, Beats, BeatStatus, DeviceUptime, beat, figures, silent, span, uptime
from hub.errors import Conflict, Invalid, Unavailable
from hub.services.devices import DevicesService
from hub.services.lost_race import TRIES, wait_a_moment
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.device import Device
from storage.entities.device_app import AppInterval, DeviceApp, app_id
from storage.errors import VersionConflict
from storage.repositories.device_apps import AppChange

# A device runs a handful; more are names that a faulty client makes up.
APPS_A_DEVICE = 64
# A long window is read in portions, so that neither the store nor this process holds years of intervals at once.
PORTION_MS = 7 * DAY_MS
# One refused app refuses the whole write of a sweep: the smaller the portion, the fewer are tried again.
SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Status:
    """The last run of beats in a window: `running` or `stopped`, since when, and its last beat."""

    status: str
    since_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class AppUptime:
    """How much of [from_ms, to_ms) an app ran; `status` is None when it was not heard in it at all."""

    device: Device
    code: str
    from_ms: int
    to_ms: int
    figures: DeviceUptime
    status: Status | None


class DeviceAppsService:
    """Hears beats, ends runs that went silent, and answers uptime. A read never depends on the sweep having run."""

    def __init__(self, store: Store, devices: DevicesService, site_time_zone: str = "UTC") -> None:
        self._store = store
        self._devices = devices
        self._clock = clock_of(site_time_zone)

    async def beat(self, caller: Caller, device_id: int, code: str, status: BeatStatus, now_ms: int) -> tuple[Device, DeviceApp]:
        """Takes one beat, durable when it returns. Raises NotAllowed, NotFound, Conflict for one app too many, Unavailable."""
        device = await self._devices.visible(caller, device_id)
        for turn in range(TRIES):
            change = heard(await self._app(device, code), device, code, status, now_ms)
            if change.before is None and await self._store.device_apps.count_of(device.organisation, device.id) >= APPS_A_DEVICE:
                raise Conflict(f"A device has at most {APPS_A_DEVICE} apps.")
            try:
                await self._store.device_apps.record(device.organisation, [change])
                return device, change.app
            except VersionConflict:
                await wait_a_moment(turn)
        raise Unavailable("Too many beats of this app at once. Try again in a moment.")

    async def beat_all(self, device: Device, codes: Sequence[str], now_ms: int) -> None:
        """Takes a beat of `running` for several apps of a device in one write. Raises VersionConflict when another was faster."""
        apps = await asyncio.gather(*(self._app(device, code) for code in codes))
        changes = [heard(app, device, code, BeatStatus.RUNNING, now_ms) for app, code in zip(apps, codes, strict=True)]
        if changes:
            await self._store.device_apps.record(device.organisation, changes)

    async def close_silent(self, organisation: str, now_ms: int) -> int:
        """Ends every run whose app has been silent for more than three periods, at its last beat; answers how many."""
        apps = await self._store.device_apps.open(organisation)
        devices = await self._store.devices.many(organisation, {app.device_id for app in apps})
        over = [app for app in apps if app.device_id in devices and is_over(app, now_ms, devices[app.device_id].period_ms)]
        ended = 0
        for at in range(0, len(over), SWEPT_AT_ONCE):
            portion = [closed(app) for app in over[at : at + SWEPT_AT_ONCE]]
            ended += await self._end(organisation, portion)
        return ended

    async def uptime(self, caller: Caller, device_id: int, code: str, from_ms: int, to_ms: int, now_ms: int) -> AppUptime:
        """How much of [from, to) an app ran, of a window that ends in the future only the part until now. An app that never beat did not
        run. Raises NotAllowed, NotFound, and Invalid when nothing of the window has passed."""
        to_ms = min(to_ms, now_ms)
        if from_ms >= to_ms:
            raise Invalid("from must be before to, and in the past.", field="from")
        device = await self._devices.visible(caller, device_id)
        # The run that goes on is read first: if it ends before the finished ones are read, it is among those, and counts once.
        app = await self._app(device, code)
        counted, latest = await self._count(device, code, app, from_ms, to_ms, now_ms)
        return AppUptime(device, code, from_ms, to_ms, counted, latest)

    def start_of_today(self, now_ms: int) -> int:
        """The first moment of the day that the site's clock shows now."""
        local_ms = now_ms + self._clock(now_ms)
        return moment(self._clock, local_ms - local_ms % DAY_MS)

    async def of_devices(self, devices: Sequence[Device]) -> dict[int, list[DeviceApp]]:
        """The apps of devices of one organisation, by the device's number."""
        if not devices:
            return {}
        found: dict[int, list[DeviceApp]] = {device.id: [] for device in devices}
        for app in await self._store.device_apps.of_devices(devices[0].organisation, set(found)):
            found[app.device_id].append(app)
        return found

    async def _app(self, device: Device, code: str) -> DeviceApp | None:
        return await self._store.device_apps.find(device.organisation, app_id(device.id, code))

    async def _end(self, organisation: str, changes: Sequence[AppChange]) -> int:
        try:
            await self._store.device_apps.record(organisation, changes)
            return len(changes)
        except VersionConflict:
            # One was heard meanwhile; the others are still silent.
            return sum([await self._end(organisation, [change]) for change in changes]) if len(changes) > 1 else 0

    async def _count(
        self, device: Device, code: str, app: DeviceApp | None, from_ms: int, to_ms: int, now_ms: int
    ) -> tuple[DeviceUptime, Status | None]:
        going = None if app is None or not app.is_open else (app, span(_run(app), now_ms, device.period_ms))
        begins_ms, running_ms, count = await self._begins_ms(device, code, app, from_ms, to_ms), 0, 0
        latest: Status | None = None
        for at_ms in range(begins_ms, to_ms, PORTION_MS):
            end_ms = min(at_ms + PORTION_MS, to_ms)
            runs = await self._store.device_apps.window(device.organisation, device.id, code, at_ms, end_ms)
            found = [(Status(run.status, run.start_ms, run.end_ms), Interval(run.start_ms, run.end_ms)) for run in runs]
            if going is not None and _is_new(going, runs) and meets(going[1].start_ms, going[1].end_ms, at_ms, end_ms):
                found.append((Status(going[0].status, going[0].since_ms, going[0].seen_ms), going[1]))
            running_ms += uptime([interval for _, interval in found], at_ms, end_ms).running_ms
            # One that reaches over the edge of a portion counts where it begins.
            count += sum(at_ms == begins_ms or interval.start_ms >= at_ms for _, interval in found)
            said = [status for status, _ in found] + ([latest] if latest is not None else [])
            latest = max(said, key=lambda status: (status.since_ms, status.seen_ms), default=None)
        return figures(running_ms, to_ms - from_ms, count), latest

    async def _begins_ms(self, device: Device, code: str, app: DeviceApp | None, from_ms: int, to_ms: int) -> int:
        """Where reading begins: of a long window, not before the first beat."""
        if to_ms - from_ms <= PORTION_MS:
            return from_ms
        first = await self._store.device_apps.begins_ms(device.organisation, device.id, code)
        known = [at_ms for at_ms in (first, app.since_ms if app else None) if at_ms is not None]
        return max(from_ms, min(known, default=to_ms))


def heard(app: DeviceApp | None, device: Device, code: str, status: BeatStatus, now_ms: int) -> AppChange:
    """What a beat makes of an app. A clock that is a little behind the last beat stands still until it has caught up; behind by more than
    three periods it was set back, and the beat begins a run of its own."""
    run = _run(app) if app is not None and app.is_open else None
    finished: Beats | None
    if app is not None and run is not None and is_over(app, now_ms, device.period_ms):
        finished, now = run, Beats(status, now_ms, now_ms)
    else:
        finished, now = beat(run, status, now_ms if run is None else max(now_ms, run.last_ms), device.period_ms)
    fields = {"status": now.status.value, "since_ms": now.start_ms, "seen_ms": now.last_ms, "is_open": True}
    named = {"organisation": device.organisation, "id": app_id(device.id, code), "device_id": device.id, "code": code}
    saved = DeviceApp.model_validate({**named, "created_at_ms": now_ms, **fields}) if app is None else app.model_copy(update=fields)
    return AppChange(app, saved, None if finished is None else _interval(saved, finished))


def closed(app: DeviceApp) -> AppChange:
    """The end of a run at its last beat."""
    return AppChange(app, app.model_copy(update={"is_open": False}), _interval(app, _run(app)))


def is_over(app: DeviceApp, now_ms: int, period_ms: int) -> bool:
    """Whether the app's run ended at its last beat: three periods ago, or so far in the future that the clock must have been set back."""
    return silent(_run(app), now_ms, period_ms) or app.seen_ms - now_ms > PERIODS_OF_SILENCE * period_ms


def _is_new(going: tuple[DeviceApp, Interval], runs: Sequence[AppInterval]) -> bool:
    """Whether the run that was read as going on is not among those that ended meanwhile."""
    return not any((run.start_ms, run.status) == (going[0].since_ms, going[0].status) for run in runs)


def _run(app: DeviceApp) -> Beats:
    return Beats(BeatStatus(app.status), app.since_ms, app.seen_ms)


def _interval(app: DeviceApp, run: Beats) -> AppInterval:
    return AppInterval(device_id=app.device_id, code=app.code, status=run.status.value, start_ms=run.start_ms, end_ms=run.last_ms)
