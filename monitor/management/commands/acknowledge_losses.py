"""`manage.py acknowledge_losses`: say from a shell that a group's lost records are known."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError

from monitor.errors import MonitorError
from monitor.kafka.names import escape
from monitor.lag.acknowledge import PERMISSION, Acknowledgement, acknowledge
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
        parser.add_argument(
            "--lost",
            type=int,
            required=True,
            metavar="N",
            help="How many lost records you saw: of more, nothing is acknowledged.",
        )
        parser.add_argument("--reason", required=True, help="Why, for those who read of it later.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")
        add_actor(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            actor = actor_of(options["user"], (PERMISSION,))
            group_id = _group_id(options["group"], cluster_id_of(options["cluster"]))
            lost, reason = options["lost"], options["reason"]
            done = acknowledge(actor, group_id, lost_records=lost, reason=reason)
        except MonitorError as problem:
            raise CommandError(str(problem)) from None
        except OperationalError:
            raise CommandError("The database does not answer; see DATABASE_URL.") from None
        self.stdout.write(_as_json(done) if options["json"] else "\n".join(_lines(done)))


def _group_id(name: str, cluster_id: int) -> int:
    rows = Group.objects.filter(cluster_id=cluster_id, name=escape(name)[0], gone_at=None)
    group = rows.only("pk").first()
    if group is None:
        raise CommandError(f"The cluster has no group {escape(name)[0]}.")
    return group.pk


def _lines(done: Acknowledgement) -> list[str]:
    return [
        f"{done.group.name}: lost records acknowledged. The status follows with the next samples.",
        *(
            f"  {place.topic.name} {place.partition}: {place.committed:,} to {place.log_start:,}"
            for place in done.places
        ),
    ]


def _as_json(done: Acknowledgement) -> str:
    found = {
        "group_id": done.group.pk,
        "acknowledged_at": done.at,
        "partitions": [
            {
                "topic": place.topic.name,
                "partition": place.partition,
                "committed": place.committed,
                "acknowledged_to": place.log_start,
            }
            for place in done.places
        ],
    }
    return json.dumps(found, cls=DjangoJSONEncoder)
