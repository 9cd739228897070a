"""Makes the client that every adapter begins with."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from monitor.errors import ConfigurationError


def admin_client(properties: Mapping[str, Any]) -> AdminClient:
    """Raises ConfigurationError where librdkafka refuses them, for example a PEM text that is none.

    Connects to nobody yet. Clients of the same properties that follow it are not refused.
    """
    try:
        return AdminClient(dict(properties))
    except KafkaException as problem:
        raise ConfigurationError(f"The client refuses: {problem.args[0].str()}.") from problem
