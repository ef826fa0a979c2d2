"""The README's first command, on a fresh clone, as a stranger types it."""

import re
import subprocess

import pytest

from tests.support.system import ROOT, environment

# A clone that has to fetch its packages, then learns and coaches on a machine that also runs other tests.
WITHIN_S = 420.0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("clone")
    clone = folder / "takt"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True, timeout=60)
    clean = environment(folder / "data")
    clean.pop("PYTHONPATH")
    return subprocess.run(
        [str(clone / "takt"), "demo", "--once"], env=clean, cwd=folder, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def test_the_demo_of_a_fresh_clone_teaches_coaches_and_reads_back_and_ends_with_0(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-4000:]


@pytest.mark.parametrize("event", ["COACHING_STARTED", "STEP_COMPLETE", "STEP_ADVANCE", "COACHING_COMPLETE"])
def test_every_kind_of_event_is_printed(told: subprocess.CompletedProcess[str], event: str) -> None:
    assert event in told.stdout


def test_the_wrong_part_and_the_covered_view_are_said(told: subprocess.CompletedProcess[str]) -> None:
    assert "INCORRECT" in told.stdout
    assert "OCCLUDED" in told.stdout


def test_the_intervals_read_back_over_rest_are_printed(told: subprocess.CompletedProcess[str]) -> None:
    read_back = told.stdout.partition("read back over GET /api/v1/events")[2]
    assert len(re.findall(r"^ *step +\d{4}-.*\d\.\d ", read_back, re.MULTILINE)) == 4
    assert len(re.findall(r"^ *cycle +\d{4}-.*\d\.\d ", read_back, re.MULTILINE)) == 1


def test_it_says_where_the_screen_is_and_how_to_sign_in(told: subprocess.CompletedProcess[str]) -> None:
    assert re.search(r"the screen is at http://127\.0\.0\.1:\d+", told.stderr)
    assert re.search(r"sign in once with http://127\.0\.0\.1:\d+/#code=\S+", told.stderr)
