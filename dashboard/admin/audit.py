"""The audit trail, to be searched and read."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.admin.readonly import ReadOnlyAdmin
from monitor.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "actor", "via", "cluster_name", "subject", "replay_id")
    list_filter = ("action", "via", "cluster_name")
    search_fields = ("actor", "subject", "reason", "plan_hash", "replay_id")
    date_hierarchy = "at"
    fields = (
        "at",
        "action",
        "actor",
        "actor_id",
        "via",
        "cluster_name",
        "subject",
        "replay_id",
        "plan_hash",
        "reason",
        "readable_detail",
    )
    readonly_fields = ("readable_detail",)

    @admin.display(description="detail")
    def readable_detail(self, entry: AuditEntry) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(entry.detail, indent=2))
