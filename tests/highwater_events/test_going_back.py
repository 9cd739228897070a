"""Offsets that were read before: other records may stand there now."""

import pytest
from confluent_kafka.admin import AdminClient

from highwater_events.broker.base import TopicPartition
from highwater_events.broker.confluent import ConfluentBroker
from tests.highwater_events.events import an_event, send
from tests.highwater_events.running import Handled, Remembering, Start, a_spec
from tests.waiting import eventually


def test_what_the_client_reads_again_from_further_back_is_handled_again(
    topic: str, start: Start
) -> None:
    broker = Remembering()
    broker.ensure_topics({topic: 1})
    send(broker, topic, [an_event(b"%d" % n, key=str(n)) for n in range(5)])
    handler = Handled()
    spec = a_spec(topic, handler)
    start(spec, broker)
    assert eventually(lambda: list(broker.committed(spec.group).values()) == [5])
    broker.consumers[0].seek(TopicPartition(topic, 0), 2)
    assert eventually(lambda: len(handler.contexts) == 8)
    assert sorted(handler.payloads()) == [b"0", b"1", b"2", b"2", b"3", b"3", b"4", b"4"]


@pytest.mark.apache_kafka
def test_a_topic_that_was_made_anew_is_handled_from_its_beginning(
    bootstrap_servers: str, topic: str, start: Start
) -> None:
    often = {"topic.metadata.refresh.interval.ms": 500}
    broker = ConfluentBroker({"bootstrap.servers": bootstrap_servers, **often})
    broker.ensure_topics({topic: 1})
    send(broker, topic, [an_event(b"old")] * 9)
    handler = Handled()
    start(a_spec(topic, handler), broker)
    assert eventually(lambda: len(handler.contexts) == 9, within_seconds=20)
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.delete_topics([topic])[topic].result(10)
    assert eventually(lambda: topic in broker.ensure_topics({topic: 1}), within_seconds=10)
    send(broker, topic, [an_event(b"%d" % n) for n in range(5)])
    assert eventually(lambda: len(handler.contexts) == 14, within_seconds=20)
    assert handler.payloads()[9:] == [b"%d" % n for n in range(5)]
