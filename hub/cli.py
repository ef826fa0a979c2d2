"""The command `takt`: starts processes and administers a data folder; imports neither vision nor the web framework."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import administration, demonstration, doctor, tooling, transfer
from hub.environment import unread_settings
from hub.errors import TaktError
from hub.startup import Launch, StartRefused, read_settings
from hub.version import VERSION
from storage.entities.user import Role
from storage.errors import StoreError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Learns an assembly in seconds, then coaches it live.",
)
organisation_app = typer.Typer(no_args_is_help=True, help="Organisations.")
user_app = typer.Typer(no_args_is_help=True, help="Accounts.")
station_app = typer.Typer(no_args_is_help=True, help="Stations.")
app.add_typer(organisation_app, name="organisation")
app.add_typer(user_app, name="user")
app.add_typer(station_app, name="station")

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
Organisation = Annotated[str, typer.Option(help="Name of the organisation.")]


def say(sentence: str) -> None:
    """Prints one sentence for the person at the terminal."""
    print(f"takt: {sentence}", file=sys.stderr, flush=True)


def tell_version(wanted: bool) -> None:
    """Prints which Takt this is and ends."""
    if wanted:
        print(f"takt {VERSION}")
        raise typer.Exit


@app.callback()
def before(
    version: Annotated[bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Says which Takt this is.")] = False,
) -> None:
    # What Takt writes (recordings, models, keys, exports, logs) is nobody else's on a shared machine.
    os.umask(0o077)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs an administrative command; what is refused is a sentence and exit code 1."""
    try:
        asyncio.run(work)
    except (TaktError, StoreError, StartRefused) as error:
        say(str(error))
        raise typer.Exit(1) from error


@app.command()
def up() -> None:
    """Starts Takt for real work and keeps it running until Ctrl-C or SIGTERM."""
    launch: Launch | None = None
    try:
        launch = Launch(read_settings(), say)
        for sentence in unread_settings(os.environ):
            say(sentence)
        launch.open()
        code, first = launch.prepare()
        if first is not None:
            say(f"the first administrator is {first[0]} with the password {first[1]} (shown this once)")
        say(f"the screen is at {launch.url}; sign in once with {launch.url}/#code={code}")
        raise typer.Exit(launch.run())
    except StartRefused as error:
        say(str(error))
        raise typer.Exit(2) from error
    finally:
        if launch is not None:
            launch.close()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the first unit; exit code 0 if all of it happened.")] = False,
    camera: Annotated[str, typer.Option(help="0, a URL, or a folder with labels/ and unit/; default: composed pictures.")] = "",
) -> None:
    """Shows the whole main job: records labels, trains, coaches units, reads the intervals back."""
    try:
        raise typer.Exit(demonstration.run(once=once, camera=camera, say=say))
    except StartRefused as error:
        say(str(error))
        raise typer.Exit(2) from error


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What the token may do.")],
    organisation: Organisation = "default",
    networks: Annotated[str, typer.Option(help="Numbers of the networks whose devices it may see, comma separated.")] = "",
) -> None:
    """Prints a token that is valid for 12 hours, alone, on stdout."""
    run(administration.print_token(organisation, role, networks))


@organisation_app.command("add")
def organisation_add(name: str) -> None:
    """Adds an organisation and its first administrator."""
    run(administration.add_organisation(name))


@user_app.command("add")
def user_add(email: str, role: Annotated[Role, typer.Option()], organisation: Organisation = "default") -> None:
    """Adds an account; its password is made and shown once."""
    run(administration.add_user(organisation, email, role))


@station_app.command("add")
def station_add(
    station_id: str,
    camera: Annotated[str, typer.Option(help="0, /dev/video0, an rtsp:// or http:// URL, a folder, or push.")],
    machine: Annotated[str, typer.Option(help="Identifier of the machine whose timeline it feeds.")] = "",
    organisation: Organisation = "default",
) -> None:
    """Adds a station with its camera, or changes it."""
    run(administration.add_station(organisation, station_id, camera, machine))


@app.command("export")
def export_command(file: Path, organisation: Organisation = "default") -> None:
    """Writes the machines, events, downtimes and times of apps of an organisation into FILE, packed if it ends in .gz."""
    run(transfer.export_file(organisation, file))


@app.command("import")
def import_command(file: Path, organisation: Organisation = "default") -> None:
    """Brings an export into an organisation; nothing newer is overwritten, and it may be repeated."""
    run(transfer.import_file(organisation, file))


@app.command("doctor")
def doctor_command() -> None:
    """Says what is configured, what is missing, and whether what is acknowledged is durable."""
    raise typer.Exit(asyncio.run(doctor.examine(say)))


@app.command(context_settings=PASS_ON)
def test(context: typer.Context) -> None:
    """Runs the tests; arguments go to pytest."""
    raise typer.Exit(tooling.run_tests(context.args))


@app.command()
def check() -> None:
    """Checks format, lint, types and the laws of the house."""
    raise typer.Exit(tooling.run_checks())


@app.command(context_settings=PASS_ON)
def bench(context: typer.Context, name: str) -> None:
    """Measures one promise and prints one line of JSON."""
    raise typer.Exit(tooling.run_bench(name, context.args))


@app.command()
def docs() -> None:
    """Writes the generated documents again."""
    raise typer.Exit(tooling.write_docs())


if __name__ == "__main__":
    app(prog_name="takt")
