"""One slice of a republish: open, copy for some seconds within the rate limit, hand back."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from highwater_events.broker.base import OutgoingRecord, Record
from monitor.errors import MonitorError
from monitor.kafka.replay_ports import Copier, CopyOrder, CopyPosition, OffsetRange
from monitor.models import Replay, ReplayPartition
from monitor.replay import audit, connect, live
from monitor.replay.copies import copy_of
from monitor.replay.lease import Lease
from monitor.replay.plan import AT_LEAST_ONCE
from monitor.replay.requests import republish_from_json
from monitor.replay.throttle import TokenBucket

SLICE_SECONDS = 4.0  # from when all is open, however long that took
PROGRESS_SECONDS = 1.0
TRANSACTION_RECORDS = 5_000
COPY_SECONDS = 0.5

Positions = Mapping[int, CopyPosition]


def work(replay: Replay, lease: Lease) -> bool:
    """Copy for one slice; return whether there is more to copy. Raises MonitorError."""
    order = order_of(replay)
    with connect.copier_of(replay.cluster, order) as copier:
        run = _Slice(replay, lease, order, copier.open())
        if not lease.renew():
            return False  # paused, cancelled, or another worker's by now
        ends_at = time.monotonic() + SLICE_SECONDS
        while not run.is_done and time.monotonic() < ends_at:
            run.copy_some(copier)
            if not run.tell_progress():
                return False
        if not run.is_done:
            return lease.release(**run.progress())
        if run.succeed():
            # Only now: positions that are gone while the run is not over would start it anew.
            with suppress(MonitorError):
                copier.forget()
    return False


def order_of(replay: Replay) -> CopyOrder:
    """What the copier gets to do; made from the stored plan alone."""
    request = republish_from_json(replay.request)

    def copied(record: Record) -> OutgoingRecord:
        return copy_of(record, request, replay.pk)

    return CopyOrder(
        replay_id=replay.pk,
        # Another database numbers its replays alike, but plans at another moment.
        run_name=f"{replay.pk}@{int(replay.planned_at.timestamp() * 1_000_000)}",
        source=replay.topic_name,
        ranges={
            row.partition: OffsetRange(row.before or 0, row.after)
            for row in replay.partitions.all()
        },
        copy_of=copied,
        transactional=replay.plan.get("guarantee") != AT_LEAST_ONCE,
    )


class _Slice:
    """The progress of one slice."""

    def __init__(
        self, replay: Replay, lease: Lease, order: CopyOrder, positions: Positions
    ) -> None:
        now = time.monotonic()
        self._replay = replay
        self._lease = lease
        self._order = order
        self._positions = positions
        self._began_at, self._began_with = now, _copied(positions)
        self._told_at = now
        self._bucket = TokenBucket(replay.rate_limit_per_second, now)

    @property
    def is_done(self) -> bool:
        return all(
            self._positions[each].next_offset >= wanted.end
            for each, wanted in self._order.ranges.items()
        )

    def copy_some(self, copier: Copier) -> None:
        """One transaction, as large as the rate limit grants."""
        time.sleep(self._bucket.wait_seconds(TRANSACTION_RECORDS, time.monotonic()))
        granted = self._bucket.take(TRANSACTION_RECORDS, time.monotonic())
        if not granted:
            return
        before = _copied(self._positions)
        self._positions = copier.copy(max_records=granted, timeout_seconds=COPY_SECONDS)
        self._bucket.give_back(granted - (_copied(self._positions) - before))

    def tell_progress(self) -> bool:
        """Store and announce it now and then; false once the lease is gone."""
        now = time.monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return True
        self._told_at = now
        self._store_positions()
        still_ours = self._lease.renew(**self.progress())
        live.announce(self._replay.pk)
        return still_ours

    def progress(self) -> dict[str, Any]:
        seconds = time.monotonic() - self._began_at
        moved = _copied(self._positions) - self._began_with
        return {
            "records_done": _copied(self._positions),
            "records_per_second": moved / seconds if seconds > 0 else None,
            "error": "",
        }

    def succeed(self) -> bool:
        self._store_positions()
        done = _copied(self._positions)
        return self._lease.end(
            Replay.State.SUCCEEDED,
            detail={"records": done, "partitions": audit.offsets_detail(self._replay)},
            records_done=done,
            records_total=done,
            records_per_second=self.progress()["records_per_second"],
            error="",
        )

    def _store_positions(self) -> None:
        """For people to see; the copier goes by its own, which are in the target cluster."""
        rows = list(self._replay.partitions.all())
        for row in rows:
            row.position = self._positions[row.partition].next_offset
        ReplayPartition.objects.bulk_update(rows, ["position"], batch_size=500)


def _copied(positions: Positions) -> int:
    return sum(position.copied for position in positions.values())
