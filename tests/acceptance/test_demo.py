"""The shop as people start it: real processes, killed and stopped in mid-traffic."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import ALL_PUBLISHED, EXACTLY_ONE_INVOICE, INVOICES, SOME_INVOICES, Shop

pytestmark = [pytest.mark.acceptance, pytest.mark.kafka, pytest.mark.timeout(300)]


@pytest.fixture
def shop(unique: str, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(unique, tmp_path)
    try:
        assert shop.call("migrate").returncode == 0
        yield shop
    finally:
        shop.close()


def test_no_committed_order_is_missing_though_relay_and_billing_are_killed_twice(
    shop: Shop,
) -> None:
    assert "past orders written" in shop.call("seed").stdout
    assert "Seeded already" in shop.call("seed").stdout
    orders = shop.start("orders")
    relay, billing = shop.start("relay"), shop.start("consumer", "billing")
    enough = 2_400
    for _ in range(2):
        assert shop.waits_for(SOME_INVOICES, enough)
        relay.kill()
        billing.kill()
        enough = shop.ask(INVOICES) + 100
        relay, billing = shop.start("relay"), shop.start("consumer", "billing")
    assert shop.waits_for(SOME_INVOICES, enough)
    assert orders.stops_cleanly()
    assert shop.waits_for(ALL_PUBLISHED)
    assert shop.waits_for(EXACTLY_ONE_INVOICE)
    assert relay.stops_cleanly()
    assert billing.stops_cleanly()


@pytest.mark.parametrize("rate", ["-5", "fast"])
def test_a_bad_rate_stops_the_start_with_a_sentence(shop: Shop, rate: str) -> None:
    ended = shop.call("orders", HIGHWATER_DEMO_RATE=rate)
    assert ended.returncode != 0
    assert f"HIGHWATER_DEMO_RATE is '{rate}'; it must be a number" in ended.stderr
    assert "Traceback" not in ended.stderr
