"""The training studio in a real browser: somebody who has never seen it teaches an assembly."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_hub import ASSEMBLY, FakeHub
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]

RUN = {"id": "r", "state": "running", "stage": "wrong placements", "fraction": 0.42, "loss": 0.2, "accuracy": None, "seconds_left": 1.6,
       "model_version": None, "error": ""}  # fmt: skip


def version(number: int) -> dict[str, object]:
    """A trained version whose second step was mixed up once."""
    names = {"previous": 1.0, "good": 0.93, "occluded": 1.0}
    steps = []
    for n in (1, 2):
        evaluation = [{"label": f"step-{n}_{name}", "accuracy": share, "frames": 14} for name, share in names.items()]
        mixed = [{"label": f"step-{n}_good", "taken_for": "wrong", "frames": 1, "of": 14}]
        steps.append({"step_id": n, "number": n, "threshold": 1.0, "labels": [], "evaluation": evaluation, "confusion": mixed,
                      "sentences": ["It comes from one recording."]})  # fmt: skip
    return {"number": number, "created_at_ms": int(time.time() * 1000), "seconds": 2.6, "frames": 120, "steps": steps}


def calls(hub: FakeHub) -> list[str]:
    """The changing operations that were asked for, in order."""
    return [path.replace(ASSEMBLY, "ID").rsplit("/", 1)[0] if path.count("/") > 2 else path
            for method, path, _ in hub.requests if method != "GET" and path.startswith("/model/")]  # fmt: skip


def hold(page: Page, ms: int) -> None:
    """Holds Space."""
    page.keyboard.down("Space")
    page.wait_for_timeout(ms)
    page.keyboard.up("Space")


def test_a_stranger_teaches_an_assembly_with_the_keyboard_alone(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.assemblies = []
    page = open_tab(f"{fake.url}/train").page
    expect(page.get_by_role("heading", name="Teach Takt an assembly")).to_be_visible()
    assert problems(page, may_scroll=True) == []
    page.get_by_label("Its name").focus()
    page.keyboard.type("Pump housing")
    page.keyboard.press("Enter")
    expect(page.locator(".target-title")).to_have_text("Before step 1")
    expect(page.locator("live-picture")).to_have_attribute("data-picture", "some")
    expect(page.get_by_role("button", name="Train", exact=True).last).to_be_disabled()
    page.evaluate("document.activeElement.blur()")
    hold(page, 1500)
    expect(page.locator(".told")).to_contain_text("42 pictures taken.")
    expect(page.locator(".film li")).not_to_have_count(0)
    page.get_by_role("button", name="Add a step").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Fit the seal")
    assert problems(page, may_scroll=True) == []
    page.keyboard.press("Enter")
    expect(page.locator(".target-title")).to_have_text("1 Fit the seal")
    page.locator("#hold").focus()
    hold(page, 1500)
    expect(page.locator(".target-row[aria-current]")).to_contain_text("42 pictures")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".target-title")).to_have_text("Hands in the way")
    page.locator("#train").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".run-words")).to_contain_text("Waiting for the trainer")
    bodies = [body for _, path, body in fake.requests if path.startswith("/model/start")]
    assert bodies[0] == {"step_index": 0, "step_type": "MASTER", "step_camera_name": "bench-1"}
    assert bodies[1]["step_index"] == 1
    assert bodies[1]["step_description"] == "Fit the seal"
    assert [path.split("/")[2] for path in calls(fake)] == ["new", "start", "end", "start", "end", "train"]


def test_a_camera_that_works_is_not_called_away_before_there_is_an_assembly(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.assemblies = []
    page = open_tab(f"{fake.url}/train").page
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    expect(page.get_by_role("heading", name="Teach Takt an assembly")).to_be_visible()
    # Longer than a picture may be away without being missed.
    page.wait_for_timeout(3_000)
    expect(page.locator("connection-badge")).to_contain_text("live")
    assert warned == []


def test_what_was_too_short_or_a_slip_is_taken_back(fake: FakeHub, open_tab: OpenTab) -> None:
    page = open_tab(f"{fake.url}/train#{ASSEMBLY}").page
    expect(page.locator(".target-title")).to_have_text("Before step 1")
    expect(page.locator("live-picture")).to_have_attribute("data-picture", "some")
    hold(page, 300)
    expect(page.locator(".told")).to_contain_text("Too short")
    page.keyboard.down("Space")
    expect(page.locator("#hold")).to_contain_text("Let go to end")
    page.keyboard.press("Escape")
    page.keyboard.up("Space")
    expect(page.locator(".told")).to_contain_text("Taken back")
    page.get_by_text("Start over").click()
    box = page.locator("#hold").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(1400)
    page.mouse.up()
    expect(page.locator(".told")).to_contain_text("42 pictures taken.")
    assert [path.split("/")[2] for path in calls(fake)] == ["start", "revert", "start", "revert", "start", "end"]
    bodies = [body for _, path, body in fake.requests if path.startswith("/model/start")]
    assert bodies[2]["data_ops"] == "UPDATE"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_training_is_followed_judged_and_put_to_use(fake: FakeHub, open_tab: OpenTab, size: tuple[int, int], dark: bool) -> None:
    fake.versions = {"active": 1, "versions": [version(1)]}
    page = open_tab(f"{fake.url}/train#{ASSEMBLY}", size, dark=dark).page
    expect(page.locator("live-picture")).to_have_attribute("data-picture", "some")
    assert problems(page, may_scroll=True) == []
    page.locator("#train").click()
    fake.latest(f"training:{ASSEMBLY}", RUN)
    expect(page.locator(".run-words")).to_have_text("Training: wrong placements, about 2 s left")
    expect(page.get_by_role("button", name="Cancel training")).to_be_visible()
    assert problems(page, may_scroll=True) == []
    fake.versions["versions"].insert(0, version(2))
    fake.latest(f"training:{ASSEMBLY}", RUN | {"state": "finished", "fraction": 1.0, "model_version": 2})
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    expect(page.locator(".mix-ups")).to_contain_text("“Step 1 done” was taken for “Something wrong” in 1 of 14 pictures.")
    assert page.locator(".matrix td[data-cell=mixed]").all_inner_texts() == ["1"]
    assert problems(page, may_scroll=True) == []
    page.get_by_role("button", name="Use version 2").click()
    expect(page.get_by_role("dialog")).to_contain_text("go back to version 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="In use", exact=True)).to_be_visible()
    page.locator("[data-key=v1]").click()
    page.get_by_role("button", name="Use version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(page.locator("#notice")).to_contain_text("Version 1 is in use.")
    assert fake.versions["active"] == 1


def test_without_a_picture_nothing_can_be_recorded(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.pictures = False
    page = open_tab(f"{fake.url}/train#{ASSEMBLY}").page
    expect(page.locator(".target-what")).to_contain_text("No picture from the camera")
    expect(page.locator("#hold")).to_be_disabled()
    assert problems(page, may_scroll=True) == []


def test_only_a_supervisor_teaches(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.role = "operator"
    page = open_tab(f"{fake.url}/train").page
    expect(page.get_by_role("heading", name="Only supervisors teach")).to_be_visible()
    assert problems(page) == []


def test_what_a_recording_lacks_is_said_in_words(fake: FakeHub, open_tab: OpenTab) -> None:
    page = open_tab(f"{fake.url}/train").page
    hints = page.evaluate(
        """async () => {
          const { hint } = await import("/static/hmi/train/coverage.js");
          const flat = (value) => Array(100).fill(value);
          const moved = (shift) => Array.from({ length: 100 }, (_, at) => 100 + ((at + shift) % 7) * 12);
          const said = (samples, more) => hint({ samples, frames: 40, recordings: 1, kind: "step", ...more }).split(".")[0];
          return [said([flat(20), flat(20)]), said([flat(230), flat(230)]), said([flat(100), flat(100)]), said([moved(0), moved(3)]),
                  said([moved(0), moved(3).map((value) => value + 20)]), said([flat(100), flat(100)], { kind: "hands" }),
                  said([], { frames: 5 })];
        }"""
    )
    assert hints == ["The pictures are very dark", "The pictures are very bright", "All pictures look alike", "Only one light", "",
                     "Hardly any movement", "Very short"]  # fmt: skip
