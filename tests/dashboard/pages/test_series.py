import pytest
from django.test import Client
from django.utils import timezone

from monitor.models import Group
from monitor.values import Status
from tests import factories
from tests.browser.seed import seed

pytestmark = pytest.mark.django_db


def test_a_groups_series_come_as_columns_of_one_length_with_its_gap(seen: Client) -> None:
    cluster, _ = seed()
    group = Group.objects.get(cluster=cluster, name="shipping")
    series = seen.get(f"/groups/{group.pk}/series?range=6h").json()
    columns = ("lag", "time_lag_seconds", "produced_per_second", "consumed_per_second")
    assert {len(series[name]) for name in columns} == {len(series["times"])}
    assert series["lag"].count(None) == 1
    assert [topic["name"] for topic in series["topics"]] == ["orders"]


def test_an_outboxes_series_come_with_the_range_they_are_of(seen: Client) -> None:
    _, source = seed()
    series = seen.get(f"/outboxes/{source.pk}/series").json()
    assert series["end"] - series["start"] == 3600
    assert series["is_moving"] is True
    assert len(series["depth"]) == len(series["times"]) > 100


def test_changes_and_replays_of_the_range_are_notes_in_the_chart(
    seen: Client, billing: Group
) -> None:
    now = timezone.now()
    factories.make_change(billing, Status.WARN, at=now)
    replay = factories.make_replay(billing.cluster, started_at=now, run_by="vera")
    notes = seen.get(f"/groups/{billing.pk}/series").json()["notes"]
    assert [note["text"] for note in notes] == ["warn", f"rewind {replay.pk} by vera"]
    assert [note.get("url") for note in notes] == [None, f"/replays/{replay.pk}"]


def test_a_range_of_ones_own_does_not_move(seen: Client, billing: Group) -> None:
    now = timezone.now().timestamp()
    series = seen.get(f"/groups/{billing.pk}/series?from={now - 600}&to={now - 60}").json()
    assert series["is_moving"] is False
