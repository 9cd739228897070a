"""Topics deleted and created again under the same name, recognised by the ids that Kafka gives.

The new log's offsets have nothing to do with the old one's, and its commits are others, so whatever
was learnt from either is void. Offsets alone do not tell: a new log may have outgrown the old one
before anybody looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
from django.db.models import OuterRef, Subquery

from monitor.kafka.names import escape
from monitor.lag.findings import Findings
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import Listed
from monitor.lag.roster import Roster
from monitor.lag.slow import SlowReadings
from monitor.models import GroupTopic, LossAcknowledgement, StatusChange, Topic
from monitor.values import Status

RECREATED = "RECREATED"

NAMES_TOLD = 5
_ROWS_A_STATEMENT = 1000
_ODD = [Status.REWIND.badness, Status.TRUNCATED.badness]


def notice_recreated(
    listed: Listed, slow: SlowReadings, memory: ClusterMemory
) -> Mapping[str, str]:
    """Forget the logs of topics that were created again; return the ids that this tick was told.

    Must come before ends are read: log starts are taken from memory there.
    """
    described = {name: one.kafka_topic_id for name, one in slow.details.items()}
    told = {**described, **listed.cluster.topic_ids}
    recreated = _recreated(_fresh(told, memory), memory)
    if recreated:
        memory.forget_logs({memory.roster.topics[name] for name in recreated})
    return told


def store_topic_ids(told: Mapping[str, str], memory: ClusterMemory, at: datetime) -> None:
    """Store what is new inside the caller's transaction, and say what was created again.

    Compared once more: of a topic that was gone, only now is known which id it had.
    """
    roster, fresh = memory.roster, _fresh(told, memory)
    recreated = _recreated(fresh, memory)
    roster.recreated_at.update({roster.topics[name]: at for name in recreated})
    roster.kafka_topic_ids.update(fresh)
    _store_own(
        {name: one for name, one in fresh.items() if roster.shard.owns(name)},
        [name for name in recreated if roster.shard.owns(name)],
        roster,
        at,
    )


def _store_own(
    fresh: Mapping[str, str], recreated: Sequence[str], roster: Roster, at: datetime
) -> None:
    Topic.objects.bulk_update(
        [Topic(pk=roster.topics[name], kafka_topic_id=one) for name, one in fresh.items()],
        ["kafka_topic_id"],
        batch_size=_ROWS_A_STATEMENT,
    )
    _name_acknowledgements(roster.topics[name] for name in fresh)
    if not recreated:
        return
    again = [roster.topics[name] for name in recreated]
    Topic.objects.filter(pk__in=again).update(recreated_at=at)
    StatusChange.objects.create(
        at=at, cluster_id=roster.cluster_id, after=RECREATED, reason=_sentence(recreated)
    )


def _name_acknowledgements(topic_ids: Iterable[int]) -> None:
    """Those that were said before an id was told are of the log that has it."""
    told = GroupTopic.objects.filter(pk=OuterRef("pk")).values("topic__kafka_topic_id")
    said = LossAcknowledgement.objects.filter(group_topic__topic__in=list(topic_ids))
    said.filter(kafka_topic_id="").update(kafka_topic_id=Subquery(told[:1]))


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


def _fresh(told: Mapping[str, str], memory: ClusterMemory) -> dict[str, str]:
    """Ids that are not stored yet, of the topics that somebody reads."""
    known = memory.roster.kafka_topic_ids
    return {name: one for name, one in told.items() if one and one != known.get(name, one)}


def _recreated(fresh: Mapping[str, str], memory: ClusterMemory) -> list[str]:
    return sorted(name for name in fresh if memory.roster.kafka_topic_ids[name])


def _sentence(names: Sequence[str]) -> str:
    told = ", ".join(escape(name)[0] for name in names[:NAMES_TOLD])
    more = f" and {len(names) - NAMES_TOLD} others" if len(names) > NAMES_TOLD else ""
    subject = "Topic" if len(names) == 1 else "Topics"
    verb = "was" if len(names) == 1 else "were"
    return (
        f"{subject} {told}{more} {verb} deleted and created again. "
        "Who reads there is judged anew; what was sampled before stays."
    )
