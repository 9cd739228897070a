"""A page with old numbers says why: it asks about workers only when nothing else explains it."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from monitor.models import Cluster
from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STALE_WITHIN_MS = 15_000


@pytest.fixture
def page(open_page: OpenPage, viewer: User, cluster: Cluster) -> Page:
    Cluster.objects.update(sample_interval_seconds=1)
    return open_page(viewer)


@pytest.fixture
def notice(page: Page) -> Locator:
    return page.locator("[data-stale-notice]")


def test_a_silence_with_the_feed_up_is_the_workers(page: Page, notice: Locator) -> None:
    page.goto("/")
    page.wait_for_selector("main.stale", timeout=STALE_WITHIN_MS)
    expect(notice).to_contain_text("is a worker running")


def test_without_its_feed_a_page_does_not_ask_about_workers(page: Page, notice: Locator) -> None:
    def say_that_valkey_is_away(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        socket.send('{"live": "reconnecting"}')

    page.route_web_socket("**/ws/live", say_that_valkey_is_away)
    page.goto("/")
    page.wait_for_selector("main.stale", timeout=STALE_WITHIN_MS)
    expect(notice).to_contain_text("live updates are interrupted", use_inner_text=True)
    expect(notice).not_to_contain_text("worker", use_inner_text=True)


def test_a_server_that_cannot_answer_is_said_instead_of_the_workers(
    page: Page, notice: Locator
) -> None:
    page.goto("/")
    page.route("**/", lambda route: route.fulfill(status=429))
    page.wait_for_selector("main.stale", timeout=STALE_WITHIN_MS)
    expect(page.get_by_text("Highwater does not answer.")).to_be_visible()
    expect(notice).to_be_hidden()


def test_a_paused_page_says_that_it_is_paused(page: Page, notice: Locator) -> None:
    page.goto("/")
    page.locator("[data-live]").click()
    page.wait_for_selector("main.stale", timeout=STALE_WITHIN_MS)
    expect(notice).to_contain_text("live updates are paused", use_inner_text=True)
    expect(notice).not_to_contain_text("worker", use_inner_text=True)
