"""Ranges of days and months: read from summaries, labelled by the day, with their holes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page

from monitor.models import Cluster, Group, GroupTopic
from monitor.series import sealed_rows
from monitor.series.moments import microseconds
from monitor.series.partitions import HOUR, SUMMARIES, ensure_of, start_of_hour
from monitor.series.sealed import mark_sealed
from monitor.series.summary import LagSummary, Sampling, Spread
from tests.browser.conftest import OpenPage
from tests.browser.test_screens import photograph, problems, settle
from tests.monitor.series.emptied import drop_everything

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAYS = 60
HOLE_DAYS = range(20, 25)


@pytest.fixture
def group(cluster: Cluster) -> Iterator[Group]:
    """A group with sealed hours of many days, five of them missing."""
    group = Group.objects.get(name="shipping")
    Group.objects.update(first_seen_at=timezone.now() - timedelta(days=DAYS))
    reads = list(GroupTopic.objects.filter(group=group).values_list("pk", flat=True))
    newest = start_of_hour(timezone.now()) - 3 * HOUR
    hours = [newest - HOUR * ago for ago in range(DAYS * 24) if ago // 24 not in HOLE_DAYS]
    for hour in hours:
        ensure_of(SUMMARIES, [SUMMARIES.start_of(hour)])
        mark_sealed(hour, subjects=1, samples=360)
    for read in reads:
        rows = [
            sealed_rows.lag_row(hour, read, _summary(microseconds(hour), 40 + hour.hour * 9))
            for hour in hours
        ]
        sealed_rows.write(sealed_rows.LAG_SUMMARIES, rows)
    ticked = [
        sealed_rows.cluster_row(hour, cluster.pk, _summary(microseconds(hour), 0).sampling, 5, 4)
        for hour in hours
    ]
    sealed_rows.write(sealed_rows.CLUSTER_SUMMARIES, ticked)
    yield group
    drop_everything()


def _summary(hour: int, lag: int) -> LagSummary:
    every = 10_000_000
    return LagSummary(
        Sampling(10, 360, 0, hour, hour + 359 * every),
        lag=Spread(lag // 2, lag * 2, float(lag), lag),
        time_lag=Spread(0.0, lag / 10, lag / 20, 1.0),
        unknown_partitions=0,
        produced=180_000 + lag * 100,
        consumed=180_000,
        status_worst="OK",
        status_seconds={"OK": 3600},
    )


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_month_and_a_year_are_drawn(
    open_page: OpenPage, viewer: User, group: Group, theme: str, width: int
) -> None:
    page = open_page(viewer, theme=theme, width=width)
    for name in ("7d", "30d", "400d"):
        page.goto(f"/groups/{group.pk}?range={name}")
        settle(page)
        photograph(page, f"group-{name}-{theme}-{width}")
        assert problems(page) == []
    for path in ("/", "/groups"):
        page.goto(f"{path}?range=30d")
        settle(page)
        photograph(page, f"{path.strip('/') or 'overview'}-30d-{theme}-{width}")
        assert problems(page) == []


def test_links_carry_a_long_range_and_its_picker_shows_it(
    open_page: OpenPage, viewer: User, group: Group
) -> None:
    page: Page = open_page(viewer)
    page.goto("/groups?range=30d")
    page.get_by_role("link", name="shipping", exact=True).first.click()
    settle(page)
    assert "range=30d" in page.url
    assert page.locator('[aria-current="true"]', has_text="30d").count() == 1
