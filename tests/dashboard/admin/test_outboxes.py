from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from monitor.models import AuditEntry, OutboxSource
from tests.factories import AT, make_outbox, make_user

pytestmark = pytest.mark.django_db

ADD = "/admin/monitor/outboxsource/add/"
LIST = "/admin/monitor/outboxsource/"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP", "postgresql://shop:hunter2@db/shop")
    monkeypatch.setenv("HIGHWATER_SECRET_ODD", "hunter2 is no DSN")


@pytest.fixture
def editor(client: Client) -> User:
    """A viewer who may also edit connections, logged in."""
    user = make_user("editor", "viewers", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    client.force_login(user)
    return user


def _form(**fields: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "dsn_reference": "env:HIGHWATER_SECRET_SHOP",
        "table_name": "highwater_events_outbox",
        "is_enabled": "on",
    } | fields


def test_an_editor_adds_changes_and_deletes_with_a_trail(client: Client, editor: User) -> None:
    assert client.post(ADD, _form()).status_code == 302
    source = OutboxSource.objects.get()
    change = reverse("admin:monitor_outboxsource_change", args=[source.pk])
    assert client.post(change, _form(sample_interval_seconds="5")).status_code == 302
    client.post(f"{LIST}{source.pk}/delete/", {"post": "yes"})
    entries = list(AuditEntry.objects.order_by("id"))
    assert [entry.action for entry in entries] == ["outbox.add", "outbox.change", "outbox.delete"]
    assert entries[1].detail["after"] == {"sample_interval_seconds": 5}
    assert "hunter2" not in str([entry.detail for entry in entries])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dsn_reference": "postgresql://shop:hunter2@db/shop"}, "never given in the clear"),
        ({"dsn_reference": "env:DATABASE_URL"}, "Only variables named"),
        ({"dsn_reference": "file:shop"}, "Set HIGHWATER_SECRETS_DIR"),
        ({"dsn_reference": "env:HIGHWATER_SECRET_ODD"}, "cannot be read: write postgresql://"),
        ({"table_name": "a.b.c"}, "Write the table as name or schema.name"),
    ],
)
def test_a_bad_field_says_what_to_do_and_nothing_is_stored(
    client: Client, editor: User, fields: dict[str, Any], said: str
) -> None:
    assert said in client.post(ADD, _form(**fields)).content.decode()
    assert not OutboxSource.objects.exists()


def test_the_list_shows_how_each_outbox_fares(client: Client, editor: User) -> None:
    make_outbox("lost", status="UNKNOWN", unreachable_since=AT)
    OutboxSource.objects.create(name="new", dsn_reference="env:HIGHWATER_SECRET_SHOP")
    page = client.get(LIST).content.decode()
    for shown in ("UNKNOWN", "not sampled yet", "March 1, 2026", "10 s"):
        assert shown in page


@pytest.mark.parametrize("role", ["operators", "viewers"])
def test_staff_without_the_permission_may_only_look(client: Client, role: str) -> None:
    source = make_outbox()
    client.force_login(make_user("somebody", role, is_staff=True))
    change = reverse("admin:monitor_outboxsource_change", args=[source.pk])
    assert client.get(change).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(change, _form(name="mine")).status_code == 403
    assert OutboxSource.objects.get().name == "shop"


def test_a_stranger_is_sent_to_the_log_in(client: Client) -> None:
    assert client.get(LIST).status_code == 302
