"""What the admin pages of clusters and outbox sources share: one permission, one audit trail."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet
from django.db.models.deletion import Collector
from django.http import HttpRequest

from monitor.models import AuditEntry

EDIT_CONNECTIONS = "monitor.edit_connections"

if TYPE_CHECKING:
    ConnectionModelAdmin = admin.ModelAdmin[Any]
else:
    ConnectionModelAdmin = admin.ModelAdmin


class ConnectionAdmin(ConnectionModelAdmin):
    """Adding, changing and deleting need `monitor.edit_connections` and leave an audit entry.

    Subclasses say how a row reads in the trail, without its secrets.
    """

    audit_prefix = ""
    list_select_related = ("state",)

    def audited(self, row: Any) -> Mapping[str, Any]:
        """The row as the audit trail and its readers may see it."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EDIT_CONNECTIONS)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(EDIT_CONNECTIONS)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(EDIT_CONNECTIONS)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = self.audited(self.model._default_manager.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        after = self.audited(obj)
        names = [name for name in after if before.get(name) != after[name]]
        self._audit(
            request,
            obj,
            "change" if change else "add",
            {
                "before": {name: before[name] for name in names if name in before},
                "after": {name: after[name] for name in names},
            },
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            # First, as a tick that stores its samples does: see `monitor.ticks.Claim.update`.
            self.model._default_manager.select_for_update().filter(pk=obj.pk).first()
            self._audit(request, obj, "delete", {"before": dict(self.audited(obj))})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Row by row, each with its entry; all or none."""
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Counts instead of a list: a cluster takes thousands of groups with it."""
        rows = list(objs)
        collector = Collector(using="default")
        protected: list[str] = []
        try:
            collector.collect(rows)
        except ProtectedError as problem:
            protected = [str(kept) for kept in problem.protected_objects]
        counts = {
            str(model._meta.verbose_name_plural): len(found)
            for model, found in collector.data.items()
        }
        return [str(row) for row in rows], counts, set(), protected

    @admin.display(ordering="state__sampled_at", empty_value="never")
    def last_sample(self, row: Any) -> datetime | None:
        state = state_of(row)
        return state.sampled_at if state else None

    @admin.display(ordering="state__unreachable_since")
    def unreachable_since(self, row: Any) -> datetime | None:
        state = state_of(row)
        return state.unreachable_since if state else None

    @admin.display(ordering="sample_interval_seconds")
    def interval(self, row: Any) -> str:
        return f"{row.sample_interval_seconds or settings.HIGHWATER_SAMPLE_INTERVAL} s"

    def _audit(self, request: HttpRequest, row: Any, action: str, detail: dict[str, Any]) -> None:
        AuditEntry.objects.create(
            actor=request.user.get_username(),
            actor_id=request.user.pk,
            via="admin",
            action=f"{self.audit_prefix}.{action}",
            cluster_name=row.name if self.audit_prefix == "cluster" else "",
            subject=row.name,
            detail=detail,
        )


def state_of(row: Any) -> Any | None:
    """What sampling found of a row; None before its first sample."""
    return getattr(row, "state", None)
