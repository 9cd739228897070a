"""Replays: their list, the form that plans one, and the page of a plan and its run."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import roles
from dashboard.pages import plan_form
from dashboard.pages.frame import frame_for, show
from dashboard.queries import replays as queries
from dashboard.replays import desk
from dashboard.replays.forms import FORMS
from dashboard.replays.pace import pace
from dashboard.replays.places import aim, begin, end
from monitor.models import Replay

REPLAYS_A_PAGE = 50
VIA = "page"
MOST_FOLLOWED = 32  # as many topics as a socket takes
# A plan or a finished run is not old for standing still.
NEVER_STALE_SECONDS = 10**9
RUN_STALE_SECONDS = 30


@require_safe
@permission_required(roles.VIEW_REPLAY, raise_exception=True)
def replays(request: HttpRequest) -> HttpResponse:
    """All clusters' replays, filtered by what the URL says."""
    states = tuple(s for s in request.GET.getlist("state") if s in Replay.State.values)
    verb = request.GET.get("verb", "")
    frame = frame_for(request)
    found = queries.replays(
        states=states,
        verb=verb if verb in Replay.Verb.values else None,
        cluster_id=frame.cluster.pk if frame.cluster and "cluster" in request.GET else None,
    )
    shown = Paginator(found, REPLAYS_A_PAGE).get_page(request.GET.get("page", "1"))
    context = {
        "page": "replays",
        "found": shown,
        "moving": [one for one in shown if one.state == Replay.State.RUNNING][:MOST_FOLLOWED],
        "stale_after_seconds": NEVER_STALE_SECONDS,
        "states": states,
        "verb": verb,
        "all_states": Replay.State.choices,
        "all_verbs": Replay.Verb.choices,
        "is_filtered": bool(states or verb or "cluster" in request.GET),
        "may_plan": request.user.has_perm(roles.PLAN_REPLAY),
    }
    return show(request, "replays", frame, context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(roles.PLAN_REPLAY, raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """The form of `?verb=`, filled in from `?group=`, `?topic=` or the plan `?again=`."""
    verb = request.GET.get("verb", "rewind")
    if verb not in FORMS:
        raise Http404(f"There is no replay {verb}; known are {' and '.join(FORMS)}.")
    frame = frame_for(request)
    form = FORMS[verb](request.POST or None, initial=plan_form.initial(request, frame))
    if request.method == "POST" and form.is_valid():
        replay = desk.plan(request, form, via=VIA)
        if replay is not None:
            return redirect("replay", replay.pk)
    context = {"page": "replays", "form": form, "verb": verb, "parts": plan_form.parts(form)}
    return show(request, "replay_new", frame, context)


@require_safe
@permission_required(roles.VIEW_REPLAY, raise_exception=True)
def replay(request: HttpRequest, replay_id: int) -> HttpResponse:
    found = _found(replay_id)
    context = desk.shown(request.user, found)
    stale = RUN_STALE_SECONDS if context["is_running"] else NEVER_STALE_SECONDS
    group = queries.group_of(found)
    is_planned_rewind = context["can_run"] and context["is_rewind"]
    return show(
        request,
        "replay",
        frame_for(request, found.cluster),
        {
            **context,
            "page": "replays",
            "stale_after_seconds": stale,
            "group": group,
            "aim": aim(found.request),
            "range": (begin(found.request), end(found.request)),
            "pace": pace(found, group, timezone.now()) if is_planned_rewind and group else None,
            "may_plan": request.user.has_perm(roles.PLAN_REPLAY),
        },
    )


@require_POST
@permission_required(roles.VIEW_REPLAY, raise_exception=True)
def run(request: HttpRequest, replay_id: int) -> HttpResponse:
    desk.run(request, _found(replay_id), via=VIA)
    return redirect("replay", replay_id)


@require_POST
@permission_required(roles.VIEW_REPLAY, raise_exception=True)
def step(request: HttpRequest, replay_id: int, name: str) -> HttpResponse:
    if name not in desk.STEPS:
        raise Http404(f"There is no step {name}.")
    desk.step(request, _found(replay_id), name, via=VIA)
    return redirect("replay", replay_id)


@require_safe
@permission_required(roles.VIEW_REPLAY, raise_exception=True)
def csv(request: HttpRequest, replay_id: int) -> HttpResponse:
    return desk.csv(_found(replay_id))


def _found(replay_id: int) -> Replay:
    found = queries.replay(replay_id)
    if found is None:
        raise Http404(f"There is no replay {replay_id}.")
    return found
