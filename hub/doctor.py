"""`takt doctor`: what is configured, what is missing, and whether what is acknowledged is durable."""

import ipaddress
import os
import shutil
import subprocess
import sys
from pathlib import Path

from hub.environment import unread_settings
from hub.settings import Settings
from hub.startup import StartRefused, reach_store, read_settings
from hub.supervisor import Say
from storage.connection import Store
from storage.errors import StoreError

GIB = 2**30
# A recording of 40 frames is about 3 MB; below this an engineer should know.
LOW_DISK_BYTES = 2 * GIB
# A Python that reads settings and nothing else.
SETTINGS_READ_S = 30
# What a file allows its group and everybody.
OF_OTHERS = 0o077


async def examine(say: Say) -> int:
    """Prints one line a finding; 0 when nothing is missing, 1 otherwise."""
    try:
        settings = read_settings()
    except StartRefused as error:
        say(str(error))
        return 1
    findings = [*_machine(settings), *_settings(settings), *_safety(settings), *await _store(settings)]
    for is_good, sentence in findings:
        print(f"{'ok   ' if is_good else 'TO DO'}  {sentence}")
    return 0 if all(is_good for is_good, _ in findings) else 1


def _settings(settings: Settings) -> list[tuple[bool, str]]:
    """What the environment says that nobody reads, or that vision refuses."""
    absent = [folder for folder in settings.camera_roots[1:] if not folder.is_dir()]
    return [
        *((False, sentence) for sentence in (*unread_settings(os.environ), *_refused_by_vision())),
        *((False, f"TAKT_CAMERA_FOLDERS names {folder}, which is no folder here") for folder in absent),
    ]


def _refused_by_vision() -> list[str]:
    # Asked in a process of its own: the rooms do not look into each other.
    asked = [sys.executable, "-m", "vision.settings"]
    root = Path(__file__).resolve().parent.parent
    told = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False, timeout=SETTINGS_READ_S)
    if told.returncode and not told.stdout:
        return ["vision cannot read its settings: " + (told.stderr.strip().splitlines() or ["it says nothing"])[-1]]
    return told.stdout.splitlines()


def _safety(settings: Settings) -> list[tuple[bool, str]]:
    """Whether others on the network or on this machine get at what is not theirs."""
    findings = []
    has_tls = any(origin.startswith("https://") for origin in settings.origins)
    if has_tls and not settings.proxies:
        why = "behind the proxy everybody counts as one address, and cookies are not marked Secure"
        findings.append((False, f"{why}: name the proxy's own address in TAKT_TRUSTED_PROXIES"))
    if not _is_loopback(settings.host):
        behind = "https behind a proxy, as TAKT_ALLOWED_ORIGINS says; let no other machine reach this port"
        bare = "passwords cross it readable; put a proxy with TLS before it and name its https:// origin in TAKT_ALLOWED_ORIGINS"
        findings.append((has_tls, f"{settings.host} is open to the network: {behind if has_tls else bare}"))
    if readable := _readable_by_others(settings.data_dir):
        findings.append((False, f"others on this machine can read {readable[0]}: chmod -R go= {settings.data_dir}"))
    return findings


def _readable_by_others(folder: Path) -> list[Path]:
    if not folder.is_dir() or not folder.stat().st_mode & OF_OTHERS:
        return []
    return [inside for inside in sorted(folder.iterdir()) if inside.stat().st_mode & OF_OTHERS]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _machine(settings: Settings) -> list[tuple[bool, str]]:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    cameras = sorted(str(p) for p in Path("/dev").glob("video*"))
    return [
        (sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}"),
        (True, f"data folder {settings.data_dir}"),
        (
            free > LOW_DISK_BYTES,
            f"{free / GIB:.1f} GiB free there{'' if free > LOW_DISK_BYTES else ': on a full disk nothing more is stored'}",
        ),
        (free >= settings.films_free_gb * 10**9, f"room to film units: {settings.films_free_gb:g} GB have to be free (TAKT_FILMS_FREE_GB)"),
        (True, f"address {settings.host}:{settings.port}, {settings.hub_workers} hub processes"),
        (True, f"site time zone {settings.site_time_zone}"),
        (True, f"intervals are kept {f'{settings.retention_days} days' if settings.retention_days else 'for ever'}"),
        (True, f"cameras on this machine: {', '.join(cameras) or 'none (a station may use a URL, a folder, or push its frames)'}"),
        (True, f"compiled fan-out: {'can be built' if shutil.which('cc') else 'no compiler here, the pure Python one serves'}"),
    ]


async def _store(settings: Settings) -> list[tuple[bool, str]]:
    try:
        async with reach_store(settings) as store:
            durability = await store.durability()
            where = f"external store at {store.address.shown}" if settings.redis_url else "embedded store"
            verdict = "is durable" if durability.durable else f"is NOT durable: {durability.reason}"
            sentence = f"{where} ({durability.server}) {verdict}"
            return [(durability.durable, sentence), *await _content(store)]
    except (StoreError, StartRefused) as error:
        said = str(error)
        return [(False, said if said.startswith("the ") else f"the store cannot be reached: {said}")]


async def _content(store: Store) -> list[tuple[bool, str]]:
    names = [organisation.name for organisation in await store.organisations.list()]
    findings = [(bool(names), f"organisations: {', '.join(names) or 'none yet, ./takt up makes the first'}")]
    for name in names:
        stations = [station.id for station in await store.stations.list(name)]
        findings.append((bool(stations), f"stations of {name}: {', '.join(stations) or 'none, add one with ./takt station add'}"))
    return findings
