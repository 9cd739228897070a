"""Replays from the admin and from the pages, in a real browser, with the worker that runs them."""

import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.models import Cluster
from tests.acceptance.highwater import Highwater
from tests.browser.axe import violations
from tests.browser.test_screens import photograph
from tests.contracts.replay_worlds import KafkaWorld
from tests.requirements import chromium
from tests.waiting import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.apache_kafka,
    pytest.mark.django_db(transaction=True),
]

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic --no-first-run"
)
MARCH_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def search(db: None, world: KafkaWorld, bootstrap_servers: str, unique: str) -> str:
    """A stopped group that has read an hour of orders, a minute apart."""
    topic, group = f"replay-{unique}", f"replay-{unique}-search"
    world.create_topic(topic, 1, retention_ms="-1")
    world.write(
        [
            OutgoingRecord(topic, None, b"v", timestamp_ms=MARCH_MS + each * 60_000, partition=0)
            for each in range(60)
        ]
    )
    world.offsets.alter(group, {TopicPartition(topic, 0): 60})
    Cluster.objects.create(
        name="prod-eu",
        bootstrap_servers=bootstrap_servers,
        is_enabled=False,
        sample_interval_seconds=1,
    )
    return group


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The web process, beat and a worker; the URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    highwater = Highwater(
        tmp_path / "processes.log", HIGHWATER_PORT=str(port), HIGHWATER_BASE_URL=url
    )
    highwater.start("dashboard.serve")
    highwater.start_beat()
    highwater.start_worker("replay,upkeep")
    assert eventually(lambda: _answers(f"{url}/healthz"), within_seconds=30), (
        highwater.log.read_text()
    )
    yield url
    highwater.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own process
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps a loop in this thread, which Django takes for a coroutine.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS.split())
        yield opened
        opened.close()
        # Beside a running loop Django opened a connection that no other fixture knows.
        connection.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which no script failed and no policy was broken."""
    opened = browser.new_page()
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.location["url"]:
            problems.append(message.text)

    opened.on("console", note)
    opened.on("pageerror", lambda problem: problems.append(str(problem)))
    yield opened
    assert problems == []


def log_in(page: Page, site: str, user: User) -> None:
    """By a session of its own making: the log-in form has tests of its own."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}
    page.context.add_cookies([cookie])  # type: ignore[list-item] # a plain dict is what it takes
    page.goto(f"{site}/admin/monitor/replay/")


def test_an_operator_rewinds_a_stopped_group_to_an_earlier_time(
    page: Page, site: str, search: str, operator: User, world: KafkaWorld
) -> None:
    log_in(page, site, operator)
    page.click("text=Plan a rewind")
    page.fill("[name=group]", search)
    page.fill("[name=at]", "2026-03-01T12:20:00Z")
    page.fill("[name=reason]", "the index was lost")
    page.click("text=Make the plan")
    expect(page.locator(".replay-summary")).to_contain_text("40 records will be processed again")
    expect(page.locator(".replay-partitions tbody")).to_contain_text("-40")
    page.click("input[value=Run]")
    expect(page.locator("#replay-state")).to_have_text("Succeeded", timeout=30_000)
    assert list(world.offsets.committed(search).values()) == [20]


def test_a_viewer_can_look_but_has_no_button(page: Page, site: str, viewer: User) -> None:
    log_in(page, site, viewer)
    expect(page.locator("h1", has_text="replay")).to_be_visible()
    expect(page.locator("text=Plan a rewind")).to_have_count(0)


def test_a_stranger_sees_only_the_login_page(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/monitor/replay/")
    expect(page).to_have_url(re.compile("login"))
    expect(page.locator("[name=password]")).to_be_visible()


def test_an_operator_rewinds_from_the_pages_and_sees_it_end(
    page: Page, site: str, search: str, operator: User, world: KafkaWorld
) -> None:
    log_in(page, site, operator)
    page.goto(f"{site}/replays")
    page.click("text=Plan a rewind >> nth=0")
    page.fill("[name=group]", search)
    page.fill("[name=at]", "2026-03-01T12:20:00Z")
    page.click("text=Make the plan")
    expect(page.locator("[data-refusal]")).to_be_focused()
    expect(page.locator("[name=group]")).to_have_value(search)
    assert violations(page) == []
    photograph(page, "replay-refused")
    page.fill("[name=reason]", "the index was lost")
    page.click("text=Make the plan")
    expect(page.locator(".say")).to_contain_text("40 records will be processed again")
    expect(page.locator("[data-valid-until]")).to_contain_text("valid for 9 min")
    assert violations(page) == []
    photograph(page, "replay-planned")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("[data-replay-state]")).to_have_text("Succeeded", timeout=30_000)
    expect(page.get_by_text("is running.")).to_have_count(0)
    expect(page.locator('[data-replay="percent"]')).to_have_text("100%")
    expect(page.locator('[data-region="progress"]')).to_contain_text("Read back twice")
    expect(page.locator('[data-region="trail"] tbody')).to_contain_text("Succeeded")
    assert violations(page) == []
    photograph(page, "replay-succeeded")
    assert list(world.offsets.committed(search).values()) == [20]


def test_a_stale_plan_tells_its_differences_and_is_planned_again(
    page: Page, site: str, search: str, operator: User, world: KafkaWorld
) -> None:
    log_in(page, site, operator)
    page.goto(f"{site}/replays/new?verb=rewind")
    page.fill("[name=group]", search)
    page.select_option("[name=to]", "shift-by")
    page.fill("[name=shift_by]", "-10")
    page.fill("[name=reason]", "ten were lost")
    page.click("text=Make the plan")
    expect(page.locator("h1")).to_contain_text("by 10 records back")
    world.offsets.alter(search, {TopicPartition(search.removesuffix("-search"), 0): 55})
    page.get_by_role("button", name="Run", exact=True).click()
    refusal = page.get_by_role("alert")
    expect(refusal.locator("li")).to_contain_text("the committed offset was 60 and is 55")
    photograph(page, "replay-stale")
    refusal.get_by_role("link", name="Plan again").click()
    expect(page.locator("[name=reason]")).to_have_value("ten were lost")
    page.click("text=Make the plan")
    expect(page.locator('[data-region="partitions"] tbody')).to_contain_text("45")


def test_a_throttled_republish_is_paused_resumed_and_cancelled_by_clicking(
    page: Page, site: str, search: str, operator: User
) -> None:
    log_in(page, site, operator)
    page.goto(f"{site}/replays/new?verb=republish")
    page.fill("[name=topic]", search.removesuffix("-search"))
    page.fill("[name=rate_limit_per_second]", "1")
    page.fill("[name=reason]", "the index was lost")
    page.click("text=Make the plan")
    state = page.locator("[data-replay-state]")
    for button, becomes in (("Run", "Running"), ("Pause", "Paused"), ("Resume", "Running")):
        page.get_by_role("button", name=button, exact=True).click()
        expect(state).to_have_text(becomes)
    expect(page.locator('[data-replay="done"]')).not_to_have_text("0", timeout=30_000)
    assert violations(page) == []
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(state).to_have_text("Cancelled")
    trail = page.locator('[data-region="trail"] tbody')
    for done in ("Planned", "Run", "Paused", "Resumed", "Cancelled"):
        expect(trail.get_by_role("cell", name=done, exact=True)).to_have_count(1)
