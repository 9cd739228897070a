"""The cluster that most tests sample."""

import pytest
from django.conf import LazySettings

from tests.monitor.lag.worlds import Sampled


@pytest.fixture(autouse=True)
def no_damping(settings: LazySettings) -> None:
    """Each tick's own status counts; `test_damping` has what holds it back."""
    settings.HIGHWATER_STATUS_TICKS = 1


@pytest.fixture
def sampled() -> Sampled:
    """Group `g` reads topic `t` of two partitions, ten records in each, four handled in 0."""
    world = Sampled()
    world.kafka.create_topic("t", 2)
    for number in range(2):
        world.kafka.append("t", number, 10)
    world.kafka.commit("g", {("t", 0): 4, ("t", 1): 10})
    return world
