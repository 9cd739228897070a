"""What a failed step of a copier means, in the port's words."""

from collections.abc import Sequence

from confluent_kafka import KafkaError

from monitor.errors import (
    ClusterUnreachableError,
    FencedError,
    MonitorError,
    RecordRefusedError,
)

_FENCED = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
    }
)
# The record or the right to write it is at fault: the same again would be refused again.
_REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._INVALID_ARG,
        KafkaError._UNSUPPORTED_FEATURE,
    }
)


def copy_error(error: KafkaError) -> MonitorError:
    """Everything that is neither a refusal nor a successor's doing may pass: try again later."""
    if error.code() in _FENCED:
        return FencedError("Another worker has taken this replay over.")
    if error.code() in _REFUSED:
        return RecordRefusedError(
            f"Kafka refuses to write the copy: {error.str()} ({error.name()})."
        )
    return ClusterUnreachableError(f"Kafka does not take the copy now: {error.str()}.")


def worst(errors: Sequence[KafkaError]) -> KafkaError:
    """The error that says most: being fenced, then a refusal, then the first.

    One refused record takes the others of its transaction along, and those only say "purged".
    """
    for codes in (_FENCED, _REFUSED):
        for error in errors:
            if error.code() in codes:
                return error
    return errors[0]
