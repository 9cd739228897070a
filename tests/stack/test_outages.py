"""Kafka, Valkey and Postgres go away and come back: pages say so, and all goes on by itself."""

import signal
import time

import pytest
from playwright.sync_api import Page, expect

from tests.stack.conftest import LogIn, group_path
from tests.stack.demo import Demo
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.browser,
    pytest.mark.apache_kafka,
    pytest.mark.timeout(300),
]

ORDERS_WITHOUT_INVOICE = """
SELECT count(*) FROM shop_order o WHERE placed_at < now() - interval '10 s'
AND NOT EXISTS (SELECT 1 FROM shop_invoice i WHERE i.order_id = o.id)
"""
UNPUBLISHED = """
SELECT count(*) FROM highwater_events_outbox
WHERE published_at IS NULL AND created_at < now() - interval '5 s'
"""
LOST_TICKS = """
SELECT count(*) FROM monitor_tick WHERE state = 'LOST' AND slot_at > now() - interval '9 s'
"""
PROCESSES = {
    "dashboard.serve": "web",
    "-Q sampling": "worker-sampling",
    "-Q replay": "worker-replay",
    "dashboard beat": "beat",
    "demo orders": "shop-orders",
    "demo relay": "shop-relay",
    "consumer billing": "shop-billing",
    "consumer shipping": "shop-shipping",
    "consumer search": "shop-search",
    "consumer fraud": "shop-fraud",
}


def has_gap_and_goes_on(page: Page, path: str, began: float) -> bool:
    """Whether the chart has a hole since then, and knows the lag of its newest point."""
    answer = page.request.get(f"{path.partition('?')[0]}/series?range=15m").json()
    points = zip(answer["times"], answer["lag"], strict=True)
    lags = [lag for at, lag in points if at > began]
    return None in lags and lags[-1] is not None


def wait_for_new_sample(page: Page) -> None:
    page.wait_for_selector('[data-live][data-state="on"]', timeout=60_000)
    seen = page.get_attribute("main", "data-sampled-at")
    page.wait_for_function(
        "(seen) => document.querySelector('main').dataset.sampledAt > seen",
        arg=seen,
        timeout=60_000,
    )


def no_order_is_missing(demo: Demo) -> bool:
    return eventually(lambda: demo.shop(ORDERS_WITHOUT_INVOICE) == 0, within_seconds=90)


def test_kafka_away_is_said_leaves_a_gap_and_heals(
    demo: Demo, log_in: LogIn, seconds: float
) -> None:
    page, overview = log_in("viktor"), log_in("viktor")
    path = group_path(page, "billing")
    page.goto(path)
    overview.goto("/")
    banners = [each.get_by_text("is unreachable since") for each in (page, overview)]
    wait_for_new_sample(page)
    with demo.frozen("kafka", seconds) as began:
        for banner in banners:
            expect(banner).to_be_visible(timeout=30_000)
    for banner in banners:
        expect(banner).to_be_hidden(timeout=60_000)
    assert eventually(lambda: has_gap_and_goes_on(page, path, began), within_seconds=30)
    assert eventually(lambda: demo.shop(UNPUBLISHED) == 0, within_seconds=60)
    assert no_order_is_missing(demo)


def test_valkey_away_is_said_by_the_badge_which_catches_up(
    demo: Demo, log_in: LogIn, seconds: float
) -> None:
    page = log_in("viktor")
    page.goto(group_path(page, "billing"))
    wait_for_new_sample(page)
    with demo.frozen("valkey", seconds):
        expect(page.locator("[data-live]")).to_have_attribute(
            "data-state", "reconnecting", timeout=30_000
        )
    for _ in range(5):
        wait_for_new_sample(page)
    expect(page.locator("[data-live-word]")).to_have_text("Live")
    assert demo.highwater(LOST_TICKS) == 0


def test_postgres_away_is_a_503_without_a_traceback_and_heals(
    demo: Demo, log_in: LogIn, seconds: float
) -> None:
    page = log_in("viktor")
    with demo.frozen("postgres", seconds):
        answer = page.request.get("/", timeout=(seconds + 20) * 1000)
    assert answer.status == 503
    assert "Traceback" not in answer.text()
    page.goto("/")
    wait_for_new_sample(page)
    assert no_order_is_missing(demo)


def test_postgres_shut_down_and_started_again_ends_no_process(demo: Demo, log_in: LogIn) -> None:
    page = log_in("viktor")
    page.goto("/")
    pids = {words: demo.find(words).pid for words in PROCESSES}
    demo.find("bin/postgres").send_signal(signal.SIGINT)
    assert eventually(
        lambda: "postgres was started again" in demo.log.read_text(), within_seconds=30
    )
    wait_for_new_sample(page)
    assert {words: demo.find(words).pid for words in PROCESSES} == pids
    assert no_order_is_missing(demo)


@pytest.mark.parametrize("words", PROCESSES)
def test_sigterm_ends_each_process_with_0_within_ten_seconds(demo: Demo, words: str) -> None:
    assert demo.search_is_away()
    process = demo.find(words)
    said_before = demo.log.read_text().count(f"{PROCESSES[words]} ended with code 0")
    process.terminate()
    began = time.monotonic()
    assert eventually(
        lambda: demo.log.read_text().count(f"{PROCESSES[words]} ended with code 0") > said_before,
        within_seconds=10,
    ), demo.log.read_text()[-2000:]
    assert time.monotonic() - began < 10
    assert demo.find(words).pid != process.pid
