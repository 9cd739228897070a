"""Threads of one process do not sample the same cluster at once."""

import pytest

from monitor.lag.alone import alone
from monitor.models import Tick
from tests.monitor.lag.worlds import Sampled


def test_a_second_one_is_told_and_frees_nothing() -> None:
    with alone(1) as first:
        with alone(1) as second, alone(2) as other:
            assert (first, second, other) == (True, False, True)
        with alone(1) as third:
            assert not third
    with alone(1) as after:
        assert after


def test_a_mistake_frees_the_cluster() -> None:
    with pytest.raises(RuntimeError), alone(1):
        raise RuntimeError
    with alone(1) as after:
        assert after


@pytest.mark.django_db
def test_a_tick_is_skipped_while_a_thread_that_lost_its_lease_still_samples(
    sampled: Sampled,
) -> None:
    with alone(sampled.row.pk):
        assert sampled.tick() is Tick.State.SKIPPED
    assert Tick.objects.get().state == Tick.State.SKIPPED
    assert sampled.tick() is Tick.State.DONE
