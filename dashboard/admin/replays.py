"""Replays: their list, a plan form for each verb, and the page of one with its buttons.

Rows are read-only here: a replay changes by its actions alone.
"""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from dashboard.admin.readonly import ReadOnlyAdmin
from dashboard.admin.replay_forms import PlanForm, RepublishForm, RewindForm
from dashboard.queries import replays as queries
from monitor.errors import MonitorError
from monitor.models import Replay
from monitor.replay import actions, audit, live
from monitor.replay.command_line import range_csv, reset_csv
from monitor.replay.requests import RewindRequest
from monitor.replay.rows import stored_rows
from monitor.replay.state import State, allows
from monitor.values import Actor

TEMPLATES = "admin/monitor/replay"
STEPS: dict[str, Callable[[Actor, int], Replay]] = {
    "pause": actions.pause,
    "resume": actions.resume,
    "cancel": actions.cancel,
}


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
        kinds: dict[str, type[PlanForm]] = {"rewind": RewindForm, "republish": RepublishForm}
        if verb not in kinds:
            raise Http404
        _require(request, (actions.PLAN_PERMISSION,))
        form = kinds[verb](request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            replay = _planned(request, form)
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
            **_page_context(request, replay),
            "opts": self.opts,
            "title": f"Replay {replay.pk}: {replay.get_verb_display().lower()} of "
            f"{audit.subject(replay)}",
        }
        return TemplateResponse(request, f"{TEMPLATES}/replay.html", context)

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        replay = self._replay(request, pk)
        _require(request, actions.run_permissions(replay))
        return _act(
            request,
            pk,
            lambda: actions.run(_actor(request), pk, plan_hash=request.POST.get("plan_hash", "")),
        )

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        if step not in STEPS:
            raise Http404
        self._replay(request, pk)
        _require(request, (actions.RUN_PERMISSION,))
        return _act(request, pk, lambda: STEPS[step](_actor(request), pk))

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        replay = self._replay(request, pk)
        rows = stored_rows(replay)
        text = reset_csv(rows) if replay.verb == Replay.Verb.REWIND else range_csv(rows)
        name = f"replay-{replay.pk}.csv"
        return HttpResponse(
            text,
            content_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _replay(self, request: HttpRequest, pk: int | str) -> Replay:
        if not self.has_view_permission(request):
            raise PermissionDenied
        replay = queries.replay(int(pk)) if str(pk).isdigit() else None
        if replay is None:
            raise Http404
        return replay


def _planned(request: HttpRequest, form: PlanForm) -> Replay | None:
    """The stored plan, or None with the refusal at the form."""
    asked = form.request
    _require(request, actions.plan_permissions(asked))
    cluster, reason = form.cleaned_data["cluster"], form.cleaned_data["reason"]
    try:
        if isinstance(asked, RewindRequest):
            return actions.plan_rewind(_actor(request), cluster.pk, asked, reason=reason)
        return actions.plan_republish(_actor(request), cluster.pk, asked, reason=reason)
    except MonitorError as problem:
        form.add_error(None, str(problem))
        return None


def _act(request: HttpRequest, pk: int, act: Callable[[], Replay]) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        replay = act()
    except MonitorError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Replay {replay.pk} is {replay.get_state_display().lower()}.")
    return redirect("admin:monitor_replay_change", pk)


def _page_context(request: HttpRequest, replay: Replay) -> dict[str, Any]:
    state = State(replay.state)
    total = replay.records_total or 0
    missing = [name for name in actions.run_permissions(replay) if not request.user.has_perm(name)]
    is_rewind = replay.verb == Replay.Verb.REWIND
    return {
        "replay": replay,
        "rows": stored_rows(replay),
        "partitions": replay.partitions.all(),
        "trail": queries.audit_trail(replay.pk),
        "is_rewind": is_rewind,
        "is_running": state is State.RUNNING,
        "seconds_left": live.seconds_left(replay),
        "percent": min(100, replay.records_done * 100 // total) if total else None,
        "missing_permissions": missing,
        "can_run": state is State.PLANNED,
        "can_pause": allows(state, State.PAUSED) and not is_rewind,
        "can_resume": state is State.PAUSED,
        "can_cancel": allows(state, State.CANCELLED),
    }


def _require(request: HttpRequest, permissions: tuple[str, ...]) -> None:
    if not all(request.user.has_perm(name) for name in permissions):
        raise PermissionDenied


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin lets nobody else in
    return Actor(user.get_username(), user.pk, "admin")
