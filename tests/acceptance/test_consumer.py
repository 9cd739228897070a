"""`run_consumer` as a process: stopped, doubled, cut off from its database and its broker."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from highwater_events import provenance
from highwater_events.broker.confluent import ConfluentBroker
from tests.acceptance.proxy import Proxy
from tests.acceptance.shop import EXACTLY_ONE_INVOICE, INVOICES, SOME_INVOICES, Shop
from tests.highwater_events.running import read_all

pytestmark = [pytest.mark.acceptance, pytest.mark.kafka, pytest.mark.timeout(300)]


@pytest.fixture
def shop(unique: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop with 2,400 orders in its topic, which nobody has handled yet."""
    shop = Shop(unique, tmp_path)
    try:
        assert shop.call("migrate").returncode == 0
        assert shop.call("seed").returncode == 0
        yield shop
    finally:
        shop.close()


def test_a_consumer_that_is_stopped_in_mid_traffic_loses_nothing(shop: Shop) -> None:
    first = shop.start("run_consumer", "billing")
    assert shop.waits_for(SOME_INVOICES, 50)
    assert first.stops_cleanly()
    assert not shop.ask(EXACTLY_ONE_INVOICE)
    shop.start("run_consumer", "billing")
    assert shop.waits_for(EXACTLY_ONE_INVOICE)


def test_a_second_process_takes_its_share_and_gives_it_back(shop: Shop) -> None:
    orders, relay = shop.start("orders"), shop.start("relay")
    shop.start("run_consumer", "billing")
    assert shop.waits_for(SOME_INVOICES, 2_400)
    second = shop.start("run_consumer", "billing")
    assert second.says("Assigned")
    assert shop.waits_for(SOME_INVOICES, shop.ask(INVOICES) + 100)
    assert second.stops_cleanly()
    assert orders.stops_cleanly()
    assert shop.waits_for(EXACTLY_ONE_INVOICE)
    assert relay.stops_cleanly()


def test_what_fraud_cannot_score_goes_to_the_dead_letters_with_its_provenance(
    shop: Shop, bootstrap_servers: str
) -> None:
    shop.start("consumer", "fraud")
    count = shop.ask("SELECT count(*) FROM shop_order WHERE mod(total_cents, 97) = 0")
    assert count > 0
    broker = ConfluentBroker({"bootstrap.servers": bootstrap_servers})
    topic = f"{shop.prefix}orders"
    letters = read_all(
        broker, f"{topic}.dlq", f"{shop.prefix}reader", count=count, within_seconds=90
    )
    assert len(letters) == count
    told = {name: provenance.header(letters[0].headers, name) for name in ALL_PROVENANCE}
    assert None not in told.values()
    assert told[provenance.ORIGINAL_TOPIC] == topic
    assert told[provenance.ATTEMPTS] == "3"
    assert told[provenance.EXCEPTION_CLASS] == "demo.shop.consumers.fraud.UnscorableOrder"
    assert shop.waits_for("SELECT count(*) = %s FROM shop_fraudcheck", 2_400 - count)


def test_a_consumer_waits_for_a_database_that_is_away(shop: Shop) -> None:
    address = urlsplit(shop.url)
    proxy = Proxy(address.hostname or "", address.port or 5432)
    through = address._replace(
        netloc=f"{address.username}:{address.password}@127.0.0.1:{proxy.port}"
    ).geturl()
    consumer = shop.start("run_consumer", "billing", DEMO_DATABASE_URL=through)
    assert shop.waits_for(SOME_INVOICES, 50)
    proxy.cut()
    handled = shop.ask(INVOICES)
    assert handled < 2_400
    in_flight = 4  # one a worker, committed already though nobody could be told
    assert not shop.waits_for(SOME_INVOICES, handled + in_flight + 1, within_seconds=2)
    assert consumer.is_running()
    proxy.mend()
    assert shop.waits_for(EXACTLY_ONE_INVOICE)
    assert consumer.stops_cleanly()
    proxy.cut()


def test_a_consumer_without_a_broker_still_stops_when_it_is_told(shop: Shop) -> None:
    consumer = shop.start("run_consumer", "billing", HIGHWATER_KAFKA="127.0.0.1:1")
    assert not shop.waits_for(SOME_INVOICES, 1, within_seconds=3)
    assert consumer.stops_cleanly()


ALL_PROVENANCE = (
    provenance.ORIGINAL_TOPIC,
    provenance.ORIGINAL_PARTITION,
    provenance.ORIGINAL_OFFSET,
    provenance.ORIGINAL_TIMESTAMP_MS,
    provenance.EXCEPTION_CLASS,
    provenance.EXCEPTION_MESSAGE,
    provenance.ATTEMPTS,
    provenance.GROUP,
    provenance.FAILED_AT,
)
