"""`manage.py replay`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from monitor.models import AuditEntry, Cluster, Replay
from tests.factories import make_replay

pytestmark = [pytest.mark.apache_kafka, pytest.mark.django_db]


def replay(*arguments: Any) -> str:
    out = StringIO()
    call_command("replay", *map(str, arguments), stdout=out)
    return out.getvalue()


def planned(group: str, *more: str) -> dict[str, Any]:
    text = replay(
        *("plan", "rewind", group, "--to-offset", "4", "--reason", "a bad release", "--json"),
        *more,
    )
    plan: dict[str, Any] = json.loads(text)
    return plan


def test_a_rewind_is_planned_shown_run_and_cancelled(
    cluster: Cluster, billing: str, orders: str
) -> None:
    plan = planned(billing)
    shown = replay("show", plan["id"])
    assert "12 records will be processed again; 0 skipped" in shown
    assert f"manage.py replay run {plan['id']} --plan-hash {plan['plan_hash'][:8]}" in shown
    assert f"--topic {orders}" not in shown
    assert "--all-topics --to-offset 4 --execute" in shown
    assert "is RUNNING" in replay("run", plan["id"], "--plan-hash", plan["plan_hash"][:8])
    assert "is CANCELLED" in replay("cancel", plan["id"])
    assert "replay.cancelled by" in replay("show", plan["id"])


def test_a_republish_is_planned_paused_and_resumed(
    cluster: Cluster, orders: str, copies: str
) -> None:
    plan = json.loads(
        replay(
            *("plan", "republish", orders, "--to", copies, "--partitions", "1"),
            *("--from-offset", "2", "--rate", "5", "--reason", "lost", "--json"),
        )
    )
    assert (plan["records_total"], plan["target_topic"]) == (8, copies)
    replay("run", plan["id"], "--plan-hash", plan["plan_hash"])
    assert "is PAUSED" in replay("pause", plan["id"])
    assert json.loads(replay("resume", plan["id"], "--json"))["state"] == "RUNNING"
    assert replay("export", plan["id"]) == f"{orders},1,2,10\n"


def test_a_plan_is_exported_for_kafkas_tool(cluster: Cluster, billing: str, orders: str) -> None:
    assert replay("export", planned(billing)["id"]) == f"{orders},0,4\n{orders},1,4\n"


def test_the_list_is_newest_first(cluster: Cluster, billing: str) -> None:
    ids = [planned(billing)["id"], planned(billing)["id"]]
    assert [each["id"] for each in json.loads(replay("list", "--json"))] == ids[::-1]
    assert json.loads(replay("list", "--state", "running", "--json")) == []
    assert f"group {billing}" in replay("list")


@pytest.mark.parametrize("plan_hash", ["", "0123", "f" * 8, "f" * 64])
def test_a_run_needs_the_hash_of_what_was_seen(
    cluster: Cluster, billing: str, plan_hash: str
) -> None:
    plan = planned(billing)
    with pytest.raises(CommandError, match="not the plan that you saw"):
        replay("run", plan["id"], "--plan-hash", plan_hash)


def test_whoever_has_a_shell_acts_as_the_systems_user(cluster: Cluster, billing: str) -> None:
    planned(billing)
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.actor_id) == ("cli", None)
    assert entry.actor


def test_an_account_acts_with_its_permissions(
    cluster: Cluster, billing: str, operator: User, viewer: User
) -> None:
    assert planned(billing, "--as", "operator")["requested_by"] == "operator"
    with pytest.raises(CommandError, match=r"viewer may not do this: it needs monitor.plan_replay"):
        planned(billing, "--as", "viewer")
    with pytest.raises(CommandError, match="no active account stranger"):
        planned(billing, "--as", "stranger")


def test_copying_to_another_topic_needs_the_right_to_see_records(
    cluster: Cluster, orders: str, copies: str, operator: User
) -> None:
    with pytest.raises(CommandError, match=r"monitor\.browse_records"):
        replay(
            *("plan", "republish", orders, "--to", copies, "--reason", "x", "--as", "operator"),
        )
    assert not Replay.objects.exists()


def test_resuming_a_copy_to_another_topic_needs_the_right_to_see_records(
    cluster: Cluster, operator: User
) -> None:
    paused = make_replay(
        cluster, verb="republish", target_topic_name="copies", state=Replay.State.PAUSED
    )
    with pytest.raises(CommandError, match=r"monitor\.browse_records"):
        replay("resume", paused.pk, "--as", "operator")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", 0), "There is no replay 0"),
        (("pause", 0), "There is no replay 0"),
        (("list", "--limit", "-5"), "from 1 to 1000"),
        (("list", "--limit", "9" * 25), "from 1 to 1000"),
        (("list", "--state", "LOST"), "invalid choice"),
        (("plan", "republish", "__x", "--reason", "x"), "internal topic"),
        (("plan", "republish", "t", "--rate", "-1", "--reason", "x"), "above zero"),
        (
            ("plan", "republish", "t", "--from-offset=5", "--to-offset=4", "--reason", "x"),
            "ends before it begins",
        ),
        (("plan", "rewind", "g", "--to-latest", "--reason", " "), "Say why"),
        (("plan", "rewind", "g", "--to-latest", "--reason", "a\udcff"), "no UTF-8"),
        (
            ("plan", "rewind", "g", "--to-latest", "--reason", "x", "--cluster", "mars"),
            "Name a cluster with --cluster; there is: prod-eu",
        ),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    cluster: Cluster, arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        replay(*arguments)
