"""What is read on slower ticks: when a group's members are asked for."""

from collections.abc import Sequence

import pytest

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import Membership
from monitor.lag.memory import memory_of
from monitor.lag.slow import MEMBERS_SECONDS
from monitor.models import Tick
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db


def asked_in_a_tick(sampled: Sampled) -> list[str]:
    """The groups whose members one more tick asks the cluster for."""
    asked: list[str] = []

    class NotingReader(MemoryReader):
        def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
            asked.extend(names)
            return super().memberships(names)

    assert sampled.tick(by=NotingReader) is Tick.State.DONE
    return asked


def test_members_of_an_unchanged_group_are_not_asked_for_in_each_tick(sampled: Sampled) -> None:
    assert asked_in_a_tick(sampled) == ["g"]
    assert asked_in_a_tick(sampled) == []


def test_members_of_an_unchanged_group_are_asked_for_when_it_has_been_long(
    sampled: Sampled,
) -> None:
    sampled.tick()
    memory_of(sampled.row.pk).read_at["group", "g"] -= MEMBERS_SECONDS
    assert asked_in_a_tick(sampled) == ["g"]


def test_members_of_a_group_whose_state_turned_are_asked_for_at_once(sampled: Sampled) -> None:
    sampled.kafka.commit("steady", {("t", 0): 10})
    sampled.tick()
    sampled.kafka.groups["g"].members = (member(t=(0, 1)),)
    assert asked_in_a_tick(sampled) == ["g"]
    assert sampled.group("g").member_count == 1
