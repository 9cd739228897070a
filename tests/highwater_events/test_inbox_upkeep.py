import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from highwater_events.inbox_upkeep import forget_in_background
from highwater_events.models import InboxEntry
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upkeep() -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = forget_in_background(stop, timedelta(days=30), every_seconds=0.05)
    yield thread
    stop.set()
    thread.join(10)


def handle(days_ago: int) -> None:
    then = timezone.now() - timedelta(days=days_ago)
    InboxEntry.objects.create(consumer="billing", message_id=uuid.uuid4(), handled_at=then)


def test_what_is_older_than_the_retention_is_forgotten(upkeep: threading.Thread) -> None:
    handle(days_ago=1)
    handle(days_ago=31)
    assert eventually(lambda: InboxEntry.objects.count() == 1)
    handle(days_ago=31)
    assert eventually(lambda: InboxEntry.objects.count() == 1)


def test_a_database_that_refuses_does_not_end_the_upkeep(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, upkeep: threading.Thread
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("highwater_events.inbox.FORGET", "SELECT %s, %s FROM nowhere")
        assert eventually(lambda: "inbox could not be cleaned" in caplog.text)
    handle(days_ago=31)
    assert eventually(lambda: not InboxEntry.objects.exists())
