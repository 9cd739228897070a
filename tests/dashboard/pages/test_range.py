"""The choice of a time range is where it changes something, and everywhere carried on."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Group, OutboxSource
from tests.factories import make_replay

pytestmark = pytest.mark.django_db

CHOICE = 'aria-label="Time range"'


def test_pages_with_history_have_the_choice(
    seen: Client, billing: Group, shop: OutboxSource
) -> None:
    for path in ("/", "/groups", f"/groups/{billing.pk}", f"/outboxes/{shop.pk}"):
        assert CHOICE in seen.get(path).content.decode(), path


def test_pages_without_history_have_none_and_lead_on_with_the_range(
    seen: Client, billing: Group
) -> None:
    replay = make_replay(billing.cluster)
    for path in ("/replays", f"/replays/{replay.pk}", "/outboxes"):
        shown = seen.get(f"{path}?range=6h").content.decode()
        assert CHOICE not in shown, path
        assert 'href="/groups?range=6h"' in shown, path


def test_the_plan_form_has_none(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert CHOICE not in client.get("/replays/new").content.decode()
