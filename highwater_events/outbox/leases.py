"""Which shards this relay holds: leases in rows, by the database's clock.

A lease carries a token, new with each claim. Whoever finds the token changed has lost the shard.
"""

import logging
import time
import uuid
from typing import Any

from django.db import connections

from highwater_events import metrics
from highwater_events.outbox import wake
from highwater_events.outbox.shards import fair_share

_LOGGER = logging.getLogger(__name__)

MAKE_SHARDS = """
    INSERT INTO highwater_events_outbox_shard (number, holder)
    SELECT number, '' FROM generate_series(0, %s - 1) AS number ON CONFLICT DO NOTHING
"""

# Says that this relay lives, and forgets those that do not.
ANNOUNCE = """
    WITH gone AS (
        DELETE FROM highwater_events_outbox_relay WHERE alive_until < now() AND name <> %(name)s
    )
    INSERT INTO highwater_events_outbox_relay (name, alive_until)
    VALUES (%(name)s, now() + make_interval(secs => %(seconds)s))
    ON CONFLICT (name) DO UPDATE SET alive_until = excluded.alive_until
"""

# Who lives, and how many shards there are to share out.
RELAYS_AND_SHARDS = """
    SELECT array_agg(name), (SELECT count(*) FROM highwater_events_outbox_shard)
    FROM highwater_events_outbox_relay WHERE alive_until >= now()
"""

# A lease that ran out without anybody taking it is still ours: the token says so.
RENEW = """
    UPDATE highwater_events_outbox_shard SET leased_until = now() + make_interval(secs => %s)
    WHERE token = ANY(%s) RETURNING number
"""

CLAIM = """
    UPDATE highwater_events_outbox_shard
    SET holder = %s, token = gen_random_uuid(), leased_until = now() + make_interval(secs => %s)
    WHERE number IN (
        SELECT number FROM highwater_events_outbox_shard
        WHERE leased_until IS NULL OR leased_until < now()
        ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING number, token
"""

HAND_BACK = """
    UPDATE highwater_events_outbox_shard SET holder = '', token = NULL, leased_until = NULL
    WHERE token = ANY(%s)
"""

LEAVE = "DELETE FROM highwater_events_outbox_relay WHERE name = %s"


class Leases:
    """The shards of one relay. What talks to the database may raise OperationalError."""

    def __init__(self, name: str, *, using: str, shards: int, lease_seconds: float) -> None:
        self._name = name
        self._using = using
        self._shards = shards
        self._lease_seconds = lease_seconds
        self._tokens: dict[int, uuid.UUID] = {}
        self._kept_at = float("-inf")

    def held(self) -> list[int]:
        return sorted(self._tokens)

    def tokens(self) -> list[uuid.UUID]:
        return list(self._tokens.values())

    def are_safe(self) -> bool:
        """Whether, by this process's own clock, no lease can have run out."""
        return time.monotonic() < self._kept_at + self._lease_seconds

    def prepare(self) -> None:
        """Make the rows of shards that are not there yet."""
        self._execute(MAKE_SHARDS, [self._shards])

    def are_due(self) -> bool:
        """Whether a third of a lease has passed since they were kept."""
        return time.monotonic() >= self._kept_at + self._lease_seconds / 3

    def keep_if_due(self) -> None:
        if self.are_due():
            self.keep()

    def keep(self) -> None:
        """Renew the leases, drop what was lost, and come closer to a fair share."""
        started = time.monotonic()
        self._renew()
        share = self._fair_share()
        if len(self._tokens) > share:
            self._hand_back(self.held()[share:])
        elif len(self._tokens) < share:
            self._claim(share - len(self._tokens))
        self._kept_at = started
        metrics.RELAY_SHARDS.labels(self._using).set(len(self._tokens))

    def release(self) -> None:
        """Hand all back and leave; the others are told."""
        self._execute(LEAVE, [self._name])
        self._hand_back(self.held())
        metrics.RELAY_SHARDS.labels(self._using).set(0)

    def _renew(self) -> None:
        renewed = self._execute(RENEW, [self._lease_seconds, self.tokens()])
        lost = self._tokens.keys() - {number for (number,) in renewed}
        for number in lost:
            del self._tokens[number]
        if lost:
            metrics.RELAY_LEASE_CONFLICTS.inc(len(lost))
            _LOGGER.warning("%s lost shards %s to another relay", self._name, sorted(lost))

    def _fair_share(self) -> int:
        self._execute(ANNOUNCE, {"name": self._name, "seconds": self._lease_seconds})
        [(relays, shards)] = self._execute(RELAYS_AND_SHARDS)
        return fair_share(shards, relays or (), self._name)

    def _claim(self, count: int) -> None:
        claimed = self._execute(CLAIM, [self._name, self._lease_seconds, count])
        self._tokens.update((number, token) for number, token in claimed)

    def _hand_back(self, numbers: list[int]) -> None:
        if numbers:
            self._execute(HAND_BACK, [[self._tokens[number] for number in numbers]])
            for number in numbers:
                del self._tokens[number]
            wake.notify_relays(self._using, wake.SHARDS)

    def _execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []
