from dataclasses import fields
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from highwater_events import conf

RIGHT: dict[str, Any] = {"SOURCE": "/shop", "BOOTSTRAP_SERVERS": "127.0.0.1:9092"}


def problems_of(**changes: Any) -> list[str]:
    with pytest.raises(conf.SettingsError) as raised:
        conf.read({**RIGHT, **changes})
    return raised.value.problems


def test_two_keys_suffice() -> None:
    assert conf.read(RIGHT).SHARDS == 16


def test_an_unknown_key_is_refused_with_the_likely_one() -> None:
    assert problems_of(SHARD=4) == ["SHARD is not a setting. Did you mean SHARDS?"]


def test_a_key_like_no_other_is_refused_with_all_that_are_known() -> None:
    assert "Known are SOURCE" in problems_of(COLOUR="red")[0]


def test_missing_keys_are_named_with_their_meaning() -> None:
    with pytest.raises(conf.SettingsError) as raised:
        conf.read({})
    assert [problem.split()[0] for problem in raised.value.problems] == [
        "SOURCE",
        "BOOTSTRAP_SERVERS",
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SOURCE", " "),
        ("SHARDS", 0),
        ("SHARDS", True),
        ("SHARDS", "16"),
        ("LEASE_SECONDS", 1),
        ("POISON_BLOCKS_KEY", 1),
        ("TOPICS", {"order": "no spaces please"}),
        ("TOPICS", {"order": ".."}),
        ("TOPICS", ["orders"]),
        ("BROKER", "sasl"),
        ("CONSUMERS", {"billing": 1}),
    ],
)
def test_a_bad_value_is_named(key: str, value: Any) -> None:
    [problem] = problems_of(**{key: value})
    assert problem.startswith(f"{key} must ")


def test_several_problems_are_told_at_once() -> None:
    assert len(problems_of(SHARDS=0, BATCH=0, COLOUR=1)) == 3


def test_a_topic_follows_debeziums_rule_unless_it_is_mapped() -> None:
    settings = conf.read({**RIGHT, "TOPICS": {"order": "orders"}})
    assert settings.topic_of("order") == "orders"
    assert settings.topic_of("customer") == "outbox.event.customer"


def test_the_servers_win_over_a_property_of_the_same_name() -> None:
    settings = conf.read({**RIGHT, "BROKER": {"bootstrap.servers": "x:1", "client.rack": "a"}})
    assert settings.broker_properties() == {
        "bootstrap.servers": "127.0.0.1:9092",
        "client.rack": "a",
    }


def test_the_check_names_each_problem_and_what_to_do(settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = {**RIGHT, "SHARD": 4}
    [message] = [m for m in run_checks() if m.id == "highwater_events.E001"]
    assert "Did you mean SHARDS?" in message.msg
    assert message.hint == "Correct HIGHWATER_EVENTS in settings."


def test_the_check_is_silent_where_all_is_well(settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = RIGHT
    assert [m for m in run_checks() if m.id == "highwater_events.E001"] == []


def test_something_else_than_a_mapping_is_refused(settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = ["SOURCE"]
    with pytest.raises(conf.SettingsError, match="must be a mapping"):
        conf.load()


def test_every_key_has_its_sentence() -> None:
    helps = [each.metadata["help"] for each in fields(conf.EventsSettings)]
    assert all(help.endswith(".") for help in helps)
