"""The dashboard: its page and files, and what a screen has to know about the site."""

import time
from pathlib import Path

from pydantic import BaseModel
from quart import Blueprint, Response
from quart.typing import ResponseReturnValue

from hub.api.screens import FILES, send_screen
from hub.hub import current_hub
from hub.operation import READS, operation
from storage.entities.user import Role

blueprint = Blueprint("dashboard", __name__)

FOLDER = Path(__file__).resolve().parents[2] / "clients" / "dashboard"


class SiteShown(BaseModel):
    """The site's zone, and the hub's clock as milliseconds UTC: a browser's own may be minutes off."""

    time_zone: str
    now_ms: int


@blueprint.get("/dashboard")
@operation("screens.dashboard", role=None, limit=FILES, answers={200: "text/html"})
async def dashboard_screen() -> Response:
    """The floor at a glance; it signs in by itself."""
    return await send_screen("index.html", FOLDER)


@blueprint.get("/static/dashboard/<path:name>")
@operation("screens.dashboard_file", role=None, limit=FILES, answers={200: "application/octet-stream"})
async def dashboard_file(name: str) -> Response:
    """One file of the dashboard."""
    return await send_screen(name, FOLDER)


@blueprint.get("/api/v1/site")
@operation("site.read", role=Role.VIEWER, limit=READS, answers={200: SiteShown})
async def read_site() -> ResponseReturnValue:
    """The site's IANA time zone and what time the hub has."""
    return SiteShown(time_zone=current_hub().settings.site_time_zone, now_ms=int(time.time() * 1000)).model_dump()
