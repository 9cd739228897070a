import pytest

from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.errors import BrokerError


@pytest.mark.parametrize("properties", [{"sasl.pasword": "hush"}, {"socket.timeout.ms": "hush"}])
def test_a_property_that_the_client_does_not_take_is_named_without_its_value(
    properties: dict[str, str],
) -> None:
    broker = ConfluentBroker(properties)
    with pytest.raises(BrokerError, match="properties are wrong") as by_producer:
        broker.producer()
    with pytest.raises(BrokerError, match="properties are wrong") as by_consumer:
        broker.consumer("g")
    for refused in (by_producer, by_consumer):
        assert f'"{next(iter(properties))}"' in str(refused.value)
        assert "hush" not in str(refused.value)
