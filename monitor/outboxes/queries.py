"""The probe's questions, one named query each; identifiers are quoted by the driver."""

from psycopg import sql

from monitor.errors import ConfigurationError
from monitor.outboxes.presets.base import Preset


class OutboxQueries:
    """Queries over one table. All of them use the index of pending, failed or published rows."""

    def __init__(self, table_name: str, preset: Preset) -> None:
        self.table = table(table_name)
        self._names = {
            "table": self.table,
            "position": sql.Identifier(preset.position),
            "shard": sql.Identifier(preset.shard),
            "type": sql.Identifier(preset.type),
            "created_at": sql.Identifier(preset.created_at),
            "published_at": sql.Identifier(preset.published_at),
            "failed_at": sql.Identifier(preset.failed_at),
            "pending": sql.SQL("{} IS NULL AND {} IS NULL").format(
                sql.Identifier(preset.published_at), sql.Identifier(preset.failed_at)
            ),
        }

    def _query(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(**self._names)

    def by_type(self) -> sql.Composed:
        """Depth by type, over at most %(limit)s pending rows: their sum is the capped depth."""
        return self._query(
            "SELECT type, count(*) FROM"
            " (SELECT {type} AS type FROM {table} WHERE {pending} LIMIT %(limit)s) AS capped"
            " GROUP BY type ORDER BY count(*) DESC, type"
        )

    def estimate(self) -> sql.Composed:
        """The planner's guess at the depth, past the cap."""
        return self._query("EXPLAIN (FORMAT JSON) SELECT 1 FROM {table} WHERE {pending}")

    def oldest(self) -> sql.Composed:
        """Age in seconds of the oldest pending row: the first of each shard, found by index.

        The recursion hops from shard to shard, so a deep backlog costs no more than a short one.
        `+ 0` names the index of pending rows: by the bare position, the planner walks the primary
        key past every published row.
        """
        return self._query(
            "WITH RECURSIVE shards(number) AS ("
            " (SELECT {shard} FROM {table} WHERE {pending} ORDER BY {shard} LIMIT 1)"
            " UNION ALL SELECT (SELECT {shard} FROM {table}"
            "   WHERE {pending} AND {shard} > shards.number ORDER BY {shard} LIMIT 1)"
            " FROM shards WHERE shards.number IS NOT NULL)"
            " SELECT extract(epoch FROM clock_timestamp() - min(first.created_at))::float8"
            " FROM shards CROSS JOIN LATERAL (SELECT {created_at} AS created_at FROM {table}"
            "   WHERE {pending} AND {shard} = shards.number"
            "   ORDER BY ({position} + 0) LIMIT 1) AS first"
        )

    def failed(self) -> sql.Composed:
        """Failed rows, counted up to %(limit)s."""
        return self._query(
            "SELECT count(*) FROM"
            " (SELECT 1 FROM {table} WHERE {failed_at} IS NOT NULL LIMIT %(limit)s) AS capped"
        )

    def published(self) -> sql.Composed:
        """Rows published after %(since)s and up to %(until)s, counted up to %(limit)s."""
        return self._query(
            "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {published_at} > %(since)s"
            " AND {published_at} <= %(until)s LIMIT %(limit)s) AS capped"
        )

    def counters(self) -> sql.Composed:
        """Clock, highest position, inserts, reset time and dead rows of the table.

        A replica keeps no statistics of its own, so there they are unknown, not zero.
        """
        return self._query(
            "SELECT clock_timestamp(), (SELECT max({position}) FROM {table}),"
            " CASE WHEN pg_is_in_recovery() THEN NULL"
            "   ELSE pg_stat_get_tuples_inserted(%(table)s::regclass) END,"
            " (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),"
            " CASE WHEN pg_is_in_recovery() THEN NULL"
            "   ELSE pg_stat_get_dead_tuples(%(table)s::regclass) END"
        )


def table(table_name: str) -> sql.Identifier:
    """`table` or `schema.table`, quoted. Raises ConfigurationError for anything else."""
    parts = table_name.split(".")
    if not 1 <= len(parts) <= 2 or not all(parts) or "\0" in table_name or '"' in table_name:
        raise ConfigurationError("Write the table as name or schema.name, without quotes.")
    return sql.Identifier(*parts)
