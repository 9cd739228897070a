"""What a person does with a replay, whichever page they do it from, and what its page shows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.access.people import actor_of
from dashboard.queries import replays as queries
from dashboard.replays.forms import PlanForm
from monitor.errors import MonitorError, StalePlanError
from monitor.models import Replay
from monitor.replay import actions, live
from monitor.replay.command_line import range_csv, reset_csv
from monitor.replay.requests import RewindRequest
from monitor.replay.rows import stored_rows
from monitor.replay.state import State, allows
from monitor.values import Actor

STALE = "stale"  # tags the message after which one plans again; a line for each difference
STEPS: dict[str, Callable[[Actor, int], Replay]] = {
    "pause": actions.pause,
    "resume": actions.resume,
    "cancel": actions.cancel,
}
# To pause or cancel shows nobody a record, wherever the copies go.
STOP_PERMISSIONS = (actions.RUN_PERMISSION,)


def plan(request: HttpRequest, form: PlanForm, *, via: str) -> Replay | None:
    """The stored plan of a valid form, or None with the refusal at the form.

    Raises PermissionDenied.
    """
    asked = form.request
    require(request, actions.plan_permissions(asked))
    actor = actor_of(request.user, via)
    cluster, reason = form.cleaned_data["cluster"], form.cleaned_data["reason"]
    try:
        if isinstance(asked, RewindRequest):
            return actions.plan_rewind(actor, cluster.pk, asked, reason=reason)
        return actions.plan_republish(actor, cluster.pk, asked, reason=reason)
    except MonitorError as problem:
        form.refuse(problem)
        return None


def run(request: HttpRequest, replay: Replay, *, via: str) -> None:
    """Run the plan that the form's hash names. Raises PermissionDenied."""
    require(request, actions.run_permissions(replay))
    seen = request.POST.get("plan_hash", "")
    _tell(request, lambda: actions.run(actor_of(request.user, via), replay.pk, plan_hash=seen))


def step(request: HttpRequest, replay: Replay, name: str, *, via: str) -> None:
    """Pause, resume or cancel. Raises PermissionDenied."""
    resumes = STEPS[name] is actions.resume
    require(request, actions.run_permissions(replay) if resumes else STOP_PERMISSIONS)
    _tell(request, lambda: STEPS[name](actor_of(request.user, via), replay.pk))


def require(request: HttpRequest, permissions: tuple[str, ...]) -> None:
    """Raises PermissionDenied where the person lacks one of them."""
    if not all(request.user.has_perm(name) for name in permissions):
        raise PermissionDenied


def shown(user: User | AnonymousUser, replay: Replay) -> dict[str, Any]:
    """All that a replay's page tells, and which buttons it has."""
    state = State(replay.state)
    total = replay.records_total or 0
    rows = stored_rows(replay)
    is_rewind = replay.verb == Replay.Verb.REWIND
    return {
        "replay": replay,
        "rows": rows,
        "pairs": list(zip(rows, replay.partitions.all(), strict=True)),
        "trail": queries.audit_trail(replay.pk),
        "is_rewind": is_rewind,
        "has_skipped": any(row.skipped for row in rows),
        "is_running": state is State.RUNNING,
        "seconds_left": live.seconds_left(replay),
        "percent": min(100, replay.records_done * 100 // total) if total else None,
        "missing_permissions": _missing(user, actions.run_permissions(replay)),
        "missing_to_stop": _missing(user, STOP_PERMISSIONS),
        "can_run": state is State.PLANNED,
        "is_expired": state is State.PLANNED and replay.expires_at <= timezone.now(),
        "can_pause": allows(state, State.PAUSED) and not is_rewind,
        "can_resume": state is State.PAUSED,
        "can_cancel": allows(state, State.CANCELLED),
    }


def csv(replay: Replay) -> HttpResponse:
    """The plan as a file; a rewind's is one that Kafka's own tool takes."""
    rows = stored_rows(replay)
    text = reset_csv(rows) if replay.verb == Replay.Verb.REWIND else range_csv(rows)
    disposition = f'attachment; filename="replay-{replay.pk}.csv"'
    return HttpResponse(text, content_type="text/csv", headers={"Content-Disposition": disposition})


def _missing(user: User | AnonymousUser, permissions: tuple[str, ...]) -> list[str]:
    return [name for name in permissions if not user.has_perm(name)]


def _tell(request: HttpRequest, act: Callable[[], Replay]) -> None:
    try:
        replay = act()
    except StalePlanError as stale:
        lines = "\n".join((stale.headline, *stale.differences))
        messages.error(request, lines, extra_tags=STALE)
    except MonitorError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Replay {replay.pk} is {replay.get_state_display().lower()}.")
