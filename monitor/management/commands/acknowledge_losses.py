"""`manage.py acknowledge_losses`: say from a shell that a group's lost records are known."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError

from monitor.errors import MonitorError
from monitor.kafka.names import escape
from monitor.lag.acknowledge import PERMISSIONS, Acknowledgement, acknowledge, lost_places
from monitor.management.shell import actor_of, add_actor, cluster_id_of
from monitor.models import Group


class Command(BaseCommand):
    help = (
        "Acknowledge records that were deleted before a group read them, so that it is no longer "
        "LOSING by them. No offset moves."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("group", help="The group's name.")
        parser.add_argument("--cluster", metavar="NAME", help="Needed where there are several.")
        parser.add_argument("--reason", help="Why, for those who read of it later.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only show what the last sample found lost."
        )
        parser.add_argument("--json", action="store_true", help="Print JSON.")
        add_actor(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            group = _group(options["group"], cluster_id_of(options["cluster"]))
            if options["dry_run"]:
                found = Acknowledgement(group, lost_places(group))
            else:
                actor = actor_of(options["user"], PERMISSIONS)
                found = acknowledge(actor, group.pk, reason=options["reason"] or "")
        except MonitorError as problem:
            raise CommandError(str(problem)) from None
        except OperationalError:
            raise CommandError("The database does not answer; see DATABASE_URL.") from None
        self.stdout.write(_as_json(found) if options["json"] else "\n".join(_lines(found)))


def _group(name: str, cluster_id: int) -> Group:
    stored = escape(name)[0]
    group = Group.objects.filter(cluster_id=cluster_id, name=stored, gone_at=None).first()
    if group is None:
        raise CommandError(f"The cluster has no group {stored}.")
    return group


def _lines(found: Acknowledgement) -> list[str]:
    noun = "record" if found.lost_records == 1 else "records"
    lost = f"{found.group.name}: {found.lost_records:,} lost {noun}"
    places = [
        f"  {place.topic.name} {place.partition}: from {place.lost_from:,} up to {place.lost_to:,}"
        for place in found.places
    ]
    if found.at is None:
        return [f"{lost}.", *places]
    return [f"{lost} acknowledged. The status follows with the next samples.", *places]


def _as_json(found: Acknowledgement) -> str:
    return json.dumps(found.fields, cls=DjangoJSONEncoder)
