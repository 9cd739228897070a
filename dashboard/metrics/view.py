"""`GET /metrics`, for a read token's bearer or somebody who is logged in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from dashboard.access.people import Caller, may, person
from dashboard.access.roles import VIEW_CLUSTER, VIEW_GROUP, VIEW_OUTBOX, VIEW_REPLAY, VIEW_TOPIC
from dashboard.access.tokens import BadTokenError, TooManyFailuresError, token_from_request
from dashboard.metrics.scrape import Scrape

NEEDED = (VIEW_CLUSTER, VIEW_GROUP, VIEW_TOPIC, VIEW_OUTBOX, VIEW_REPLAY)


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Refusals say nothing: whoever asks without the right to learns nothing by it."""
    try:
        caller: Caller = token_from_request(request) or request.user
    except TooManyFailuresError as problem:
        return HttpResponse(status=429, headers={"Retry-After": str(problem.wait_seconds)})
    except BadTokenError:
        return _unauthorized()
    if not person(caller).is_authenticated:
        return _unauthorized()
    if not all(may(caller, permission) for permission in NEEDED):
        return HttpResponse(status=403)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _unauthorized() -> HttpResponse:
    return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="highwater"'})
