"""An outbox to watch, as a service has one."""

from collections.abc import Iterator

import pytest

from tests.monitor.series.emptied import drop_everything
from tests.monitor.shop import Shop

SHOP_REFERENCE = "env:HIGHWATER_SECRET_SHOP_DSN"


@pytest.fixture
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A real outbox table, committed, reachable by `SHOP_REFERENCE`."""
    opened = Shop()
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", opened.dsn)
    yield opened
    opened.close()


@pytest.fixture
def no_series(transactional_db: None) -> Iterator[None]:
    """No partition and no sealed hour, before and after."""
    drop_everything()
    yield
    drop_everything()
