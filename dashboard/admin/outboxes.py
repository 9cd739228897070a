"""Outbox sources: which table to watch, in which database; the DSN by reference only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from dashboard.admin.connections import ConnectionAdmin, state_of
from monitor.errors import ConfigurationError
from monitor.models import OutboxSource
from monitor.outboxes.connections import check_reference
from monitor.outboxes.queries import table

if TYPE_CHECKING:
    OutboxModelForm = forms.ModelForm[OutboxSource]
else:
    OutboxModelForm = forms.ModelForm

FIELDS = ("name", "dsn_reference", "table_name", "sample_interval_seconds", "is_enabled")


class OutboxSourceForm(OutboxModelForm):
    """Says at each field what is wrong with it and what to do."""

    class Meta:
        model = OutboxSource
        fields = FIELDS

    def clean_dsn_reference(self) -> str:
        reference: str = self.cleaned_data["dsn_reference"]
        try:
            check_reference(reference)
        except ConfigurationError as problem:
            raise ValidationError(str(problem)) from None
        return reference

    def clean_table_name(self) -> str:
        name: str = self.cleaned_data["table_name"]
        try:
            table(name)
        except ConfigurationError as problem:
            raise ValidationError(str(problem)) from None
        return name


@admin.register(OutboxSource)
class OutboxSourceAdmin(ConnectionAdmin):
    form = OutboxSourceForm
    audit_prefix = "outbox"
    list_display = (
        "name",
        "table_name",
        "status",
        "last_sample",
        "unreachable_since",
        "interval",
        "is_enabled",
    )
    list_filter = ("is_enabled",)
    search_fields = ("name", "table_name")
    readonly_fields = ("status", "status_reason", "last_sample", "unreachable_since")

    def get_fields(self, request: HttpRequest, obj: OutboxSource | None = None) -> tuple[str, ...]:
        return FIELDS if obj is None else (*FIELDS, *self.readonly_fields)

    def audited(self, row: OutboxSource) -> Mapping[str, Any]:
        return {name: getattr(row, name) for name in FIELDS}

    @admin.display(ordering="state__status")
    def status(self, source: OutboxSource) -> str:
        state = state_of(source)
        return state.status if state else "not sampled yet"

    @admin.display
    def status_reason(self, source: OutboxSource) -> str:
        state = state_of(source)
        return state.status_reason if state else ""
