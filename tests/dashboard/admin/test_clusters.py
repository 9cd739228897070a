import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from monitor.kafka.properties import client_properties
from monitor.models import AuditEntry, Cluster
from tests.factories import AT, make_cluster, make_replay, make_user

pytestmark = pytest.mark.django_db

ADD = "/admin/monitor/cluster/add/"
LIST = "/admin/monitor/cluster/"
SASL = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "highwater",
    "sasl.password": "env:HIGHWATER_SECRET_KAFKA",
}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_KAFKA", "hunter2")


@pytest.fixture
def editor(client: Client) -> User:
    """An operator who may also edit connections, logged in."""
    user = make_user("editor", "operators", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    client.force_login(user)
    return user


def _form(**fields: Any) -> dict[str, Any]:
    properties = json.dumps(fields.pop("properties", {}))
    return {
        "name": "prod",
        "bootstrap_servers": "kafka:9093",
        "environment": "production",
        "is_enabled": "on",
        "shards": 1,
        "properties": properties,
    } | fields


def _change(cluster: Cluster) -> str:
    return reverse("admin:monitor_cluster_change", args=[cluster.pk])


def test_an_editor_adds_a_sasl_cluster_that_a_client_can_be_built_from(
    client: Client, editor: User
) -> None:
    assert client.post(ADD, _form(properties=SASL)).status_code == 302
    cluster = Cluster.objects.get()
    assert cluster.properties == SASL
    built = client_properties(cluster.bootstrap_servers, cluster.properties)
    assert built["sasl.password"] == "hunter2"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bootstrap_servers": "nonsense"}, "host:port"),
        ({"properties": {"sasl.password": "hunter2"}}, "must be a reference"),
        ({"properties": {"ssl.ca.location": "/etc/ca"}}, "names a file of this machine"),
        ({"properties": {"plugin.library.paths": "x"}}, "it loads code"),
        ({"properties": {"sasl.password": "env:SECRET_KEY"}}, "Only variables named"),
        ({"properties": {"sasl.password": "env:HIGHWATER_SECRET_NO"}}, "is not set"),
        ({"properties": ["a"]}, "Write a JSON object"),
        ({"sample_interval_seconds": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_bad_field_says_what_to_do_and_nothing_is_stored(
    client: Client, editor: User, fields: dict[str, Any], said: str
) -> None:
    answer = client.post(ADD, _form(**fields))
    assert said in answer.content.decode()
    assert not Cluster.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_file_that_highwater_toml_named_may_stay_but_not_become_another(
    client: Client, editor: User
) -> None:
    named = {**SASL, "ssl.ca.location": "/etc/ca.pem"}
    cluster = make_cluster("prod")
    Cluster.objects.update(properties=named)
    page = client.get(_change(cluster)).content.decode()
    assert "/etc/ca.pem" in page
    assert client.post(_change(cluster), _form(properties=named)).status_code == 302
    other = _form(properties={**named, "ssl.ca.location": "/etc/shadow"})
    answer = client.post(_change(cluster), other)
    assert "which highwater.toml alone may do" in answer.content.decode()
    assert client.post(_change(cluster), _form(properties=SASL)).status_code == 302
    assert Cluster.objects.get().properties == SASL


def test_each_edit_leaves_an_audit_entry(client: Client, editor: User) -> None:
    client.post(ADD, _form())
    cluster = Cluster.objects.get()
    client.post(_change(cluster), _form(bootstrap_servers="other:9093"))
    client.post(f"{LIST}{cluster.pk}/delete/", {"post": "yes"})
    assert not Cluster.objects.exists()
    entries = list(AuditEntry.objects.order_by("id"))
    assert [entry.action for entry in entries] == [
        "cluster.add",
        "cluster.change",
        "cluster.delete",
    ]
    assert {(entry.actor, entry.via, entry.cluster_name) for entry in entries} == {
        ("editor", "admin", "prod")
    }
    assert entries[1].detail == {
        "before": {"bootstrap_servers": "kafka:9093"},
        "after": {"bootstrap_servers": "other:9093"},
    }


def test_the_audit_trail_holds_no_secret(client: Client, editor: User) -> None:
    cluster = make_cluster("old")
    Cluster.objects.update(properties={"sasl.password": "hunter2"})
    client.post(_change(cluster), _form(properties=SASL))
    assert Cluster.objects.get().properties == SASL
    entry = AuditEntry.objects.get()
    assert "env:HIGHWATER_SECRET_KAFKA" in str(entry.detail)
    assert "hunter2" not in str(entry.detail)


def test_deleting_several_at_once_is_audited_one_by_one(client: Client, editor: User) -> None:
    chosen = [make_cluster("a").pk, make_cluster("b").pk]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    client.post(LIST, data)
    assert sorted(AuditEntry.objects.values_list("subject", flat=True)) == ["a", "b"]


def test_a_cluster_with_replays_is_kept(client: Client, editor: User) -> None:
    cluster = make_cluster()
    make_replay(cluster)
    answer = client.post(f"{LIST}{cluster.pk}/delete/", {"post": "yes"})
    assert "would require deleting the following protected" in answer.content.decode()
    assert Cluster.objects.exists()


def test_the_list_shows_how_each_cluster_fares(client: Client, editor: User) -> None:
    make_cluster("lost", unreachable_since=AT)
    make_cluster("well")
    Cluster.objects.create(name="new", bootstrap_servers="a:1", sample_interval_seconds=30)
    page = client.get(LIST).content.decode()
    for shown in ("unreachable", "reachable", "not sampled yet", "never", "30 s", "10 s"):
        assert shown in page


def test_the_page_says_which_client_reads_and_why(client: Client, editor: User) -> None:
    fast = make_cluster("fast", adapter="bulk")
    slow = make_cluster("slow", adapter="confluent", why_not_bulk="Only librdkafka honours it.")
    assert ">bulk<" in client.get(_change(fast)).content.decode()
    assert "confluent: Only librdkafka honours it." in client.get(_change(slow)).content.decode()


def test_a_secret_that_got_in_by_another_way_is_on_no_page(client: Client, editor: User) -> None:
    cluster = make_cluster()
    Cluster.objects.update(properties={"sasl.password": "hunter2"})
    page = client.get(_change(cluster)).content.decode()
    assert "(hidden)" in page
    assert "hunter2" not in page


@pytest.mark.parametrize("role", ["operators", "viewers"])
def test_staff_without_the_permission_may_only_look(client: Client, role: str) -> None:
    cluster = make_cluster()
    Cluster.objects.update(properties=SASL)
    client.force_login(make_user("somebody", role, is_staff=True))
    page = client.get(_change(cluster)).content.decode()
    assert "env:HIGHWATER_SECRET_KAFKA" in page
    assert 'name="_save"' not in page
    assert client.get(ADD).status_code == 403
    assert client.post(_change(cluster), _form()).status_code == 403
    assert client.post(f"{LIST}{cluster.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Cluster.objects.get().name == "prod-eu"


def test_a_superuser_may_edit(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.post(ADD, _form()).status_code == 302


def test_a_stranger_and_an_operator_who_is_not_staff_are_sent_to_the_log_in(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(make_user("operator", "operators"))
    assert "/login/" in client.get(LIST).headers["Location"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"client.id": ' + "[" * 400 + "]" * 400 + "}",
        r'{"client.id": "\ud800"}',
        r'{"\ud800": "x"}',
        r'{"client.id": ["\ud800"]}',
        r'{"client.id": "a\u0000"}',
        '{"client.id": ' + "1" * 5000 + "}",
        "{",
    ],
)
def test_properties_that_nothing_could_hold_are_an_error_of_their_field(
    client: Client, editor: User, text: str
) -> None:
    response = client.post(ADD, _form() | {"properties": text})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {"properties": ["Enter a valid JSON."]}
    assert not Cluster.objects.exists()


def test_patterns_are_kept_as_lists_and_left_empty_they_are_none(
    client: Client, editor: User
) -> None:
    assert client.post(ADD, _form(exclude_groups='["test-*"]')).status_code == 302
    cluster = Cluster.objects.get()
    assert (cluster.exclude_groups, cluster.include_topics) == (["test-*"], [])


@pytest.mark.parametrize("patterns", ['"a"', "[1]", '[""]', "{}x"])
def test_patterns_that_are_none_are_refused(client: Client, editor: User, patterns: str) -> None:
    assert client.post(ADD, _form(include_topics=patterns)).status_code == 200
    assert not Cluster.objects.exists()


def test_allowed_lags_are_numbers_by_glob(client: Client, editor: User) -> None:
    assert client.post(ADD, _form(allowed_lags='{"a*": "many"}')).status_code == 200
    assert not Cluster.objects.exists()
    assert client.post(ADD, _form(allowed_lags='{"a*": 3}')).status_code == 302
    assert Cluster.objects.get().allowed_lags == {"a*": 3}


def test_shards_are_a_number_of_parts(client: Client, editor: User) -> None:
    assert client.post(ADD, _form(shards=0)).status_code == 200
    assert client.post(ADD, _form(shards=65)).status_code == 200
    assert not Cluster.objects.exists()
    assert client.post(ADD, _form(shards=4)).status_code == 302
    assert Cluster.objects.get().shards == 4
