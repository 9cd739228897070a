import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Cluster, Group, OutboxSource
from monitor.values import ReadingFlag, Status
from tests import factories


@pytest.fixture
def cluster(db: None) -> Cluster:
    return factories.make_cluster()


@pytest.fixture
def billing(cluster: Cluster) -> Group:
    """A group with one partition that keeps up, one that lags and one without a commit."""
    group = factories.make_group(
        cluster,
        lag=1204,
        time_lag_seconds=250.0,
        unknown_partitions=1,
        produced_per_second=5.0,
        consumed_per_second=0.0,
        status=Status.WARN,
        status_reason="1 of 3 partitions: lag grew.",
    )
    factories.make_reading(
        group,
        factories.make_topic(cluster),
        committed=[100, 96, None],
        log_end=[100, 1300, 50],
        flags=[0, 0, int(ReadingFlag.NO_COMMIT)],
        statuses=["OK", "WARN", "UNKNOWN"],
    )
    factories.make_member(group, "billing-0", {"orders": [0, 1]})
    return group


@pytest.fixture
def shop(db: None) -> OutboxSource:
    return factories.make_outbox(inserted_per_second=5.0, published_per_second=6.0)


@pytest.fixture
def seen(client: Client, viewer: User) -> Client:
    """A viewer's browser."""
    client.force_login(viewer)
    return client
