"""What the documents say of settings and commands is what there is."""

import re
from pathlib import Path

from hub.settings import Settings
from vision.settings import VisionSettings

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`(TAKT_[A-Z_]+)`", (ROOT / "docs" / "running.md").read_text().partition("## Settings")[2]))
    real = {f"TAKT_{name.upper()}" for name in Settings.model_fields | VisionSettings.model_fields}
    assert documented == real


def test_links_of_the_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert broken == []
