"""What people do with replays. Each action writes its audit row in its own transaction.

Permissions are the callers' to check: `plan_permissions` and `RUN_PERMISSION` say which. All raise
ReplayError subclasses with sentences for the person who asked, NotFoundError, NotToldError and
ClusterUnreachableError.
"""

import time
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from monitor.errors import MoveNotAllowedError, NotFoundError, StalePlanError
from monitor.models import Cluster, Replay
from monitor.replay import audit, connect, live, republish, rewind
from monitor.replay.plan import Plan, plan_hash
from monitor.replay.requests import (
    RepublishRequest,
    RewindRequest,
    as_json,
    checked_reason,
    republish_from_json,
    rewind_from_json,
)
from monitor.replay.rows import store_rows, stored_rows
from monitor.replay.state import State, refusal
from monitor.values import Actor

PLAN_PERMISSION = "monitor.plan_replay"
RUN_PERMISSION = "monitor.run_replay"
BROWSE_PERMISSION = "monitor.browse_records"
PLAN_VALID = timedelta(minutes=10)


def plan_permissions(request: RewindRequest | RepublishRequest) -> tuple[str, ...]:
    """Copying to another topic shows records to its readers, so it needs the right to see them."""
    if isinstance(request, RepublishRequest) and request.target_topic != request.topic:
        return (PLAN_PERMISSION, BROWSE_PERMISSION)
    return (PLAN_PERMISSION,)


def run_permissions(replay: Replay) -> tuple[str, ...]:
    """The same for running what was planned, and for resuming it."""
    if replay.verb == Replay.Verb.REPUBLISH and replay.target_topic_name != replay.topic_name:
        return (RUN_PERMISSION, BROWSE_PERMISSION)
    return (RUN_PERMISSION,)


def plan_rewind(actor: Actor, cluster_id: int, request: RewindRequest, *, reason: str) -> Replay:
    """Store what the rewind would do; nothing moves."""
    cluster, reason = _cluster(cluster_id), checked_reason(reason)
    with connect.offsets_of(cluster) as offsets:
        plan = rewind.make_plan(
            offsets,
            request,
            bootstrap_servers=cluster.bootstrap_servers,
            tells_members=connect.tells_members(cluster),
        )
    topics = {row.topic for row in plan.rows}
    replay = Replay(
        verb=Replay.Verb.REWIND,
        group_name=request.group,
        topic_name=topics.pop() if len(topics) == 1 else "",
        request=as_json(request),
    )
    return _store(actor, cluster, replay, plan, reason)


def plan_republish(
    actor: Actor, cluster_id: int, request: RepublishRequest, *, reason: str
) -> Replay:
    """Store what the copy would write; nothing is written."""
    cluster, reason = _cluster(cluster_id), checked_reason(reason)
    with connect.offsets_of(cluster) as offsets:
        plan = republish.make_plan(offsets, request, now_ms=int(time.time() * 1000))
    replay = Replay(
        verb=Replay.Verb.REPUBLISH,
        topic_name=request.topic,
        target_topic_name=request.target_topic,
        request=as_json(request),
        rate_limit_per_second=request.rate_limit_per_second,
    )
    return _store(actor, cluster, replay, plan, reason)


def run(actor: Actor, replay_id: int, *, plan_hash: str) -> Replay:
    """Let the plan be run, if it is the one that the actor saw and the world has not moved.

    Returns at once; a worker takes it within about a second.
    """
    replay = _replay(replay_id)
    if replay.state != Replay.State.PLANNED:
        raise refusal(State(replay.state), "run")
    if plan_hash != replay.plan_hash:
        raise StalePlanError("This is not the plan that you saw; look at it again before running.")
    if not Replay.objects.filter(pk=replay_id, expires_at__gt=Now()).exists():
        raise StalePlanError("The plan has expired; plan again.")
    _require_unmoved(replay)
    try:
        return _move(
            actor,
            replay,
            "run",
            [State.PLANNED],
            state=Replay.State.RUNNING,
            run_by=actor.name,
            leased_until=None,
        )
    except IntegrityError:
        raise MoveNotAllowedError(_other_sentence(replay)) from None


