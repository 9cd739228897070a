from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.replays.pace import pace
from monitor.models import Group
from tests.browser.seed import seed
from tests.factories import make_cluster, make_group, make_replay

pytestmark = pytest.mark.django_db


def test_a_group_takes_its_usual_time_for_what_it_gets_again() -> None:
    cluster, _source = seed()
    group = Group.objects.get(name="notifications")
    found = pace(make_replay(cluster, records_total=1600), group, timezone.now())
    assert found is not None
    assert found.records_per_second == pytest.approx(16, rel=0.1)
    assert found.seconds == pytest.approx(1600 / found.records_per_second)


def test_the_pace_of_a_group_that_was_never_seen_to_move_is_unknown(still: Group) -> None:
    replay = make_replay(still.cluster)
    assert pace(replay, still, timezone.now() + timedelta(hours=1)) is None


def test_without_a_number_of_records_the_time_is_unknown() -> None:
    cluster, _source = seed()
    group = Group.objects.get(name="notifications")
    assert pace(make_replay(cluster, records_total=None), group, timezone.now()) is None


@pytest.fixture
def still() -> Group:
    return make_group(make_cluster())
