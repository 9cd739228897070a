import pytest
from django.test import Client

from dashboard.api.outboxes import OutboxOut
from monitor.backlog.message import outbox_message
from monitor.models import OutboxSource
from tests.factories import AT, make_outbox

pytestmark = pytest.mark.django_db
LIST = "/api/v1/outboxes"


def test_an_outbox_says_how_deep_it_is_and_how_sure(as_viewer: Client) -> None:
    source = make_outbox(depth=1_000_000, depth_is_exact=False)
    shown = as_viewer.get(f"{LIST}/{source.pk}").json()
    assert (shown["depth"], shown["depth_is_exact"]) == (1_000_000, False)
    assert as_viewer.get(LIST).json()["items"] == [shown]


def test_an_outbox_before_its_first_sample_is_unknown(as_viewer: Client) -> None:
    source = OutboxSource.objects.create(name="new", dsn_reference="env:HIGHWATER_SECRET_NEW")
    shown = as_viewer.get(f"{LIST}/{source.pk}").json()
    assert (shown["status"], shown["depth"], shown["sampled_at"]) == ("UNKNOWN", None, None)


def test_the_reference_to_the_connection_is_not_shown(as_operator: Client) -> None:
    source = make_outbox()
    assert "HIGHWATER_SECRET" not in as_operator.get(f"{LIST}/{source.pk}").content.decode()


def test_answers_have_the_fields_of_live_messages() -> None:
    source = make_outbox()
    message = outbox_message(source, source.state, at=AT, previous_at=None)
    assert OutboxOut.of(source).dict() == message.body


def test_a_backlog_without_samples_is_empty(as_viewer: Client) -> None:
    shown = as_viewer.get(f"{LIST}/{make_outbox().pk}/backlog").json()
    assert (shown["times"], shown["depth"]) == ([], [])


def test_a_range_that_cannot_be_is_refused(as_viewer: Client) -> None:
    span = {"from": "2026-03-01T13:00:00Z", "to": "2026-03-01T12:00:00Z"}
    assert as_viewer.get(f"{LIST}/{make_outbox().pk}/backlog", span).status_code == 422


@pytest.mark.parametrize("path", ["7", "7/backlog"])
def test_an_unknown_outbox_is_a_problem(as_viewer: Client, path: str) -> None:
    response = as_viewer.get(f"{LIST}/{path}")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no outbox 7.")


def test_strangers_are_refused(as_stranger: Client) -> None:
    assert as_stranger.get(LIST).status_code == 401
