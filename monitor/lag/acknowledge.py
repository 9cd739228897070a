"""What an operator does about lost records: say that they are known.

They are gone, so nothing brings them back, and until the group commits again it would be LOSING.
What is acknowledged no longer counts; what is lost after it does. The permission is the callers' to
check: `PERMISSION`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from monitor import reasons
from monitor.errors import AcknowledgementError, NotFoundError
from monitor.models import AuditEntry, Group, GroupTopic, LossAcknowledgement, Topic
from monitor.partition_records import unpacked
from monitor.values import Actor, ReadingFlag

PERMISSION = "monitor.acknowledge_loss"


@dataclass(frozen=True, slots=True)
class LostPlace:
    """A partition whose commit lies below the log start, and with it what is gone unread."""

    read: GroupTopic
    partition: int
    committed: int
    log_start: int
    acknowledged_to: int | None

    @property
    def is_acknowledged(self) -> bool:
        return self.acknowledged_to is not None and self.acknowledged_to >= self.log_start

    @property
    def deleted(self) -> int:
        return self.log_start - self.committed

    @property
    def topic(self) -> Topic:
        return self.read.topic


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What was acknowledged: `lost_records` as the group's last sample counted them."""

    group: Group
    lost_records: int
    places: Sequence[LostPlace]
    at: datetime


def lost_places(group: Group) -> list[LostPlace]:
    """Where the group's commits lie below the log start, by topic and partition; one query."""
    present = group.topics.filter(gone_at=None)
    reads = present.select_related("topic", "acknowledgement").order_by("topic__name")
    return [place for read in reads for place in _places(read)]


def acknowledgement_of(read: GroupTopic) -> LossAcknowledgement | None:
    """What is acknowledged of the topic's present log already; of one before it says nothing."""
    said: LossAcknowledgement | None = getattr(read, "acknowledgement", None)
    if said is None or said.kafka_topic_id not in ("", read.topic.kafka_topic_id):
        return None
    return said


def acknowledge(actor: Actor, group_id: int, *, lost_records: int, reason: str) -> Acknowledgement:
    """Acknowledge the losses that the actor saw; ticks heed it from the next one on.

    `lost_records` is the number that the actor saw, as the group's `lost_records` tells it: where
    it has grown since, nothing is acknowledged. Raises AcknowledgementError and NotFoundError.
    """
    if problem := reasons.problem(reason, of="an acknowledgement"):
        raise AcknowledgementError(problem, field="reason")
    with transaction.atomic():
        # Locked, so that the number and the logs' starts are of one tick.
        rows = Group.objects.select_for_update(of=("self",), no_key=True)
        group = rows.select_related("cluster").filter(pk=group_id, gone_at=None).first()
        if group is None:
            raise NotFoundError(f"There is no group {group_id}.")
        places = [place for place in lost_places(group) if not place.is_acknowledged]
        _check(group, places, lost_records)
        at = timezone.now()
        for read in {place.read.pk: place.read for place in places}.values():
            _store(actor, read, [one for one in places if one.read is read], reason, at)
        _audit(actor, group, places, reason)
    return Acknowledgement(group, lost_records, places, at)


def _check(group: Group, places: Sequence[LostPlace], seen: int) -> None:
    known = group.lost_records
    if not known or not places:
        raise AcknowledgementError(
            f"No lost record of group {group.name} waits to be acknowledged."
        )
    if known > seen:
        raise AcknowledgementError(
            f"By now {known:,} records of group {group.name} are lost, more than the {seen:,} that "
            "you saw. Look again.",
            field="lost_records",
        )


def _places(read: GroupTopic) -> list[LostPlace]:
    said = acknowledgement_of(read)
    known, found = said.offsets if said else (), []
    for number, record in enumerate(unpacked(read.partitions)):
        log_start = _at(read.topic.log_start, number)
        if ReadingFlag.LOST in record.flags and record.committed is not None and log_start:
            place = LostPlace(read, number, record.committed, log_start, _at(known, number))
            found.append(place)
    return found


def _store(
    actor: Actor, read: GroupTopic, places: Sequence[LostPlace], reason: str, at: datetime
) -> None:
    said = acknowledgement_of(read)
    known = said.offsets if said else ()
    count = max(len(known), max(place.partition for place in places) + 1)
    offsets = [_at(known, number) for number in range(count)]
    for place in places:
        offsets[place.partition] = place.log_start
    LossAcknowledgement.objects.update_or_create(
        group_topic=read,
        defaults={
            "offsets": offsets,
            "kafka_topic_id": read.topic.kafka_topic_id,
            "acknowledged_at": at,
            "acknowledged_by": actor.name,
            "reason": reason.strip(),
        },
    )


def _audit(actor: Actor, group: Group, places: Sequence[LostPlace], reason: str) -> None:
    AuditEntry.objects.create(
        actor=actor.name,
        actor_id=actor.id,
        via=actor.via,
        action="group.acknowledge_loss",
        cluster_name=group.cluster.name,
        subject=f"group {group.name}",
        reason=reason.strip(),
        detail={
            "lost_records": group.lost_records,
            "partitions": [
                {
                    "topic": place.topic.name,
                    "partition": place.partition,
                    "committed": place.committed,
                    "log_start": place.log_start,
                }
                for place in places
            ],
        },
    )


def _at(values: Sequence[int | None], number: int) -> int | None:
    return values[number] if number < len(values) else None
