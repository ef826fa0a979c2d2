"""The dashboard's page, its files and the site: screens.dashboard, screens.dashboard_file, site.read."""

import time

from hub.api.dashboard import FOLDER
from hub.api.screens import TYPES
from storage.entities.user import Role
from tests.support.hub import RunningHub


async def test_the_dashboard_is_served_without_a_token_under_a_strict_policy(hub: RunningHub) -> None:
    answer = await hub.http("GET", "/dashboard")
    assert (answer.status, answer.body) == (200, (FOLDER / "index.html").read_bytes())
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_every_file_of_the_dashboard_has_its_type_and_nothing_else_is_served(hub: RunningHub) -> None:
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            address = f"/static/dashboard/{path.relative_to(FOLDER).as_posix()}"
            answer = await hub.http("GET", address)
            assert (answer.status, answer.headers["content-type"], answer.body) == (200, TYPES[path.suffix], path.read_bytes()), address
    for name in ("no-such.js", "..%2fhmi%2findex.html", "../hmi/index.html", "%00.js"):
        assert (await hub.http("GET", f"/static/dashboard/{name}")).status == 404, name


async def test_a_screen_learns_the_sites_zone_and_the_hubs_clock(hub: RunningHub) -> None:
    answer = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/site")
    assert answer.status == 200
    site = answer.json()
    assert site["time_zone"] == "UTC"
    assert abs(site["now_ms"] - time.time() * 1000) < 10_000
    assert (await hub.http("GET", "/api/v1/site")).status == 401
