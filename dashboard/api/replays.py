"""Replays: planned, then run, paused, resumed or cancelled. Planning moves nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from dashboard.access.roles import VIEW_REPLAY
from dashboard.api.callers import actor_of, require
from dashboard.api.parameters import Paging, Text, next_link
from dashboard.api.replay_requests import RepublishIn, RewindIn
from dashboard.queries import replays as queries
from monitor.errors import NotFoundError
from monitor.models import Replay, ReplayPartition
from monitor.replay import actions, live
from monitor.values import Actor

router = Router(tags=["replays"])


class ReplayOut(Schema):
    """A replay; the fields of its live message. `records_total` is "at most" unless counted."""

    id: int
    verb: str
    state: str
    cluster_id: int
    group: str
    topic: str
    target_topic: str
    reason: str
    records_total: int | None
    records_done: int
    records_per_second: float | None
    seconds_left: float | None
    error: str
    requested_by: str
    run_by: str
    planned_at: datetime
    expires_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    plan_hash: str
    sampled_at: datetime

    @classmethod
    def of(cls, replay: Replay) -> "ReplayOut":
        return cls(**live.body(replay, datetime.now(UTC)))


class ReplayPage(Schema):
    items: list[ReplayOut]
    next: str | None


class ReplayPartitionOut(Schema):
    """rewind: committed offsets `before` and `after`. republish: from `before` up to `after`."""

    topic: str
    partition: int
    before: int | None
    after: int
    log_start: int
    log_end: int
    first_timestamp_ms: int | None
    note: str
    position: int | None
    read_back: int | None

    @classmethod
    def of(cls, row: ReplayPartition) -> "ReplayPartitionOut":
        return cls(
            topic=row.topic_name,
            partition=row.partition,
            before=row.before,
            after=row.after,
            log_start=row.log_start,
            log_end=row.log_end,
            first_timestamp_ms=row.first_timestamp_ms,
            note=row.note,
            position=row.position,
            read_back=row.read_back,
        )


class ReplayDetailOut(Schema):
    """`request` is what was asked, `plan` what was found: sentences, warnings, guarantee."""

    replay: ReplayOut
    request: dict[str, Any]
    plan: dict[str, Any]
    partitions: list[ReplayPartitionOut]

    @classmethod
    def of(cls, replay: Replay) -> "ReplayDetailOut":
        return cls(
            replay=ReplayOut.of(replay),
            request=replay.request,
            plan=replay.plan,
            partitions=[ReplayPartitionOut.of(row) for row in replay.partitions.all()],
        )


class ReplayFilterIn(Schema):
    """Which replays."""

    state: list[Replay.State] = Field([], description="Repeat it for several.")
    verb: Literal["rewind", "republish"] | None = None
    cluster_id: int | None = None
    group: Text | None = Field(None, description="The group's whole name.")


class RunIn(Schema, extra="forbid"):
    """`plan_hash` says which plan was seen; a run of another one is refused."""

    plan_hash: Text


@router.get("/replays", response=ReplayPage)
def list_replays(
    request: HttpRequest, wanted: Query[ReplayFilterIn], paging: Query[Paging]
) -> ReplayPage:
    """Replays, newest first."""
    require(request, VIEW_REPLAY)
    rows = queries.replays(
        states=tuple(wanted.state),
        verb=wanted.verb,
        cluster_id=wanted.cluster_id,
        group_name=wanted.group,
    )
    page = paging.read(rows, queries.NEWEST_FIRST)
    items = [ReplayOut.of(replay) for replay in page.rows]
    return ReplayPage(items=items, next=next_link(request, page))


@router.get("/replays/{int:replay_id}", response=ReplayDetailOut)
def show_replay(request: HttpRequest, replay_id: int) -> ReplayDetailOut:
    """One replay with its plan, partition by partition."""
    require(request, VIEW_REPLAY)
    return ReplayDetailOut.of(_replay(replay_id))


@router.post("/replays/rewind", response={201: ReplayDetailOut})
def plan_rewind(request: HttpRequest, wanted: RewindIn) -> Status[ReplayDetailOut]:
    """Plan to move a group's committed offsets. The answer's `plan_hash` lets it be run."""
    asked = wanted.asked()
    require(request, *actions.plan_permissions(asked))
    replay = actions.plan_rewind(actor_of(request), wanted.cluster_id, asked, reason=wanted.reason)
    return Status(201, ReplayDetailOut.of(replay))


@router.post("/replays/republish", response={201: ReplayDetailOut})
def plan_republish(request: HttpRequest, wanted: RepublishIn) -> Status[ReplayDetailOut]:
    """Plan to copy a range of records. The answer's `plan_hash` lets it be run."""
    asked = wanted.asked()
    require(request, *actions.plan_permissions(asked))
    replay = actions.plan_republish(
        actor_of(request), wanted.cluster_id, asked, reason=wanted.reason
    )
    return Status(201, ReplayDetailOut.of(replay))


@router.post("/replays/{int:replay_id}/run", response=ReplayOut)
def run_replay(request: HttpRequest, replay_id: int, seen: RunIn) -> ReplayOut:
    """Run the plan that was seen. A worker takes it within about a second."""
    _require_run(request, replay_id)
    return ReplayOut.of(actions.run(actor_of(request), replay_id, plan_hash=seen.plan_hash))


@router.post("/replays/{int:replay_id}/pause", response=ReplayOut)
def pause_replay(request: HttpRequest, replay_id: int) -> ReplayOut:
    """Stop a republish for now; what is copied stays copied."""
    return _step(request, actions.pause, replay_id)


@router.post("/replays/{int:replay_id}/resume", response=ReplayOut)
def resume_replay(request: HttpRequest, replay_id: int) -> ReplayOut:
    """Go on where the pause stopped."""
    _require_run(request, replay_id)
    return ReplayOut.of(actions.resume(actor_of(request), replay_id))


@router.post("/replays/{int:replay_id}/cancel", response=ReplayOut)
def cancel_replay(request: HttpRequest, replay_id: int) -> ReplayOut:
    """End a plan or a run for good."""
    return _step(request, actions.cancel, replay_id)


def _require_run(request: HttpRequest, replay_id: int) -> None:
    """First what every run needs, so that nobody else learns which replays there are."""
    require(request, actions.RUN_PERMISSION)
    require(request, *actions.run_permissions(_replay(replay_id)))


def _step(request: HttpRequest, act: Callable[[Actor, int], Replay], replay_id: int) -> ReplayOut:
    require(request, actions.RUN_PERMISSION)
    return ReplayOut.of(act(actor_of(request), replay_id))


def _replay(replay_id: int) -> Replay:
    replay = queries.replay(replay_id)
    if replay is None:
        raise NotFoundError(f"There is no replay {replay_id}.")
    return replay
