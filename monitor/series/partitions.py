"""Hour partitions of the sample tables: made ahead, so that storing never waits for one."""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

TABLES = ("monitor_head_sample", "monitor_lag_sample", "monitor_backlog_sample")
HOUR = timedelta(hours=1)
HOURS_AHEAD = 3

_LOCK = 0x4869_6768  # any number; all processes of Highwater must use the same


def ensure_partitions(now: datetime) -> list[str]:
    """Make what is missing from the hour before `now` to three hours ahead; return the new names.

    Cheap when nothing is missing. Safe to call from several processes at once.
    """
    first = start_of_hour(now) - HOUR
    hours = [first + HOUR * number for number in range(HOURS_AHEAD + 2)]
    wanted = {partition_name(table, hour): (table, hour) for table in TABLES for hour in hours}
    missing = sorted(wanted.keys() - _existing(list(wanted)))
    if missing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            missing = sorted(set(missing) - _existing(missing))
            for name in missing:
                _create(name, *wanted[name])
    return missing


def hours_without_partition(now: datetime) -> list[datetime]:
    """The present and next hours for which a table has no partition: samples would be refused.

    The last hour of those made ahead is left out, for upkeep may be a minute late to make it.
    """
    hours = [start_of_hour(now) + HOUR * number for number in range(HOURS_AHEAD)]
    names = {hour: {partition_name(table, hour) for table in TABLES} for hour in hours}
    existing = _existing([name for some in names.values() for name in some])
    return [hour for hour in hours if not names[hour] <= existing]


def start_of_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def partition_name(table: str, hour: datetime) -> str:
    return f"{table}_{hour:%Y%m%d%H}"


def hour_of(partition: str) -> datetime:
    """The hour that a partition's name says it holds."""
    return datetime.strptime(partition[-10:], "%Y%m%d%H").replace(tzinfo=UTC)


def _existing(names: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s)"
            " AND relnamespace = current_schema()::regnamespace",
            [names],
        )
        return {name for (name,) in cursor.fetchall()}


def _create(name: str, table: str, hour: datetime) -> None:
    # PARTITION OF would lock all readers and writers out of the parent; ATTACH does not.
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
            [hour, hour + HOUR],
        )
