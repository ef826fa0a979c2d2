"""`takt demo`: all processes on a data folder of their own, and beside them the demo client, which drives them like any client."""

import asyncio
import os
import sys
from pathlib import Path

from hub import administration
from hub.settings import Settings
from hub.startup import DEFAULT_ORGANISATION, Launch, StartRefused, read_settings
from hub.supervisor import Program, Say
from storage.entities.user import Role
from storage.settings import default_data_dir

STATION = "demo"


def run(*, once: bool, camera: str, say: Say) -> int:
    """Runs the demo until Ctrl-C, or until the first unit is done with `once`; returns the exit code. Raises StartRefused."""
    is_live_camera = bool(camera) and not Path(camera).is_dir()
    if is_live_camera and once:
        raise StartRefused("--once needs pictures that coach themselves: leave --camera out or give it a folder")
    launch = Launch(_settings(), say, search_port=True, quiet=True)
    try:
        launch.open()
        code, _ = launch.prepare()
        page = "train" if is_live_camera else ""
        say(f"the screen is at {launch.url}/{page}")
        say(f"sign in once with {launch.url}/{page}#code={code}")
        say(f"the processes write to {launch.settings.data_dir / 'takt.log'}")
        if is_live_camera:
            asyncio.run(administration.add_station_to(launch.settings, DEFAULT_ORGANISATION, STATION, camera, ""))
            say("teach it: open the screen, record the labels it asks for, and train")
            return launch.run()
        token = asyncio.run(administration.make_token(launch.settings, DEFAULT_ORGANISATION, Role.SUPERVISOR))
        ended_with = launch.run([_client(once, camera, token)])
        if ended_with:
            say(f"the demo did not get through; {launch.settings.data_dir / 'takt.log'} has what the processes said")
        return ended_with
    finally:
        launch.close()


def _settings() -> Settings:
    """As the environment says, on a data folder of the demo's own unless one is named."""
    if os.environ.get("TAKT_DATA_DIR"):
        return read_settings()
    return read_settings(data_dir=default_data_dir().with_name("takt-demo"))


def _client(once: bool, camera: str, token: str) -> Program:
    argv = [sys.executable, "-m", "clients.demo", *(["--once"] if once else []), *(["--camera", camera] if camera else [])]
    return Program("demo", tuple(argv), once=True, quiet=False, environment={"TAKT_TOKEN": token})
