"""librdkafka's errors in the toolkit's words."""

from confluent_kafka import KafkaError

from highwater_events.errors import (
    BrokerError,
    BrokerUnreachableError,
    DeliveryError,
    FencedError,
)

# The record, or the way it was addressed, is at fault: the same again would be refused again.
_REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,
        KafkaError._INVALID_ARG,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
    }
)

_FENCED = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.FENCED_MEMBER_EPOCH,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
        KafkaError.STALE_MEMBER_EPOCH,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError._ASSIGNMENT_LOST,
        KafkaError._FENCED,
    }
)

# Nobody answers, or somebody else must first: the same again will do later.
_UNREACHABLE = frozenset(
    {
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._DESTROY,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_COORD,
    }
)


def delivery_error(error: KafkaError) -> BrokerError:
    """What a failed delivery means.

    Whatever does not put the record itself at fault costs no attempt: an outage, but also a record
    that the producer took along when it stopped because of another one.
    """
    if error.code() in _REFUSED:
        return DeliveryError(f"The broker refused the record: {error.str()} ({error.name()}).")
    if error.code() in _FENCED:
        return FencedError(f"Another producer took over: {error.str()} ({error.name()}).")
    return BrokerUnreachableError(
        f"The record was not acknowledged: {error.str()} ({error.name()}). Send it again."
    )


def broker_error(error: KafkaError, doing: str) -> BrokerError:
    """What a failed request means; `doing` names it, as in "commit offsets"."""
    said = f"Could not {doing}: {error.str()} ({error.name()})."
    if error.code() in _FENCED:
        return FencedError(f"{said} The partitions have moved to another member.")
    if error.code() in _UNREACHABLE or error.retriable():
        return BrokerUnreachableError(f"{said} Try again.")
    return BrokerError(said)
