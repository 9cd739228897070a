from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from monitor.models import Cluster, Tick
from tests.factories import AT, make_cluster, make_group

pytestmark = pytest.mark.django_db
LIST = "/api/v1/clusters"


def test_clusters_come_by_name_with_what_sampling_found(as_viewer: Client) -> None:
    cluster = make_cluster("prod-eu", not_told=["members"], unreachable_since=AT)
    make_cluster("prod-ap")
    make_group(cluster)
    items = as_viewer.get(LIST).json()["items"]
    assert [item["name"] for item in items] == ["prod-ap", "prod-eu"]
    assert items[1]["unreachable_since"] == "2026-03-01T12:00:00Z"
    assert (items[1]["group_count"], items[1]["not_told"]) == (1, ["members"])


def test_a_cluster_says_which_client_reads_it_and_why(as_viewer: Client) -> None:
    cluster = make_cluster(adapter="confluent", why_not_bulk="Only librdkafka honours it.")
    shown = as_viewer.get(f"{LIST}/{cluster.pk}").json()
    assert (shown["adapter"], shown["why_not_bulk"]) == ("confluent", "Only librdkafka honours it.")


def test_a_cluster_says_at_which_interval_it_is_sampled_and_why(as_viewer: Client) -> None:
    cluster = make_cluster(widened_to_seconds=30, interval_since=AT, interval_reason="24 s.")
    for slot, state in ((0, "SKIPPED"), (10, "SKIPPED"), (20, "DONE")):
        at = timezone.now() - timedelta(seconds=slot)
        Tick.objects.create(
            cluster=cluster, slot_at=at, state=state, claimed_at=at, leased_until=at
        )
    shown = as_viewer.get(f"{LIST}/{cluster.pk}").json()
    assert (shown["asked_interval_seconds"], shown["sample_interval_seconds"]) == (10, 30)
    assert (shown["interval_since"], shown["interval_reason"]) == ("2026-03-01T12:00:00Z", "24 s.")
    assert shown["skipped_ticks_last_hour"] == 2


def test_a_slot_that_several_shards_skipped_counts_once(as_viewer: Client) -> None:
    cluster, at = make_cluster(), timezone.now()
    for number in range(3):
        Tick.objects.create(
            cluster=cluster,
            slot_at=at,
            shard=number,
            shards=3,
            state="SKIPPED",
            claimed_at=at,
            leased_until=at,
        )
    Cluster.objects.update(shards=3)
    shown = as_viewer.get(f"{LIST}/{cluster.pk}").json()
    assert (shown["shards"], shown["skipped_ticks_last_hour"]) == (3, 1)


def test_a_cluster_before_its_first_tick_is_all_unknown(as_viewer: Client) -> None:
    cluster = Cluster.objects.create(name="new", bootstrap_servers="kafka:9092")
    shown = as_viewer.get(f"{LIST}/{cluster.pk}").json()
    assert (shown["sampled_at"], shown["broker_count"], shown["listing_is_complete"]) == (None,) * 3


def test_connection_properties_are_not_shown(as_operator: Client) -> None:
    cluster = make_cluster()
    Cluster.objects.update(properties={"sasl.username": "anna"})
    assert "anna" not in as_operator.get(f"{LIST}/{cluster.pk}").content.decode()


def test_an_unknown_cluster_is_a_problem(as_viewer: Client) -> None:
    response = as_viewer.get(f"{LIST}/7")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no cluster 7.")


def test_strangers_are_refused(as_stranger: Client) -> None:
    assert as_stranger.get(LIST).status_code == 401


@pytest.mark.parametrize("left_out", [None, 0, 7])
def test_a_cluster_says_how_much_its_patterns_leave_out(
    as_viewer: Client, left_out: int | None
) -> None:
    cluster = make_cluster(left_out_groups=left_out, left_out_topics=left_out)
    shown = as_viewer.get(f"{LIST}/{cluster.pk}").json()
    assert (shown["left_out_groups"], shown["left_out_topics"]) == (left_out, left_out)
