"""The doctor names a set-up that lets others see what is not theirs, and settings that nobody reads."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from hub.doctor import examine


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("TAKT_DATA_DIR", str(folder))
    return folder


async def findings(capsys: pytest.CaptureFixture[str]) -> str:
    await examine(print)
    return capsys.readouterr().out


async def test_a_hub_that_is_open_to_the_network_without_tls_is_named(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAKT_HOST", "0.0.0.0")
    assert "TO DO  0.0.0.0 is open to the network: passwords cross it readable" in await findings(capsys)
    monkeypatch.setenv("TAKT_ALLOWED_ORIGINS", "https://takt.example")
    assert "ok     0.0.0.0 is open to the network: https behind a proxy" in await findings(capsys)
    assert "name the proxy's own address in TAKT_TRUSTED_PROXIES" in await findings(capsys)
    monkeypatch.setenv("TAKT_TRUSTED_PROXIES", "127.0.0.1, 10.1.0.0/24")
    monkeypatch.setenv("TAKT_HOST", "127.0.0.1")
    said = await findings(capsys)
    assert "open to the network" not in said
    assert "TAKT_TRUSTED_PROXIES" not in said


@pytest.mark.parametrize(("folder", "file", "is_named"), [(0o755, 0o644, True), (0o755, 0o600, False), (0o700, 0o644, False)])
async def test_what_others_can_read_of_the_data_is_named(
    data_dir: Path, capsys: pytest.CaptureFixture[str], folder: int, file: int, is_named: bool
) -> None:
    def open_up() -> None:
        (data_dir / "takt.log").write_text("")
        (data_dir / "takt.log").chmod(file)
        data_dir.chmod(folder)

    await asyncio.to_thread(open_up)
    told = f"TO DO  others on this machine can read {data_dir / 'takt.log'}: chmod -R go= {data_dir}"
    assert (told in await findings(capsys)) is is_named


async def test_what_vision_refuses_and_what_nobody_reads_is_named(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAKT_CAMERA_READ_TIMEOUT_S", "-1")
    monkeypatch.setenv("TAKT_HOTS", "0.0.0.0")
    monkeypatch.setenv("TAKT_CAMERA_FOLDERS", str(data_dir / "nowhere"))
    said = await findings(capsys)
    assert "TO DO  TAKT_CAMERA_READ_TIMEOUT_S='-1': Input should be greater than 0" in said
    assert "TO DO  TAKT_HOTS is no setting and is not read; did you mean TAKT_HOST?" in said
    assert f"TO DO  TAKT_CAMERA_FOLDERS names {data_dir / 'nowhere'}, which is no folder here" in said


async def test_a_store_that_is_away_is_said_once(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAKT_REDIS_URL", "redis://127.0.0.1:1")
    assert (await findings(capsys)).count("the store cannot be reached") == 1


def test_what_a_command_writes_is_nobody_elses(data_dir: Path) -> None:
    subprocess.run([sys.executable, "-m", "hub.cli", "doctor"], umask=0o022, capture_output=True, timeout=60, check=False)
    written = [path for path in data_dir.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".aof") for path in written)
    assert [path for path in written if path.stat().st_mode & 0o077] == []
