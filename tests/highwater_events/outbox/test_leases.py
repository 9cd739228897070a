from datetime import timedelta

import pytest
from django.db.models.functions import Now

from highwater_events import metrics
from highwater_events.models import OutboxRelay, OutboxShard
from highwater_events.outbox.leases import Leases

pytestmark = pytest.mark.django_db


def leases(name: str, lease_seconds: float = 60) -> Leases:
    made = Leases(name, using="default", shards=8, lease_seconds=lease_seconds)
    made.prepare()
    return made


def conflicts() -> float:
    total: float = metrics.RELAY_LEASE_CONFLICTS._value.get()
    return total


def run_out(name: str) -> None:
    """As if the relay had not been heard of for the length of a lease."""
    OutboxShard.objects.filter(holder=name).update(leased_until=Now() - timedelta(seconds=1))
    OutboxRelay.objects.filter(name=name).delete()


def test_a_relay_alone_holds_every_shard() -> None:
    one = leases("one")
    one.keep()
    assert one.held() == list(range(8))
    assert set(OutboxShard.objects.values_list("holder", flat=True)) == {"one"}


def test_a_second_relay_gets_half_once_the_first_hands_it_back() -> None:
    one, two = leases("one"), leases("two")
    one.keep()
    two.keep()
    assert two.held() == []
    one.keep()
    two.keep()
    assert (one.held(), two.held()) == ([0, 1, 2, 3], [4, 5, 6, 7])


def test_shards_of_a_relay_that_left_are_free_at_once() -> None:
    one, two = leases("one"), leases("two")
    one.keep()
    one.release()
    two.keep()
    assert (one.held(), two.held()) == ([], list(range(8)))


def test_shards_of_a_dead_relay_are_free_after_its_lease() -> None:
    one, two = leases("one"), leases("two")
    one.keep()
    run_out("one")
    two.keep()
    assert two.held() == list(range(8))


def test_a_lease_that_ran_out_unnoticed_is_renewed() -> None:
    one, before = leases("one"), conflicts()
    one.keep()
    run_out("one")
    one.keep()
    assert one.held() == list(range(8))
    assert conflicts() == before


def test_a_shard_that_another_took_is_lost_and_counted() -> None:
    one, two, before = leases("one"), leases("two"), conflicts()
    one.keep()
    run_out("one")
    two.keep()
    one.keep()
    assert one.held() == []
    assert conflicts() == before + 8


def test_each_claim_has_a_new_token() -> None:
    one = leases("one")
    one.keep()
    first = set(one.tokens())
    one.release()
    one.keep()
    assert len(first) == 8
    assert first.isdisjoint(one.tokens())


def test_leases_are_kept_only_when_due() -> None:
    one = leases("one")
    one.keep_if_due()
    OutboxShard.objects.update(token=None)  # what keeping them would notice
    one.keep_if_due()
    assert one.held() == list(range(8))


def test_a_lease_is_safe_for_its_length_only() -> None:
    one, short = leases("one"), leases("short", lease_seconds=0)
    assert not one.are_safe()
    one.keep()
    short.keep()
    assert one.are_safe()
    assert not short.are_safe()


def test_shards_of_an_earlier_larger_number_are_still_served() -> None:
    leases("one")
    fewer = Leases("two", using="default", shards=2, lease_seconds=60)
    fewer.prepare()
    fewer.keep()
    assert fewer.held() == list(range(8))
