import base64
import json
from datetime import datetime
from typing import Any

import pytest

from dashboard.queries.changes import NEWEST_FIRST, status_changes
from dashboard.queries.keyset import BadCursorError, Order, read_page
from dashboard.queries.topics import topics
from monitor.models import Cluster, StatusChange, Topic
from monitor.values import Status
from tests.factories import make_change, make_cluster, make_group, make_topic

pytestmark = pytest.mark.django_db
BY_NAME = Order("name", str)


@pytest.fixture
def cluster() -> Cluster:
    cluster = make_cluster()
    for name in ("a", "b", "c"):
        make_topic(cluster, name)
    return cluster


def forge(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_rows_that_come_meanwhile_are_neither_repeated_nor_skipped(cluster: Cluster) -> None:
    first = read_page(topics(), BY_NAME, cursor=None, limit=2)
    make_topic(cluster, "aa")
    Topic.objects.filter(name="b").delete()
    rest = read_page(topics(), BY_NAME, cursor=first.next_cursor, limit=2)
    assert [topic.name for topic in rest.rows] == ["c"]


def test_a_last_page_that_is_full_has_no_next(cluster: Cluster) -> None:
    assert read_page(topics(), BY_NAME, cursor=None, limit=3).next_cursor is None


def test_changes_of_the_same_moment_are_paged_too(cluster: Cluster) -> None:
    group = make_group(cluster)
    made = [make_change(group, Status.WARN).pk for _number in range(3)]
    first = read_page(status_changes(), NEWEST_FIRST, cursor=None, limit=2)
    rest = read_page(status_changes(), NEWEST_FIRST, cursor=first.next_cursor, limit=2)
    assert [change.pk for change in [*first.rows, *rest.rows]] == made[::-1]


@pytest.mark.parametrize(
    "cursor",
    [
        "!",
        "é",
        "bm90IGpzb24",
        forge(),
        forge("name", True, "a", 1),
        forge("id", False, "a", 1),
        forge("name", False, 7, 1),
        forge("name", False, None, 1),
        forge("name", False, "a\0", 1),
        forge("name", False, "a", "1"),
        forge("name", False, "a", True),
        "W1" * 5000,
    ],
)
def test_a_forged_cursor_is_refused(cluster: Cluster, cursor: str) -> None:
    with pytest.raises(BadCursorError, match="does not belong"):
        read_page(topics(), BY_NAME, cursor=cursor, limit=2)


@pytest.mark.parametrize(
    "text", ["yesterday", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_a_moment_that_is_none_is_refused(cluster: Cluster, text: str) -> None:
    cursor = forge("at", True, text, 1)
    with pytest.raises(BadCursorError):
        read_page(StatusChange.objects.all(), NEWEST_FIRST, cursor=cursor, limit=2)


def test_a_huge_number_is_beyond_every_row(cluster: Cluster) -> None:
    order = Order("id", int)
    cursor = forge("id", False, 2**70, 2**70)
    assert read_page(topics(), order, cursor=cursor, limit=2).rows == []


def test_orders_know_their_type() -> None:
    assert NEWEST_FIRST.kind is datetime
