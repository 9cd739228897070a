"""Partitions of the sample tables: made ahead, so that storing never waits for one.

Open samples are cut by hour, sealed blocks by day, summaries by month, all in UTC. None has a
default partition: where one is missing, storing fails loudly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from monitor.series.sealed import sealed_hours

HOUR = timedelta(hours=1)
HOURS_AHEAD = 3

# Which hours hold any sample: a look into each of their partitions.
_HOURS_WITH_SAMPLES = """
    SELECT hour FROM unnest(%s::timestamptz[]) AS hour
    WHERE EXISTS (SELECT FROM monitor_head_sample
                  WHERE sampled_at >= hour AND sampled_at < hour + interval '1 hour')
       OR EXISTS (SELECT FROM monitor_lag_sample
                  WHERE sampled_at >= hour AND sampled_at < hour + interval '1 hour')
       OR EXISTS (SELECT FROM monitor_backlog_sample
                  WHERE sampled_at >= hour AND sampled_at < hour + interval '1 hour')
"""

_LOCK = 0x4869_6768  # any number; all processes of Highwater must use the same


@dataclass(frozen=True, slots=True)
class Grain:
    """Tables that are cut alike, and how a partition's name tells its start."""

    tables: tuple[str, ...]
    digits: str
    longest: timedelta

    def start_of(self, moment: datetime) -> datetime:
        """The start of the partition that holds the moment."""
        return self.start_in(moment.astimezone(UTC).strftime(self.digits))

    def start_in(self, digits: str) -> datetime:
        return datetime.strptime(digits, self.digits).replace(tzinfo=UTC)

    def end_of(self, start: datetime) -> datetime:
        return self.start_of(start + self.longest)


OPEN = Grain(
    ("monitor_head_sample", "monitor_lag_sample", "monitor_backlog_sample"), "%Y%m%d%H", HOUR
)
BLOCKS = Grain(
    ("monitor_head_block", "monitor_lag_block", "monitor_backlog_block"),
    "%Y%m%d",
    timedelta(days=1),
)
SUMMARIES = Grain(
    (
        "monitor_head_summary",
        "monitor_lag_summary",
        "monitor_backlog_summary",
        "monitor_cluster_summary",
    ),
    "%Y%m",
    timedelta(days=31),
)
GRAINS = (OPEN, BLOCKS, SUMMARIES)
TABLES = OPEN.tables


def ensure_partitions(now: datetime) -> list[str]:
    """Make what is missing from the hour before `now` to three hours ahead; return the new names.

    Cheap when nothing is missing. Safe to call from several processes at once. A sealed hour is
    never made anew: what came for it would be lost behind its seal.
    """
    first = start_of_hour(now) - HOUR
    sealed = sealed_hours(first, first + HOUR * 2)
    hours = [first + HOUR * number for number in range(HOURS_AHEAD + 2)]
    return ensure_of(OPEN, [hour for hour in hours if hour not in sealed])


def ensure_hour(moment: datetime) -> None:
    """Make what the moment's hour lacks, unless it is sealed; for who is about to store in it.

    Those ahead are left to upkeep: each is attached under a lock that ALTER TABLE and the like hold
    too, and a tick whose own hour is there has no need to wait for them.
    """
    hour = start_of_hour(moment)
    if not sealed_hours(hour, hour + HOUR):
        ensure_of(OPEN, [hour])


def ensure_of(grain: Grain, starts: list[datetime]) -> list[str]:
    """Make those partitions of a grain that are missing; return the new names."""
    wanted = {
        _name(grain, table, start): (table, start) for table in grain.tables for start in starts
    }
    missing = sorted(wanted.keys() - _existing(list(wanted)))
    if missing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            missing = sorted(set(missing) - _existing(missing))
            for name in missing:
                table, start = wanted[name]
                _create(name, table, start, grain.end_of(start))
    return missing


def ensure_sealed_partitions(moment: datetime) -> list[str]:
    """Make the partitions that the moment's hour is sealed into, and the next; return the names."""
    made = list[str]()
    for grain in (BLOCKS, SUMMARIES):
        start = grain.start_of(moment)
        made += ensure_of(grain, [start, grain.end_of(start)])
    return made


def hours_without_partition(now: datetime) -> list[datetime]:
    """The present and next hours for which a table has no partition: samples would be refused.

    The last hour of those made ahead is left out, for upkeep may be a minute late to make it.
    """
    hours = [start_of_hour(now) + HOUR * number for number in range(HOURS_AHEAD)]
    names = {hour: {partition_name(table, hour) for table in TABLES} for hour in hours}
    existing = _existing([name for some in names.values() for name in some])
    return [hour for hour in hours if not names[hour] <= existing]


@dataclass(frozen=True, slots=True)
class Existing:
    """The starts of partitions that readers see, by table; one that is being detached is gone."""

    starts: Mapping[str, list[datetime]]

    def all_of(self, grain: Grain) -> list[datetime]:
        """Those that any table of the grain has, oldest first."""
        return sorted({start for table in grain.tables for start in self.starts.get(table, ())})

    def complete_from(self, grain: Grain) -> datetime | None:
        """From when on all tables of the grain have theirs; None if one has none."""
        oldest = [min(self.starts.get(table, ()), default=None) for table in grain.tables]
        known = [start for start in oldest if start is not None]
        return max(known) if len(known) == len(oldest) else None


def existing(*grains: Grain) -> Existing:
    """What partitions there are."""
    grain_of = {table: grain for grain in grains for table in grain.tables}
    starts: dict[str, list[datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT parent.relname, child.relname FROM pg_inherits"
            " JOIN pg_class child ON child.oid = inhrelid"
            " JOIN pg_class parent ON parent.oid = inhparent"
            " WHERE inhparent = ANY(%s::regclass[]) AND NOT inhdetachpending",
            [list(grain_of)],
        )
        for table, name in cursor.fetchall():
            start = grain_of[table].start_in(name.rpartition("_")[2])
            starts.setdefault(table, []).append(start)
    return Existing(starts)


def open_hours() -> list[datetime]:
    """The hours that any open table has a partition for, oldest first."""
    return existing(OPEN).all_of(OPEN)


def hours_with_samples(hours: Sequence[datetime]) -> list[datetime]:
    """Those of some open hours that hold any sample."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS_WITH_SAMPLES, [list(hours)])
        return sorted(hour.astimezone(UTC) for (hour,) in cursor.fetchall())


def oldest_start(grain: Grain) -> datetime | None:
    """From when on all tables of the grain have their partitions; None if one has none."""
    return existing(grain).complete_from(grain)


def start_of_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def partition_name(table: str, hour: datetime) -> str:
    """The open partition of an hour."""
    return _name(OPEN, table, hour)


def _name(grain: Grain, table: str, start: datetime) -> str:
    return f"{table}_{start.astimezone(UTC).strftime(grain.digits)}"


def _existing(names: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s)"
            " AND relnamespace = current_schema()::regnamespace",
            [names],
        )
        return {name for (name,) in cursor.fetchall()}


def _create(name: str, table: str, start: datetime, end: datetime) -> None:
    # PARTITION OF would lock all readers and writers out of the parent; ATTACH does not.
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
            [start, end],
        )
