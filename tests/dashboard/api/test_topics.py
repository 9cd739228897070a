import pytest
from django.test import Client

from tests.factories import AT, make_cluster, make_group, make_reading, make_topic

pytestmark = pytest.mark.django_db
LIST = "/api/v1/topics"


def test_topics_are_searched_by_a_part_or_the_whole_name(as_viewer: Client) -> None:
    cluster = make_cluster()
    for name in ("orders", "orders.dlq", "payments"):
        make_topic(cluster, name)
    part = as_viewer.get(LIST, {"search": "order"}).json()["items"]
    whole = as_viewer.get(LIST, {"name": "orders"}).json()["items"]
    assert [[item["name"] for item in found] for found in (part, whole)] == [
        ["orders", "orders.dlq"],
        ["orders"],
    ]


def test_topics_that_are_gone_are_shown_when_asked_for(as_viewer: Client) -> None:
    make_topic(make_cluster(), gone_at=AT)
    assert as_viewer.get(LIST).json()["items"] == []
    [item] = as_viewer.get(LIST, {"include_gone": "true"}).json()["items"]
    assert item["gone_at"] == "2026-03-01T12:00:00Z"


def test_a_topic_comes_with_its_log_and_readers(as_viewer: Client) -> None:
    cluster = make_cluster()
    topic = make_topic(cluster)
    make_reading(make_group(cluster), topic)
    shown = as_viewer.get(f"{LIST}/{topic.pk}").json()
    assert [row["log_end"] for row in shown["partitions"]] == [100, 100, 50]
    assert [group["name"] for group in shown["groups"]] == ["billing"]
    assert shown["topic"]["group_count"] == 1


def test_a_topic_shows_its_first_readers_and_says_how_many_there_are(as_viewer: Client) -> None:
    cluster = make_cluster()
    topic = make_topic(cluster)
    for number in range(101):
        make_reading(make_group(cluster, f"g{number:03}"), topic)
    shown = as_viewer.get(f"{LIST}/{topic.pk}").json()
    names = [group["name"] for group in shown["groups"]]
    assert names == [f"g{number:03}" for number in range(100)]
    assert shown["topic"]["group_count"] == 101
    page = as_viewer.get("/api/v1/groups", {"topic_id": topic.pk, "limit": 500}).json()
    assert len(page["items"]) == 101


def test_an_unknown_topic_is_a_problem(as_viewer: Client) -> None:
    response = as_viewer.get(f"{LIST}/7")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no topic 7.")


def test_strangers_are_refused(as_stranger: Client) -> None:
    assert as_stranger.get(LIST).status_code == 401
