"""Leases and what the sweep finds."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from monitor.models import Cluster, Replay
from monitor.replay import runs
from monitor.replay.lease import Lease, claim
from tests.factories import make_cluster, make_replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster() -> Cluster:
    return make_cluster()


@pytest.fixture
def running(cluster: Cluster) -> Replay:
    return make_replay(cluster, state=Replay.State.RUNNING, run_by="anna")


def claimed(replay: Replay) -> Lease:
    lease = claim(replay.pk)
    assert lease is not None
    return lease


def let_time_pass() -> None:
    Replay.objects.update(leased_until=Now() - timedelta(seconds=1))


def test_a_run_is_due_until_somebody_claims_it(running: Replay) -> None:
    assert runs.due() == [running.pk]
    claimed(running)
    assert runs.due() == []
    assert claim(running.pk) is None


def test_a_dead_workers_run_is_due_when_its_lease_has_run_out(running: Replay) -> None:
    dead = claimed(running)
    let_time_pass()
    assert runs.due() == [running.pk]
    claimed(running)
    assert not dead.renew(records_done=5)


def test_a_lease_holds_fifteen_seconds(running: Replay) -> None:
    claimed(running)
    running.refresh_from_db()
    assert running.leased_until is not None
    assert running.started_at is not None
    assert running.leased_until - running.started_at == timedelta(seconds=15)


def test_a_released_run_waits_as_long_as_told(running: Replay) -> None:
    assert claimed(running).release(wait_seconds=60)
    assert runs.due() == []
    let_time_pass()
    assert runs.due() == [running.pk]


@pytest.mark.parametrize("state", [Replay.State.PAUSED, Replay.State.CANCELLED])
def test_a_run_that_was_stopped_takes_no_more_progress(
    running: Replay, state: Replay.State
) -> None:
    lease = claimed(running)
    Replay.objects.update(state=state)
    assert not lease.renew(records_done=5)
    assert not lease.release()
    assert not lease.end(Replay.State.SUCCEEDED, detail={})


@pytest.mark.parametrize("state", [Replay.State.PLANNED, Replay.State.PAUSED])
def test_what_does_not_run_is_neither_due_nor_claimed(
    cluster: Cluster, state: Replay.State
) -> None:
    replay = make_replay(cluster, state=state)
    assert runs.due() == []
    assert claim(replay.pk) is None


def test_plans_expire_with_the_sweep(cluster: Cluster) -> None:
    replay = make_replay(cluster)
    runs.due()
    replay.refresh_from_db()
    assert replay.state == Replay.State.EXPIRED
