"""What browsers hear of a tick, as it went to the Channels layer."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from monitor import broadcast
from monitor.broadcast import LiveMessage
from monitor.lag import message
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The body of the newest message by topic, sent as ever; somebody listens to every group."""
    bodies: dict[str, Any] = {}
    send = broadcast.send

    def note(messages: Sequence[LiveMessage]) -> int:
        bodies.update({each.topic: json.loads(each.text())["body"] for each in messages})
        return send(messages)

    monkeypatch.setattr(broadcast, "send", note)
    monkeypatch.setattr(broadcast, "heard", lambda _: None)
    return bodies


def test_a_group_that_is_gone_says_so_once_and_the_overview_drops_it(
    sampled: Sampled, heard: dict[str, Any]
) -> None:
    sampled.tick()
    topic, overview = f"group.{sampled.group('g').pk}", f"overview.{sampled.row.pk}"
    assert (heard[topic]["gone_at"], heard[overview]["groups_gone"]) == (None, [])
    del sampled.kafka.groups["g"]
    sampled.ticks(2)
    group = sampled.group("g")
    assert datetime.fromisoformat(heard[topic]["gone_at"]) == group.gone_at
    assert (heard[topic]["name"], heard[topic]["topics"]) == ("g", [])
    assert (heard[overview]["groups_gone"], heard[overview]["groups"]) == ([group.pk], [])
    assert heard[overview]["figures"]["groups"] == 0
    heard.clear()
    sampled.tick()
    assert (topic in heard, heard[overview]["groups_gone"]) == (False, [])


def test_a_group_that_is_missing_is_not_gone_and_one_that_is_back_says_so(
    sampled: Sampled, heard: dict[str, Any]
) -> None:
    sampled.tick()
    topic, group = f"group.{sampled.group('g').pk}", sampled.kafka.groups.pop("g")
    sampled.tick()
    assert (heard[topic]["gone_at"], heard[topic]["status"]) == (None, "UNKNOWN")
    sampled.tick()
    assert heard[topic]["gone_at"]
    sampled.kafka.groups["g"] = group
    sampled.tick()
    assert (heard[topic]["gone_at"], heard[topic]["lag"]) == (None, 6)


def test_the_worst_time_lag_is_named_though_the_message_has_no_room_for_its_group(
    sampled: Sampled, heard: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "MOST_GROUPS", 0)
    sampled.kafka.commit("ahead", {("t", 1): 10})
    sampled.tick()
    sampled.kafka.append("t", 0, 10)
    sampled.kafka.commit("g", {("t", 0): 15, ("t", 1): 10})
    sampled.tick()
    body, group = heard[f"overview.{sampled.row.pk}"], sampled.group("g")
    assert body["groups"] == []
    assert body["figures"]["worst_time_lag_seconds"] == group.time_lag_seconds != 0
    assert body["figures"]["worst_time_lag_group"] == {"id": group.pk, "name": "g"}


def test_no_time_lag_that_is_known_is_nobodys(sampled: Sampled, heard: dict[str, Any]) -> None:
    sampled.kafka.groups["g"].error = 30
    sampled.tick()
    figures = heard[f"overview.{sampled.row.pk}"]["figures"]
    assert (figures["worst_time_lag_seconds"], figures["worst_time_lag_group"]) == (None, None)


def test_groups_that_nobody_listens_to_are_in_the_overview_alone(
    sampled: Sampled, heard: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sampled.kafka.commit("other", {("t", 1): 3})
    sampled.tick()
    listened = sampled.group("other").pk
    heard.clear()
    monkeypatch.setattr(broadcast, "heard", lambda _: frozenset({listened}))
    for partition in (0, 1):
        sampled.kafka.append("t", partition, 10)
    sampled.tick()
    overview = f"overview.{sampled.row.pk}"
    assert heard.keys() == {overview, f"group.{listened}"}
    assert {group["name"] for group in heard[overview]["groups"]} == {"g", "other"}


def test_without_valkey_a_tick_tries_it_once(
    sampled: Sampled, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fail(messages: Sequence[LiveMessage]) -> int:
        tried.extend(each.topic for each in messages)
        return 0

    monkeypatch.setattr(broadcast, "send", fail)
    monkeypatch.setattr(broadcast, "heard", lambda _: pytest.fail("it was asked who listens"))
    sampled.tick()
    assert tried == [f"overview.{sampled.row.pk}"]
