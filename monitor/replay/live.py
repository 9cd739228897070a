"""What a page and the API show of a replay, and its live message."""

from datetime import UTC, datetime
from typing import Any

from monitor import broadcast
from monitor.models import Replay


def body(replay: Replay, at: datetime) -> dict[str, Any]:
    """The fields that API and live messages share. Null means unknown."""
    return {
        "id": replay.pk,
        "verb": replay.verb,
        "state": replay.state,
        "cluster_id": replay.cluster_id,
        "group": replay.group_name,
        "topic": replay.topic_name,
        "target_topic": replay.target_topic_name,
        "reason": replay.reason,
        "records_total": replay.records_total,
        "records_done": replay.records_done,
        "records_per_second": replay.records_per_second,
        "seconds_left": seconds_left(replay),
        "error": replay.error,
        "requested_by": replay.requested_by,
        "run_by": replay.run_by,
        "planned_at": replay.planned_at,
        "expires_at": replay.expires_at,
        "started_at": replay.started_at,
        "finished_at": replay.finished_at,
        "plan_hash": replay.plan_hash,
        "sampled_at": at,
    }


def seconds_left(replay: Replay) -> float | None:
    """At the present rate; null where there is none."""
    if replay.state != Replay.State.RUNNING or not replay.records_per_second:
        return None
    if replay.records_total is None:
        return None
    return max(0, replay.records_total - replay.records_done) / replay.records_per_second


def announce(replay_id: int) -> None:
    """Tell every browser that watches the replay how it stands now."""
    replay = Replay.objects.get(pk=replay_id)
    now = datetime.now(UTC)
    topic = f"replay.{replay_id}"
    broadcast.send([broadcast.LiveMessage(topic, topic, now, None, body(replay, now))])
