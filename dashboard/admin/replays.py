"""Replays: their list, a plan form for each verb, and the page of one with its buttons.

Rows are read-only here: a replay changes by its actions alone.
"""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from dashboard.admin.readonly import ReadOnlyAdmin
from dashboard.queries import replays as queries
from dashboard.replays import desk
from dashboard.replays.forms import FORMS
from monitor.models import Replay
from monitor.replay import actions, audit

TEMPLATES = "admin/monitor/replay"
VIA = "admin"


@admin.register(Replay)
class ReplayAdmin(ReadOnlyAdmin):
    change_list_template = f"{TEMPLATES}/change_list.html"
    list_display = ("id", "verb", "state", "subject", "cluster", "done", "planned", "who")
    list_filter = ("state", "verb", "cluster")
    list_select_related = ("cluster",)
    search_fields = ("group_name", "topic_name", "target_topic_name", "reason", "requested_by")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("plan/<slug:verb>/", self.admin_site.admin_view(self.plan_view), name="plan"),
            path("<int:pk>/run/", self.admin_site.admin_view(self.run_view), name="run"),
            path("<int:pk>/export/", self.admin_site.admin_view(self.export_view), name="export"),
            path("<int:pk>/<slug:step>/", self.admin_site.admin_view(self.step_view), name="step"),
        ]
        for pattern in own:
            pattern.name = f"monitor_replay_{pattern.name}"
        # `<int:pk>/change/` is Django's own and must not be taken for a step.
        stock = super().get_urls()
        return [*own[:3], *stock[:-1], own[3], stock[-1]]

    @admin.display(description="what")
    def subject(self, replay: Replay) -> str:
        return audit.subject(replay)

    @admin.display(description="records")
    def done(self, replay: Replay) -> str:
        total = "?" if replay.records_total is None else f"{replay.records_total:,}"
        return f"{replay.records_done:,} of {total}"

    @admin.display(ordering="planned_at")
    def planned(self, replay: Replay) -> str:
        return f"{replay.planned_at:%Y-%m-%d %H:%M}"

    @admin.display(description="planned by")
    def who(self, replay: Replay) -> str:
        return replay.requested_by

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_plan = request.user.has_perm(actions.PLAN_PERMISSION)
        return super().changelist_view(request, {"may_plan": may_plan, **(extra_context or {})})

    def plan_view(self, request: HttpRequest, verb: str) -> HttpResponse:
        if verb not in FORMS:
            raise Http404
        desk.require(request, (actions.PLAN_PERMISSION,))
        form = FORMS[verb](request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            replay = desk.plan(request, form, via=VIA)
            if replay is not None:
                return redirect("admin:monitor_replay_change", replay.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Plan a {verb}",
            "verb": verb,
            "form": form,
            # Typed for model forms only, though Django itself gives it others.
            "adminform": helpers.AdminForm(cast(Any, form), list(form.fieldsets), {}),
        }
        return TemplateResponse(request, f"{TEMPLATES}/plan_form.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        replay = self._replay(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **desk.shown(request.user, replay),
            "opts": self.opts,
            "title": f"Replay {replay.pk}: {replay.get_verb_display().lower()} of "
            f"{audit.subject(replay)}",
        }
        return TemplateResponse(request, f"{TEMPLATES}/replay.html", context)

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        replay = self._replay(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        desk.run(request, replay, via=VIA)
        return redirect("admin:monitor_replay_change", pk)

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        if step not in desk.STEPS:
            raise Http404
        replay = self._replay(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        desk.step(request, replay, step, via=VIA)
        return redirect("admin:monitor_replay_change", pk)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return desk.csv(self._replay(request, pk))

    def _replay(self, request: HttpRequest, pk: int | str) -> Replay:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            replay = queries.replay(int(pk))
        except ValueError:  # Django's own addresses take any text
            raise Http404 from None
        if replay is None:
            raise Http404
        return replay
