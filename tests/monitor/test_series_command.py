"""`manage.py series verify` finds what is not whole, and says where."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from monitor.models import GroupTopic
from monitor.series import seal
from monitor.series.blocks import decode, encode
from monitor.series.partitions import HOUR
from monitor.series.sealed import mark_sealed
from tests.monitor.series.worlds import NOON, make_group, make_outbox, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def read() -> GroupTopic:
    """A group in a topic with an hour sealed, its open rows there still."""
    _, [one] = make_group()
    for tick in range(6):
        store(tick, one, [10 * tick, 3], [10 * tick + 5, 3])
    make_outbox(depths=[1, 2], ages=[1.0, 2.0])
    seal.seal(NOON)
    return one


def verified(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("series", "verify", *words, stdout=out, stderr=err)
    except CommandError as problem:
        assert problem.returncode == 1
        assert "not whole" in str(problem)
        assert err.getvalue()
    return out.getvalue(), err.getvalue()


def change(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_is_whole_is_counted(read: GroupTopic) -> None:
    out, err = verified()
    assert out == (
        "1 sealed hours, 3 blocks, 14 samples; 6 of them compared with open rows: no problems\n"
    )
    assert err == ""


def test_hours_before_those_asked_for_are_left_out(read: GroupTopic) -> None:
    assert verified("--hours", "1")[0].startswith("0 sealed hours, 0 blocks")


def test_nothing_sealed_is_whole() -> None:
    assert verified()[0].startswith("0 sealed hours")


def test_hours_must_be_some() -> None:
    with pytest.raises(CommandError, match="1 or more"):
        call_command("series", "verify", "--hours", "0")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE monitor_lag_summary SET lag_max = lag_max + 1", "summary does not agree"),
        ("UPDATE monitor_lag_summary SET time_lag_mean = 7", "summary does not agree"),
        ("UPDATE monitor_head_summary SET gaps = 5", "summary does not agree"),
        ("UPDATE monitor_backlog_summary SET age_last = NULL", "summary does not agree"),
        ("DELETE FROM monitor_lag_summary", "there is no summary"),
        ("DELETE FROM monitor_head_summary", "there is no summary"),
        ("DELETE FROM monitor_backlog_summary", "there is no summary"),
        ("DELETE FROM monitor_lag_block", "a summary without a block"),
        ("DELETE FROM monitor_backlog_block", "(2, 12) blocks and samples"),
        ("UPDATE monitor_lag_block SET totals = '\\x02'", "damaged"),
        ("UPDATE monitor_lag_block SET commits = '\\x'", "empty"),
        ("UPDATE monitor_head_block SET edges = '\\x63'", "format version 99"),
        ("UPDATE monitor_lag_sample SET lag = lag + 1", "does not agree with its open rows"),
        ("UPDATE monitor_lag_sample SET committed[1] = 1", "does not agree with its open rows"),
        ("UPDATE monitor_sealed_hour SET samples = 1", "it was sealed with (3, 1)"),
    ],
)
def test_what_differs_is_told(read: GroupTopic, statement: str, said: str) -> None:
    change(statement)
    out, err = verified()
    assert said in err
    assert f"{NOON:%Y-%m-%d %H:00}" in err
    assert "no problems" not in out


def test_a_block_of_another_hour_is_told(read: GroupTopic) -> None:
    change("UPDATE monitor_backlog_block SET hour = hour + interval '1 hour'")
    change("UPDATE monitor_backlog_summary SET hour = hour + interval '1 hour'")
    mark_sealed(NOON + HOUR, subjects=1, samples=2)
    assert "times lie outside of the hour" in verified()[1]


def test_moves_that_do_not_agree_with_the_offsets_are_told(read: GroupTopic) -> None:
    for tick in range(6):
        store(720 + tick, read, [11 * tick, 3], [12 * tick + 50, 3])
    seal.seal(NOON + 2 * HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT commits FROM monitor_lag_block ORDER BY hour DESC LIMIT 1")
        later = decode(cursor.fetchone()[0])
        moved = replace(later, times=later.times - 2 * 3_600_000_000)
        cursor.execute(
            "UPDATE monitor_lag_block SET commits = %s WHERE hour = %s", [encode(moved), NOON]
        )
        cursor.execute("DELETE FROM monitor_head_block WHERE hour = %s", [NOON + 2 * HOUR])
    told = verified()[1]
    assert "what was consumed does not agree with its commits" in told
    assert "(1, 6) blocks and samples" in told
