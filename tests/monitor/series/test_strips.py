import pytest

from monitor.models import Group, StatusChange
from monitor.series.strips import status_strips
from tests.monitor.series.worlds import at, done, make_group

pytestmark = pytest.mark.django_db


def strip(group: Group, cells: int = 4) -> list[str | None]:
    return status_strips([group.pk], start=at(0), end=at(4), cells=cells)[group.pk]


def change(group: Group, tick: int, before: str, after: str) -> None:
    StatusChange.objects.create(
        cluster=group.cluster, group=group, at=at(tick), before=before, after=after
    )
    Group.objects.filter(pk=group.pk).update(status=after)


def test_a_group_that_never_changed_shows_its_status() -> None:
    group, _ = make_group()
    for tick in range(4):
        done(group.cluster, tick)
    assert strip(group) == ["OK"] * 4


def test_a_cell_shows_the_worst_status_that_touched_it() -> None:
    group, _ = make_group()
    for tick in range(4):
        done(group.cluster, tick)
    change(group, 1, "OK", "WARN")
    change(group, 2, "WARN", "OK")
    assert strip(group) == ["OK", "WARN", "WARN", "OK"]


def test_a_cell_without_a_tick_is_empty() -> None:
    group, _ = make_group()
    for tick in (0, 3):
        done(group.cluster, tick)
    assert strip(group) == ["OK", None, None, "OK"]


def test_a_group_has_no_status_before_it_was_seen() -> None:
    group, _ = make_group()
    for tick in range(4):
        done(group.cluster, tick)
    Group.objects.filter(pk=group.pk).update(first_seen_at=at(2))
    assert strip(group) == [None, None, "OK", "OK"]


def test_before_the_changes_that_are_kept_the_status_is_not_known() -> None:
    group, _ = make_group()
    for tick in range(4):
        done(group.cluster, tick)
    strips = status_strips([group.pk], start=at(0), end=at(4), cells=4, changes_since=at(2))
    assert strips[group.pk] == [None, None, "OK", "OK"]
