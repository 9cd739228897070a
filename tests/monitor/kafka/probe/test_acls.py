"""What an account sees of a real broker that lets it do little."""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    ResourceType,
)

from monitor.kafka.probe.connection import connection_steps
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.acls import acl, allow, login
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, SaslBroker, sasl_broker

pytestmark = [pytest.mark.kafka_jars, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with sasl_broker(tmp_path_factory.mktemp("acls"), has_acls=True) as started:
        world = KafkaWorld(started.open_servers)
        world.create_topic("orders", 1)
        world.append("orders", 0, 9)
        world.commit("billing", {("orders", 0): 5})
        yield started


def steps(broker: SaslBroker) -> dict[str, bool | None]:
    properties = login(f"env:{SECRET}")
    steps = connection_steps(broker.sasl_servers, properties)
    return {step.name: step.is_right for step in steps}


def test_each_permission_that_is_given_makes_its_steps_right(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    before = steps(broker)
    assert before["Log-in"] is True
    assert (before["Topics"], before["Groups"]) == (None, None)
    allow(broker, acl(ResourceType.TOPIC, "orders"), acl(ResourceType.GROUP, "billing"))
    after = steps(broker)
    assert (after["End offsets"], after["Configs"]) == (True, False)
    assert after["Log sizes"] is False
    assert (after["Members"], after["Committed offsets"]) == (True, True)
    allow(broker, acl(ResourceType.BROKER, "kafka-cluster"))
    assert steps(broker)["Log sizes"] is True
