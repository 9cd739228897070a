"""The run of a rewind: move, read back, wait an interval, read back again."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from highwater_events.broker.base import TopicPartition
from monitor.errors import MonitorError, StalePlanError
from monitor.kafka.replay_ports import Activity, ReplayOffsets
from monitor.models import Replay, ReplayPartition
from monitor.replay import audit, connect, rewind
from monitor.replay.lease import Lease
from monitor.replay.plan import PlanRow
from monitor.replay.requests import RewindRequest, rewind_from_json
from monitor.replay.rows import stored_rows

RESTARTED = (
    "Members joined between the two looks and have moved on from the new offsets, so only the "
    "first look could compare them all."
)


def work(replay: Replay, lease: Lease, *, interval_seconds: float) -> None:
    """One step. Raises MonitorError where the run cannot go on."""
    request = rewind_from_json(replay.request)
    rows = stored_rows(replay)
    with connect.offsets_of(replay.cluster) as offsets:
        if replay.partitions.filter(read_back=None).exists():
            _require_as_planned(replay, offsets, request, rows)
            if not lease.renew():
                return  # cancelled, or another worker's by now
            try:
                _move(offsets, request, rows)
                stands = _stands(replay, lease, offsets, rows)
            except MonitorError:
                _own_up(replay, rewind.MAY_HAVE_MOVED)
                raise
            if not stands:
                _own_up(replay, rewind.MAY_HAVE_MOVED)
            elif not lease.release(wait_seconds=interval_seconds, error=""):
                _own_up(replay, rewind.MOVED_MEANWHILE)
        elif _stands(replay, lease, offsets, rows):
            _succeed(replay, lease, offsets, request)


def _require_as_planned(
    replay: Replay, offsets: ReplayOffsets, request: RewindRequest, rows: Sequence[PlanRow]
) -> None:
    """Safe to repeat after a crash: all offsets are where the plan found them, or already there."""
    rewind.require_inactive(
        request,
        offsets.group(request.group),
        tells_members=connect.tells_members(replay.cluster),
    )
    committed = offsets.committed(request.group)
    if any(_committed(committed, row) != row.after for row in rows):
        # The run may have waited long for a worker.
        rewind.require_unmoved(offsets, request, rows)


def _move(offsets: ReplayOffsets, request: RewindRequest, rows: Sequence[PlanRow]) -> None:
    wanted = {TopicPartition(row.topic, row.partition): row.after for row in rows}
    failed = offsets.alter(request.group, wanted)
    if failed:
        said = "; ".join(f"{each.topic}-{each.partition}: {why}" for each, why in failed.items())
        moved = len(wanted) - len(failed)
        raise StalePlanError(
            f"Kafka moved {moved} of {len(wanted)} offsets and refused the others ({said}). Stop "
            "the group's consumers and plan again."
        )


def _stands(replay: Replay, lease: Lease, offsets: ReplayOffsets, rows: Sequence[PlanRow]) -> bool:
    """Read the offsets back and keep what was read; end the run where somebody overwrote them."""
    committed = offsets.committed(replay.group_name)
    stored = list(replay.partitions.all())
    for partition in stored:
        place = TopicPartition(partition.topic_name, partition.partition)
        partition.read_back = committed.get(place)
    ReplayPartition.objects.bulk_update(stored, ["read_back"], batch_size=500)
    reading = offsets.group(replay.group_name)
    sentence = rewind.overwritten_sentence(replay.group_name, rows, committed, reading)
    if sentence:
        lease.end(
            Replay.State.FAILED,
            detail={"error": sentence, "partitions": audit.offsets_detail(replay)},
            error=sentence,
        )
    return not sentence


def _own_up(replay: Replay, sentence: str) -> None:
    """A cancellation that came in mid-move could not know of it: its row and trail must say so.

    Does nothing where there was none.
    """
    with transaction.atomic():
        cancelled = Replay.objects.filter(pk=replay.pk, state=Replay.State.CANCELLED)
        if cancelled.update(error=sentence):
            detail = {"note": sentence, "partitions": audit.offsets_detail(replay)}
            audit.record(audit.worker_of(replay), "moved", replay, **detail)


def _succeed(replay: Replay, lease: Lease, offsets: ReplayOffsets, request: RewindRequest) -> None:
    has_members = offsets.group(request.group).activity is Activity.ACTIVE
    lease.end(
        Replay.State.SUCCEEDED,
        detail={
            "note": RESTARTED if has_members else "",
            "partitions": audit.offsets_detail(replay),
        },
        records_done=replay.records_total or 0,
        error="",
    )


def _committed(committed: Mapping[TopicPartition, int], row: PlanRow) -> int | None:
    return committed.get(TopicPartition(row.topic, row.partition))
