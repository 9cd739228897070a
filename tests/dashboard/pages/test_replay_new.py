"""The form that plans a replay: what it begins with, and what it says of wrong answers."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Cluster, Group, Replay
from tests.factories import make_group, make_replay, make_topic


@pytest.fixture
def acting(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def text_of(response: Any) -> str:
    page: str = response.content.decode()
    return page


def rewind_form(cluster: Cluster, **fields: str) -> dict[str, str]:
    return {
        "cluster": str(cluster.pk),
        "group": "billing",
        "to": "earliest",
        "reason": "x",
    } | fields


def republish_form(cluster: Cluster, **fields: str) -> dict[str, str]:
    return {
        "cluster": str(cluster.pk),
        "topic": "orders",
        "partitioning": "keep",
        "timestamps": "keep",
        "reason": "x",
    } | fields


def test_a_viewer_may_not_plan(seen: Client, cluster: Cluster) -> None:
    assert seen.get("/replays/new").status_code == 403
    assert seen.post("/replays/new?verb=rewind", rewind_form(cluster)).status_code == 403


def test_a_stranger_plans_nothing(client: Client, cluster: Cluster) -> None:
    answer = client.post("/replays/new?verb=rewind", rewind_form(cluster))
    assert answer["Location"].startswith("/login")


def test_copying_to_another_topic_needs_the_right_to_see_records(
    acting: Client, cluster: Cluster
) -> None:
    form = republish_form(cluster, target="elsewhere")
    assert acting.post("/replays/new?verb=republish", form).status_code == 403
    assert not Replay.objects.exists()


def test_the_form_is_filled_in_from_the_groups_page(acting: Client, billing: Group) -> None:
    page = text_of(acting.get(f"/replays/new?verb=rewind&group={billing.pk}"))
    assert 'name="group" value="billing"' in page


@pytest.mark.parametrize(
    ("stored", "typed"), [(r"a\\b", r"a\b"), (r"a\u0000b", r"a\u0000b"), (r"a\udcff", r"a\udcff")]
)
def test_an_escaped_name_is_filled_in_as_kafka_knows_it_where_a_page_can_hold_it(
    acting: Client, cluster: Cluster, stored: str, typed: str
) -> None:
    group = make_group(cluster, stored, name_is_escaped=True)
    page = text_of(acting.get(f"/replays/new?verb=rewind&group={group.pk}"))
    assert f'name="group" value="{typed}"' in page


def test_the_form_is_filled_in_from_a_topic(acting: Client, cluster: Cluster) -> None:
    topic = make_topic(cluster, "payments")
    page = text_of(acting.get(f"/replays/new?verb=republish&topic={topic.pk}"))
    assert 'name="topic" value="payments"' in page


def test_a_group_and_a_topic_limit_the_rewind_to_that_topic(acting: Client, billing: Group) -> None:
    topic = make_topic(billing.cluster, "payments")
    page = text_of(acting.get(f"/replays/new?group={billing.pk}&topic={topic.pk}"))
    assert 'name="group" value="billing"' in page
    assert 'name="topics" value="payments"' in page


def test_a_plan_is_made_again_from_what_was_typed(acting: Client, cluster: Cluster) -> None:
    asked = {"group": "billing", "to": "offset", "offset": 7, "topics": {"orders": [0, 2]}}
    former = make_replay(cluster, request=asked)
    page = text_of(acting.get(f"/replays/new?verb=rewind&again={former.pk}"))
    assert 'value="orders:0,2"' in page
    assert 'name="offset" value="7"' in page
    assert "a bad release" in page


@pytest.mark.parametrize(
    "wrong", ["group=x", "group=999999", "topic=9999999999999999999", "again=-1"]
)
def test_a_wrong_deep_link_leaves_the_form_empty(
    acting: Client, cluster: Cluster, wrong: str
) -> None:
    page = text_of(acting.get(f"/replays/new?verb=rewind&{wrong}"))
    assert '<input type="text" name="group" required' in page


@pytest.mark.parametrize(
    ("verb", "fields", "field", "sentence"),
    [
        ("rewind", {"group": ""}, "group", "This field is required."),
        ("rewind", {"reason": ""}, "reason", "This field is required."),
        ("rewind", {"to": "offset"}, "offset", "Say which offset."),
        ("rewind", {"to": "offset", "offset": "-1"}, "offset", "must be zero or more"),
        ("rewind", {"to": "shift-by"}, "shift_by", "Say by how many records."),
        ("rewind", {"to": "datetime"}, "at", "Say which time."),
        ("rewind", {"to": "datetime", "at": "yesterday"}, "at", "is not a time"),
        ("rewind", {"topics": "orders:x"}, "topics", "is not a list of partitions"),
        ("rewind", {"topics": "__internal"}, "topics", "is an internal topic"),
        ("republish", {"topic": "__internal"}, "topic", "is an internal topic"),
        ("republish", {"partitions": "a"}, "partitions", "is not a list of partitions"),
        ("republish", {"from_offset": "5", "to_offset": "4"}, "to_offset", "ends before it begins"),
        ("republish", {"from_offset": "5", "from_time": "2026-03-01"}, "from_time", "not both"),
        ("republish", {"to_time": "noon"}, "to_time", "is not a time"),
        ("republish", {"rate_limit_per_second": "-1"}, "rate_limit_per_second", "above zero"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    acting: Client, cluster: Cluster, verb: str, fields: dict[str, str], field: str, sentence: str
) -> None:
    make_form = rewind_form if verb == "rewind" else republish_form
    answer = acting.post(f"/replays/new?verb={verb}", make_form(cluster, **fields))
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert sentence in form.errors[field][0]
    assert f'<a href="#id_{field}">' in text_of(answer)
    for name, typed in make_form(cluster, **fields).items():
        assert form[name].value() == typed
    assert not Replay.objects.exists()


def test_nobody_is_asked_to_confirm_before_the_broker_has_kept_silent(
    acting: Client, cluster: Cluster
) -> None:
    assert "confirm_stopped" not in text_of(acting.get("/replays/new?verb=rewind"))
