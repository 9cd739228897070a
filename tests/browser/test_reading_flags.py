"""What the reading of a partition found odd, as pages show it."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from monitor.models import Cluster, Group, GroupTopic, StatusChange, Topic
from monitor.partition_records import unpacked
from monitor.values import ReadingFlag
from tests.browser.conftest import OpenPage
from tests.browser.test_screens import photograph, problems, settle
from tests.readings import stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HUNG = int(ReadingFlag.TRANSACTION_OPEN | ReadingFlag.TRANSACTION_HUNG)


def hang(reading: GroupTopic) -> None:
    """The first partition's stable end stands still since five minutes ago."""
    records = unpacked(reading.partitions)
    partitions = stored(
        committed=[one.committed for one in records],
        flags=[HUNG, *(int(one.flags) for one in records[1:])],
        time_lag_seconds=[one.time_lag_seconds for one in records],
        time_lag_methods=[one.time_lag_method for one in records],
        statuses=[one.status for one in records],
    )
    GroupTopic.objects.filter(pk=reading.pk).update(partitions=partitions)
    since = int(timezone.now().timestamp() - 300) * 1000
    unheld = [None] * (len(records) - 1)
    holder = {
        "start": reading.topic.stable_end[0],
        "producer_id": 4123,
        "epoch": 2,
        "last_ms": since + 2_000,
    }
    Topic.objects.filter(pk=reading.topic_id).update(
        held_since_ms=[since, *unheld], held_by={"0": holder}
    )


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_hung_transaction_and_a_topic_created_again_are_legible(
    open_page: OpenPage, operator: User, cluster: Cluster, theme: str, width: int
) -> None:
    group = Group.objects.get(name="shipping")
    hang(group.topics.select_related("topic")[0])
    StatusChange.objects.create(
        at=timezone.now(),
        cluster=cluster,
        after="RECREATED",
        reason="Topic orders was deleted and created again. Who reads there is judged anew; "
        "what was sampled before stays.",
    )
    page = open_page(operator, theme=theme, width=width)
    for name, path in {"hung": f"/groups/{group.pk}", "recreated": "/"}.items():
        page.goto(path)
        settle(page)
        photograph(page, f"{name}-{theme}-{width}")
        assert problems(page) == []
