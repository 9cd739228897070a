from datetime import timedelta

import pytest
from django.db.models.functions import Now

from highwater_events.models import OutboxRow
from highwater_events.outbox.cleanup import delete_published
from tests.highwater_events.outbox.conftest import Write

pytestmark = pytest.mark.django_db


def published(hours_ago: float) -> None:
    OutboxRow.objects.update(published_at=Now() - timedelta(hours=hours_ago))


def test_rows_go_after_their_retention(write: Write) -> None:
    write("a", "b")
    published(hours_ago=2)
    assert delete_published("default", retention_hours=3) == 0
    assert delete_published("default", retention_hours=1) == 2
    assert not OutboxRow.objects.exists()


def test_no_more_rows_go_at_once_than_asked(write: Write) -> None:
    write("a", "b", "c")
    published(hours_ago=2)
    assert delete_published("default", retention_hours=1, limit=2) == 2
    assert OutboxRow.objects.count() == 1


def test_what_is_pending_or_failed_never_goes(write: Write) -> None:
    write("a", "b")
    OutboxRow.objects.filter(aggregateid="b").update(failed_at=Now() - timedelta(days=900))
    OutboxRow.objects.update(created_at=Now() - timedelta(days=900))
    assert delete_published("default", retention_hours=0) == 0
