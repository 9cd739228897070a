"""What a worker measures reaches an open page without a reload."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from dashboard.words import DASH
from monitor.broadcast import LiveMessage
from monitor.models import (
    Cluster,
    ClusterState,
    Group,
    GroupTopic,
    OutboxSource,
    OutboxState,
)
from tests.browser.conftest import OpenPage, Tell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WITHIN_MS = 3000


@pytest.fixture
def page(open_page: OpenPage, viewer: User) -> Page:
    return open_page(viewer)


@pytest.fixture
def fraud(cluster: Cluster) -> Group:
    return cluster.groups.get(name="fraud-scoring")


def visit(page: Page, path: str) -> None:
    """Go there, wait for the socket, and leave a mark that a reload would wipe away."""
    page.goto(path)
    page.wait_for_selector('[data-live][data-state="on"]')
    page.evaluate("window.wasNotReloaded = true")


def still_there(page: Page) -> bool:
    return page.evaluate("window.wasNotReloaded") is True


def group_body(group: Group, **changed: Any) -> dict[str, Any]:
    return {
        "id": group.pk,
        "name": group.name,
        "state": "Stable",
        "status": group.status,
        "status_since": group.status_since,
        "status_reason": group.status_reason,
        "members": 4,
        "lag": 7777,
        "lag_max": 648,
        "lag_is_at_least": False,
        "time_lag_seconds": 61.0,
        "partitions": 12,
        "unknown_partitions": 0,
        "produced_per_second": 10.0,
        "consumed_per_second": 20.0,
        "produced_per_second_15m": 11.0,
        "consumed_per_second_15m": 0.5,
        "drain_seconds": 777.7,
        "never_drains": False,
        **changed,
    }


def tick(topic: str, body: dict[str, Any], *, missed: int = 0) -> LiveMessage:
    """The message of a sample just taken, after `missed` that nobody heard of."""
    at = timezone.now()
    before = at - timedelta(seconds=0.1) if missed else None
    return LiveMessage(topic, topic, at, before, {**body, "sampled_at": at})


def overview(group: Group, *groups: dict[str, Any]) -> LiveMessage:
    at = timezone.now()
    cluster = {"sampled_at": at, "unreachable_since": None}
    figures = {"groups": 7, "groups_not_ok": 5, "produced_per_second": 99.0}
    figures["worst_time_lag_seconds"] = 1400.0
    body = {"cluster": cluster, "groups": list(groups), "figures": figures}
    return LiveMessage(f"overview.{group.cluster_id}", "overview", at, None, body)


def test_a_groups_numbers_partitions_and_charts_follow_a_sample(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, f"/groups/{fraud.pk}")
    page.wait_for_selector(".uplot")
    reading = GroupTopic.objects.get(group=fraud)
    topic = {
        "topic_id": reading.topic_id,
        "committed": [100] * 12,
        "log_end": [748] * 12,
        "time_lag_seconds": [61.0] * 12,
        "statuses": ["STOP"] + ["OK"] * 11,
    }
    tell(tick(f"group.{fraud.pk}", group_body(fraud, topics=[topic])))
    figure = page.locator(".figures [data-field=lag]")
    expect(figure).to_have_text("7,777", timeout=WITHIN_MS)
    row = page.locator(f'tr[data-partition="{reading.topic_id}:0"]')
    expect(row.locator("[data-field=lag]")).to_have_text("648")
    expect(row.locator("[data-field=status]")).to_have_text("Stop")
    expect(page.locator('[data-chart="lag"] .legend output')).to_have_text("7.8k")
    expect(page.locator("[data-field=outlook]")).to_have_text("drains in 12 min")
    expect(page.locator("[data-field=quarter]")).to_have_text("15 min: 11 in, 0.5 out")
    assert still_there(page)


@pytest.mark.parametrize(
    ("state", "said"), [("Stable", "drains in 12 min"), ("Empty", "never at this rate")]
)
def test_an_outlook_goes_by_15_minutes_only_while_members_are_there(
    page: Page, fraud: Group, tell: Tell, state: str, said: str
) -> None:
    visit(page, f"/groups/{fraud.pk}")
    still = {"consumed_per_second": 0.0, "consumed_per_second_15m": 21.0, "state": state}
    tell(tick(f"group.{fraud.pk}", group_body(fraud, topics=[], **still)))
    expect(page.locator("[data-field=quarter]")).to_have_text("15 min: 11 in, 21 out")
    expect(page.locator("[data-field=outlook]")).to_have_text(said, timeout=WITHIN_MS)


def test_an_overviews_rows_and_figures_follow_a_tick(page: Page, fraud: Group, tell: Tell) -> None:
    visit(page, "/")
    tell(overview(fraud, group_body(fraud)))
    rows = page.locator(f'tr[data-group="{fraud.pk}"] [data-field=lag]')
    expect(rows).to_have_text(["7,777", "7,777"], timeout=WITHIN_MS)
    expect(page.locator("[data-field=groups_not_ok]")).to_have_text("5")
    expect(page.locator("[data-field=produced]")).to_have_text("99")
    assert still_there(page)


def slowest(group: Group, seconds: float | None) -> LiveMessage:
    """An overview that names the group, which did not change in this tick; None is unknown."""
    message = overview(group)
    named = None if seconds is None else {"id": group.pk, "name": group.name}
    worst = {"worst_time_lag_seconds": seconds, "worst_time_lag_group": named}
    return replace(message, body={**message.body, "figures": {**message.body["figures"], **worst}})


def test_the_worst_time_lag_is_named_by_the_group_that_has_it_now(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, "/?range=6h")
    worst = page.locator("[data-worst]")
    expect(worst).to_have_text("search-indexer")
    tell(slowest(fraud, None))
    expect(worst).to_be_hidden(timeout=WITHIN_MS)
    expect(page.locator("[data-field=worst_time_lag]")).to_have_text(DASH)
    tell(slowest(fraud, 9000.0))
    expect(worst).to_have_text("fraud-scoring", timeout=WITHIN_MS)
    expect(worst).to_have_attribute("href", re.compile(rf"/groups/{fraud.pk}\?range=6h"))
    expect(page.locator("[data-field=worst_time_lag]")).to_have_text("2 h 30 min")


def test_a_group_that_is_gone_leaves_the_lists(page: Page, fraud: Group, tell: Tell) -> None:
    visit(page, "/groups")
    Group.objects.filter(pk=fraud.pk).update(gone_at=timezone.now())
    message = overview(fraud)
    tell(replace(message, body={**message.body, "groups_gone": [fraud.pk]}))
    expect(page.locator(f'tr[data-group="{fraud.pk}"]')).to_have_count(0, timeout=WITHIN_MS)


def test_a_turn_of_status_moves_the_group_in_the_lists(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, "/")
    Group.objects.filter(pk=fraud.pk).update(status="OK", status_since=timezone.now())
    tell(overview(fraud, group_body(fraud, status="OK", status_since=timezone.now())))
    attention = page.locator("[data-region=attention]")
    expect(attention.get_by_text("fraud-scoring")).to_have_count(0, timeout=WITHIN_MS)
    assert still_there(page)


def test_a_browser_that_missed_a_sample_reads_it_over_http(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, f"/groups/{fraud.pk}")
    Group.objects.filter(pk=fraud.pk).update(status_reason="Something that no message told.")
    tell(tick(f"group.{fraud.pk}", group_body(fraud, topics=[]), missed=1))
    expect(page.get_by_text("Something that no message told.")).to_be_visible(timeout=WITHIN_MS)
    assert still_there(page)


def test_an_open_page_says_that_its_group_is_gone(page: Page, fraud: Group, tell: Tell) -> None:
    visit(page, f"/groups/{fraud.pk}")
    Group.objects.filter(pk=fraud.pk).update(gone_at=timezone.now())
    tell(tick(f"group.{fraud.pk}", group_body(fraud, topics=[], gone_at=timezone.now())))
    expect(page.locator("[data-region=status]")).to_contain_text("gone", timeout=WITHIN_MS)
    assert still_there(page)


def test_a_paused_page_stands_still_and_catches_up_when_it_goes_on(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, f"/groups/{fraud.pk}")
    badge = page.locator("[data-live]")
    badge.click()
    tell(tick(f"group.{fraud.pk}", group_body(fraud, topics=[])))
    Group.objects.filter(pk=fraud.pk).update(lag=31337)
    expect(badge).to_contain_text("Paused")
    expect(page.locator(".figures [data-field=lag]")).to_have_text("1,188")
    badge.click()
    expect(page.locator(".figures [data-field=lag]")).to_have_text("31,337", timeout=WITHIN_MS)


def test_a_groups_verdict_follows_a_sample_that_turned_nothing(
    page: Page, fraud: Group, tell: Tell
) -> None:
    visit(page, f"/groups/{fraud.pk}")
    since = timezone.now() - timedelta(minutes=20)
    reason = "3 of 12 partitions: lag grew, now 7,777 records."
    body = group_body(fraud, topics=[], status_reason=reason, status_since=since)
    tell(tick(f"group.{fraud.pk}", body))
    expect(page.locator(".say")).to_have_text(f"{reason} Warn for 20 min.", timeout=WITHIN_MS)
    expect(page.get_by_text("648 on the worst partition")).to_be_visible()
    assert still_there(page)


def outbox_body(source: OutboxSource, **changed: Any) -> dict[str, Any]:
    return {
        "id": source.pk,
        "status": "OK",
        "status_since": source.state.status_since,
        "status_reason": "The oldest of about 512 rows has waited 90 s.",
        "depth": 512,
        "depth_is_exact": False,
        "oldest_age_seconds": 90.0,
        "failed": 3,
        "inserted_per_second": 5.0,
        "published_per_second": 1.0,
        "by_type": {"order.placed": 2, "order.paid": 510},
        "unreachable_since": None,
        **changed,
    }


@pytest.fixture
def source(cluster: Cluster) -> OutboxSource:
    return OutboxSource.objects.get()


def test_an_outboxs_verdict_and_types_follow_a_sample_that_turned_nothing(
    page: Page, source: OutboxSource, tell: Tell
) -> None:
    visit(page, f"/outboxes/{source.pk}")
    tell(tick(f"outbox.{source.pk}", outbox_body(source)))
    expect(page.locator(".say")).to_contain_text("The oldest of about 512 rows", timeout=WITHIN_MS)
    expect(page.get_by_text("the planner's estimate")).to_be_visible()
    types = page.get_by_role("region", name="Waiting by type")
    expect(types.locator("td")).to_have_text(["order.paid", "510", "order.placed", "2"])
    tell(tick(f"outbox.{source.pk}", outbox_body(source, depth=0, by_type={})))
    expect(types).to_have_text("Nothing waits.", timeout=WITHIN_MS, use_inner_text=True)
    assert still_there(page)


def test_an_age_of_zero_is_a_zero_in_the_chart_and_an_unknown_one_is_not(
    page: Page, source: OutboxSource, tell: Tell
) -> None:
    visit(page, f"/outboxes/{source.pk}")
    page.wait_for_selector(".uplot")
    oldest = page.locator('[data-chart="age"] .legend output')
    for age, shown in ((0, "0 s"), (None, DASH)):
        body = outbox_body(source, oldest_age_seconds=age)
        tell(tick(f"outbox.{source.pk}", body))
        expect(oldest).to_have_text(shown, timeout=WITHIN_MS)


@pytest.mark.parametrize("path", ["/outboxes", "/outboxes/{id}"])
def test_an_outboxs_page_tells_the_clusters_outage_at_once(
    page: Page, cluster: Cluster, source: OutboxSource, tell: Tell, path: str
) -> None:
    visit(page, path.format(id=source.pk))
    sampled_at = page.get_attribute("main", "data-sampled-at") or ""
    ClusterState.objects.filter(cluster=cluster).update(unreachable_since=timezone.now())
    outage = {"sampled_at": timezone.now(), "unreachable_since": timezone.now()}
    body = {"cluster": outage, "groups": [], "figures": {}}
    tell(LiveMessage(f"overview.{cluster.pk}", "overview", timezone.now(), None, body))
    expect(page.get_by_text("prod-eu is unreachable since")).to_be_visible(timeout=WITHIN_MS)
    # The outbox's own numbers are as old as before.
    expect(page.locator("main")).to_have_attribute("data-sampled-at", sampled_at)
    assert still_there(page)


def test_a_clusters_tick_does_not_hide_that_an_outboxs_sample_was_missed(
    page: Page, fraud: Group, source: OutboxSource, tell: Tell
) -> None:
    visit(page, f"/outboxes/{source.pk}")
    tell(replace(overview(fraud), at=timezone.now() + timedelta(seconds=5)))
    OutboxState.objects.update(last_error="why", unreachable_since=timezone.now())
    tell(tick(f"outbox.{source.pk}", outbox_body(source), missed=1))
    expect(page.get_by_text("Its database is unreachable")).to_be_visible(timeout=WITHIN_MS)


def test_an_outboxs_numbers_follow_a_sample(page: Page, source: OutboxSource, tell: Tell) -> None:
    visit(page, f"/outboxes/{source.pk}")
    tell(tick(f"outbox.{source.pk}", outbox_body(source)))
    expect(page.locator("[data-field=depth]")).to_have_text("≈ 512", timeout=WITHIN_MS)
    expect(page.locator("[data-field=big_oldest]")).to_have_text("1 min 30 s")
    expect(page.locator("[data-field=failed]")).to_have_text("3")
    assert still_there(page)


def test_logging_out_in_one_tab_sends_the_other_to_the_log_in_page(
    page: Page, fraud: Group
) -> None:
    visit(page, "/")
    other = page.context.new_page()
    other.goto("/groups")
    other.locator("summary", has_text="viewer").click()
    other.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login**")
