"""A source over the shop's outbox."""

from datetime import UTC, datetime

import pytest

from monitor.models import OutboxSource
from monitor.series.partitions import ensure_partitions
from tests.monitor.conftest import SHOP_REFERENCE
from tests.monitor.shop import Shop


@pytest.fixture
def source(shop: Shop) -> OutboxSource:
    ensure_partitions(datetime.now(UTC))
    return OutboxSource.objects.create(
        name="shop", dsn_reference=SHOP_REFERENCE, sample_interval_seconds=1
    )
