"""Clusters: what to watch and how to get in, with secrets by reference only."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from dashboard.admin.connections import ConnectionAdmin, state_of
from dashboard.admin.json_text import AllowancesField, PatternsField, StorableJSONField
from monitor.kafka.probe.connection import connection_steps
from monitor.kafka.properties import (
    bootstrap_problems,
    editable,
    edited_problems,
    redacted,
)
from monitor.models import Cluster
from monitor.patterns import PATTERN_FIELDS

if TYPE_CHECKING:
    ClusterModelForm = forms.ModelForm[Cluster]
else:
    ClusterModelForm = forms.ModelForm

FIELDS = (
    "name",
    "bootstrap_servers",
    "properties",
    "environment",
    "sample_interval_seconds",
    "is_enabled",
    *PATTERN_FIELDS,
    "allowed_lags",
    "shards",
)


class ClusterForm(ClusterModelForm):
    """Says at each field what is wrong with it and what to do."""

    class Meta:
        model = Cluster
        fields = FIELDS
        field_classes = {
            "properties": StorableJSONField,
            **dict.fromkeys(PATTERN_FIELDS, PatternsField),
            "allowed_lags": AllowancesField,
        }
        widgets = dict.fromkeys(
            ("bootstrap_servers", *PATTERN_FIELDS, "allowed_lags"),
            forms.Textarea(attrs={"rows": 2}),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "properties" in self.initial:
            self.initial["properties"] = editable(self.initial["properties"])

    def clean_bootstrap_servers(self) -> str:
        servers: str = self.cleaned_data["bootstrap_servers"]
        if problems := bootstrap_problems(servers):
            raise ValidationError(problems)
        return servers

    def clean_properties(self) -> dict[str, str]:
        properties = self.cleaned_data["properties"] or {}
        if not isinstance(properties, dict):
            raise ValidationError('Write a JSON object: {"name": "value"}.')
        if problems := edited_problems(properties, self.instance.properties):
            raise ValidationError(problems)
        return properties


@admin.register(Cluster)
class ClusterAdmin(ConnectionAdmin):
    form = ClusterForm
    audit_prefix = "cluster"
    list_display = (
        "name",
        "environment",
        "status",
        "last_sample",
        "unreachable_since",
        "interval",
        "is_enabled",
    )
    list_filter = ("environment", "is_enabled")
    search_fields = ("name", "bootstrap_servers")
    readonly_fields = (
        "status",
        "last_sample",
        "unreachable_since",
        "last_error",
        "read_by",
        "safe_properties",
    )

    def get_fields(self, request: HttpRequest, obj: Cluster | None = None) -> tuple[str, ...]:
        """Whoever may not edit sees the properties without their secrets."""
        fields: tuple[str, ...] = FIELDS
        if not self.has_change_permission(request, obj):
            fields = tuple("safe_properties" if name == "properties" else name for name in FIELDS)
        if obj is None:
            return fields
        return (*fields, "status", "last_sample", "unreachable_since", "last_error", "read_by")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test_view)
        return [path("<int:pk>/test/", view, name="monitor_cluster_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is saved is tested, by POST only: it connects to where the row says."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        cluster = get_object_or_404(Cluster, pk=pk)
        steps = connection_steps(cluster.bootstrap_servers, cluster.properties)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Connection test",
            "cluster": cluster,
            "steps": steps,
            "is_right": all(step.is_right is not False for step in steps),
        }
        return TemplateResponse(request, "admin/monitor/cluster/test.html", context)

    def audited(self, row: Cluster) -> Mapping[str, Any]:
        return {name: getattr(row, name) for name in FIELDS} | {
            "properties": redacted(row.properties)
        }

    @admin.display(description="properties")
    def safe_properties(self, cluster: Cluster) -> str:
        return json.dumps(redacted(cluster.properties), indent=2)

    @admin.display
    def status(self, cluster: Cluster) -> str:
        state = state_of(cluster)
        if state is None or (state.sampled_at is None and state.unreachable_since is None):
            return "not sampled yet"
        return "reachable" if state.unreachable_since is None else "unreachable"

    @admin.display
    def read_by(self, cluster: Cluster) -> str:
        """Which client reads it, and why not the faster one."""
        state = state_of(cluster)
        if state is None or not state.adapter:
            return "known with the next sample"
        return f"{state.adapter}: {state.why_not_bulk}" if state.why_not_bulk else state.adapter

    @admin.display
    def last_error(self, cluster: Cluster) -> str:
        state = state_of(cluster)
        return state.last_error if state else ""
