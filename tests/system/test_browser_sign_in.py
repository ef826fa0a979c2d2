"""Operators at the bench in a real browser: who builds, by password and by badge, what to build, and what they have built."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, eventually, keep, needs_chromium, scan
from tests.support.browser_fixtures import OpenTab
from tests.support.coached_page import coached
from tests.support.fake_catalogue import BADGE, PASSWORD, FakeCatalogue, operator, record, token
from tests.support.fake_hub import assembly
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]

BOTH = pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, False), (PORTRAIT, True)], ids=["1280x800 light", "820x1180 dark"])
# As a person types; a reader types as quickly as it can.
HAND_MS = 45


def at_the_list(page: Page) -> None:
    """Waits for the operators."""
    expect(page.get_by_role("heading", name="Who builds?")).to_be_visible()


def read_badge(page: Page, badge: str) -> None:
    """What a reader types."""
    page.keyboard.type(badge)
    page.keyboard.press("Enter")


def by_badge(page: Page) -> None:
    """Signs Jana Dvořák in."""
    at_the_list(page)
    read_badge(page, BADGE)
    expect(page.locator(".builder")).to_have_text("Jana Dvořák")


def test_an_operator_signs_in_with_a_password_is_told_when_it_is_wrong_and_builds_under_their_own_id(
    catalogue: FakeCatalogue, open_tab: OpenTab
) -> None:
    page = open_tab(catalogue.url).page
    at_the_list(page)
    assert problems(page) == []
    expect(page.get_by_role("button", name="Jana Dvořák")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("PIN or password")).to_be_focused()
    page.keyboard.type("not this one", delay=HAND_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That is not the password. Try again.")
    assert problems(page) == []
    # Asked again it would count twice towards the lock-out.
    assert len(catalogue.asked("POST", "/operator/authenticate")) == 1
    page.keyboard.type(PASSWORD, delay=HAND_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    expect(page.locator("#person")).to_have_text("Jana Dvořák")
    assert problems(page) == []
    # Both lines are signed in anew as the operator, and nothing of it looks like a loss.
    eventually(lambda: {("/live", "operator-1"), ("/coach", "operator-1")} <= set(catalogue.auths))
    expect(page.locator("#badge")).to_have_attribute("data-state", "idle")
    expect(page.get_by_role("radio")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    expect(page.locator("#person")).to_have_text("Jana Dvořák")
    starts = [request["start"] for request in catalogue.coach_requests if "start" in request]
    assert [start["operator_id"] for start in starts] == ["1"]
    asked = catalogue.asked("POST", "/operator/authenticate")
    assert asked[-1] == {"first_name": "Jana", "last_name": "Dvořák", "password": PASSWORD}
    # No token is kept: neither the screen's nor the operator's.
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "fake-token" not in kept
    assert "operator-1" not in kept


def test_digits_can_be_touched_instead_of_typed(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = open_tab(catalogue.url, PORTRAIT, dark=True).page
    at_the_list(page)
    page.get_by_role("button", name="Petr Novák").click()
    assert problems(page) == []
    for digit in "4711":
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Delete the last one").click()
    expect(page.get_by_label("PIN or password")).to_have_value("471")
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_label("PIN or password")).to_have_value("")
    page.get_by_role("button", name="Somebody else").click()
    page.get_by_role("button", name="Marie Svobodová").click()
    expect(page.locator("main")).to_contain_text("has no password. Hold the badge to the reader.")
    assert problems(page) == []


def test_a_badge_signs_in_wherever_the_focus_is_and_another_badge_changes_who_builds(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = open_tab(catalogue.url).page
    at_the_list(page)
    read_badge(page, "FFFF0000")
    expect(page.get_by_role("alert").first).to_have_text("Nobody who may build here has this badge.")
    page.get_by_role("button", name="Petr Novák").click()
    # The field for the password has the focus: nothing of the badge is taken for one.
    assert scan(page, BADGE)
    expect(page.locator(".builder")).to_have_text("Jana Dvořák")
    assert catalogue.asked("POST", "/operator/authenticate") == []
    # The reader's Enter starts no unit.
    read_badge(page, "77777777")
    expect(page.locator(".builder")).to_have_text("Marie Svobodová")
    assert not [request for request in catalogue.coach_requests if "start" in request]
    assert [body["rfid"] for body in catalogue.asked("POST", "/operator/rfid/verify")] == ["FFFF0000", BADGE, "77777777"]


def test_after_a_unit_a_badge_of_somebody_else_starts_nothing_for_the_one_before(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = open_tab(catalogue.url).page
    by_badge(page)
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".step-name")).to_have_text("Lay the base plate")
    catalogue.fact("COACHING_COMPLETE", 6, "COMPLETE")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    read_badge(page, "77777777")
    expect(page.locator(".builder")).to_have_text("Marie Svobodová")
    assert len([request for request in catalogue.coach_requests if "start" in request]) == 1


def test_after_a_unit_that_nobody_here_began_the_next_one_asks_who_builds(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.pictures = True
    page = coached(catalogue, open_tab).page
    catalogue.fact("COACHING_COMPLETE", 6, "COMPLETE")
    expect(page.get_by_role("heading", name="Unit complete")).to_be_visible()
    page.keyboard.press("Enter")
    at_the_list(page)
    assert not [request for request in catalogue.coach_requests if "start" in request]


def test_who_signs_out_or_is_signed_out_by_the_hub_is_asked_who_builds(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = open_tab(catalogue.url).page
    by_badge(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("Sign out Jana Dvořák?")
    page.keyboard.press("Enter")
    at_the_list(page)
    eventually(lambda: ("POST", "/api/v1/auth/logout", None) in catalogue.requests)
    # The screen itself stays signed in: the log-out of an operator takes no cookie along.
    catalogue.signed_in = True
    by_badge(page)
    # What is read after a sign-in has come.
    page.wait_for_load_state("networkidle")
    catalogue.bearers.discard(f"Bearer {token(catalogue.operators[0])}")
    page.get_by_role("button", name="My units").click()
    at_the_list(page)
    expect(page.get_by_role("alert").first).to_have_text("Your sign-in has ended. Sign in again.")


def test_a_station_with_a_key_needs_no_person_to_sign_the_screen_in(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.signed_in = False
    catalogue.bearers = {"Bearer takt_rw_key"} | {one for one in catalogue.bearers if "operator-" in one}
    catalogue.user_name = ""
    tab = open_tab(f"{catalogue.url}/#key=takt_rw_key")
    at_the_list(tab.page)
    assert "key" not in tab.page.url
    expect(tab.page.get_by_role("button", name="Go on as")).to_have_count(0)
    tab.page.reload()
    by_badge(tab.page)
    stranger = open_tab(catalogue.url).page
    expect(stranger.get_by_label("E-mail")).to_be_visible()


def test_whoever_is_signed_in_as_a_user_may_build_under_their_name(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = open_tab(catalogue.url).page
    at_the_list(page)
    page.get_by_role("button", name="Go on as A. Novák").click()
    expect(page.get_by_label("Your name")).to_have_value("A. Novák")
    page.get_by_role("button", name="Sign out").click()
    at_the_list(page)


@BOTH
def test_many_operators_and_assemblies_are_found_on_pages_without_scrolling(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    letters = "ABCDEFGHIJKLMNOPRSTUVZ"
    catalogue.operators = [operator(n, f"{letters[n % 22]}nastazie", f"Novotná {n}") for n in range(1, 60)]
    catalogue.assemblies = [
        {**assembly(), "id": f"aaaaaaaa-0000-4000-8000-{n:012d}", "name": f"Pump housing, left side, variant {n}"} for n in range(1, 13)
    ]
    built = catalogue.assemblies[:11]
    catalogue.coachable = [{"id": {"id": one["id"]}, "image_link": "/picture", "revision": 3, "product_version": ""} for one in built]
    catalogue.role = "operator"
    page = open_tab(catalogue.url, size, dark=dark).page
    at_the_list(page)
    assert problems(page) == []
    page.get_by_role("button", name="Names with Z").click()
    expect(page.get_by_role("button", name="Znastazie Novotná 21")).to_be_visible()
    page.get_by_role("button", name="Go on as").click()
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    eventually(lambda: page.locator(".choice img:visible").count() > 0)
    assert problems(page) == []
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("radio")).to_have_count(11 - (8 if size == LANDSCAPE else 9))
    page.get_by_role("radio", name="variant 11").check(force=True)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#person")).to_have_text("A. Novák")
    start: dict[str, Any] = next(request["start"] for request in catalogue.coach_requests if "start" in request)
    assert start["assembly_id"].endswith("000000000011")


@BOTH
def test_an_operator_looks_at_their_own_units_with_each_step_against_its_benchmark(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    twice = record(1, [13.5, 15, 22, 7, 14, 5])
    twice["step_results"].append({**twice["step_results"][1], "seconds": 9.0})
    long = record(2, [11, 17, 19, 8, 14, 6] * 2, "cancelled")
    catalogue.records = [twice, long, *(record(n, [11, 17, 19, 8, 14, 6]) for n in range(3, 15))]
    page = open_tab(catalogue.url, size, dark=dark).page
    by_badge(page)
    page.get_by_role("button", name="My units").click()
    expect(page.get_by_role("heading", name="Your units")).to_be_visible()
    bars = page.locator(".history-bars evidence-bar")
    expect(bars).to_have_count(6)
    expect(page.locator(".history-sum")).to_contain_text("3 steps of 6 took longer than planned.")
    expect(bars.nth(1).locator(".bar-number")).to_have_text("0:24 of 0:18, 2 times")
    assert [bars.nth(n).get_attribute("data-tone") for n in (0, 1, 3)] == ["warn", "warn", "ok"]
    # All bars have one scale: the longest step fills it, and the benchmark's mark stands where its time is.
    widths = [bars.nth(n).locator(".bar-fill").evaluate("e => e.style.getPropertyValue('--share')") for n in (1, 0)]
    assert widths == ["100%", "56%"]
    assert bars.nth(1).locator(".bar-tick").evaluate("e => e.style.getPropertyValue('--at')") == "75%"
    assert problems(page) == []
    if size == LANDSCAPE:
        keep(page, "units")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".unit-button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".unit-button").nth(1)).to_contain_text("cancelled")
    page.get_by_label("Other pages").last.get_by_role("button", name="Next page").click()
    expect(bars.first.locator(".bar-name")).to_contain_text("11  Fit both screws" if size == LANDSCAPE else "10  Press the cover")
    page.get_by_label("Other pages").first.get_by_role("button", name="Next page").click()
    expect(page.locator(".unit-button").first).to_have_attribute("data-record", catalogue.records[6 if size == LANDSCAPE else 5]["id"])
    assert problems(page) == []
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
