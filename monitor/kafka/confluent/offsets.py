"""The port of replays' reads and of rewinds, over confluent-kafka."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from highwater_events.broker.base import TopicPartition
from monitor.errors import ClusterUnreachableError, NotFoundError, NotToldError
from monitor.kafka.codes import SILENCE, in_words
from monitor.kafka.confluent import describe
from monitor.kafka.confluent.clients import admin_client
from monitor.kafka.confluent.futures import answer_of, code_of
from monitor.kafka.confluent.log_reader import LogReader
from monitor.kafka.replay_ports import (
    Activity,
    FoundRecord,
    GroupReading,
    LogBounds,
    OffsetRange,
    RangeSurvey,
    TopicSettings,
)
from monitor.values import MEMBERLESS_STATES

PARTITIONS_A_CALL = 500
LOOK_SECONDS = 4.0
RETRY_SECONDS = 0.2
NO_ANSWER = KafkaError._TIMED_OUT
COORDINATOR_IS_ELSEWHERE = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)
_ABSENT = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._NOENT}
)


class ConfluentOffsets:
    """A `ReplayOffsets`. `properties` are librdkafka's with their secrets resolved.

    Raises ConfigurationError where librdkafka refuses them.
    """

    def __init__(self, properties: Mapping[str, str], *, timeout_seconds: float = 5.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._properties: dict[str, Any] = {
            # An outage is told once, by ClusterUnreachableError, not line by line on stderr.
            "log_level": 0,
            "reconnect.backoff.max.ms": 1000,
            **properties,
        }
        self._admin = admin_client(self._properties)

    def group(self, name: str) -> GroupReading:
        description, code = self._description(name)
        if code:
            return GroupReading("", Activity.NOT_TOLD)
        found = describe.membership(description)
        if found.members is None:
            return GroupReading(found.state, Activity.NOT_TOLD)
        members = tuple(f"{each.client_id} at {each.host}" for each in found.members)
        is_inactive = found.state in MEMBERLESS_STATES and not members
        return GroupReading(
            found.state, Activity.INACTIVE if is_inactive else Activity.ACTIVE, members
        )

    def committed(self, group: str) -> dict[TopicPartition, int]:
        # Asked for commits, a broker that is not the group's coordinator answers what crashes the
        # whole process (librdkafka#5040); asked to describe the group, it does no harm. A
        # coordinator that moves between the two questions still crashes it.
        self._description(group)
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=self._timeout_seconds
        )
        answer = self._answer(asked[group], f"the committed offsets of group {group}")
        committed = {}
        for each in answer.topic_partitions:
            if each.error:
                raise NotToldError(
                    f"The broker does not tell the committed offset of partition {each.partition} "
                    f"of {each.topic}: {each.error.str()}."
                )
            if each.offset >= 0:
                committed[TopicPartition(each.topic, each.partition)] = each.offset
        return committed

    def topic(self, name: str) -> TopicSettings:
        partitions = self._partition_count(name)
        resource = ConfigResource(ResourceType.TOPIC, name)
        asked = self._admin.describe_configs([resource], request_timeout=self._timeout_seconds)
        answer, code = answer_of(asked[resource], self._timeout_seconds + 2)
        configs = {} if code else {key: entry.value for key, entry in answer.items()}
        if "retention.ms" not in configs:
            return TopicSettings(partitions)
        deletes = "delete" in (configs.get("cleanup.policy") or "")
        retention_ms = int(configs["retention.ms"] or -1)
        return TopicSettings(
            partitions=partitions,
            retention_is_told=True,
            retention_ms=retention_ms if deletes and retention_ms >= 0 else None,
            sets_append_time=configs.get("message.timestamp.type") == "LogAppendTime",
        )

    def bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, LogBounds]:
        wanted = list(partitions)
        starts = self._offsets(wanted, OffsetSpec.earliest())
        stable = self._offsets(wanted, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
        ends = self._offsets(wanted, OffsetSpec.latest())
        return {
            each: LogBounds(starts[each].offset, ends[each].offset, stable[each].offset)
            for each in wanted
        }

    def records_since(
        self, partitions: Iterable[TopicPartition], timestamp_ms: int
    ) -> dict[TopicPartition, FoundRecord]:
        told = self._offsets(list(partitions), OffsetSpec.for_timestamp(timestamp_ms))
        answers = {each: answer.offset for each, answer in told.items()}
        looked_at = self._first_timestamps(
            [each for each in answers if answers[each] >= 0], answers
        )
        found = {}
        for each, offset in answers.items():
            is_there = offset >= 0 and each in looked_at
            found[each] = FoundRecord(offset if is_there else None, looked_at.get(each))
        return found

    def survey(
        self,
        ranges: Mapping[TopicPartition, OffsetRange],
        *,
        count_up_to: int,
        committed_only: bool,
    ) -> dict[TopicPartition, RangeSurvey]:
        counts_all = sum(max(0, each.end - each.start) for each in ranges.values()) <= count_up_to
        reader = LogReader(self._properties, committed_only=committed_only)
        try:
            reader.assign(ranges)
            first, counted = self._read(reader, first_only=not counts_all)
        finally:
            reader.close()
        return {
            each: RangeSurvey(
                first.get(each),
                counted.get(each, 0) if counts_all and each not in reader.unfinished else None,
            )
            for each in ranges
        }

    def alter(self, group: str, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, str]:
        deadline = time.monotonic() + self._timeout_seconds
        failed = self._alter_once(group, offsets)
        # Coordinators load and move; who asks in that moment is told so for each partition.
        while passing := {
            each for each, code in failed.items() if code in COORDINATOR_IS_ELSEWHERE
        }:
            if time.monotonic() > deadline:
                break
            time.sleep(RETRY_SECONDS)
            still = self._alter_once(group, {each: offsets[each] for each in passing})
            failed = {each: failed[each] for each in failed.keys() - passing} | still
        return {each: in_words(code) for each, code in failed.items()}

    def _description(self, group: str) -> tuple[Any, int]:
        """What the group's coordinator tells, or None and an error code.

        Waits while the coordinator moves, or is made: a new broker does that when first asked.
        Raises ClusterUnreachableError where it stays away.
        """
        deadline = time.monotonic() + self._timeout_seconds
        answer, code = self._describe_once(group)
        while code in COORDINATOR_IS_ELSEWHERE:
            if time.monotonic() > deadline:
                raise ClusterUnreachableError(
                    f"Group {group} has no coordinator that answers: {in_words(code)}."
                )
            time.sleep(RETRY_SECONDS)
            answer, code = self._describe_once(group)
        if code in SILENCE:
            raise _unreachable(code)
        return answer, code

    def _describe_once(self, group: str) -> tuple[Any, int]:
        asked = self._admin.describe_consumer_groups([group], request_timeout=self._timeout_seconds)
        return answer_of(asked[group], self._timeout_seconds + 2)

    def _alter_once(
        self, group: str, offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Error codes of the partitions that failed."""
        wanted = [ClientPartition(*each, offset) for each, offset in offsets.items()]
        asked = self._admin.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=self._timeout_seconds
        )
        answer = self._answer(asked[group], f"moving the offsets of group {group}")
        # The client does not raise for these: a partition's own error is easily overlooked.
        failed = {
            TopicPartition(each.topic, each.partition): each.error.code()
            for each in answer.topic_partitions
            if each.error
        }
        answered = {TopicPartition(each.topic, each.partition) for each in answer.topic_partitions}
        return failed | {each: NO_ANSWER for each in offsets if each not in answered}

    def has_transactions(self) -> bool:
        producer = Producer(
            {**self._properties, "transactional.id": "highwater-replay-probe", "log_level": 0}
        )
        try:
            producer.init_transactions(self._timeout_seconds)
        except KafkaException as problem:
            if code_of(problem) in SILENCE:
                raise _unreachable(code_of(problem)) from problem
            return False
        return True

    def close(self) -> None:
        self._admin.poll(0)
        del self._admin

    def _partition_count(self, name: str) -> int:
        try:
            # All of them: asking for one by name creates it where brokers create topics.
            metadata = self._admin.list_topics(timeout=self._timeout_seconds)
        except KafkaException as problem:
            raise _unreachable(code_of(problem)) from problem
        found = metadata.topics.get(name)
        if found is None or not found.partitions:
            raise NotFoundError(f"The cluster has no topic {name}.")
        return len(found.partitions)

    def _offsets(
        self,
        partitions: list[TopicPartition],
        spec: OffsetSpec,
        isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
    ) -> dict[TopicPartition, Any]:
        answers = {}
        for first in range(0, len(partitions), PARTITIONS_A_CALL):
            asked = {
                ClientPartition(*each): spec for each in partitions[first:][:PARTITIONS_A_CALL]
            }
            futures = self._admin.list_offsets(
                asked, isolation_level=isolation, request_timeout=self._timeout_seconds
            )
            for each, future in futures.items():
                place = TopicPartition(each.topic, each.partition)
                what = f"the offsets of partition {each.partition} of {each.topic}"
                answers[place] = self._answer(future, what)
        return answers

    def _first_timestamps(
        self, partitions: list[TopicPartition], starts: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int | None]:
        """Times of the first records at `starts`; absent where the log holds none from there."""
        ends = self._offsets(partitions, OffsetSpec.latest())
        reader = LogReader(self._properties, committed_only=False)
        try:
            reader.assign(
                {each: OffsetRange(starts[each], ends[each].offset) for each in partitions}
            )
            first, _ = self._read(reader, first_only=True)
            unread = reader.unfinished
        finally:
            reader.close()
        return {**first, **dict.fromkeys(unread)}

    def _read(
        self, reader: LogReader, *, first_only: bool
    ) -> tuple[dict[TopicPartition, int | None], dict[TopicPartition, int]]:
        first: dict[TopicPartition, int | None] = {}
        counted: dict[TopicPartition, int] = {}
        deadline = time.monotonic() + LOOK_SECONDS
        while reader.unfinished and time.monotonic() < deadline:
            for record in reader.poll(500, 0.2):
                place = TopicPartition(record.topic, record.partition)
                first.setdefault(place, record.timestamp_ms)
                counted[place] = counted.get(place, 0) + 1
                if first_only:
                    reader.finish(place)
        return first, counted

    def _answer(self, future: "Future[Any]", what: str) -> Any:
        # librdkafka keeps the time-out itself; ours only guards against a client that is stuck.
        answer, code = answer_of(future, self._timeout_seconds + 2)
        if not code:
            return answer
        if code in SILENCE:
            raise _unreachable(code)
        if code in _ABSENT:
            raise NotFoundError(f"The cluster does not have what was asked for: {what}.")
        raise NotToldError(f"The broker does not allow or tell {what}: {KafkaError(code).str()}.")


def _unreachable(code: int) -> ClusterUnreachableError:
    return ClusterUnreachableError(f"No broker of the cluster answers: {KafkaError(code).str()}.")
