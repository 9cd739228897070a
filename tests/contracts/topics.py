"""Topics of a real broker, which makes them before it serves them."""

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
    OffsetSpec,
)

from tests.waiting import eventually


def create_topic(admin: AdminClient, topic: NewTopic) -> None:
    """Returns once each of its partitions answers."""
    for future in admin.create_topics([topic]).values():
        future.result(30)
    assert eventually(lambda: _is_served(admin, topic), within_seconds=30)


def _is_served(admin: AdminClient, topic: NewTopic) -> bool:
    found = admin.list_topics(timeout=10).topics.get(topic.topic)
    if found is None or len(found.partitions) != topic.num_partitions:
        return False
    asked = {
        TopicPartition(topic.topic, number): OffsetSpec.latest() for number in found.partitions
    }
    try:
        for future in admin.list_offsets(asked).values():
            future.result(10)
    except KafkaException:
        return False
    return True
