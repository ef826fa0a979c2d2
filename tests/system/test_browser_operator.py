"""The operator's screen in a real browser, in every state that a hub can put it in."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.coached_page import coached, see
from tests.support.fake_hub import STATION, FakeHub, assembly
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
    fake.refusing = True
    fake.cut()
    look_at("link", "No connection for")
    expect(page.locator("live-picture")).to_have_attribute("data-stale", "yes")
    fake.refusing = False
    expect(page.locator("live-picture")).to_have_attribute("data-stale", "no", timeout=12_000)
    fake.wait_for_watchers()
    fake.fact("STEP_COMPLETE", 3, "COMPLETE", ago_s=14)
    # Half a second long: looked for at every frame, and without an eval, which the page's policy forbids.
    page.locator("#view[data-look=done]").wait_for(state="attached")
    fake.fact("COACHING_COMPLETE", 3, "COMPLETE")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    assert problems(page) == []
    # No two states look alike once the colours are gone, nor once the shapes are.
    assert len({shape for _, shape in told}) == len(told) == 8


def test_twenty_steps_fit_without_scrolling(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.assemblies = [assembly(20)]
    for size in (LANDSCAPE, PORTRAIT):
        page = coached(fake, open_tab, size).page
        expect(page.locator(".strip li")).to_have_count(20)
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
