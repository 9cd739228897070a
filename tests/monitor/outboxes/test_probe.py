import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.sql import SQL

from monitor.errors import ConfigurationError, SourceUnreachableError
from monitor.outboxes import probe
from monitor.outboxes.connections import connect
from monitor.outboxes.presets.highwater import HIGHWATER
from monitor.outboxes.queries import OutboxQueries, table
from monitor.outboxes.reading import BacklogReading
from tests.monitor.conftest import SHOP_REFERENCE
from tests.monitor.shop import TABLE, Shop


def _read(
    name: str = TABLE, since: datetime | None = None, depth_cap: int = probe.DEPTH_CAP
) -> BacklogReading:
    with connect(SHOP_REFERENCE) as connection:
        return probe.read(connection, name, preset=HIGHWATER, since=since, depth_cap=depth_cap)


def test_an_empty_outbox_has_depth_zero_and_has_waited_no_time(shop: Shop) -> None:
    reading = _read()
    assert (reading.depth, reading.depth_is_exact, reading.oldest_age_seconds) == (0, True, 0)
    assert reading.published is None
    assert reading.failed == 0


def test_only_pending_rows_are_the_backlog(shop: Shop) -> None:
    shop.add(10)
    shop.publish(3)
    shop.fail(2)
    reading = _read()
    assert reading.depth == 5
    assert reading.failed == 2


def test_depth_past_the_cap_is_an_estimate_that_never_falls_below_what_was_counted(
    shop: Shop,
) -> None:
    shop.add(60)
    assert _read(depth_cap=20).depth >= 21
    shop.run("ANALYZE {outbox}")
    reading = _read(depth_cap=20)
    assert not reading.depth_is_exact
    assert reading.depth == pytest.approx(60, rel=0.5)
    assert _read(depth_cap=60).depth_is_exact


def test_the_oldest_is_found_in_whatever_shard_it_is(shop: Shop) -> None:
    shop.add(5, shard=0, age="10 s")
    shop.add(5, shard=7, age="600 s")
    shop.add(5, shard=3, age="20 s")
    assert _read(depth_cap=2).oldest_age_seconds == pytest.approx(600, abs=5)


def test_rows_published_while_they_are_probed_still_have_their_age(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(1, age="3 s")
    ask = probe._rows

    def ask_and_publish(*asked: Any, **values: Any) -> list[tuple[Any, ...]]:
        answer = ask(*asked, **values)
        shop.publish(1)
        return answer

    with connect(SHOP_REFERENCE) as connection:
        queries = OutboxQueries(TABLE, HIGHWATER)
        monkeypatch.setattr(probe, "_rows", ask_and_publish)
        types, age = probe._waiting(connection, queries, 10)
    assert types == [("OrderPlaced", 1)]
    assert age is not None
    assert 3 <= age < 60


def test_the_oldest_is_found_without_a_walk_past_published_rows(shop: Shop) -> None:
    shop.add(5_000)
    shop.publish(5_000)
    shop.add(100)
    shop.run("ANALYZE {outbox}")
    with connect(SHOP_REFERENCE) as connection:
        query = OutboxQueries(TABLE, HIGHWATER).oldest()
        plan = connection.execute(SQL("EXPLAIN (FORMAT JSON) {}").format(query)).fetchone()
    scanned = set(re.findall(r"'Index Name': '(\w+)'", str(plan)))
    assert scanned == {f"{TABLE}_shard_expr_idx"}  # the copy's index of pending rows


def test_the_backlog_is_split_by_type(shop: Shop) -> None:
    shop.add(3, type="OrderPlaced")
    shop.add(1, type="it's {odd} %s")
    assert _read().by_type == {"OrderPlaced": 3, "it's {odd} %s": 1}


def test_rare_types_are_counted_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "MAX_TYPES", 1)
    shop.add(3, type="OrderPlaced")
    shop.add(1, type="OrderPaid")
    shop.add(1, type="OrderSent")
    assert _read().by_type == {"OrderPlaced": 3, probe.OTHER_TYPES: 2}


def test_published_rows_are_counted_once_they_have_settled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SETTLING", timedelta(seconds=60))
    shop.add(10)
    before = _read().counters.read_at
    shop.publish(4, ago="90 s")
    shop.publish(3, ago="0 s")
    since = before - timedelta(seconds=300)
    assert _read(since=since).published == 4
    shop.run("UPDATE {outbox} SET published_at = published_at - interval '90 s'")
    assert _read(since=since).published == 7


def test_more_failed_rows_than_are_counted_is_unknown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "COUNT_CAP", 2)
    shop.add(3)
    shop.fail(3)
    assert _read().failed is None


def test_position_counts_every_insert(shop: Shop) -> None:
    assert _read().counters.position is None
    shop.add(10)
    assert _read().counters.position == 10


def test_a_schema_in_the_table_name_is_honoured(shop: Shop) -> None:
    shop.add(2)
    assert _read(f"{shop.schema}.{TABLE}").depth == 2


def test_a_hostile_table_name_is_only_a_name(shop: Shop) -> None:
    with pytest.raises(SourceUnreachableError, match="no such table"):
        _read("x; DROP TABLE highwater_events_outbox")


@pytest.mark.parametrize("name", ["", ".", "a.b.c", "a.", 'say "x"', "a\0b"])
def test_a_name_that_is_no_table_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"name or schema\.name"):
        table(name)
