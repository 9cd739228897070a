import hashlib
from dataclasses import replace

import pytest

from monitor.models import Tick
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db

# Too long for an index, and Postgres cannot press it.
HOSTILE = "".join(hashlib.sha256(b"%d" % number).hexdigest() for number in range(500))


def test_no_member_can_make_the_tick_fail(sampled: Sampled) -> None:
    good = member(t=(0, 1))
    sampled.kafka.groups["g"].members = (
        good,
        replace(good, member_id=HOSTILE, client_id=HOSTILE),
        replace(good, member_id=HOSTILE[::-1], host="a\0b", instance_id="\ud800"),
        replace(good, member_id="<script>", assignment={"a\0b": (0,), "\ud800": (1,)}),
    )
    assert sampled.tick() is Tick.State.DONE
    assert sampled.group("g").members.count() == 4


def test_two_members_whose_ids_are_cut_alike_are_counted_as_two(sampled: Sampled) -> None:
    sampled.kafka.groups["g"].members = (member(t=(0,)), member(t=(1,)))
    assert sampled.tick() is Tick.State.DONE
    assert (sampled.group("g").member_count, sampled.group("g").members.count()) == (2, 1)
