"""What the documents say of settings and commands is what there is."""

import re
from pathlib import Path

from hub.cli import app
from hub.settings import Settings
from hub.tooling import BENCHES
from hub.version import VERSION
from vision.settings import VisionSettings

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`(TAKT_[A-Z_]+)`", (ROOT / "docs" / "running.md").read_text().partition("## Settings")[2]))
    real = {f"TAKT_{name.upper()}" for name in Settings.model_fields | VisionSettings.model_fields}
    assert documented == real


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_files_that_the_documents_name_are_there() -> None:
    rooms = "hub|vision|storage|clients|tests|bench|docs|requirements"
    gone = [
        f"{document.relative_to(ROOT)}: {path}"
        for document in documents()
        for path in re.findall(rf"`((?:{rooms})/[^`\s:]*)[`:]", document.read_text())
        if not list(ROOT.glob(path.rstrip("/")))
    ]
    assert gone == []


def test_commands_that_the_documents_name_are_there() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {group.name for group in app.registered_groups if group.name}
    named = {(document.name, word) for document in documents() for word in re.findall(r"\./takt ([a-z]+)", document.read_text())}
    assert {(name, word) for name, word in named if word not in known} == set()
    benches = {word for document in documents() for word in re.findall(r"\./takt bench ([a-z]+)", document.read_text())}
    assert benches <= set(BENCHES)


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == VERSION


def test_links_of_the_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert broken == []
