"""Topics deleted and created again under the same name, recognised by the ids that Kafka gives.

The new log's offsets have nothing to do with the old one's, and its commits are others, so whatever
was learnt from either is void. Offsets alone do not tell: a new log may have outgrown the old one
before anybody looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from monitor.kafka.names import escape
from monitor.lag.findings import Findings
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import Listed
from monitor.lag.slow import SlowReadings
from monitor.models import StatusChange, Topic
from monitor.values import Status

RECREATED = "RECREATED"

NAMES_TOLD = 5
_ROWS_A_STATEMENT = 1000
_ODD = [Status.REWIND.badness, Status.TRUNCATED.badness]


@dataclass(frozen=True, slots=True)
class TopicIds:
    """Kafka's ids that were not stored yet, by topic, and whose are not the first."""

    fresh: Mapping[str, str] = field(default_factory=dict)
    recreated: Sequence[str] = ()


def notice_recreated(listed: Listed, slow: SlowReadings, memory: ClusterMemory) -> TopicIds:
    """Compare ids with the stored ones, and forget the logs of topics that were created again.

    Must come before ends are read: log starts are taken from memory there.
    """
    known, topics = memory.roster.kafka_topic_ids, memory.roster.topics
    described = {name: one.kafka_topic_id for name, one in slow.details.items()}
    told = {**described, **listed.cluster.topic_ids}
    fresh = {name: one for name, one in told.items() if one and one != known.get(name)}
    recreated = sorted(name for name in fresh if known.get(name))
    if recreated:
        memory.forget_logs({topics[name] for name in recreated})
    return TopicIds(fresh, recreated)


def store_topic_ids(ids: TopicIds, memory: ClusterMemory, at: datetime) -> None:
    """Store what is new inside the caller's transaction, and say what was created again."""
    roster = memory.roster
    fresh = {name: one for name, one in ids.fresh.items() if name in roster.topics}
    Topic.objects.bulk_update(
        [Topic(pk=roster.topics[name], kafka_topic_id=one) for name, one in fresh.items()],
        ["kafka_topic_id"],
        batch_size=_ROWS_A_STATEMENT,
    )
    roster.kafka_topic_ids.update(fresh)
    if not ids.recreated:
        return
    again = [roster.topics[name] for name in ids.recreated]
    Topic.objects.filter(pk__in=again).update(recreated_at=at)
    roster.recreated_at.update(dict.fromkeys(again, at))
    StatusChange.objects.create(
        at=at, cluster_id=roster.cluster_id, after=RECREATED, reason=_sentence(ids.recreated)
    )


def look_again(listed: Listed, findings: Findings, memory: ClusterMemory) -> None:
    """Where listings tell no ids, read those next that may be others by now.

    Their commits went back, lie beyond the end, or are gone.
    """
    if listed.cluster.topic_ids:
        return
    is_odd = np.isin(findings.rows.status, _ODD)
    odd = set(listed.partitions.topic_of[findings.position[is_odd]].tolist())
    suspects = {listed.partitions.topics[topic] for topic in odd}
    names = {pk: name for name, pk in memory.roster.topics.items()}
    seen = {*findings.reads.ids.tolist(), *memory.roster.gone_reads}
    reads = memory.roster.reads.items()
    suspects |= {names[topic] for (_, topic), read in reads if read not in seen}
    for name in suspects:
        memory.read_at.pop(("topic", name), None)


def _sentence(names: Sequence[str]) -> str:
    told = ", ".join(escape(name)[0] for name in names[:NAMES_TOLD])
    more = f" and {len(names) - NAMES_TOLD} others" if len(names) > NAMES_TOLD else ""
    subject = "Topic" if len(names) == 1 else "Topics"
    verb = "was" if len(names) == 1 else "were"
    return (
        f"{subject} {told}{more} {verb} deleted and created again. "
        "Who reads there is judged anew; what was sampled before stays."
    )
