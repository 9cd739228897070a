"""The exact time lag of a partition, asked on a group's page."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from monitor.models import Cluster, Group, GroupTopic
from tests.browser.conftest import ARTIFACTS, OpenPage, Tell
from tests.browser.test_live import WITHIN_MS, group_body, tick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READ = {
    "committed": 7,
    "log_end": 9,
    "appended_at": "2026-11-01T00:00:00Z",
    "time_lag_seconds": 250.0,
    "time_lag_method": "record",
}
FORBIDDEN = "No stamped record could be read from offset 7: see if Highwater may read it."


@pytest.fixture
def reading(cluster: Cluster) -> GroupTopic:
    return Group.objects.get(name="fraud-scoring").topics.select_related("topic", "group").get()


def ask(page: Page, reading: GroupTopic, status: int, body: str) -> str:
    """Press "exact" of the first partition that has it; return the query that was sent."""
    queries = []

    def answer(route: Route) -> None:
        queries.append(route.request.url.partition("?")[2])
        route.fulfill(status=status, content_type="application/json", body=body)

    page.route("**/api/v1/groups/*/time-lag?*", answer)
    page.goto(f"/groups/{reading.group_id}")
    page.wait_for_selector('[data-live][data-state="on"]')
    page.locator("[data-exact]").first.click()
    expect(page.locator("[data-answer]:not(:empty)")).not_to_have_text("reads the record…")
    return queries[0]


@pytest.mark.parametrize("who", ["operator", "viewer"])
def test_the_answer_stands_beside_its_partition_with_its_method(
    open_page: OpenPage, reading: GroupTopic, who: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(who))
    query = ask(page, reading, 200, json.dumps(READ))
    row = page.locator("tr", has=page.locator("[data-answer]:not(:empty)"))
    topic, _, partition = (row.get_attribute("data-partition") or "").partition(":")
    assert query == f"topic_id={topic}&partition={partition}"
    expect(row.locator("[data-answer]")).to_have_text("4 min 10 s by record")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_may_not_be_read_is_said_in_words(
    open_page: OpenPage, viewer: User, reading: GroupTopic, theme: str, width: int
) -> None:
    page = open_page(viewer, theme=theme, width=width)
    ask(page, reading, 409, json.dumps({"detail": FORBIDDEN}))
    expect(page.locator("[data-answer]:not(:empty)")).to_have_text(FORBIDDEN)
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"exact-{theme}-{width}.png", full_page=True)


@pytest.mark.parametrize("body", ["<html>", "{}"], ids=["no JSON", "no word"])
def test_what_does_not_answer_is_said_too(
    open_page: OpenPage, viewer: User, reading: GroupTopic, body: str
) -> None:
    page = open_page(viewer)
    ask(page, reading, 408, body)
    expect(page.locator("[data-answer]:not(:empty)")).to_have_text("No answer: try again.")


def test_where_nothing_waits_that_is_said(
    open_page: OpenPage, viewer: User, reading: GroupTopic
) -> None:
    page = open_page(viewer)
    ask(page, reading, 200, json.dumps(READ | {"appended_at": None, "time_lag_seconds": 0.0}))
    expect(page.locator("[data-answer]:not(:empty)")).to_have_text("nothing waits")


def refresh(page: Page) -> None:
    """Read the regions anew, as each minute, and wait until the rows are other ones."""
    page.evaluate("document.querySelector('[data-exact]').closest('tr').id = 'as-it-was'")
    page.evaluate("import('/static/js/regions.js').then((regions) => regions.refresh())")
    expect(page.locator("#as-it-was")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (200, READ, re.compile("^4 min 1. s by record$")),
        (200, READ | {"appended_at": None, "time_lag_seconds": 0.0}, "nothing waits"),
        (409, {"detail": FORBIDDEN}, FORBIDDEN),
    ],
    ids=["read", "nothing waits", "refused"],
)
def test_an_answer_outlives_the_rows_that_it_was_asked_in(
    open_page: OpenPage,
    viewer: User,
    reading: GroupTopic,
    status: int,
    body: dict[str, Any],
    text: str | re.Pattern[str],
) -> None:
    page = open_page(viewer)
    ask(page, reading, status, json.dumps(body))
    refresh(page)
    expect(page.locator("[data-answer]:not(:empty)")).to_have_text(text)


def test_the_age_of_the_record_goes_on(
    open_page: OpenPage, viewer: User, reading: GroupTopic
) -> None:
    page = open_page(viewer)
    page.add_init_script(
        "const now = performance.now.bind(performance); window.later = 0;"
        "performance.now = () => now() + window.later;"
    )
    ask(page, reading, 200, json.dumps(READ))
    page.evaluate("window.later = 600000")
    refresh(page)
    expect(page.locator("[data-answer]:not(:empty)")).to_have_text("14 min by record")


@pytest.mark.parametrize(
    ("committed", "kept"), [(READ["committed"], 1), (8, 0)], ids=["as answered", "beyond it"]
)
def test_an_answer_goes_once_the_commit_is_another_than_it_was_about(
    open_page: OpenPage,
    viewer: User,
    reading: GroupTopic,
    tell: Tell,
    committed: int,
    kept: int,
) -> None:
    page = open_page(viewer)
    ask(page, reading, 200, json.dumps(READ))
    group, count = reading.group, reading.group.partitions
    topic = {
        "topic_id": reading.topic_id,
        "committed": [committed] * count,
        "log_end": [748] * count,
        "time_lag_seconds": [61.0] * count,
        "statuses": ["OK"] * count,
    }
    tell(tick(f"group.{group.pk}", group_body(group, topics=[topic])))
    figure = page.locator(".figures [data-field=lag]")
    expect(figure).to_have_text("7,777", timeout=WITHIN_MS)
    expect(page.locator("[data-answer]:not(:empty)")).to_have_count(kept)


def test_a_stranger_sees_none_of_it(open_page: OpenPage, reading: GroupTopic) -> None:
    page = open_page(None)
    page.goto(f"/groups/{reading.group_id}")
    expect(page.locator("[data-exact]")).to_have_count(0)
