"""The operator's screen in a real browser, in every state that a hub can put it in."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.coached_page import coached, in_step_three, see
from tests.support.fake_hub import ASSEMBLY, RECORD, STATION, FakeHub, assembly
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]


SEEN = [
    # look, what the hub's view is, words on the screen, evidence
    ("waiting", {"view": "waiting", "value": "previous", "evidence": 0.02}, "Waiting for step 3"),
    ("seen", {"view": "seen", "value": "good", "evidence": 0.72}, "Looks right"),
    ("wrong", {"view": "wrong", "value": "wrong", "evidence": 0.2, "step_status": "INCORRECT"}, "Not right"),
    ("unsure", {"view": "not_sure", "value": "not_sure", "evidence": 0.1}, "Not sure"),
    ("hands", {"view": "hands", "value": "occluded", "evidence": 0.4, "step_status": "OCCLUDED"}, "Hands in the way"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_every_state_is_told_in_colour_shape_and_words_and_can_be_read(
    fake: FakeHub, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    fake.assemblies = [by_hand(4)]
    page = coached(fake, open_tab, size, dark=dark).page
    told: set[tuple[str, str]] = set()

    def look_at(look: str, words: str) -> None:
        expect(page.locator("#view")).to_have_attribute("data-look", look)
        expect(page.locator(".state-words")).to_contain_text(words)
        assert problems(page) == [], look
        frame = page.evaluate("getComputedStyle(document.getElementById('caption')).backgroundColor")
        told.add((frame, str(page.locator("state-caption .icon").get_attribute("data-icon"))))

    for look, said, words in SEEN:
        see(fake, page, look, **said)
        look_at(look, words)
    fake.fact("COACHING_PAUSED", 3)
    look_at("paused", "Paused")
    fake.fact("COACHING_RESUMED", 3)
    fake.pictures = False
    look_at("camera", "No picture for")
    fake.pictures = True
    fake.fact("STEP_ADVANCE", 4)
    look_at("hand", "Press Done")
    fake.fact("STEP_ADVANCE", 3)
    fake.refusing = True
    fake.cut()
    look_at("link", "No connection for")
    expect(page.locator("live-picture")).to_have_attribute("data-stale", "yes")
    fake.refusing = False
    expect(page.locator("live-picture")).to_have_attribute("data-stale", "no")
    fake.wait_for_watchers()
    fake.fact("STEP_COMPLETE", 3, "COMPLETE", ago_s=14)
    # Half a second long: looked for at every frame, and without an eval, which the page's policy forbids.
    page.locator("#view[data-look=done]").wait_for(state="attached")
    fake.fact("COACHING_COMPLETE", 3, "COMPLETE")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    assert problems(page) == []
    # No two states look alike once the colours are gone, nor once the shapes are.
    assert len({shape for _, shape in told}) == len(told) == 9


LONG = "Verbindungsstückschraubensicherungsblechhalterung und noch mehr davon, " * 3
RIGHT_TO_LEFT = "ركّب الغطاء على الهيكل ثم اضغط حتى تسمع نقرتين (رقم 12-A)"


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_many_steps_and_long_names_in_any_script_fit_without_scrolling(fake: FakeHub, open_tab: OpenTab, size: tuple[int, int]) -> None:
    fake.assemblies = [assembly(20)]
    page = coached(fake, open_tab, size).page
    expect(page.locator(".strip li")).to_have_count(20)
    assert problems(page) == []
    fake.assemblies = [assembly(200) | {"name": LONG}]
    for step in fake.assemblies[0]["steps"]:
        step["name"] = step["description"] = LONG if step["number"] % 2 else RIGHT_TO_LEFT
    fake.stations[0]["name"] = LONG
    fake.fact("STEP_ADVANCE", 121)
    page.reload()
    expect(page.locator(".step-number")).to_have_text("121")
    expect(page.locator(".strip li").first).to_have_text("118 before")
    expect(page.locator(".strip li").last).to_have_text("74 more")
    assert problems(page) == []
    fake.fact("STEP_ADVANCE", 122)
    expect(page.locator(".step-number")).to_have_text("122")
    assert problems(page) == []


def test_a_unit_is_built_from_start_to_next_unit_with_the_keyboard_alone(fake: FakeHub, open_tab: OpenTab) -> None:
    page = open_tab(fake.url).page
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    assert problems(page) == []
    reach(page, "Your name")
    page.keyboard.type("J. Dvořák", delay=45)
    page.keyboard.press("Enter")
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    expect(page.locator("#person")).to_have_text("J. Dvořák")
    fake.wait_for_watchers()
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog")).to_contain_text("Pause this unit?")
    page.keyboard.press("Space")
    expect(page.locator(".state-words")).to_have_text("Paused")
    page.keyboard.press("Space")
    expect(page.locator(".state-words")).to_contain_text("Waiting for step 1")
    fake.fact("STEP_COMPLETE", 1, "COMPLETE", ago_s=9)
    fake.fact("STEP_ADVANCE", 2)
    expect(page.locator(".step-name")).to_have_text("Fit the gasket")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    skip_with_the_keyboard(page)
    expect(page.locator(".step-name")).to_have_text("Fit the gasket")
    asked = [request["interrupt"] for request in fake.coach_requests if "interrupt" in request]
    assert [one["interrupt_type"] for one in asked] == ["PAUSE", "RESUME", "STEP_BACK", "SKIP_STEP"]
    assert asked[-1]["reason"] == "A part is damaged"
    fake.fact("COACHING_COMPLETE", 2, "COMPLETE")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    starts = [request["start"] for request in fake.coach_requests if "start" in request]
    assert [start["operator_id"] for start in starts] == ["J. Dvořák", "J. Dvořák"]
    assert starts[0]["station_id"] == STATION


def by_hand(step: int) -> dict[str, Any]:
    """The assembly with one step that no camera checks."""
    made = assembly()
    made["steps"][step - 1]["action"] = "QA"
    return made


def told(fake: FakeHub) -> list[tuple[str, str]]:
    """What the page asked of coaching over REST: the path, and the record that it named."""
    return [(path, body["assembly_record_id"]) for method, path, body in fake.requests if method == "POST" and path.startswith("/coach/")]


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_a_step_that_no_camera_checks_is_done_when_the_person_says_so(fake: FakeHub, open_tab: OpenTab, size: tuple[int, int]) -> None:
    fake.assemblies = [by_hand(3)]
    page = coached(fake, open_tab, size).page
    done = page.get_by_role("button", name="Done")
    expect(page.locator("#view")).to_have_attribute("data-look", "hand")
    expect(page.locator(".state-words")).to_contain_text("Press Done")
    expect(page.get_by_role("progressbar", name="Evidence")).to_have_count(0)
    # Nothing that the camera says about it is shown, and a lost camera does not stop it.
    fake.predict(3, view="wrong", value="wrong", evidence=0.2)
    fake.pictures = False
    expect(page.locator("live-picture")).to_have_attribute("data-stale", "no")
    assert problems(page) == []
    done.dblclick()
    expect(page.locator(".step-name")).to_have_text("Press the cover")
    expect(done).to_have_count(0)
    assert told(fake) == [(f"/coach/step/{ASSEMBLY}/4", RECORD)]


def test_the_last_step_that_no_camera_checks_is_done_with_the_enter_key(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.assemblies = [by_hand(6)]
    page = coached(fake, open_tab).page
    page.keyboard.press("Enter")
    for step in (3, 4, 5):
        fake.fact("STEP_COMPLETE", step, "COMPLETE", ago_s=2)
        fake.fact("STEP_ADVANCE", step + 1)
    expect(page.locator("#view")).to_have_attribute("data-look", "hand")
    # Until the finished step has slid away Done waits.
    expect(page.get_by_role("button", name="Done")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    assert told(fake) == [(f"/coach/complete/{ASSEMBLY}", RECORD)]


def test_a_unit_that_does_not_go_on_by_itself_waits_for_the_person(fake: FakeHub, open_tab: OpenTab) -> None:
    in_step_three(fake)
    assert fake.session is not None
    fake.session = {**fake.session, "auto_coach_enabled": False}
    page = open_tab(fake.url).page
    fake.wait_for_watchers()
    see(fake, page, "seen", view="seen", value="good", evidence=1.0)
    expect(page.locator("state-caption")).to_contain_text("Press Done to go on.")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".step-name")).to_have_text("Press the cover")
    assert told(fake) == [(f"/coach/step/{ASSEMBLY}/4", RECORD)]


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_who_is_filmed_is_told_so_as_long_as_it_lasts(fake: FakeHub, open_tab: OpenTab, size: tuple[int, int]) -> None:
    in_step_three(fake)
    assert fake.session is not None
    fake.session = {**fake.session, "filmed": True}
    page = open_tab(fake.url, size).page
    expect(page.locator("#filmed")).to_be_visible()
    fake.wait_for_watchers()
    assert problems(page) == []
    fake.fact("COACHING_PAUSED", 3)
    expect(page.locator("#filmed")).to_be_hidden()
    fake.fact("COACHING_RESUMED", 3)
    expect(page.locator("#filmed")).to_be_visible()
    fake.session = None
    fake.fact("COACHING_COMPLETE", 3, "COMPLETE")
    expect(page.locator("#filmed")).to_be_hidden()


def skip_with_the_keyboard(page: Page) -> None:
    """S asks for a reason and cannot be confirmed without one."""
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Skip")).to_be_disabled()
    assert problems(page) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || document.activeElement.closest('dialog') !== null")
    dialog.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def reach(page: Page, name: str) -> None:
    """Presses Tab until the named control has the focus; what has it can always be seen."""
    for _ in range(20):
        page.keyboard.press("Tab")
        shown, label = page.evaluate(
            "() => { const e = document.activeElement; const box = e.closest('label') ?? e;"
            " return [getComputedStyle(box).outlineStyle !== 'none', (e.labels?.[0] ?? e).textContent.trim()]; }"
        )
        assert shown, label
        if label == name:
            return
    raise AssertionError(f"{name} is not reached with Tab")


EMPTY = [
    ({"stations": []}, "No station yet", "Add the station"),
    ({"stations": [], "role": "operator"}, "No station yet", "Ask a supervisor"),
    ({"assemblies": []}, "Nothing to build yet", "Teach an assembly"),
    ({"assemblies": [assembly(trained=False)]}, "Nothing to build yet", "Teach an assembly"),
    ({"refusing": True}, "Takt does not answer", "Look again"),
]


@pytest.mark.parametrize(
    ("setting", "heading", "onward"), EMPTY, ids=["no station", "no station to add", "no assembly", "not trained", "no answer"]
)
def test_where_there_is_nothing_to_show_a_sentence_says_what_to_do(
    fake: FakeHub, open_tab: OpenTab, setting: dict[str, object], heading: str, onward: str
) -> None:
    for name, value in setting.items():
        setattr(fake, name, value)
    page = open_tab(fake.url).page
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("main")).to_contain_text(onward)
    assert problems(page) == []


def test_what_has_been_taught_meanwhile_can_be_built_without_loading_the_page_again(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.assemblies = []
    page = open_tab(fake.url).page
    expect(page.get_by_role("heading", name="Nothing to build yet")).to_be_visible()
    fake.assemblies = [assembly()]
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()


def test_the_station_is_chosen_once_and_remembered(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.stations = [{**fake.stations[0], "id": f"bench-{n}", "name": f"Bench {n}"} for n in (1, 2, 3)]
    page = open_tab(fake.url).page
    expect(page.get_by_role("heading", name="Where are you?")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("button", name="Bench 2").click()
    expect(page.locator("#place")).to_have_text("Bench 2")
    page.reload()
    expect(page.locator("#place")).to_have_text("Bench 2")


def test_a_viewer_sees_everything_and_is_offered_nothing_that_changes_the_unit(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.role = "viewer"
    page = coached(fake, open_tab).page
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    expect(page.get_by_role("button", name="Skip")).to_have_count(0)
    see(fake, page, "seen", view="seen", value="good")
