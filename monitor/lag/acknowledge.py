"""What an operator does about lost records: say that they are known.

They are gone, so nothing brings them back, and until the group commits again it would be LOSING.
What is acknowledged no longer counts; what is lost after it does. Permissions are the callers' to
check: `PERMISSIONS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from monitor import reasons, ticks
from monitor.errors import AcknowledgementError, NotFoundError
from monitor.models import AuditEntry, Group, GroupTopic, LossAcknowledgement, Topic
from monitor.partition_records import PartitionRecord, at, unpacked
from monitor.values import Actor

PERMISSIONS = ("monitor.view_group", "monitor.acknowledge_loss")

Seen = Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class LostPlace:
    """A partition whose records from `lost_from` up to `lost_to` were deleted unread.

    As the last sample found it, without those that are acknowledged since.
    """

    read: GroupTopic
    partition: int
    committed: int | None
    lost_from: int
    lost_to: int

    @property
    def lost_records(self) -> int:
        return self.lost_to - self.lost_from

    @property
    def topic(self) -> Topic:
        return self.read.topic

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "topic_id": self.read.topic_id,
            "topic": self.topic.name,
            "partition": self.partition,
            "committed": self.committed,
            "lost_from": self.lost_from,
            "lost_to": self.lost_to,
        }


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What was acknowledged; `at` is None where it would be."""

    group: Group
    places: Sequence[LostPlace]
    at: datetime | None = None

    @property
    def lost_records(self) -> int:
        return sum(place.lost_records for place in self.places)

    @property
    def fields(self) -> dict[str, Any]:
        """As the API and the command line tell it."""
        return {
            "group_id": self.group.pk,
            "lost_records": self.lost_records,
            "acknowledged_at": self.at,
            "partitions": [place.fields for place in self.places],
        }


def lost_places(group: Group) -> list[LostPlace]:
    """Where the group has lost records that nobody has acknowledged, by topic and partition."""
    present = group.topics.filter(gone_at=None)
    reads = present.select_related("topic", "acknowledgement").order_by("topic__name")
    return [place for read in reads for place in lost_places_of(read, unpacked(read.partitions))]


def lost_places_of(read: GroupTopic, records: Iterable[PartitionRecord]) -> list[LostPlace]:
    """The same of one topic, by its records; its topic and acknowledgement are best loaded."""
    said, found = acknowledgement_of(read), []
    known = said.offsets if said else ()
    for number, record in enumerate(records):
        if record.lost_from is not None and record.lost_to is not None:
            lost_from = max(record.lost_from, at(known, number) or 0)
            if lost_from < record.lost_to:
                place = LostPlace(read, number, record.committed, lost_from, record.lost_to)
                found.append(place)
    return found


def acknowledgement_of(read: GroupTopic) -> LossAcknowledgement | None:
    """What is acknowledged of the topic's present log already; of one before it says nothing."""
    said: LossAcknowledgement | None = getattr(read, "acknowledgement", None)
    if said is None or said.kafka_topic_id not in ("", read.topic.kafka_topic_id):
        return None
    return said


def acknowledge(
    actor: Actor, group_id: int, *, reason: str, seen: Seen | None = None
) -> Acknowledgement:
    """Acknowledge what the actor saw; ticks heed it from the next one on.

    `seen` has the `lost_to` that the actor saw by topic id and partition: what was lost after it,
    or elsewhere, goes on to count. None: all that the last sample found. Raises
    AcknowledgementError and NotFoundError.
    """
    if problem := reasons.problem(reason, of="an acknowledgement"):
        raise AcknowledgementError(problem, field="reason")
    with transaction.atomic():
        group = _locked(group_id)
        places = lost_places(group)
        if seen is not None:
            places = _seen(group, places, seen)
        if not places:
            raise AcknowledgementError(_nothing(group, seen))
        now = timezone.now()
        for read, own in groupby(places, key=lambda place: place.read):
            _store(actor, read, list(own), reason.strip(), now)
        done = Acknowledgement(group, places, now)
        _audit(actor, done, reason.strip())
    return done


def _nothing(group: Group, seen: Seen | None) -> str:
    if seen is None:
        return f"No lost record of group {group.name} waits to be acknowledged."
    return f"What was seen of group {group.name} is acknowledged, or counts no more: look again."


def _locked(group_id: int) -> Group:
    """A group that is there, its rows as of one tick until the transaction ends."""
    found = Group.objects.select_related("cluster").filter(pk=group_id).first()
    if found is not None and ticks.keep(found.cluster):
        rows = Group.objects.select_for_update(of=("self",), no_key=True)
        group = rows.select_related("cluster").filter(pk=group_id, gone_at=None).first()
        if group is not None:
            return group
    raise NotFoundError(f"There is no group {group_id}.")


def _seen(group: Group, places: Sequence[LostPlace], seen: Seen) -> list[LostPlace]:
    """What was seen of what is lost now. Nobody can have seen more than the last sample found."""
    found = []
    for place in places:
        lost_to = seen.get((place.read.topic_id, place.partition), 0)
        if lost_to > place.lost_to:
            raise AcknowledgementError(
                f"Of {place.topic.name} {place.partition}, group {group.name} has lost records up "
                f"to {place.lost_to:,}, not up to {lost_to:,}.",
                field="seen",
            )
        if lost_to > place.lost_from:
            found.append(replace(place, lost_to=lost_to))
    return found


def _store(
    actor: Actor, read: GroupTopic, places: Sequence[LostPlace], reason: str, when: datetime
) -> None:
    said = acknowledgement_of(read)
    known = said.offsets if said else ()
    count = max(len(known), max(place.partition for place in places) + 1)
    offsets = [at(known, number) for number in range(count)]
    for place in places:
        offsets[place.partition] = place.lost_to
    LossAcknowledgement.objects.update_or_create(
        group_topic=read,
        defaults={
            "offsets": offsets,
            "kafka_topic_id": read.topic.kafka_topic_id,
            "lost_records": sum(place.lost_records for place in places),
            "acknowledged_at": when,
            "acknowledged_by": actor.name,
            "reason": reason,
        },
    )


def _audit(actor: Actor, done: Acknowledgement, reason: str) -> None:
    AuditEntry.objects.create(
        actor=actor.name,
        actor_id=actor.id,
        via=actor.via,
        action="group.acknowledge_loss",
        cluster_name=done.group.cluster.name,
        subject=f"group {done.group.name}",
        reason=reason,
        detail={
            "lost_records": done.lost_records,
            "partitions": [place.fields for place in done.places],
        },
    )
