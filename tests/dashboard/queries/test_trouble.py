from datetime import timedelta

import pytest

from dashboard.queries.trouble import not_ok_by_cluster, not_ok_over
from monitor.values import Status
from tests.factories import AT, make_change, make_cluster, make_group

pytestmark = pytest.mark.django_db


def test_abandoned_and_gone_groups_are_no_trouble() -> None:
    cluster = make_cluster()
    make_group(cluster, "stuck", status=Status.STALL)
    make_group(cluster, "left", status=Status.ABANDONED)
    make_group(cluster, "gone", status=Status.STOP, gone_at=AT)
    assert not_ok_by_cluster() == {cluster.pk: 1}


def test_the_past_is_counted_back_from_now_by_the_changes() -> None:
    cluster = make_cluster()
    group = make_group(cluster, status=Status.STOP)
    minute = timedelta(minutes=1)
    make_change(group, Status.WARN, at=AT + 1.5 * minute)
    make_change(group, Status.STOP, before=Status.WARN, at=AT + 2.5 * minute)
    counts = not_ok_over(cluster.pk, 1, start=AT, end=AT + 4 * minute, cells=4)
    assert counts == [0, 1, 1, 1]


def test_a_group_that_appeared_in_trouble_was_none_before() -> None:
    cluster = make_cluster()
    group = make_group(cluster, status=Status.UNKNOWN)
    make_change(group, Status.UNKNOWN, before="", at=AT + timedelta(minutes=3))
    counts = not_ok_over(cluster.pk, 1, start=AT, end=AT + timedelta(minutes=4), cells=4)
    assert counts == [0, 0, 0, 1]
