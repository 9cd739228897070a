import pytest
from confluent_kafka import KafkaError

from highwater_events.broker.confluent.mapping import broker_error, delivery_error
from highwater_events.errors import (
    BrokerError,
    BrokerUnreachableError,
    DeliveryError,
    FencedError,
)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        # The record is at fault.
        (KafkaError.MSG_SIZE_TOO_LARGE, DeliveryError),
        (KafkaError._UNKNOWN_TOPIC, DeliveryError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, DeliveryError),
        # It was good, but a bad one travelled with it or ahead of it.
        (KafkaError._INVALID_DIFFERENT_RECORD, BrokerUnreachableError),
        (KafkaError._GAPLESS_GUARANTEE, BrokerUnreachableError),
        (KafkaError._FATAL, BrokerUnreachableError),
        (KafkaError._PURGE_INFLIGHT, BrokerUnreachableError),
        # Nobody answered, or said nothing of the record.
        (KafkaError._MSG_TIMED_OUT, BrokerUnreachableError),
        (KafkaError.NOT_ENOUGH_REPLICAS, BrokerUnreachableError),
        (KafkaError.UNKNOWN, BrokerUnreachableError),
        # Somebody else has the producer's place.
        (KafkaError.INVALID_PRODUCER_EPOCH, FencedError),
    ],
)
def test_a_failed_delivery_costs_an_attempt_only_where_the_record_is_at_fault(
    code: int, meaning: type[BrokerError]
) -> None:
    assert type(delivery_error(KafkaError(code))) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (KafkaError.ILLEGAL_GENERATION, FencedError),
        (KafkaError.UNKNOWN_MEMBER_ID, FencedError),
        (KafkaError.REBALANCE_IN_PROGRESS, BrokerUnreachableError),
        (KafkaError._WAIT_COORD, BrokerUnreachableError),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, BrokerError),
    ],
)
def test_a_failed_request_says_what_was_to_be_done(code: int, meaning: type[BrokerError]) -> None:
    error = broker_error(KafkaError(code), "commit offsets")
    assert type(error) is meaning
    assert str(error).startswith("Could not commit offsets: ")
