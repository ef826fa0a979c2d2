"""Static files of the screens: screens.operator, screens.train, screens.sign_in, screens.file."""

from hub.api.screens import FOLDER, TYPES
from tests.support.hub import RunningHub


async def test_the_screens_are_served_without_a_token_under_a_strict_policy(hub: RunningHub) -> None:
    for path, name in (("/", "index.html"), ("/train", "train.html"), ("/sign-in", "sign-in.html")):
        answer = await hub.http("GET", path)
        assert (answer.status, answer.body) == (200, (FOLDER / name).read_bytes()), path
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy


async def test_every_file_has_its_type_and_an_etag(hub: RunningHub) -> None:
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            address = f"/static/hmi/{path.relative_to(FOLDER).as_posix()}"
            answer = await hub.http("GET", address)
            assert (answer.status, answer.headers["content-type"], answer.body) == (200, TYPES[path.suffix], path.read_bytes()), address
            assert (await hub.http("GET", address, headers={"If-None-Match": answer.headers["etag"]})).status == 304


async def test_nothing_outside_the_screens_is_served(hub: RunningHub) -> None:
    for name in ("no-such.js", "..%2f..%2fpyproject.toml", "../../pyproject.toml", "app", "%00.js", "a" * 300 + ".js"):
        assert (await hub.http("GET", f"/static/hmi/{name}")).status == 404, name
