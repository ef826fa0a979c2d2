"""The operator's screen when the line to the hub breaks, ages or is refused."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import eventually, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.coached_page import coached
from tests.support.fake_hub import FakeHub
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]


def session_reads(fake: FakeHub) -> int:
    """How often the page read the state of the station."""
    return len([path for _, path, _ in fake.requests if path.endswith("/session")])


def test_facts_missed_while_the_connection_is_cut_are_shown_after_it_and_none_twice(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    read = session_reads(fake)
    fake.refusing = True
    fake.cut(1012)
    expect(page.locator(".state-words")).to_contain_text("No connection for")
    expect(page.get_by_role("button", name="Skip")).to_be_disabled()
    fake.fact("STEP_COMPLETE", 3, "COMPLETE", ago_s=12)
    fake.fact("STEP_ADVANCE", 4)
    fake.fact("STEP_INTERRUPT", 4, "SKIPPED")
    fake.fact("STEP_ADVANCE", 5)
    fake.refusing = False
    expect(page.locator(".step-name")).to_have_text("Fit both screws")
    marks = page.locator(".strip li").evaluate_all("items => items.map((item) => item.dataset.mark)")
    assert marks == ["done", "done", "done", "skipped", "now", "pending"]
    assert session_reads(fake) == read, "the position was enough; nothing was read again"


def test_a_lost_stream_is_read_anew(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    fake.refusing = True
    fake.cut(1012)
    expect(page.locator(".state-words")).to_contain_text("No connection for")
    fake.epoch = "e2"
    fake.fact("STEP_ADVANCE", 5)
    fake.refusing = False
    expect(page.locator(".step-name")).to_have_text("Fit both screws")


def test_an_ended_sign_in_renews_itself_and_a_refused_one_says_so(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    fake.cut(4401)
    eventually(lambda: len([path for _, path, _ in fake.requests if path.endswith("/auth/refresh")]) >= 2)
    expect(page.locator("#view")).not_to_have_attribute("data-look", "link")
    fake.wait_for_watchers()
    fake.cut(4403)
    expect(page.locator(".state-more")).to_contain_text("may not watch this station")


def test_the_age_of_the_picture_is_right_although_the_clocks_differ(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    ages = page.evaluate(
        """async () => {
          const clock = await import("/static/hmi/app/clock.js");
          let known = clock.roundTrip(clock.unknownClock, 4);
          for (let n = 0; n < 20; n++) known = clock.sample(known, 1_000_000 + n * 100 + 30 + (n % 5), n * 100, 20);
          const slow = clock.ageMs(known, 1_000_000 + 5_400, 5_000);
          return [Math.round(clock.offsetMs(known)), Math.round(slow), clock.ageMs(clock.unknownClock, 9e9, 0)];
        }"""
    )
    assert ages == [1_000_008, 392, None]


def test_a_picture_older_than_a_quarter_of_a_second_turns_the_badge_amber(fake: FakeHub, open_tab: OpenTab) -> None:
    page = coached(fake, open_tab).page
    fake.late_ms = 400
    expect(page.locator("#badge")).to_have_attribute("data-state", "slow")
    assert problems(page) == []


def test_sockets_come_back_as_the_close_code_says(fake: FakeHub, open_tab: OpenTab) -> None:
    page = open_tab(fake.url).page
    codes = [1000, 1001, 1006, 1011, 1012, 4408, 4429, 1009, 4400, 4401, 4403, 4409]
    retried, waits = page.evaluate(
        """async (codes) => {
          const { verdict, delayMs } = await import("/static/hmi/app/backoff.js");
          return [codes.filter((code) => verdict(code).retry), [0, 1, 2, 3, 20].map((n) => [delayMs(n, 0), delayMs(n, 1)])];
        }""",
        codes,
    )
    assert retried == [1000, 1001, 1006, 1011, 1012, 4408, 4429]
    assert waits == [[125, 250], [250, 500], [500, 1000], [1000, 2000], [4000, 8000]]


def test_signing_in_leads_back_and_a_code_signs_in_once(fake: FakeHub, open_tab: OpenTab) -> None:
    fake.signed_in = False
    page = open_tab(fake.url).page
    expect(page.get_by_label("E-mail")).to_be_focused()
    assert problems(page) == []
    page.get_by_label("E-mail").fill("a@b.c")
    page.get_by_label("Password").fill("wrong horse")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    page.get_by_label("Password").fill("right horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    fake.signed_in = False
    page = open_tab(f"{fake.url}/#code=ABCD").page
    expect(page.get_by_role("heading", name="What do you build?")).to_be_visible()
    assert "ABCD" not in page.url
    assert ("POST", "/api/v1/auth/sign-in-code", {"code": "ABCD"}) in fake.requests
