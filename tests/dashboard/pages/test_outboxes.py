import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from dashboard.live.consumer import MAX_TOPICS
from monitor.models import OutboxSource, OutboxState
from tests import factories

pytestmark = pytest.mark.django_db


def test_without_an_outbox_it_says_what_one_is(seen: Client) -> None:
    assert "No outbox yet" in seen.get("/outboxes").content.decode()


def test_the_list_tells_depth_age_and_when_what_comes_of_it(
    seen: Client, shop: OutboxSource
) -> None:
    shown = seen.get("/outboxes").content.decode()
    assert "10 rows" in shown
    assert "keeps up" in shown


def test_of_many_as_many_are_followed_as_a_socket_takes(seen: Client) -> None:
    factories.make_cluster()
    for number in range(MAX_TOPICS + 1):
        factories.make_outbox(f"shop-{number}")
    shown = seen.get("/outboxes").content.decode()
    topics = re.findall(r'data-topic="([^"]*)"', shown)[0].split()
    assert len(topics) == MAX_TOPICS
    assert topics[-1].startswith("overview.")


def test_one_that_was_never_sampled_is_not_called_empty(seen: Client) -> None:
    source = OutboxSource.objects.create(name="new", dsn_reference="env:HIGHWATER_SECRET_NEW")
    assert "not sampled yet" in seen.get("/outboxes").content.decode()
    shown = seen.get(f"/outboxes/{source.pk}").content.decode()
    assert "Not sampled yet." in shown
    assert "Nothing waits." not in shown


def test_a_depth_past_counting_is_an_estimate(seen: Client) -> None:
    source = factories.make_outbox(depth=1_200_000, depth_is_exact=False)
    assert "≈ 1,200,000" in seen.get(f"/outboxes/{source.pk}").content.decode()


def test_one_that_cannot_be_reached_says_since_when_and_why(
    seen: Client, shop: OutboxSource
) -> None:
    OutboxState.objects.update(
        unreachable_since=datetime(2026, 3, 1, 11, 40, tzinfo=UTC), last_error="connection refused"
    )
    shown = seen.get(f"/outboxes/{shop.pk}").content.decode()
    assert "Its database is unreachable since" in shown
    assert "connection refused" in shown


def test_waiting_rows_are_told_by_type_most_first(seen: Client) -> None:
    source = factories.make_outbox(by_type={"order.placed": 2, "payment.taken": 8})
    assert seen.get(f"/outboxes/{source.pk}").context["by_type"] == [
        ("payment.taken", 8),
        ("order.placed", 2),
    ]
