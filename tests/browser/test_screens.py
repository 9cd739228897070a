"""Every screen, light and dark, wide and narrow: complete, quiet, readable; and photographed."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitor.lag.acknowledge import acknowledge
from monitor.models import Cluster, ClusterState, Group, OutboxSource, Replay
from monitor.values import Actor, Status
from tests import factories
from tests.browser.axe import violations
from tests.browser.conftest import ARTIFACTS, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def forgotten(cluster: Cluster) -> Group:
    """One of two groups that nobody uses; its next sample finds something else already."""
    fields: dict[str, Any] = {
        "status": Status.ABANDONED,
        "member_count": 0,
        "partitions": 12,
        "lag": 90_210,
    }
    reason = "No member is there, and no commit has moved for 9 days."
    unused = timezone.now() - timedelta(days=9)
    factories.make_group(cluster, "old-export", last_status=Status.STOP, used_at=unused, **fields)
    return factories.make_group(
        cluster,
        "old-import",
        last_status=Status.LOSING,
        status_reason=reason,
        used_at=unused - timedelta(days=30),
        raw_status=Status.STALL,
        raw_ticks=1,
        **fields,
    )


def screens() -> dict[str, str]:
    group = Group.objects.get(name="shipping")
    losing = factories.make_losing_group(group.cluster, "invoicing", "invoices")
    acknowledged = factories.make_losing_group(group.cluster, "refunds", "returns")
    ann = Actor("ann", None, "page")
    acknowledge(ann, acknowledged.pk, reason="Test records, see ticket 7.")
    source = OutboxSource.objects.get()
    return {
        "overview": "/",
        "groups": "/groups",
        "groups-none-found": "/groups?q=nobody",
        "groups-abandoned": "/groups?status=ABANDONED",
        "group-abandoned": f"/groups/{forgotten(group.cluster).pk}",
        "group": f"/groups/{group.pk}",
        "group-losing": f"/groups/{losing.pk}",
        "group-acknowledge": f"/groups/{losing.pk}/acknowledge",
        "group-acknowledged": f"/groups/{acknowledged.pk}",
        "outboxes": "/outboxes",
        "outbox": f"/outboxes/{source.pk}",
        "replays": "/replays",
        "replay-new": f"/replays/new?verb=rewind&group={group.pk}",
        "replay-new-republish": "/replays/new?verb=republish",
        "replay-plan": f"/replays/{Replay.objects.get(state=Replay.State.PLANNED).pk}",
        "replay-run": f"/replays/{Replay.objects.get(state=Replay.State.RUNNING).pk}",
        "missing": "/groups/999999",
    }


def settle(page: Page) -> None:
    """Until charts are drawn and the socket is open."""
    if page.locator("[data-charts]").count():
        page.wait_for_selector(".uplot")
    if page.locator("[data-live]:visible").count():
        page.wait_for_selector('[data-live][data-state="on"]')


def photograph(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def problems(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    window = page.evaluate("window.innerWidth")
    sideways = [f"scrolls sideways: {width} in {window}"] if width > window else []
    return violations(page) + sideways


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_quiet_accessible_and_fits(
    open_page: OpenPage, operator: User, theme: str, width: int
) -> None:
    page = open_page(operator, theme=theme, width=width)
    found = {}
    for name, path in screens().items():
        page.goto(path)
        settle(page)
        photograph(page, f"{name}-{theme}-{width}")
        found[name] = problems(page)
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_log_in_page_is_accessible(open_page: OpenPage, theme: str) -> None:
    page = open_page(None, theme=theme)
    page.goto("/login")
    photograph(page, f"login-{theme}")
    assert problems(page) == []


def test_an_unreachable_cluster_is_said_on_every_screen(
    open_page: OpenPage, viewer: User, cluster: Cluster
) -> None:
    ClusterState.objects.filter(cluster=cluster).update(
        unreachable_since=cluster.state.sampled_at, last_error="Broker: no route to host"
    )
    page = open_page(viewer)
    for path in ("/", "/groups", screens()["group"]):
        page.goto(path)
        assert page.get_by_text("prod-eu is unreachable since").is_visible()
    photograph(page, "unreachable")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_cluster_that_is_sampled_less_often_than_asked_is_said_to_be(
    open_page: OpenPage, viewer: User, cluster: Cluster, theme: str, width: int
) -> None:
    ClusterState.objects.filter(cluster=cluster).update(
        widened_to_seconds=120,
        interval_since=cluster.state.sampled_at,
        interval_reason="A tick took 93.1 s, longer than the interval of 30 s.",
    )
    page = open_page(viewer, theme=theme, width=width)
    page.goto("/")
    settle(page)
    assert page.get_by_text("prod-eu is sampled every 120 s, not every 30 s,").is_visible()
    photograph(page, f"widened-{theme}-{width}")
    assert problems(page) == []


def test_old_numbers_are_greyed_and_said_to_be_old(
    open_page: OpenPage, viewer: User, cluster: Cluster
) -> None:
    Cluster.objects.update(sample_interval_seconds=1)
    page = open_page(viewer)
    page.goto("/")
    page.wait_for_selector("main.stale")
    expect(page.get_by_text("These numbers are old.")).to_be_visible()


def test_a_stranger_sees_only_the_log_in_page(open_page: OpenPage) -> None:
    page = open_page(None)
    for path in screens().values():
        page.goto(path)
        assert page.title() == "Log in · Highwater"


def test_somebody_without_a_role_is_told_so(open_page: OpenPage, db: None) -> None:
    page = open_page(User.objects.create_user("norole"))
    page.goto("/")
    photograph(page, "forbidden")
    assert page.get_by_role("heading", name="You may not see this").is_visible()
    assert problems(page) == []
