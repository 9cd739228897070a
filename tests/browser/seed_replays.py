"""A plan that waits to be run, and a republish on its way."""

from datetime import timedelta

from django.utils import timezone

from monitor.models import AuditEntry, Cluster, Replay, ReplayPartition

SUMMARY = "41,207 records will be processed again; 0 skipped, on 6 partitions of orders."
COMMAND = (
    "kafka-consumer-groups.sh --bootstrap-server kafka:9092 --group notifications"
    " --reset-offsets --topic orders --to-datetime 2026-03-01T05:40:00.000 --execute"
)


def seed_replays(cluster: Cluster) -> None:
    for replay in (_plan(cluster), _run(cluster)):
        AuditEntry.objects.create(
            actor="ops-a", via="page", action="replay.planned", replay_id=replay.pk
        )


def _plan(cluster: Cluster) -> Replay:
    now = timezone.now()
    planned = Replay.objects.create(
        cluster=cluster,
        verb=Replay.Verb.REWIND,
        group_name="notifications",
        topic_name="orders",
        request={"group": "notifications", "to": "datetime", "at": "2026-03-01T05:40:00Z"},
        plan={
            "summary": SUMMARY,
            "checks": ["Group notifications is Empty: it has no members."],
            "warnings": [
                "Asked for less than the log still holds; moved to the log start: orders-5.",
                "Consumers that use assign() are no members and would not show here. The offsets "
                "are read back twice; keep the group's consumers stopped until the run has "
                "succeeded.",
            ],
            "counted": True,
            "command": COMMAND,
        },
        plan_hash="7f3ac1" * 10,
        reason="Template bug sent empty mails between 05:40 and 06:10",
        requested_by="ops-a",
        planned_at=now,
        expires_at=now + timedelta(minutes=10),
        records_total=41_207,
    )
    for number in range(6):
        before = 9_120_448 + number * 117
        ReplayPartition.objects.create(
            replay=planned,
            topic_name="orders",
            partition=number,
            before=before,
            after=before - 6_800 - number * 13,
            log_start=0,
            log_end=before + 40,
            first_timestamp_ms=1_772_343_600_114 + number * 90,
            note="clamped to log start" if number == 5 else "",
        )
    return planned


def _run(cluster: Cluster) -> Replay:
    now = timezone.now()
    run = Replay.objects.create(
        cluster=cluster,
        verb=Replay.Verb.REPUBLISH,
        state=Replay.State.RUNNING,
        topic_name="orders",
        target_topic_name="orders",
        request={"topic": "orders", "from_time": "2026-03-01T05:40:00Z", "to_offset": 9_120_448},
        plan={
            "summary": "100,000 records of orders will be copied to the end of the same topic, from"
            " 4 partitions.",
            "checks": ["Topic orders has 4 partitions, as its target has."],
            "warnings": ["Consumers of orders handle the copies as they handle any record."],
            "guarantee": "exactly once",
            "counted": True,
        },
        plan_hash="ab" * 32,
        reason="billing v43 reads the new field",
        requested_by="ops-a",
        run_by="ops-b",
        planned_at=now,
        expires_at=now,
        started_at=now,
        records_total=100_000,
        records_done=61_000,
        records_per_second=1_998,
        rate_limit_per_second=2_000,
        leased_until=now + timedelta(hours=1),
    )
    for number in range(4):
        ReplayPartition.objects.create(
            replay=run,
            topic_name="orders",
            partition=number,
            before=9_095_448,
            after=9_120_448,
            log_start=0,
            log_end=9_120_448,
            first_timestamp_ms=1_772_343_600_114 + number * 90,
            position=9_110_698 + number,
        )
    return run


def seed_succeeded(cluster: Cluster) -> Replay:
    """A rewind of `shipping` that ended ten minutes ago, for its mark in the group's chart."""
    then = timezone.now() - timedelta(minutes=10)
    return Replay.objects.create(
        cluster=cluster,
        verb=Replay.Verb.REWIND,
        state=Replay.State.SUCCEEDED,
        group_name="shipping",
        topic_name="orders",
        request={"group": "shipping", "to": "shift-by", "shift_by": -100},
        plan={"summary": "100 records will be processed again; 0 skipped.", "counted": True},
        plan_hash="cd" * 32,
        reason="labels were printed twice",
        requested_by="ops-a",
        run_by="ops-a",
        planned_at=then,
        expires_at=then,
        started_at=then,
        finished_at=then,
        records_total=100,
        records_done=100,
    )
