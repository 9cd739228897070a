import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from highwater_events.models import OutboxRow, OutboxShard
from highwater_events.outbox import rows
from highwater_events.outbox.batch import PendingRow
from highwater_events.outbox.leases import Leases
from tests.highwater_events.outbox.conftest import Write

pytestmark = pytest.mark.django_db
ALL = range(16)


def read(limit: int = 100, *, poison_blocks_key: bool = True) -> list[PendingRow]:
    return rows.read_pending(
        "default", ALL, limit=limit, poison_blocks_key=poison_blocks_key, source="/s"
    )


def keys(found: list[PendingRow]) -> list[str]:
    return [row.event.aggregate_id for row in found]


@pytest.fixture
def tokens() -> list[uuid.UUID]:
    leases = Leases("one", using="default", shards=16, lease_seconds=60)
    leases.prepare()
    leases.keep()
    return leases.tokens()


def refuse(row: PendingRow, tokens: list[uuid.UUID], max_attempts: int = 3) -> bool | None:
    return rows.mark_refused(
        "default", row, "no", max_attempts=max_attempts, wait_seconds=60, tokens=tokens
    )


def test_rows_of_all_shards_come_oldest_first(write: Write) -> None:
    written = [str(number) for number in range(30)]
    write(*written)
    assert keys(read()) == written
    assert len({row.shard for row in read()}) > 5


def test_no_more_rows_come_than_asked(write: Write) -> None:
    write(*"abcdef")
    assert keys(read(limit=4)) == list("abcd")


def test_rows_of_other_shards_stay_away(write: Write) -> None:
    write("a")
    [row] = read()
    others = [shard for shard in ALL if shard != row.shard]
    assert rows.read_pending("default", others, limit=9, poison_blocks_key=True, source="/") == []
    assert rows.read_pending("default", [], limit=9, poison_blocks_key=True, source="/") == []


def test_a_row_is_read_as_it_was_written(write: Write) -> None:
    [event_id] = write("a", payload={"n": 1}, headers={"x": "y", "traceparent": "00-1"})
    [row] = read()
    assert (row.event.id, row.event.payload, row.event.source) == (event_id, b'{"n":1}', "/s")
    assert (row.event.headers, row.event.trace) == ({"x": "y"}, {"traceparent": "00-1"})
    assert row.event.time == OutboxRow.objects.get().created_at


def test_a_batch_holds_so_many_bytes(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_BATCH_BYTES", 1_000)
    write("a", "b", "c", payload="x" * 600)
    assert keys(read()) == ["a", "b"]


def test_a_refused_row_holds_back_its_key_until_its_next_attempt(
    write: Write, tokens: list[uuid.UUID]
) -> None:
    write("a", "b", "a")
    assert refuse(read()[0], tokens) is False
    assert keys(read()) == ["b"]
    OutboxRow.objects.exclude(retry_at=None).update(retry_at=Now() - timedelta(seconds=1))
    assert [(row.event.aggregate_id, row.attempts) for row in read()] == [
        ("a", 1),
        ("b", 0),
        ("a", 0),
    ]


def test_a_row_fails_with_its_last_attempt(write: Write, tokens: list[uuid.UUID]) -> None:
    write("a")
    assert refuse(read()[0], tokens, max_attempts=1) is True
    row = OutboxRow.objects.get()
    assert (row.failed_at is not None, row.retry_at, row.last_error) == (True, None, "no")


@pytest.mark.parametrize(("blocks", "expected"), [(True, ["b"]), (False, ["b", "a"])])
def test_whether_a_failed_row_blocks_its_key_is_a_choice(
    write: Write, tokens: list[uuid.UUID], blocks: bool, expected: list[str]
) -> None:
    write("a", "b", "a")
    refuse(read()[0], tokens, max_attempts=1)
    assert keys(read(poison_blocks_key=blocks)) == expected


def test_an_attempt_is_counted_once(write: Write, tokens: list[uuid.UUID]) -> None:
    write("a")
    [row] = read()
    assert refuse(row, tokens) is False
    assert refuse(row, tokens) is None
    assert OutboxRow.objects.get().attempts == 1


def test_nothing_is_marked_in_a_shard_that_was_lost(write: Write, tokens: list[uuid.UUID]) -> None:
    write("a")
    [row] = read()
    OutboxShard.objects.update(token=uuid.uuid4())
    assert rows.mark_published("default", [row.position], tokens) == []
    assert refuse(row, tokens) is None
    assert OutboxRow.objects.get().published_at is None


def test_what_is_marked_is_gone_and_its_delay_known(write: Write, tokens: list[uuid.UUID]) -> None:
    write("a")
    [row] = read()
    OutboxRow.objects.update(created_at=Now() - timedelta(minutes=1))
    [(topic, delay_seconds)] = rows.mark_published("default", [row.position], tokens)
    assert (topic, round(delay_seconds)) == ("outbox.event.order", 60)
    assert read() == []


def test_the_backlog_counts_what_is_pending_and_how_old_it_is(write: Write) -> None:
    assert rows.backlog("default", ALL) == (0, 0)
    write("a", "b")
    OutboxRow.objects.update(created_at=Now() - timedelta(minutes=5))
    pending, oldest_seconds = rows.backlog("default", ALL)
    assert (pending, round(oldest_seconds)) == (2, 300)


FILL = """
    INSERT INTO highwater_events_outbox (id, aggregatetype, aggregateid, type, payload, topic,
        content_type, headers, traceparent, tracestate, attempts, last_error, shard, published_at)
    SELECT gen_random_uuid(), 'order', n, 'E', '{}', 't', '', '{}', '', '', 0, '',
        n %% 16, CASE WHEN n <= 10000 THEN now() END
    FROM generate_series(1, 20000) AS n
"""


def test_the_read_follows_the_index_however_long_the_backlog() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, [])
        cursor.execute("ANALYZE highwater_events_outbox")
        sql = rows.PENDING.format(
            blocked=rows.BLOCKED_KEYS + rows.POISONED_KEYS,
            heads=" UNION ALL ".join([rows.SHARD_HEAD] * 16),
        )
        of_heads = [value for shard in ALL for value in (shard, 100)]
        cursor.execute(f"EXPLAIN {sql}", [*of_heads, 100, 1_000_000])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Merge Append" in plan
    assert plan.count("Index Scan using outbox_pending") == 16
    assert "Seq Scan" not in plan
