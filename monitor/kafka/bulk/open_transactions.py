"""Asking the leaders whose transactions are open."""

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk import describe_producers
from monitor.kafka.bulk.connection import Brokers
from monitor.kafka.bulk.leaders import ask_leaders
from monitor.kafka.bulk.placement import Placement, by_topic, topic_places
from monitor.kafka.bulk.request import RawRequest
from monitor.kafka.ports import Int64s, OpenTransaction, PartitionIndex


def read_open_transactions(
    brokers: Brokers, placement: Placement, positions: Int64s, partitions: PartitionIndex
) -> list[OpenTransaction]:
    """What is not answered, refused or makes no sense is left out."""
    topics, found = topic_places(partitions), list[OpenTransaction]()

    def request(some: Int64s) -> RawRequest:
        body = describe_producers.encode(by_topic(some, partitions))
        return RawRequest(describe_producers.API_KEY, describe_producers.VERSION, body)

    def take(mine: Int64s, body: bytes, code: int) -> None:
        if code:
            return
        try:
            read = describe_producers.decode(body, topics)
        except MalformedAnswerError:
            return
        asked = set(positions[mine].tolist())
        for topic, partition, *of_producer in read:
            position = partitions.position(partitions.topics[topic], partition)
            if position is not None and position in asked:
                found.append(OpenTransaction(position, *of_producer))

    ask_leaders(brokers, placement, positions, partitions, request=request, take=take)
    return found
