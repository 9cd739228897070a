"""Where the real producers and consumers come from."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from highwater_events.broker.confluent.consumer import ConfluentConsumer
from highwater_events.broker.confluent.mapping import broker_error
from highwater_events.broker.confluent.producer import ConfluentProducer
from highwater_events.errors import BrokerError

_REQUEST_SECONDS = 10.0
_LOGGER = logging.getLogger("highwater_events.broker")
# Each client would warn that the guarantee we ask for is called experimental, and call it fatal
# when it stops at a refused record, of which the delivery report tells.
_LOGGER.addFilter(lambda line: not re.search("gap-?less", line.getMessage()))

# What holds for every client unless the service's own properties say otherwise.
_DEFAULTS = {
    "reconnect.backoff.max.ms": 2_000,
    "socket.keepalive.enable": True,
    "topic.metadata.refresh.interval.ms": 30_000,
}


class ConfluentBroker:
    """A Kafka cluster. `properties` are librdkafka's and need `bootstrap.servers`."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self.properties = {**_DEFAULTS, **properties}

    def producer(self, *, client_id: str = "highwater") -> ConfluentProducer:
        """Raises BrokerError where the client does not take a property."""
        with _naming_bad_properties():
            return ConfluentProducer({**self.properties, "client.id": client_id}, _LOGGER)

    def consumer(self, group_id: str, *, client_id: str = "highwater") -> ConfluentConsumer:
        """Raises BrokerError where the client does not take a property."""
        properties = {**self.properties, "client.id": client_id, "group.id": group_id}
        with _naming_bad_properties():
            return ConfluentConsumer(properties, _LOGGER)

    def ensure_topics(
        self, partitions_by_topic: Mapping[str, int], *, config: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        """Raises BrokerUnreachableError where nobody answers within 10 s, BrokerError otherwise."""
        if not partitions_by_topic:
            return frozenset()
        admin = AdminClient(self.properties, logger=_LOGGER)
        topics = [
            NewTopic(topic, num_partitions=count, config=dict(config or {}))
            for topic, count in partitions_by_topic.items()
        ]
        created = set()
        requests = admin.create_topics(topics, request_timeout=_REQUEST_SECONDS)
        for topic, future in requests.items():
            try:
                future.result()
                created.add(topic)
            except KafkaException as problem:
                error: KafkaError = problem.args[0]
                if error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise broker_error(error, "create topics") from problem
        return frozenset(created)


@contextmanager
def _naming_bad_properties() -> Iterator[None]:
    """Making a client asks no broker, so that only properties can be wrong."""
    try:
        yield
    except KafkaException as problem:
        # The client names the property, and repeats no value but of those that are one of a few
        # words, such as a mechanism: never a secret.
        raise BrokerError(
            f"The broker's properties are wrong: {problem.args[0].str()}"
        ) from problem
