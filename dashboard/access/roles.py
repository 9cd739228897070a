"""The two roles that Highwater brings, and the permissions that pages and the API ask for."""

from typing import Any

from django.apps import apps as present_apps
from django.apps.registry import Apps

VIEWERS = "viewers"
OPERATORS = "operators"

VIEW_CLUSTER = "monitor.view_cluster"
VIEW_GROUP = "monitor.view_group"
VIEW_TOPIC = "monitor.view_topic"
VIEW_OUTBOX = "monitor.view_outboxsource"
VIEW_CHANGES = "monitor.view_statuschange"
VIEW_REPLAY = "monitor.view_replay"
PLAN_REPLAY = "monitor.plan_replay"
RUN_REPLAY = "monitor.run_replay"
ACKNOWLEDGE_LOSS = "monitor.acknowledge_loss"
BROWSE_RECORDS = "monitor.browse_records"

VIEWED_MODELS = (
    "auditentry",
    "cluster",
    "clusterstate",
    "group",
    "groupmember",
    "grouptopic",
    "outboxsource",
    "outboxstate",
    "replay",
    "replaypartition",
    "statuschange",
    "tick",
    "topic",
)
VIEWER_CODENAMES = tuple(f"view_{model}" for model in VIEWED_MODELS)
OPERATOR_CODENAMES = (*VIEWER_CODENAMES, "plan_replay", "run_replay", "acknowledge_loss")


def make_roles(*, using: str, apps: Apps = present_apps, **_signal: Any) -> None:
    """Create both roles and give each its permissions; run after every migration.

    Only ever adds, so what an administrator gave a role besides stays. A permission of the list
    that was taken away comes back: to give somebody less, make another role.
    """
    try:
        role_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:  # migrated back to before the accounts existed
        return
    for name, codenames in ((VIEWERS, VIEWER_CODENAMES), (OPERATORS, OPERATOR_CODENAMES)):
        role, _created = role_model.objects.using(using).get_or_create(name=name)
        role.permissions.add(
            *permission_model.objects.using(using).filter(
                content_type__app_label="monitor", codename__in=codenames
            )
        )
