"""What people see and do while all is well."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.conftest import LogIn, group_path
from tests.stack.demo import Demo
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.browser,
    pytest.mark.apache_kafka,
    pytest.mark.timeout(240),
]

# Notes, for each new sample that reaches the page, how old it is by then. A message may also tell
# the sample once more that the page was opened with.
WATCH = """() => {
  const main = document.querySelector("main");
  window.ages = [];
  let before = Date.parse(main.dataset.sampledAt);
  new MutationObserver(() => {
    const sampledAt = Date.parse(main.dataset.sampledAt);
    if (sampledAt !== before) window.ages.push(Date.now() - sampledAt);
    before = sampledAt;
  }).observe(main, { attributeFilter: ["data-sampled-at"] });
}"""


def shown_lag(page: Page) -> int:
    return number(page.locator('.figures [data-field="lag"]').inner_text())


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_lag_moves_on_the_page_within_three_seconds_of_the_sample(
    demo: Demo, log_in: LogIn
) -> None:
    assert demo.search_is_away()
    page = log_in("viktor")
    page.goto(group_path(page, "search"))
    page.wait_for_selector('[data-live][data-state="on"]')
    before = shown_lag(page)
    page.evaluate(WATCH)
    page.wait_for_function("() => window.ages.length >= 4", timeout=60_000)
    assert shown_lag(page) > before  # orders come all the time
    assert max(page.evaluate("window.ages")) < 3_000


def replays_in_chart(page: Page, path: str) -> list[str]:
    notes = page.request.get(f"{path.partition('?')[0]}/series").json()["notes"]
    return [note["text"] for note in notes if note["kind"] == "replay"]


def test_an_operator_rewinds_the_stopped_search_and_its_page_shows_it(
    demo: Demo, log_in: LogIn
) -> None:
    assert demo.search_is_away()
    page = log_in("olga")
    path = group_path(page, "search")
    watched = page.context.new_page()
    watched.goto(path)
    watched.wait_for_selector('[data-live][data-state="on"]')
    before = shown_lag(watched)
    # Before the first of the seeded orders, which are up to six hours old.
    hours_ago = page.evaluate("() => new Date(Date.now() - 7 * 3600e3).toISOString()")
    page.goto("/admin/monitor/replay/plan/rewind/")
    page.fill("[name=group]", "search")
    page.fill("[name=at]", hours_ago)
    page.fill("[name=reason]", "the index was lost")
    page.click("text=Make the plan")
    again = number(page.locator(".replay-summary").inner_text().partition(" ")[0])
    assert again > 0
    page.click("input[value=Run]")
    expect(page.locator("#replay-state")).to_have_text("Succeeded", timeout=60_000)
    assert eventually(lambda: shown_lag(watched) >= before + again, within_seconds=20)
    assert re.fullmatch(r"rewind \d+ by olga", replays_in_chart(watched, path)[-1])


def test_a_viewer_may_not_plan(log_in: LogIn) -> None:
    page = log_in("viktor")
    answer = page.goto("/admin/monitor/replay/plan/rewind/")
    assert answer is not None
    assert answer.status == 403
    page.goto(group_path(page, "search"))
    assert page.get_by_role("button", name="Plan a rewind").is_disabled()


def test_a_stranger_sees_only_the_log_in_page(demo: Demo, browser: Browser) -> None:
    assert eventually(demo.answers, within_seconds=60)
    page = browser.new_page(base_url=demo.url)
    for path in ("/", "/groups", "/groups/1", "/outboxes", "/replays", "/admin/"):
        page.goto(path)
        expect(page.locator("[name=password]")).to_be_visible()
        assert "login" in page.url
    page.close()
