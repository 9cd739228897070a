"""A source over the shop's outbox."""

import pytest

from monitor.models import OutboxSource
from tests.monitor.conftest import SHOP_REFERENCE
from tests.monitor.shop import Shop


@pytest.fixture
def source(shop: Shop) -> OutboxSource:
    return OutboxSource.objects.create(
        name="shop", dsn_reference=SHOP_REFERENCE, sample_interval_seconds=1
    )
