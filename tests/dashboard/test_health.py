from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from monitor.models import Cluster, Tick
from monitor.series.partitions import ensure_partitions, start_of_hour
from tests.factories import make_cluster


def test_a_living_process_says_ok_to_a_stranger_and_asks_no_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_names_valkey_clusters_and_the_age_of_the_last_tick(client: Client) -> None:
    now = timezone.now()
    cluster = make_cluster()
    Tick.objects.create(
        cluster=cluster,
        slot_at=now,
        claimed_at=now,
        leased_until=now,
        state=Tick.State.DONE,
        done_at=now - timedelta(seconds=30),
    )
    answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["ready"] is True
    assert body["database"] == body["valkey"] == {"answers": True}
    assert body["workers"]["last_tick_age_seconds"] == pytest.approx(30, abs=5)
    assert [one["is_reachable"] for one in body["clusters"]] == [True]


@pytest.mark.django_db
def test_outages_of_broker_workers_and_valkey_are_named_but_the_process_is_ready(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    make_cluster("lost", unreachable_since=timezone.now())
    Cluster.objects.create(name="new", bootstrap_servers="a:1")
    answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["valkey"] == {"answers": False}
    assert body["workers"] == {"last_tick_at": None, "last_tick_age_seconds": None}
    assert [one["is_reachable"] for one in body["clusters"]] == [False, None]


@pytest.mark.django_db
def test_hours_that_no_sample_could_be_stored_in_are_named(client: Client) -> None:
    now = timezone.now()
    next_hour = start_of_hour(now) + timedelta(hours=1)
    ensure_partitions(now)
    assert client.get("/readyz").json()["samples"] == {
        "hours_without_partition": [],
        "hours_not_sealed": [],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE monitor_lag_sample_{next_hour:%Y%m%d%H}")
    named = client.get("/readyz").json()["samples"]["hours_without_partition"]
    assert named == [f"{next_hour:%Y-%m-%dT%H:%M:%SZ}"]


@pytest.mark.django_db
def test_hours_that_should_have_been_sealed_long_ago_are_named(client: Client) -> None:
    hour = start_of_hour(timezone.now()) - timedelta(hours=3)
    ensure_partitions(hour)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitor_backlog_sample (sampled_at, source_id, depth_is_exact, by_type)"
            " VALUES (%s, 1, true, '{}')",
            [hour],
        )
    named = client.get("/readyz").json()["samples"]["hours_not_sealed"]
    assert f"{hour:%Y-%m-%dT%H:%M:%SZ}" in named


@pytest.mark.django_db
def test_a_stranger_learns_no_names(client: Client) -> None:
    make_cluster("secret-project", last_error="kafka.internal refused")
    page = client.get("/readyz").content.decode()
    assert "secret-project" not in page
    assert "internal" not in page


def test_without_the_database_the_process_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with django_db_blocker.unblock():
        connection.close()
        answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 503
    assert (body["ready"], body["database"]) == (False, {"answers": False})
    assert body["workers"] is body["samples"] is None


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
