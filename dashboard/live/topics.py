"""Which live topics there are, and who may hear them."""

import re
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db.models import Model

from dashboard.access import roles
from monitor.models import Cluster, Group, OutboxSource, Replay

TOPIC = re.compile(r"(overview|group|outbox|replay)\.([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Kind:
    model: type[Model]
    permission: str


KINDS = {
    "overview": Kind(Cluster, roles.VIEW_GROUP),
    "group": Kind(Group, roles.VIEW_GROUP),
    "outbox": Kind(OutboxSource, roles.VIEW_OUTBOX),
    "replay": Kind(Replay, roles.VIEW_REPLAY),
}


def refusal(user: AbstractUser, topic: object) -> str | None:
    """Why this user may not hear this topic, in words; None when they may. Reads the database."""
    match = TOPIC.fullmatch(topic) if isinstance(topic, str) else None
    if match is None:
        return "There is no such topic; known are overview, group, outbox and replay with an id."
    kind = KINDS[match[1]]
    if not user.has_perm(kind.permission):
        return f"You lack the permission {kind.permission}."
    if not kind.model._default_manager.filter(pk=int(match[2])).exists():
        return f"There is no {match[1]} {match[2]}."
    return None