def pause(actor: Actor, replay_id: int) -> Replay:
    """Stop a republish within a slice; what is copied stays copied."""
    replay = _replay(replay_id)
    if replay.verb == Replay.Verb.REWIND:
        raise MoveNotAllowedError("A rewind moves all offsets in one step and cannot be paused.")
    return _move(
        actor,
        replay,
        "paused",
        [State.RUNNING],
        state=Replay.State.PAUSED,
        lease_token=None,
        records_per_second=None,
        error="",  # it said "trying again", which nobody does now
    )


def resume(actor: Actor, replay_id: int) -> Replay:
    """Go on where the pause stopped."""
    return _move(
        actor,
        _replay(replay_id),
        "resumed",
        [State.PAUSED],
        state=Replay.State.RUNNING,
        leased_until=None,
    )


def cancel(actor: Actor, replay_id: int) -> Replay:
    """End a plan or a run for good. What was copied or moved by then stays."""
    replay = _replay(replay_id)
    has_moved = replay.partitions.exclude(read_back=None).exists()
    return _move(
        actor,
        replay,
        "cancelled",
        [State.PLANNED, State.RUNNING, State.PAUSED],
        state=Replay.State.CANCELLED,
        finished_at=Now(),
        lease_token=None,
        records_per_second=None,
        error=rewind.MOVED_ALREADY if has_moved else "",
    )


def _move(
    actor: Actor, replay: Replay, step: str, allowed: list[State], **fields: object
) -> Replay:
    """A conditional update: of two people who act at once, one is refused."""
    with transaction.atomic():
        moved = Replay.objects.filter(pk=replay.pk, state__in=allowed).update(**fields)
        replay.refresh_from_db()
        if not moved:
            raise refusal(State(replay.state), step)
        audit.record(
            actor,
            step,
            replay,
            records_done=replay.records_done,
            partitions=audit.offsets_detail(replay),
        )
    live.announce(replay.pk)
    return replay


def _store(actor: Actor, cluster: Cluster, replay: Replay, plan: Plan, reason: str) -> Replay:
    replay.cluster = cluster
    replay.plan = plan.as_json()
    replay.plan_hash = plan_hash(replay.verb, cluster.pk, replay.request, plan)
    replay.reason = reason
    replay.records_total = plan.records
    replay.requested_by, replay.requested_by_id = actor.name, actor.id
    with transaction.atomic():
        replay.planned_at = Now()
        replay.expires_at = Now() + PLAN_VALID
        replay.save(force_insert=True)
        replay.refresh_from_db()
        store_rows(replay, plan)
        audit.record(
            actor,
            "planned",
            replay,
            summary=plan.summary,
            request=replay.request,
            partitions=audit.offsets_detail(replay),
        )
    return replay


def _require_unmoved(replay: Replay) -> None:
    rows = stored_rows(replay)
    with connect.offsets_of(replay.cluster) as offsets:
        if replay.verb == Replay.Verb.REPUBLISH:
            republish.require_unmoved(offsets, republish_from_json(replay.request), rows)
            return
        request = rewind_from_json(replay.request)
        rewind.require_inactive(
            request,
            offsets.group(request.group),
            tells_members=connect.tells_members(replay.cluster),
        )
        rewind.require_unmoved(offsets, request, rows)


def _other_sentence(replay: Replay) -> str:
    active = Replay.objects.filter(
        cluster=replay.cluster,
        verb=replay.verb,
        state__in=[Replay.State.RUNNING, Replay.State.PAUSED],
    )
    for other in active:
        if replay.verb == Replay.Verb.REWIND and other.group_name == replay.group_name:
            return f"Replay {other.pk} of group {other.group_name} is still {other.state}."
        shared = {other.topic_name} & {replay.topic_name} or (
            {other.target_topic_name} & {replay.target_topic_name}
        )
        for topic in shared - {""}:
            return f"Replay {other.pk} with topic {topic} is still {other.state}."
    return "Another replay of the same group or topic is still active."


def _cluster(cluster_id: int) -> Cluster:
    try:
        return Cluster.objects.get(pk=cluster_id)
    except Cluster.DoesNotExist:
        raise NotFoundError(f"There is no cluster {cluster_id}.") from None


def _replay(replay_id: int) -> Replay:
    try:
        return Replay.objects.select_related("cluster").get(pk=replay_id)
    except Replay.DoesNotExist:
        raise NotFoundError(f"There is no replay {replay_id}.") from None
