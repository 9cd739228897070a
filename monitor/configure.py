"""The first cluster and the first outbox, made from the environment after a migration.

What an administrator changed stays changed, and what one deleted stays deleted. The audit trail is
the memory for that: an entry of its set-up says what was made, and from which value.
"""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

from monitor.kafka.properties import bootstrap_problems

ACTOR = "environment"
VIA = "setup"
FIRST_CLUSTER = "local"
FIRST_OUTBOX = "shop"
_MADE = {"Cluster": "cluster.add", "OutboxSource": "outbox.add"}
_FOLLOWED = {"Cluster": "cluster.change", "OutboxSource": "outbox.change"}


def configure_after_migrate(*, using: str, apps: Apps = installed_apps, **_signal: object) -> None:
    """Receiver of `post_migrate`; `apps` are the models as far as the migration went."""
    is_ours = using == DEFAULT_DB_ALIAS
    if is_ours and {"cluster", "outboxsource", "auditentry"} <= apps.all_models["monitor"].keys():
        configure(apps)


def configure(apps: Apps = installed_apps) -> None:
    """Make or follow the first rows; running it again changes nothing."""
    servers = settings.HIGHWATER_KAFKA
    if servers and not bootstrap_problems(servers):
        environment = {"environment": "development"}
        _keep(apps, "Cluster", FIRST_CLUSTER, {"bootstrap_servers": servers}, environment)
    if settings.HIGHWATER_DEMO_OUTBOX:
        reference = settings.HIGHWATER_DEMO_OUTBOX
        _keep(apps, "OutboxSource", FIRST_OUTBOX, {"dsn_reference": reference}, {})


@transaction.atomic
def _keep(
    apps: Apps, model_name: str, name: str, origin: dict[str, str], defaults: dict[str, str]
) -> None:
    """One row named `name` that follows `origin` for as long as nobody else edits that column."""
    model: Any = apps.get_model("monitor", model_name)
    entries = apps.get_model("monitor", "AuditEntry").objects
    actions = (_MADE[model_name], _FOLLOWED[model_name])
    last = entries.filter(via=VIA, action__in=actions).order_by("-id").first()
    if last is None:
        row, is_new = model.objects.get_or_create(name=name, defaults={**origin, **defaults})
        if is_new:
            _audit(entries, _MADE[model_name], name, row.pk, origin)
    elif last.detail["origin"] != origin:
        followed = model.objects.filter(pk=last.detail["id"], **last.detail["origin"])
        if followed.update(**origin):
            _audit(entries, _FOLLOWED[model_name], name, last.detail["id"], origin)


def _audit(entries: Any, action: str, name: str, row_id: int, origin: dict[str, str]) -> None:
    entries.create(
        actor=ACTOR,
        via=VIA,
        action=action,
        cluster_name=name if action.startswith("cluster") else "",
        subject=name,
        detail={"id": row_id, "origin": origin},
    )
