"""Plan rows and their table."""

from monitor.models import Replay, ReplayPartition
from monitor.replay.plan import Plan, PlanRow


def store_rows(replay: Replay, plan: Plan) -> None:
    ReplayPartition.objects.bulk_create(
        ReplayPartition(
            replay=replay,
            topic_name=row.topic,
            partition=row.partition,
            before=row.before,
            after=row.after,
            log_start=row.log_start,
            log_end=row.log_end,
            first_timestamp_ms=row.first_timestamp_ms,
            note=row.note,
        )
        for row in plan.rows
    )


def stored_rows(replay: Replay) -> list[PlanRow]:
    return [
        PlanRow(
            topic=each.topic_name,
            partition=each.partition,
            before=each.before,
            after=each.after,
            log_start=each.log_start,
            log_end=each.log_end,
            first_timestamp_ms=each.first_timestamp_ms,
            note=each.note,
        )
        for each in replay.partitions.all()
    ]
