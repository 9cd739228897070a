"""A client whose properties librdkafka itself refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from monitor.errors import ConfigurationError
from monitor.kafka.confluent.copier import ConfluentCopier
from monitor.kafka.confluent.offsets import ConfluentOffsets
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.replay_ports import CopyOrder

BAD = {
    "bootstrap.servers": "127.0.0.1:1",
    "security.protocol": "ssl",
    "ssl.ca.pem": "-----BEGIN CERTIFICATE-----\nno",
}
ORDER = CopyOrder(1, "1@0", "orders", {}, copy_of=lambda _record: pytest.fail("copied"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConfluentReader(BAD, timeout_seconds=1),
        lambda: ConfluentOffsets(BAD),
        lambda: ConfluentCopier(BAD, ORDER),
    ],
    ids=["reader", "offsets", "copier"],
)
def test_properties_that_the_client_refuses_are_a_sentence(make: Callable[[], Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"The client refuses: .*ssl\.ca\.pem"):
        make()
