"""The audit rows of replays: who, when, why, on what plan, with which result."""

from typing import Any

from monitor.models import AuditEntry, Replay
from monitor.values import Actor


def record(actor: Actor, step: str, replay: Replay, **detail: Any) -> None:
    """Write a row; in the transaction of what it tells of, so that neither stands alone."""
    AuditEntry.objects.create(
        actor=actor.name,
        actor_id=actor.id,
        via=actor.via,
        action=f"replay.{step}",
        cluster_name=replay.cluster.name,
        subject=subject(replay),
        replay_id=replay.pk,
        plan_hash=replay.plan_hash,
        reason=replay.reason,
        detail={"verb": replay.verb, **detail},
    )


def subject(replay: Replay) -> str:
    """What a replay is about, in words."""
    if replay.verb == Replay.Verb.REWIND:
        return f"group {replay.group_name}"
    return f"topic {replay.topic_name} to {replay.target_topic_name}"


def offsets_detail(replay: Replay) -> list[dict[str, Any]]:
    """Before and after per partition, and how far the run came."""
    return [
        {
            "topic": row.topic_name,
            "partition": row.partition,
            "before": row.before,
            "after": row.after,
            "position": row.position,
            "read_back": row.read_back,
        }
        for row in replay.partitions.all()
    ]


def worker_of(replay: Replay) -> Actor:
    """A worker acts for whoever pressed Run."""
    return Actor(replay.run_by, None, "worker")
