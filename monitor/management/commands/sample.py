"""`manage.py sample`: one sampling pass by hand, the same that workers run."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from monitor.lag.collect import collect
from monitor.models import Cluster, ClusterState, Group, Tick

_WITHOUT_PASS = "nothing sampled: another process has this slot, or the last pass still runs"  # noqa: S105


class Command(BaseCommand):
    help = (
        "Sample clusters once and show what was found. Exits with 1 if a cluster does not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cluster", metavar="NAME", help="only this one")
        parser.add_argument("--json", action="store_true", help="print JSON, one object a cluster")

    def handle(self, *_: Any, **options: Any) -> None:
        clusters = Cluster.objects.filter(is_enabled=True)
        if options["cluster"]:
            clusters = clusters.filter(name=options["cluster"])
        if not clusters:
            raise CommandError("There is no such enabled cluster; add one in the admin.")
        outcomes = [(cluster, _sample(cluster)) for cluster in clusters]
        for cluster, outcome in outcomes:
            found = _found(cluster, outcome)
            self.stdout.write(_as_json(found) if options["json"] else _as_text(found))
        if any(outcome is Tick.State.FAILED for _, outcome in outcomes):
            raise CommandError("A cluster does not answer; see above.")


def _sample(cluster: Cluster) -> Tick.State | None:
    """What became of the worst off of its shards."""
    outcomes = [collect(cluster.pk, shard=number) for number in range(cluster.shards)]
    missed = [outcome for outcome in outcomes if outcome is not Tick.State.DONE]
    return Tick.State.FAILED if Tick.State.FAILED in missed else (missed or outcomes)[0]


def _found(cluster: Cluster, outcome: Tick.State | None) -> dict[str, Any]:
    state = ClusterState.objects.filter(cluster=cluster).first() or ClusterState(cluster=cluster)
    tick = Tick.objects.filter(cluster=cluster, state=Tick.State.DONE).order_by("-slot_at").first()
    groups = Group.objects.filter(cluster=cluster, gone_at=None)
    return {
        "cluster": cluster.name,
        "pass": outcome.value if outcome else None,
        "sampled_at": state.sampled_at,
        "unreachable_since": state.unreachable_since,
        "last_error": state.last_error,
        "read_seconds": tick.read_seconds if tick else None,
        "store_seconds": tick.store_seconds if tick else None,
        "groups": list(
            groups.values(
                "id",
                "name",
                "state",
                "status",
                "status_reason",
                "raw_status",
                "last_status",
                "member_count",
                "lag",
                "lag_max",
                "lost_records",
                "time_lag_seconds",
                "partitions",
                "unknown_partitions",
            )
        ),
    }


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, cls=DjangoJSONEncoder)


def _as_text(found: dict[str, Any]) -> str:
    lines = [f"{found['cluster']}: {found['pass'] or _WITHOUT_PASS}"]
    if found["last_error"]:
        lines.append(f"  {found['last_error']}")
    lines += [f"  {_group_line(group)}" for group in found["groups"]]
    return "\n".join(lines)


def _group_line(group: dict[str, Any]) -> str:
    if group["lag"] is None:
        lag = "lag unknown"
    else:
        at_least = "at least " if group["unknown_partitions"] else ""
        lag = f"lag {at_least}{group['lag']:,}"
    return f"{group['status']:<8} {group['name']!r} {lag}: {group['status_reason']}"
