"""Storing what a tick found of the cluster itself, shard by shard.

The first shard that is done with a slot says how the cluster is, the others add what they miss. So
what anyone of them was not told is not told, and the cluster was sampled when all have done it.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from monitor.lag.claim import Claim
from monitor.lag.observe import Listed
from monitor.models import ClusterState, StatusChange, Tick

REACHABLE, UNREACHABLE = "REACHABLE", "UNREACHABLE"
_FIELDS = [
    "kafka_cluster_id",
    "broker_count",
    "previous_sampled_at",
    "sampled_at",
    "listing_is_complete",
    "unreachable_since",
    "last_error",
    "not_told",
    "adapter",
    "why_not_bulk",
    "left_out_groups",
    "left_out_topics",
]


def store_state(state: ClusterState, listed: Listed, not_told: Sequence[str], claim: Claim) -> None:
    """Inside the caller's transaction, once the tick is marked done. Shards go one by one here."""
    others = _lock_and_count_others(state, claim)
    cluster, at = listed.cluster, claim.slot_at
    before = set(state.not_told) if others else set()
    state.not_told = [*not_told, *sorted(before - set(not_told))]
    state.listing_is_complete = listed.groups.is_complete and (
        state.listing_is_complete or not others
    )
    if not others or cluster.why_not_bulk:
        state.adapter, state.why_not_bulk = cluster.adapter or "", cluster.why_not_bulk
    state.kafka_cluster_id = cluster.kafka_cluster_id
    state.broker_count = cluster.broker_count
    state.left_out_groups, state.left_out_topics = listed.left_out_groups, listed.left_out_topics
    if others + 1 == claim.shard.of:
        if state.unreachable_since is not None:
            _turn(state, REACHABLE, claim, "Brokers answer again.")
        state.unreachable_since, state.last_error = None, ""
        state.previous_sampled_at, state.sampled_at = state.sampled_at, at
    state.save(update_fields=_FIELDS)


def store_failure(claim: Claim, state: ClusterState, problem: str) -> None:
    """The cluster could not be read: a state, a change at its start, and a gap in every series."""
    with transaction.atomic():
        claim.update(state=Tick.State.FAILED, done_at=Now(), error=problem)
        _lock_and_count_others(state, claim)
        if state.unreachable_since is None:
            state.unreachable_since = claim.slot_at
            _turn(state, UNREACHABLE, claim, problem)
        state.last_error = problem
        state.save(update_fields=["unreachable_since", "last_error"])


def _lock_and_count_others(state: ClusterState, claim: Claim) -> int:
    """Take over what other shards stored meanwhile; return how many are done with the slot."""
    if claim.shard.is_all:
        return 0
    locked = ClusterState.objects.select_for_update()
    state.refresh_from_db(from_queryset=locked.filter(pk=state.pk))
    # tick_cluster: one slot of one cluster.
    done = Tick.objects.filter(
        cluster_id=state.cluster_id, slot_at=claim.slot_at, state=Tick.State.DONE
    )
    return done.exclude(pk=claim.tick_id).count()


def _turn(state: ClusterState, after: str, claim: Claim, reason: str) -> None:
    before = REACHABLE if after == UNREACHABLE else UNREACHABLE
    StatusChange.objects.create(
        at=claim.slot_at, cluster_id=state.cluster_id, before=before, after=after, reason=reason
    )
