"""The environment (TAKT_*) as one frozen model, checked at start."""

import ipaddress
import os
import re
import zoneinfo
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from storage.settings import StoreSettings

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Settings(StoreSettings):
    """What the hub is told from outside. A bad value is refused at start, named with what is allowed."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    hub_workers: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=lambda: os.cpu_count() or 1)
    allowed_origins: str = ""
    """Comma-separated origins besides the hub's own."""
    trusted_proxies: str = ""
    """Comma-separated addresses or networks of proxies whose word about a client's address and about TLS is believed."""
    camera_folders: str = ""
    """Comma-separated folders that a station's camera may name over REST, besides `cameras` in the data folder."""
    callback_hosts: str = ""
    """Comma-separated hosts, or host:port, that may be called back; empty = nobody is."""
    site_time_zone: str = "UTC"
    idle_after_s: Annotated[float, Field(ge=10)] = 900.0
    """A session in which nothing is seen for so long is paused with error `idle`."""
    log_level: str = "INFO"
    fan_out: str = "auto"
    """auto | descriptor | transport | send: the fastest tier that is allowed."""

    @field_validator("data_dir")
    @classmethod
    def _same_from_everywhere(cls, value: Path) -> Path:
        # The processes run in other folders than the terminal that started them.
        return value.expanduser().absolute()

    @field_validator("allowed_origins")
    @classmethod
    def _whole_origins(cls, value: str) -> str:
        for origin in filter(None, (part.strip().rstrip("/") for part in value.split(","))):
            if not re.fullmatch(r"https?://[^/?#@\s]+", origin, re.IGNORECASE):
                raise ValueError(f"allowed are origins as browsers send them, such as https://takt.example.com; {origin} is none")
        return value

    @field_validator("callback_hosts")
    @classmethod
    def _bare_hosts(cls, value: str) -> str:
        for host in filter(None, (part.strip() for part in value.split(","))):
            if not re.fullmatch(r"[a-z0-9.:-]+", host, re.IGNORECASE):
                raise ValueError(f"allowed are hosts, or host:port, such as erp.example.com:8443; {host} is none")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in filter(None, (part.strip() for part in value.split(","))):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"allowed are addresses and networks such as 127.0.0.1 or 10.0.0.0/24; {network} is none") from error
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError(f"allowed are {', '.join(LOG_LEVELS)}")
        return value.upper()

    @field_validator("site_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("allowed is an IANA time zone such as Europe/Prague") from error
        return value

    @field_validator("fan_out")
    @classmethod
    def _known_tier(cls, value: str) -> str:
        if value not in ("auto", "descriptor", "transport", "send"):
            raise ValueError("allowed are auto, descriptor, transport, send")
        return value

    @property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Networks of the trusted proxies."""
        return tuple(ipaddress.ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())

    @property
    def origins(self) -> frozenset[str]:
        """Configured origins, without trailing slash."""
        return frozenset(o.strip().rstrip("/").lower() for o in self.allowed_origins.split(",") if o.strip())

    @property
    def callback_targets(self) -> frozenset[str]:
        """Hosts, or host:port, that may be called back."""
        return frozenset(host.strip().lower() for host in self.callback_hosts.split(",") if host.strip())

    @property
    def camera_roots(self) -> tuple[Path, ...]:
        """Folders under which a folder of images or a video may stand as a camera."""
        return (self.data_dir / "cameras", *(Path(folder.strip()) for folder in self.camera_folders.split(",") if folder.strip()))
