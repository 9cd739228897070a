"""An outbox table in "somebody else's" database, filled by hand."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection
from psycopg import sql

TABLE = "highwater_events_outbox"


def database_dsn(**parts: Any) -> str:
    """The test database as a service would name it; `parts` replace what a test wants wrong."""
    settings = connection.settings_dict
    values = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "dbname": settings["NAME"],
        **parts,
    }
    return psycopg.conninfo.make_conninfo(**values)


@dataclass
class Shop:
    """A schema with the toolkit's own outbox table; `dsn` finds it by its search path."""

    schema: str = field(default_factory=lambda: f"shop_{uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self._connection = psycopg.connect(database_dsn(), autocommit=True)
        self.run("CREATE SCHEMA {schema}")
        self.run("CREATE TABLE {schema}.highwater_events_outbox (LIKE {original} INCLUDING ALL)")

    @property
    def dsn(self) -> str:
        return database_dsn(options=f"-c search_path={self.schema}")

    def run(self, query: str, *values: Any, column: str = "position") -> None:
        names = {
            "column": sql.Identifier(column),
            "schema": sql.Identifier(self.schema),
            "original": sql.Identifier("public", TABLE),
            "outbox": sql.Identifier(self.schema, TABLE),
        }
        self._connection.execute(sql.SQL(query).format(**names), values)

    def add(
        self, rows: int = 1, *, type: str = "OrderPlaced", age: str = "0 s", shard: int = 0
    ) -> None:
        """Write `rows` pending rows that are `age` old."""
        self.run(
            "INSERT INTO {outbox} (id, aggregatetype, aggregateid, type, payload, content_type,"
            " topic, headers, traceparent, tracestate, shard, attempts, last_error, created_at)"
            " SELECT gen_random_uuid(), 'order', n::text, %s, '', '', 'orders', '{{}}', '', '', %s,"
            " 0, '', clock_timestamp() - %s::interval FROM generate_series(1, %s) AS n",
            type,
            shard,
            age,
            rows,
        )

    def publish(self, rows: int, *, ago: str = "0 s") -> None:
        """Mark the oldest pending rows as published `ago`."""
        self._mark("published_at", rows, ago)

    def fail(self, rows: int) -> None:
        """Set the oldest pending rows aside as failed."""
        self._mark("failed_at", rows, "0 s")

    def _mark(self, column: str, rows: int, ago: str) -> None:
        self.run(
            "UPDATE {outbox} SET {column} = clock_timestamp() - %s::interval"
            " WHERE position IN (SELECT position FROM {outbox} WHERE published_at IS NULL"
            " AND failed_at IS NULL ORDER BY position LIMIT %s)",
            ago,
            rows,
            column=column,
        )

    def close(self) -> None:
        self.run("DROP SCHEMA IF EXISTS {schema} CASCADE")
        self._connection.close()
