"""From screen to screen, by keys alone, and beside readers that type: in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium, scan
from tests.support.browser_fixtures import OpenTab
from tests.support.coached_page import coached
from tests.support.fake_catalogue import BADGE, FakeCatalogue, record
from tests.support.fake_hub import FakeHub
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]

# A serial number as a scanner types it: with the keys that pause, skip, mute and list the keys at the bench.
CODE = "SN 4711 SM?"


def ways(page: Page) -> list[str]:
    """The other screens that are offered, by what a screen reader calls them."""
    place = page.get_by_role("navigation", name="Other screens")
    expect(place).to_have_attribute("data-role", "admin")
    names: list[str] = place.get_by_role("link").all_inner_texts()
    return [name.strip() for name in names]


@pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, False), (PORTRAIT, True)], ids=["1280x800 light", "820x1180 dark"])
def test_each_screen_leads_to_the_others_with_the_keyboard(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    page = open_tab(catalogue.url, size, dark=dark).page
    assert ways(page) == ["Floor", "Teach", "Administration"]
    page.get_by_role("link", name="Teach").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Teach Takt an assembly")).to_be_visible()
    assert ways(page) == ["Bench", "Floor", "Administration"]
    assert problems(page, may_scroll=True) == []
    page.get_by_role("link", name="Administration").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Operators")).to_be_visible()
    assert ways(page) == ["Bench", "Floor", "Teach"]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Undo, while the bar stands at the bottom")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Bench").click()
    expect(page.get_by_role("heading", name="Who builds?")).to_be_visible()
    # Whoever signs in at the bench is led no further than their own role, and nobody is while a unit is built.
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")
    expect(page.locator(".builder")).to_have_text("Jana Dvořák")
    expect(page.get_by_role("navigation", name="Other screens").get_by_role("link")).to_have_text(["Floor"])
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    expect(page.get_by_role("navigation", name="Other screens")).to_be_hidden()


def test_the_focus_is_never_lost_whatever_the_keys_and_the_hub_do(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.operators, catalogue.pictures = [], True
    page = coached(catalogue, open_tab).page
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Pause")).to_be_focused()
    page.keyboard.press("Enter")
    # Another button stands beside it now, and it is called otherwise.
    expect(page.get_by_role("button", name="Cancel unit")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    catalogue.refusing = True
    catalogue.cut()
    expect(page.get_by_role("button", name="Go on")).to_be_disabled()
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    catalogue.refusing = False
    expect(page.get_by_role("button", name="Go on")).to_be_enabled(timeout=20_000)
    assert [one["interrupt"]["interrupt_type"] for one in catalogue.coach_requests if "interrupt" in one] == ["PAUSE"]
    catalogue.wait_for_watchers()
    catalogue.fact("COACHING_COMPLETE", 3, "COMPLETE")
    expect(page.get_by_role("button", name="Next unit")).to_be_focused()
    page.get_by_role("button", name="Another assembly").click()
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


def test_pages_are_turned_and_left_with_the_keyboard(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.records = [record(n, [11, 17, 19, 8, 14, 6]) for n in range(1, 20)]
    page = open_tab(catalogue.url).page
    expect(page.get_by_role("button", name="Jana Dvořák")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("PIN or password")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Jana Dvořák")).to_be_focused()
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="My units").click()
    expect(page.locator(".unit-button").first).to_be_focused()
    turn = page.get_by_role("button", name="Next page")
    turn.focus()
    for at in (2, 3, 4):
        page.keyboard.press("Enter")
        expect(page.locator(".pager")).to_contain_text(f"{at} of 4")
    # At the last page it is the way back that can be pressed.
    expect(page.get_by_role("button", name="page before")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()


def test_what_a_reader_types_while_a_unit_is_built_does_nothing(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    dialog = page.get_by_role("dialog")

    assert scan(page, CODE)
    page.get_by_role("button", name="Pause").focus()
    assert scan(page, CODE)
    # Longer than it takes until a key is known to be a hand's.
    page.wait_for_timeout(150)
    expect(dialog).to_have_count(0)
    # A hand's key still does what it does.
    page.keyboard.press("s")
    page.get_by_label("Another reason").check()
    expect(page.get_by_label("The reason in your words")).to_be_focused()
    assert scan(page, CODE)
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Sound on")).to_be_attached()
    page.keyboard.press("Escape")
    assert not [one for one in fake.coach_requests if "interrupt" in one]


def test_what_a_reader_types_where_no_operators_are_kept_starts_no_unit(fake: FakeHub, open_tab: OpenTab) -> None:
    page = open_tab(fake.url).page
    for place in (page.get_by_role("radio"), page.get_by_label("Your name")):
        place.focus()
        assert scan(page, CODE)
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    assert not [one for one in fake.coach_requests if "start" in one]
