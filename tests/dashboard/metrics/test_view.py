from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from dashboard.gauges import BY_NAME, METRICS
from monitor.models import ApiToken, Cluster, Group, OutboxSource, Tick
from tests.factories import (
    make_cluster,
    make_group,
    make_outbox,
    make_reading,
    make_replay,
    make_token,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db

Samples = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def viewer() -> User:
    return make_user("viewer", "viewers")


@pytest.fixture
def cluster() -> Cluster:
    return make_cluster(sampled_at=timezone.now())


def _scrape(client: Client, viewer: User) -> Samples:
    """What a scrape with a read token shows: values by name and labels in declared order."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {make_token(viewer)}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels[name] for name in BY_NAME[sample.name].labels)): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
        if sample.name in BY_NAME
    }


def _fresh(cluster: Cluster, name: str = "billing", **fields: object) -> Group:
    return make_group(cluster, name, **({"sampled_at": timezone.now()} | fields))


def test_each_metric_is_declared_once_with_a_sentence() -> None:
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("highwater_")
        assert metric.help.endswith(".")


def test_a_group_shows_its_lag_status_and_members(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    _fresh(
        cluster,
        lag=70,
        lag_max=60,
        lost_records=7,
        time_lag_seconds=4.5,
        status="WARN",
        member_count=2,
        produced_per_second_15m=3.5,
        consumed_per_second_15m=0.0,
    )
    seen = _scrape(client, viewer)
    billing = ("prod-eu", "billing")
    assert seen["highwater_group_lag", billing] == 70
    assert seen["highwater_group_lag_max", billing] == 60
    assert seen["highwater_group_lost_records", billing] == 7
    assert seen["highwater_group_time_lag_seconds", billing] == 4.5
    assert seen["highwater_group_members", billing] == 2
    assert seen["highwater_group_produced_per_second_15m", billing] == 3.5
    assert seen["highwater_group_consumed_per_second_15m", billing] == 0
    assert seen["highwater_group_status", (*billing, "WARN")] == 1
    assert seen["highwater_cluster_up", ("prod-eu",)] == 1


def test_unknown_values_are_absent_not_zero(client: Client, viewer: User, cluster: Cluster) -> None:
    _fresh(cluster, lag=None, lag_max=None, time_lag_seconds=None, member_count=None)
    seen = _scrape(client, viewer)
    billing = ("prod-eu", "billing")
    for name in ("lag", "lag_max", "time_lag_seconds", "members", "produced_per_second_15m"):
        assert (f"highwater_group_{name}", billing) not in seen
    assert seen["highwater_group_status", (*billing, "OK")] == 1


def test_stale_groups_are_absent_because_they_no_longer_speak_for_the_present(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    _fresh(cluster, sampled_at=timezone.now() - timedelta(minutes=2))
    _fresh(cluster, "gone", gone_at=timezone.now())
    assert not [name for name, _ in _scrape(client, viewer) if name.startswith("highwater_group")]


@pytest.mark.parametrize("seconds_ago", [None, 120])
def test_nothing_is_called_up_that_nobody_looked_at_lately(
    client: Client, viewer: User, seconds_ago: int | None
) -> None:
    at = None if seconds_ago is None else timezone.now() - timedelta(seconds=seconds_ago)
    make_cluster(sampled_at=at)
    make_outbox(sampled_at=at, status="OK")
    names = {name for name, _ in _scrape(client, viewer)}
    assert not names & {"highwater_cluster_up", "highwater_outbox_up", "highwater_outbox_status"}


def test_an_unreachable_cluster_is_down_and_shows_no_groups(client: Client, viewer: User) -> None:
    now = timezone.now()
    _fresh(make_cluster(sampled_at=now, unreachable_since=now))
    seen = _scrape(client, viewer)
    assert seen["highwater_cluster_up", ("prod-eu",)] == 0
    assert ("highwater_group_lag", ("prod-eu", "billing")) not in seen


def test_a_topic_sums_known_partitions_and_counts_the_others(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    make_reading(
        _fresh(cluster),
        make_topic(cluster),
        committed=[90, 40, None],
        log_end=[100, None, 50],
        time_lag_seconds=[3.0, None, None],
    )
    seen = _scrape(client, viewer)
    orders = ("prod-eu", "billing", "orders")
    assert seen["highwater_group_topic_lag", orders] == 10
    assert seen["highwater_group_topic_unknown_partitions", orders] == 2
    assert seen["highwater_group_topic_time_lag_seconds", orders] == 3
    assert ("highwater_partition_series_dropped", ()) not in seen


def test_a_time_lag_of_zero_does_not_hide_one_that_is_unknown(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    group, topic = _fresh(cluster, "billing"), make_topic(cluster, "orders")
    make_reading(group, topic, time_lag_seconds=[0.0, None, None])
    seen = _scrape(client, viewer)
    name = "highwater_group_topic_time_lag_seconds"
    assert (name, ("prod-eu", "billing", "orders")) not in seen


def test_partitions_show_by_a_setting_up_to_a_cap_that_is_a_metric(
    client: Client, viewer: User, cluster: Cluster, settings: Settings
) -> None:
    settings.HIGHWATER_METRICS_PER_PARTITION = True
    settings.HIGHWATER_METRICS_MAX_PARTITIONS = 3
    for name in ("billing", "search"):
        group, topic = _fresh(cluster, name), make_topic(cluster, f"t-{name}")
        make_reading(group, topic, committed=[90, 100], log_end=[100, 100])
    seen = _scrape(client, viewer)
    assert seen["highwater_partition_lag", ("prod-eu", "billing", "t-billing", "0")] == 10
    assert len([name for name, _ in seen if name == "highwater_partition_lag"]) == 3
    assert seen["highwater_partition_series_dropped", ()] == 1


def test_hostile_names_stay_inside_their_label(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    name = 'a"} 1\nevil{x="\\'
    _fresh(cluster, name, lag=5)
    assert _scrape(client, viewer)["highwater_group_lag", ("prod-eu", name)] == 5


def test_an_outbox_shows_its_backlog(client: Client, viewer: User) -> None:
    make_outbox(sampled_at=timezone.now(), failed=None, published_per_second=2.5)
    seen = _scrape(client, viewer)
    assert seen["highwater_outbox_depth", ("shop",)] == 10
    assert seen["highwater_outbox_oldest_age_seconds", ("shop",)] == 4
    assert seen["highwater_outbox_published_per_second", ("shop",)] == 2.5
    assert ("highwater_outbox_failed", ("shop",)) not in seen
    assert ("highwater_outbox_inserted_per_second", ("shop",)) not in seen


def test_an_unreachable_outbox_is_down_and_shows_no_numbers(client: Client, viewer: User) -> None:
    now = timezone.now()
    make_outbox(sampled_at=now, unreachable_since=now, status="UNKNOWN")
    seen = _scrape(client, viewer)
    assert seen["highwater_outbox_up", ("shop",)] == 0
    assert seen["highwater_outbox_status", ("shop", "UNKNOWN")] == 1
    assert ("highwater_outbox_depth", ("shop",)) not in seen


def _tick(state: str, seconds_ago: int, **fields: object) -> Tick:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return Tick(slot_at=at, claimed_at=at, leased_until=at, state=state, **fields)


def test_ticks_show_durations_errors_and_outcomes(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    source = OutboxSource.objects.create(name="shop", dsn_reference="env:HIGHWATER_SECRET_SHOP")
    Tick.objects.bulk_create(
        [
            _tick("DONE", 10, cluster=cluster, read_seconds=0.5, reading_errors=2),
            _tick("DONE", 20, cluster=cluster, read_seconds=9.0),
            _tick("SKIPPED", 30, cluster=cluster),
            _tick("LOST", 7200, cluster=cluster),
            _tick("FAILED", 10, source=source),
        ]
    )
    seen = _scrape(client, viewer)
    prod = ("cluster", "prod-eu")
    assert seen["highwater_tick_seconds", (*prod, "read")] == 0.5
    assert ("highwater_tick_seconds", (*prod, "store")) not in seen
    assert seen["highwater_tick_reading_errors", prod] == 2
    outcomes = [seen["highwater_ticks_last_hour", (*prod, s)] for s in ("DONE", "SKIPPED", "LOST")]
    assert outcomes == [2, 1, 0]
    assert seen["highwater_ticks_last_hour", ("outbox", "shop", "FAILED")] == 1


def test_a_tick_in_shards_takes_as_long_as_the_slowest_and_has_all_errors(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    fast = _tick("DONE", 10, cluster=cluster, shards=2, read_seconds=0.5, reading_errors=2)
    slow = _tick("DONE", 10, cluster=cluster, shards=2, read_seconds=0.7, reading_errors=1)
    old = _tick("DONE", 20, cluster=cluster, shards=3, read_seconds=9.0, reading_errors=5)
    slow.shard, slow.slot_at, old.shard = 1, fast.slot_at, 2
    Tick.objects.bulk_create([fast, slow, old])
    seen = _scrape(client, viewer)
    assert seen["highwater_tick_seconds", ("cluster", "prod-eu", "read")] == 0.7
    assert seen["highwater_tick_reading_errors", ("cluster", "prod-eu")] == 3


def test_a_shard_that_still_runs_counts_by_its_tick_before(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    fast = _tick("DONE", 10, cluster=cluster, shards=2, read_seconds=0.5, reading_errors=2)
    slow = _tick("DONE", 20, cluster=cluster, shards=2, read_seconds=9.0, reading_errors=1)
    slow.shard = 1
    Tick.objects.bulk_create([fast, slow])
    seen = _scrape(client, viewer)
    assert seen["highwater_tick_seconds", ("cluster", "prod-eu", "read")] == 9.0
    assert seen["highwater_tick_reading_errors", ("cluster", "prod-eu")] == 3


def test_a_running_replay_shows_its_progress(
    client: Client, viewer: User, cluster: Cluster
) -> None:
    replay = make_replay(cluster, state="RUNNING", records_done=30)
    seen = _scrape(client, viewer)
    labels = (str(replay.pk), "rewind", "prod-eu")
    assert seen["highwater_replay_records_planned", labels] == 90
    assert seen["highwater_replay_records_done", labels] == 30
    assert seen["highwater_replays", ("RUNNING",)] == 1
    assert seen["highwater_replays", ("FAILED",)] == 0


def test_open_sockets_of_the_process_are_counted(client: Client, viewer: User) -> None:
    assert _scrape(client, viewer)["highwater_live_sockets", ()] >= 0


def test_a_scrape_asks_a_bounded_number_of_questions(
    client: Client, viewer: User, cluster: Cluster, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        make_reading(_fresh(cluster, f"g{number}"), make_topic(cluster, f"t{number}"))
    secret = make_token(viewer)
    with django_assert_max_num_queries(24):  # type: ignore[operator]  # the fixture's own type
        client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})


def test_somebody_logged_in_may_look(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    assert client.get("/metrics").status_code == 200


def test_a_person_without_permissions_is_refused(client: Client) -> None:
    client.force_login(make_user("nobody"))
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}]
)
def test_a_stranger_gets_401_and_no_details(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_gets_401(client: Client, viewer: User) -> None:
    secret = make_token(viewer)
    ApiToken.objects.update(revoked_at=timezone.now())
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_guessing_is_slowed_down(client: Client) -> None:
    codes = [
        client.get("/metrics", headers={"Authorization": "Bearer nonsense"}).status_code
        for _ in range(21)
    ]
    assert codes[-1] == 429
